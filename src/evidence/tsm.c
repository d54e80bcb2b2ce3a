/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tsm.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    INBLOB_SIZE = 64,
    BLOB_SIZE_MAX = 256 << 10, /* the kernel's own limit has grown from 32 KiB to 16 MiB */
    TEXT_SIZE_MAX = 64,        /* a provider's name, a number */
    TRIES_MAX = 10,            /* with doubled pauses from 1 ms: about a second in all */
    WRITERS_MAX = 3,           /* times we begin again because somebody else wrote */
    PRIVLEVEL_MAX = 3,
};

/* Our own directory under the root; removed on every way out. */
struct request {
    char path[PATH_MAX];
    bool made, opened;
    int folder;
};

static void request_clear(struct request *request)
{
    if (request->opened)
        close(request->folder);
    if (request->made)
        rmdir(request->path);
    *request = (struct request){0};
}

static status refused(int error)
{
    switch (error) {
    case ENXIO:
        return FAIL(UNAVAILABLE, "no TEE is registered with configfs-tsm");
    case ENOENT:
    case ENOTDIR:
        return FAIL(UNAVAILABLE, "configfs-tsm is absent, or our request was removed");
    case EACCES:
    case EPERM:
        return FAIL(UNAVAILABLE, "this user may not use configfs-tsm");
    case EINVAL:
        return FAIL(UNAVAILABLE, "the TEE's driver refused the request as invalid");
    case EBUSY:
        return FAIL(UNAVAILABLE, "the TEE stayed busy with an earlier request");
    case EINTR:
        return FAIL(UNAVAILABLE, "the TEE's report was interrupted again and again");
    case ETIMEDOUT:
        return FAIL(UNAVAILABLE, "the TEE's quoting service did not answer in time");
    case EIO:
        return FAIL(UNAVAILABLE, "the TEE or its quoting service failed");
    case EFBIG:
        return FAIL(UNAVAILABLE, "the report is larger than the kernel's limit");
    default:
        return FAIL(UNAVAILABLE, "the kernel refused the report");
    }
}

static void pause_before_try(int try)
{
    const long ms = 1L << try;
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static status request_make(const char *root, struct request *out)
{
    const int size = snprintf(out->path, sizeof out->path, "%s/cix-XXXXXX", root);
    if (size < 0 || (size_t)size >= sizeof out->path)
        return FAIL(UNAVAILABLE, "the path of configfs-tsm is too long");
    if (!mkdtemp(out->path))
        return refused(errno);
    out->made = true;
    out->folder = open(out->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (out->folder < 0)
        return refused(errno);
    out->opened = true;
    return OK;
}

/* Appends the whole file; the errno that stopped it, or 0. EFBIG above `most`. */
static int read_file(int file, size_t most, struct buffer *out)
{
    uint8_t part[4096];
    for (;;) {
        const ssize_t size = read(file, part, sizeof part);
        if (size == 0)
            return 0;
        if (size < 0)
            return errno;
        if ((size_t)size > most - out->size)
            return EFBIG;
        if (buffer_append(out, (slice){part, (size_t)size}).fault)
            return ENOMEM;
    }
}

static int read_attribute(const struct request *request, const char *name, size_t most,
                          struct buffer *out)
{
    const int file = openat(request->folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0)
        return errno;
    const int error = read_file(file, most, out);
    close(file);
    return error;
}

/* An attribute is set by one write; the kernel takes a binary one when the file is closed. */
static int write_attribute(const struct request *request, const char *name, slice bytes)
{
    const int file = openat(request->folder, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0)
        return errno;
    const ssize_t size = write(file, bytes.data, bytes.size);
    const int error = size < 0 ? errno : (size_t)size != bytes.size ? EIO : 0;
    close(file);
    return error;
}

/* Reads it again from the start while the kernel says "later". */
static status read_patiently(const struct request *request, const char *name, size_t most,
                             struct buffer *out)
{
    int error = 0;
    for (int try = 0; try < TRIES_MAX; try++) {
        buffer_clear(out);
        error = read_attribute(request, name, most, out);
        if (!error)
            return OK;
        if (error != EBUSY && error != EINTR)
            return refused(error);
        pause_before_try(try);
    }
    return refused(error);
}

static status write_patiently(const struct request *request, const char *name, slice bytes)
{
    int error = 0;
    for (int try = 0; try < TRIES_MAX; try++) {
        error = write_attribute(request, name, bytes);
        if (!error)
            return OK;
        if (error != EBUSY && error != EINTR)
            return refused(error);
        pause_before_try(try);
    }
    return refused(error);
}

static status read_text(const struct request *request, const char *name,
                        char out[TEXT_SIZE_MAX + 1])
{
    SCOPED(buffer) text = {0};
    TRY(read_patiently(request, name, TEXT_SIZE_MAX, &text));
    if (text.size && text.data[text.size - 1] == '\n')
        text.size--;
    if (memchr(text.size ? text.data : (const uint8_t *)"", 0, text.size))
        return FAIL(UNAVAILABLE, "an attribute of configfs-tsm holds a NUL");
    if (text.size)
        memcpy(out, text.data, text.size);
    out[text.size] = 0;
    return OK;
}

static status read_number(const struct request *request, const char *name, uint64_t *out)
{
    char text[TEXT_SIZE_MAX + 1];
    TRY(read_text(request, name, text));
    if (!*text || strspn(text, "0123456789") != strlen(text))
        return FAIL(UNAVAILABLE, "an attribute of configfs-tsm is not a number");
    errno = 0;
    *out = strtoull(text, NULL, 10);
    return errno ? refused(errno) : OK;
}

static bool has_attribute(const struct request *request, const char *name)
{
    return faccessat(request->folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static status expect_provider(const struct request *request, const char *provider)
{
    char name[TEXT_SIZE_MAX + 1];
    TRY(read_text(request, "provider", name));
    return strcmp(name, provider) == 0
               ? OK
               : FAIL(UNAVAILABLE, "another TEE than the one asked for answers configfs-tsm");
}

/*
 * A kernel that runs below VMPL 0 may only ask for reports of its own level or a lesser one, while
 * a fresh request asks for level 0: so the lowest level it may use has to be written first.
 */
static status choose_privlevel(const struct request *request, uint64_t *writes)
{
    uint64_t floor = 0;
    if (!has_attribute(request, "privlevel_floor"))
        return OK;
    TRY(read_number(request, "privlevel_floor", &floor));
    if (floor == 0)
        return OK;
    if (floor > PRIVLEVEL_MAX)
        return FAIL(UNAVAILABLE, "configfs-tsm offers no privilege level");
    const uint8_t digit = (uint8_t)('0' + floor);
    TRY(write_patiently(request, "privlevel", (slice){&digit, 1}));
    *writes += 1;
    return OK;
}

/* What is asked for, and what came back. */
struct wish {
    const char *provider;
    const struct tsm_service *service; /* NULL: the kernel's own report */
    slice inblob;
};

struct blobs {
    struct buffer outblob, auxblob, manifestblob;
};

static void blobs_clear(struct blobs *blobs)
{
    buffer_clear(&blobs->outblob);
    buffer_clear(&blobs->auxblob);
    buffer_clear(&blobs->manifestblob);
}

static status choose_service(const struct request *request, const struct tsm_service *service,
                             uint64_t *writes)
{
    if (!has_attribute(request, "service_provider"))
        return FAIL(UNAVAILABLE, "nobody runs above this kernel who could answer for services");
    TRY(write_patiently(request, "service_provider", slice_of_text(service->provider)));
    TRY(write_patiently(request, "service_guid", slice_of_text(service->guid)));
    *writes += 2;
    return OK;
}

static status read_if_there(const struct request *request, const char *name, struct buffer *out)
{
    buffer_clear(out);
    return has_attribute(request, name) ? read_patiently(request, name, BLOB_SIZE_MAX, out) : OK;
}

/* OK with `*out_undisturbed` false when the generation says that we were not the only writer. */
static status ask_once(const struct request *request, const struct wish *wish, struct blobs *blobs,
                       bool *out_undisturbed)
{
    uint64_t before, after, writes = 0;
    TRY(read_number(request, "generation", &before));
    if (wish->service)
        TRY(choose_service(request, wish->service, &writes));
    else
        TRY(choose_privlevel(request, &writes));
    TRY(write_patiently(request, "inblob", wish->inblob));
    writes++;

    TRY(read_patiently(request, "outblob", BLOB_SIZE_MAX, &blobs->outblob));
    TRY(read_if_there(request, "auxblob", &blobs->auxblob));
    if (wish->service)
        TRY(read_if_there(request, "manifestblob", &blobs->manifestblob));
    TRY(read_number(request, "generation", &after));
    *out_undisturbed = after == before + writes;
    return OK;
}

bool tsm_provides(const char *root, const char *provider)
{
    SCOPED(request) request = {0};
    return !request_make(root, &request).fault && !expect_provider(&request, provider).fault;
}

static status ask(const char *root, const struct wish *wish, struct blobs *out)
{
    SCOPED(request) request = {0};
    bool undisturbed = false;
    if (wish->inblob.size != INBLOB_SIZE)
        return FAIL(INTERNAL, "a report is asked for with exactly 64 bytes");
    TRY(request_make(root, &request));
    TRY(expect_provider(&request, wish->provider));
    for (int try = 0; !undisturbed; try++) {
        if (try == WRITERS_MAX)
            return FAIL(UNAVAILABLE, "somebody else keeps writing to our report request");
        TRY(ask_once(&request, wish, out, &undisturbed));
    }
    return out->outblob.size ? OK : FAIL(UNAVAILABLE, "the TEE returned an empty report");
}

status tsm_report(const char *root, const char *provider, slice inblob, struct buffer *out_outblob,
                  struct buffer *out_auxblob)
{
    const struct wish wish = {.provider = provider, .inblob = inblob};
    SCOPED(blobs) blobs = {.outblob = {0}};
    TRY(ask(root, &wish, &blobs));
    *out_outblob = buffer_take(&blobs.outblob);
    *out_auxblob = buffer_take(&blobs.auxblob);
    return OK;
}

status tsm_service_report(const char *root, const char *provider, const struct tsm_service *service,
                          slice inblob, struct buffer *out_outblob, struct buffer *out_manifestblob,
                          struct buffer *out_auxblob)
{
    const struct wish wish = {.provider = provider, .service = service, .inblob = inblob};
    SCOPED(blobs) blobs = {.outblob = {0}};
    TRY(ask(root, &wish, &blobs));
    if (blobs.manifestblob.size == 0)
        return FAIL(UNAVAILABLE, "the service's report came without its manifest");
    *out_outblob = buffer_take(&blobs.outblob);
    *out_manifestblob = buffer_take(&blobs.manifestblob);
    *out_auxblob = buffer_take(&blobs.auxblob);
    return OK;
}
