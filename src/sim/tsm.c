/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/tsm.h"

#include "crypto/hash.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PRIVLEVEL_MAX = 3, PAUSE_MS = 5, SERVICE_SIZE = 64, GUID_TEXT_SIZE = 36 };

struct request {
    uint64_t id; /* 0: free; a name may come back, an id does not */
    char name[SIM_TSM_NAME_SIZE];
    uint64_t write_generation, read_generation;
    uint8_t inblob[SIM_TSM_INBLOB_SIZE];
    size_t inblob_size;
    unsigned privlevel;
    char service[SERVICE_SIZE]; /* "": the kernel's own report */
    char guid[GUID_TEXT_SIZE + 1];
    struct buffer outblob;
};

struct sim_tsm {
    const struct sim_machine *machine;
    struct sim_tsm_settings settings;
    struct request requests[SIM_TSM_REQUESTS_MAX];
    uint64_t last_id;
    struct sim_faults faults;
    int64_t in_flight_until_ms;
};

enum kind { TEXT, BINARY };

struct attribute {
    struct sim_attribute shown;
    enum kind kind;
    bool (*visible)(const struct sim_machine *machine);
    int (*show)(struct sim_tsm *tsm, struct request *request, struct buffer *out);
    int (*store)(struct sim_tsm *tsm, struct request *request, slice bytes);
    size_t size_max; /* of a binary one */
};

struct sim_file {
    uint64_t request_id;
    const struct attribute *attribute;
    bool filled, reading, writing;
    struct buffer content;
};

/* Requests */

static struct request *request_by_id(struct sim_tsm *tsm, uint64_t id)
{
    for (size_t i = 0; i < SIM_TSM_REQUESTS_MAX; i++)
        if (tsm->requests[i].id == id)
            return &tsm->requests[i];
    return NULL;
}

static struct request *request_named(const struct sim_tsm *tsm, const char *name)
{
    for (size_t i = 0; i < SIM_TSM_REQUESTS_MAX; i++)
        if (tsm->requests[i].id && strcmp(tsm->requests[i].name, name) == 0)
            return (struct request *)&tsm->requests[i];
    return NULL;
}

static void request_clear(struct request *request)
{
    buffer_clear(&request->outblob);
    *request = (struct request){0};
}

status sim_tsm_new(const struct sim_machine *machine, const struct sim_tsm_settings *settings,
                   struct sim_tsm **out)
{
    struct sim_tsm *const tsm = calloc(1, sizeof *tsm);
    if (!tsm)
        return FAIL(EXHAUSTED, "no memory for the simulated kernel interface");
    tsm->machine = machine;
    tsm->settings = *settings;
    tsm->faults = sim_faults_of(settings);
    *out = tsm;
    return OK;
}

void sim_tsm_free(struct sim_tsm *tsm)
{
    if (!tsm)
        return;
    for (size_t i = 0; i < SIM_TSM_REQUESTS_MAX; i++)
        request_clear(&tsm->requests[i]);
    free(tsm);
}

int sim_tsm_mkdir(struct sim_tsm *tsm, const char *name)
{
    if (strlen(name) >= SIM_TSM_NAME_SIZE)
        return -ENAMETOOLONG;
    if (request_named(tsm, name))
        return -EEXIST;
    if (sim_fault_happens(&tsm->faults, SIM_FAULT_GONE))
        return -ENXIO;
    struct request *const request = request_by_id(tsm, 0);
    if (!request)
        return -ENOMEM;
    *request = (struct request){.id = ++tsm->last_id};
    memcpy(request->name, name, strlen(name) + 1); /* its length was checked above */
    return 0;
}

int sim_tsm_rmdir(struct sim_tsm *tsm, const char *name)
{
    struct request *const request = request_named(tsm, name);
    if (!request)
        return -ENOENT;
    request_clear(request); /* who still has an attribute open will find nothing */
    return 0;
}

bool sim_tsm_has(const struct sim_tsm *tsm, const char *name)
{
    return request_named(tsm, name) != NULL;
}

const char *sim_tsm_name_at(const struct sim_tsm *tsm, size_t index)
{
    for (size_t i = 0; i < SIM_TSM_REQUESTS_MAX; i++)
        if (tsm->requests[i].id && index-- == 0)
            return tsm->requests[i].name;
    return NULL;
}

/* Writing options */

/* So many writes without a read that the counters would meet. */
static int advance(struct request *request)
{
    if (request->write_generation == request->read_generation - 1)
        return -EBUSY;
    request->write_generation++;
    return 0;
}

static int store_inblob(struct sim_tsm *tsm, struct request *request, slice bytes)
{
    (void)tsm;
    const int error = advance(request);
    if (error)
        return error;
    if (bytes.size)
        memcpy(request->inblob, bytes.data, bytes.size);
    request->inblob_size = bytes.size;
    return 0;
}

/* As the kernel's kstrtouint(): a number in base 10, 16 or 8, and at most one newline. */
static int number_of(slice bytes, unsigned *out)
{
    char text[24], *end;
    if (bytes.size == 0 || bytes.size >= sizeof text)
        return -EINVAL;
    memcpy(text, bytes.data, bytes.size);
    text[bytes.size] = 0;
    if (text[bytes.size - 1] == '\n')
        text[bytes.size - 1] = 0;
    if (!isdigit((unsigned char)text[text[0] == '+']))
        return -EINVAL;
    errno = 0;
    const unsigned long number = strtoul(text, &end, 0);
    if (*end)
        return -EINVAL;
    if (errno || number > UINT_MAX)
        return -ERANGE;
    *out = (unsigned)number;
    return 0;
}

static int store_privlevel(struct sim_tsm *tsm, struct request *request, slice bytes)
{
    unsigned level;
    int error = number_of(bytes, &level);
    if (error)
        return error;
    if (level < tsm->machine->privlevel_floor || level > PRIVLEVEL_MAX)
        return -EINVAL;
    error = advance(request);
    if (!error)
        request->privlevel = level;
    return error;
}

static int store_service_provider(struct sim_tsm *tsm, struct request *request, slice bytes)
{
    (void)tsm;
    const int error = advance(request);
    if (error)
        return error;
    if (bytes.size && bytes.data[bytes.size - 1] == '\n')
        bytes.size--;
    snprintf(request->service, sizeof request->service, "%.*s", (int)bytes.size,
             (const char *)bytes.data);
    return 0;
}

static int store_service_guid(struct sim_tsm *tsm, struct request *request, slice bytes)
{
    (void)tsm;
    const int error = advance(request);
    if (error)
        return error;
    if (bytes.size < GUID_TEXT_SIZE)
        return -EINVAL;
    for (size_t i = 0; i < GUID_TEXT_SIZE; i++) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? bytes.data[i] != '-' : !isxdigit(bytes.data[i]))
            return -EINVAL;
        request->guid[i] = (char)tolower(bytes.data[i]);
    }
    return 0;
}

static int store_service_version(struct sim_tsm *tsm, struct request *request, slice bytes)
{
    unsigned version;
    (void)tsm;
    const int error = number_of(bytes, &version);
    return error ? error : advance(request);
}

/* Reports */

static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits as the driver does, with the interface locked; the quote stays in flight when it ends. */
static int wait_for_quote(struct sim_tsm *tsm)
{
    const int64_t start_ms = clock_ms();
    tsm->in_flight_until_ms = start_ms + tsm->settings.delay_ms;
    while (clock_ms() < tsm->in_flight_until_ms) {
        if (tsm->settings.timeout_ms && clock_ms() - start_ms >= tsm->settings.timeout_ms)
            return -ETIMEDOUT;
        if (tsm->settings.interrupted && tsm->settings.interrupted())
            return -EINTR;
        nanosleep(&(struct timespec){0, PAUSE_MS * 1000000}, NULL);
    }
    return 0;
}

static int fault_of_driver(struct sim_tsm *tsm)
{
    if (sim_fault_happens(&tsm->faults, SIM_FAULT_BUSY))
        return -EBUSY;
    if (sim_fault_happens(&tsm->faults, SIM_FAULT_INTERRUPTED))
        return -EINTR;
    if (sim_fault_happens(&tsm->faults, SIM_FAULT_TIMED_OUT))
        return -ETIMEDOUT;
    if (sim_fault_happens(&tsm->faults, SIM_FAULT_FAILED))
        return -EIO;
    if (sim_fault_happens(&tsm->faults, SIM_FAULT_UNLOADED))
        return -ENXIO;
    return 0;
}

/* The SVSM's one service, which is attested by itself. */
static bool is_known_service(const struct sim_machine *machine, const struct request *request)
{
    return machine->service_report && strcmp(request->service, "svsm") == 0 &&
           strcmp(request->guid, SIM_TSM_VTPM_GUID) == 0;
}

/* sev_guest and tdx_guest take exactly 64 bytes. */
static int check_request(const struct sim_tsm *tsm, const struct request *request)
{
    if (request->inblob_size != SIM_REPORT_DATA_SIZE)
        return -EINVAL;
    if (*request->service)
        return is_known_service(tsm->machine, request) ? 0 : -EINVAL;
    if (tsm->machine->has_privlevels && request->privlevel < tsm->machine->privlevel_floor)
        return -EINVAL;
    return 0;
}

static int append(struct buffer *out, slice bytes)
{
    return buffer_append(out, bytes).fault ? -ENOMEM : 0;
}

static int ask_machine(const struct sim_tsm *tsm, unsigned privlevel, slice report_data,
                       struct buffer *out)
{
    return tsm->machine->report(tsm->machine, privlevel, report_data, out).fault ? -EIO : 0;
}

/* spec: AMD Secure VM Service Module, "SVSM_ATTEST_SINGLE_SERVICE" */
static int ask_service(const struct sim_tsm *tsm, slice nonce, struct buffer *out)
{
    const struct sim_machine *const machine = tsm->machine;
    struct digest report_data;
    if (digest_of_two(HASH_SHA512, nonce, machine->manifest, &report_data).fault)
        return -EIO;
    return machine->service_report(machine, (slice){report_data.data, report_data.size}, out).fault
               ? -EIO
               : 0;
}

static int ask_for(const struct sim_tsm *tsm, const struct request *request, slice inblob,
                   struct buffer *out)
{
    return *request->service ? ask_service(tsm, inblob, out)
                             : ask_machine(tsm, request->privlevel, inblob, out);
}

static int make_report(struct sim_tsm *tsm, const struct request *request, struct buffer *out)
{
    const slice report_data = {request->inblob, request->inblob_size};
    static const uint8_t zeros[SIM_REPORT_DATA_SIZE];
    if (sim_fault_happens(&tsm->faults, SIM_FAULT_OLD_REPORT)) /* one that was right once */
        return ask_for(tsm, request, SLICE(zeros), out);
    if (sim_fault_happens(&tsm->faults, SIM_FAULT_EMPTY))
        return 0;
    const bool oversized = sim_fault_happens(&tsm->faults, SIM_FAULT_OVERSIZED);
    int error = ask_for(tsm, request, report_data, out);
    while (!error && oversized && out->size <= SIM_TSM_BLOB_SIZE_MAX)
        error = append(out, report_data);
    return error;
}

static int renew_report(struct sim_tsm *tsm, struct request *request)
{
    buffer_clear(&request->outblob);
    if (clock_ms() < tsm->in_flight_until_ms)
        return -EBUSY;
    int error = check_request(tsm, request);
    if (!error)
        error = fault_of_driver(tsm);
    if (!error)
        error = wait_for_quote(tsm);
    if (!error)
        error = make_report(tsm, request, &request->outblob);
    if (!error)
        request->read_generation = request->write_generation;
    return error;
}

/* The cached report while no option was written since it was made. */
static int ensure_report(struct sim_tsm *tsm, struct request *request)
{
    if (request->inblob_size == 0)
        return -EINVAL;
    if (request->outblob.size && request->read_generation == request->write_generation)
        return 0;
    if (sim_fault_happens(&tsm->faults, SIM_FAULT_SECOND_WRITER))
        request->write_generation++;
    return renew_report(tsm, request);
}

static int show_outblob(struct sim_tsm *tsm, struct request *request, struct buffer *out)
{
    const int error = ensure_report(tsm, request);
    return error ? error : append(out, buffer_view(&request->outblob));
}

static int show_auxblob(struct sim_tsm *tsm, struct request *request, struct buffer *out)
{
    const int error = ensure_report(tsm, request);
    return error ? error : append(out, tsm->machine->certificates);
}

static int show_manifestblob(struct sim_tsm *tsm, struct request *request, struct buffer *out)
{
    const int error = ensure_report(tsm, request);
    return error || !*request->service ? error : append(out, tsm->machine->manifest);
}

static int show_provider(struct sim_tsm *tsm, struct request *request, struct buffer *out)
{
    (void)request;
    return append(out, slice_of_text(tsm->machine->provider)) || append(out, slice_of_text("\n"))
               ? -ENOMEM
               : 0;
}

static int show_number(uint64_t number, struct buffer *out)
{
    char line[24];
    snprintf(line, sizeof line, "%lu\n", (unsigned long)number);
    return append(out, slice_of_text(line));
}

static int show_generation(struct sim_tsm *tsm, struct request *request, struct buffer *out)
{
    (void)tsm;
    return show_number(request->write_generation, out);
}

static int show_privlevel_floor(struct sim_tsm *tsm, struct request *request, struct buffer *out)
{
    (void)request;
    return show_number(tsm->machine->privlevel_floor, out);
}

/* Attributes */

static bool has_privlevels(const struct sim_machine *machine)
{
    return machine->has_privlevels;
}

static bool has_certificates(const struct sim_machine *machine)
{
    return machine->has_certificates;
}

/* A kernel below VMPL 0 has an SVSM above it, and offers to ask it. */
static bool is_under_svsm(const struct sim_machine *machine)
{
    return machine->has_privlevels && machine->privlevel_floor > 0;
}

static const struct attribute attributes[] = {
    /* name, mode, size in stat    kind    visible   show    store   most bytes */
    {{"generation", 0444, 4096}, TEXT, NULL, show_generation, NULL, 0},
    {{"provider", 0444, 4096}, TEXT, NULL, show_provider, NULL, 0},
    {{"privlevel", 0200, 4096}, TEXT, has_privlevels, NULL, store_privlevel, 0},
    {{"privlevel_floor", 0444, 4096}, TEXT, has_privlevels, show_privlevel_floor, NULL, 0},
    {{"service_provider", 0200, 4096}, TEXT, is_under_svsm, NULL, store_service_provider, 0},
    {{"service_guid", 0200, 4096}, TEXT, is_under_svsm, NULL, store_service_guid, 0},
    {{"service_manifest_version", 0200, 4096}, TEXT, is_under_svsm, NULL, store_service_version, 0},
    {{"inblob", 0200, 0}, BINARY, NULL, NULL, store_inblob, SIM_TSM_INBLOB_SIZE},
    {{"outblob", 0444, 0}, BINARY, NULL, show_outblob, NULL, SIM_TSM_BLOB_SIZE_MAX},
    {{"auxblob", 0444, 0}, BINARY, has_certificates, show_auxblob, NULL, SIM_TSM_BLOB_SIZE_MAX},
    {{"manifestblob", 0444, 0},
     BINARY,
     is_under_svsm,
     show_manifestblob,
     NULL,
     SIM_TSM_BLOB_SIZE_MAX},
};
enum { ATTRIBUTES = sizeof attributes / sizeof *attributes };

static const struct attribute *attribute_at(const struct sim_tsm *tsm, size_t index)
{
    for (size_t i = 0; i < ATTRIBUTES; i++)
        if ((!attributes[i].visible || attributes[i].visible(tsm->machine)) && index-- == 0)
            return &attributes[i];
    return NULL;
}

const struct sim_attribute *sim_tsm_attribute_at(const struct sim_tsm *tsm, size_t index)
{
    const struct attribute *const attribute = attribute_at(tsm, index);
    return attribute ? &attribute->shown : NULL;
}

static const struct attribute *attribute_named(const struct sim_tsm *tsm, const char *name)
{
    const struct attribute *attribute;
    for (size_t i = 0; (attribute = attribute_at(tsm, i)); i++)
        if (strcmp(attribute->shown.name, name) == 0)
            return attribute;
    return NULL;
}

const struct sim_attribute *sim_tsm_attribute_named(const struct sim_tsm *tsm, const char *name)
{
    const struct attribute *const attribute = attribute_named(tsm, name);
    return attribute ? &attribute->shown : NULL;
}

/* Files */

int sim_tsm_open(struct sim_tsm *tsm, const char *request, const char *attribute, int flags,
                 struct sim_file **out)
{
    const struct request *const found = request_named(tsm, request);
    const struct attribute *const row = attribute_named(tsm, attribute);
    const int access = flags & O_ACCMODE;
    if (!found || !row)
        return -ENOENT;
    /* Not even root reads what only takes writes. */
    if ((access != O_RDONLY && !row->store) || (access != O_WRONLY && !row->show))
        return -EACCES;
    struct sim_file *const file = calloc(1, sizeof *file);
    if (!file)
        return -ENOMEM;
    file->request_id = found->id;
    file->attribute = row;
    *out = file;
    return 0;
}

static int fill(struct sim_tsm *tsm, struct sim_file *file)
{
    struct request *const request = request_by_id(tsm, file->request_id);
    if (!request)
        return -ENOENT;
    buffer_clear(&file->content);
    const int error = file->attribute->show(tsm, request, &file->content);
    if (error)
        return error;
    if (file->attribute->kind == BINARY && file->content.size > file->attribute->size_max)
        return -EFBIG;
    file->filled = file->content.size > 0;
    return 0;
}

ssize_t sim_tsm_read(struct sim_tsm *tsm, struct sim_file *file, uint8_t *out, size_t size,
                     off_t offset)
{
    if (!file->attribute->show)
        return -EACCES;
    if (file->writing)
        return -ETXTBSY;
    file->reading = true;
    const int error = file->filled ? 0 : fill(tsm, file);
    if (error)
        return error;
    if (offset < 0 || (size_t)offset >= file->content.size)
        return 0;
    const size_t left = file->content.size - (size_t)offset;
    const size_t count = left < size ? left : size;
    memcpy(out, file->content.data + offset, count);
    return (ssize_t)count;
}

static ssize_t write_text(struct sim_tsm *tsm, struct sim_file *file, slice bytes)
{
    struct request *const request = request_by_id(tsm, file->request_id);
    if (!request)
        return -ENOENT;
    if (bytes.size >= SIM_TSM_TEXT_SIZE)
        bytes.size = SIM_TSM_TEXT_SIZE - 1;
    const int error = file->attribute->store(tsm, request, bytes);
    return error ? error : (ssize_t)bytes.size;
}

static ssize_t write_binary(struct sim_file *file, slice bytes, size_t offset)
{
    /* Even a write that is refused will be taken at close, as an empty one. */
    file->writing = true;
    if (offset > file->attribute->size_max || bytes.size > file->attribute->size_max - offset)
        return -EFBIG;
    static const uint8_t zero[1];
    while (file->content.size < offset + bytes.size)
        if (buffer_append(&file->content, SLICE(zero)).fault)
            return -ENOMEM;
    memcpy(file->content.data + offset, bytes.data, bytes.size);
    return (ssize_t)bytes.size;
}

ssize_t sim_tsm_write(struct sim_tsm *tsm, struct sim_file *file, slice bytes, off_t offset)
{
    if (!file->attribute->store)
        return -EACCES;
    if (bytes.size == 0 || offset < 0)
        return bytes.size == 0 ? 0 : -EINVAL;
    return file->attribute->kind == TEXT ? write_text(tsm, file, bytes)
                                         : write_binary(file, bytes, (size_t)offset);
}

void sim_tsm_flush(struct sim_tsm *tsm, struct sim_file *file)
{
    struct request *const request = request_by_id(tsm, file->request_id);
    if (file->writing && request) /* the kernel too drops the error here: nobody could see it */
        file->attribute->store(tsm, request, buffer_view(&file->content));
    file->writing = false;
}

void sim_tsm_close(struct sim_tsm *tsm, struct sim_file *file)
{
    sim_tsm_flush(tsm, file);
    buffer_clear(&file->content);
    free(file);
}
