/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/csv/collect.h"

#include "codec/writer.h"
#include "evidence/csv/device.h"
#include "evidence/csv/report.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE_MAX = 160, INTERRUPTIONS_MAX = 16 };

_Static_assert(sizeof(struct csv_report_call) == 16 && sizeof(struct csv_register_call) == 24,
               "the driver's layout");

struct device {
    int file;
    bool opened;
};

static void device_clear(struct device *device)
{
    if (device->opened)
        close(device->file);
    *device = (struct device){0};
}

/* A page of our own: the driver insists on where it begins. */
struct page {
    uint8_t *bytes;
};

static void page_clear(struct page *page)
{
    free(page->bytes);
    page->bytes = NULL;
}

bool csv_is_here(const struct collection *where)
{
    (void)where;
    return access(CSV_DEVICE, R_OK) == 0;
}

static status device_open(struct device *out)
{
    out->file = open(CSV_DEVICE, O_RDONLY | O_CLOEXEC);
    out->opened = out->file >= 0;
    if (out->opened)
        return OK;
    if (errno == EACCES || errno == EPERM)
        return FAIL(UNAVAILABLE, "this user may not open " CSV_DEVICE);
    return FAIL(UNAVAILABLE, "there is no " CSV_DEVICE ": this is no CSV guest, or the driver "
                             "csv-guest is not loaded");
}

static status call(const struct device *device, unsigned long request, void *argument)
{
    for (unsigned tries = 0; tries < INTERRUPTIONS_MAX; tries++) {
        if (ioctl(device->file, request, argument) == 0)
            return OK;
        if (errno != EINTR)
            break;
    }
    switch (errno) {
    case ENOTTY:
        return FAIL(UNAVAILABLE, "the CSV guest's driver does not know this request");
    case EINVAL:
        return FAIL(UNAVAILABLE, "the CSV guest's driver refused the request");
    case EINTR:
        return FAIL(UNAVAILABLE, "the CSV guest was interrupted again and again");
    default:
        return FAIL(UNAVAILABLE, "the CSV guest's driver or firmware failed");
    }
}

/* Reports are extended where there are registers to extend them by, and they are in use. */
static bool has_registers(const struct device *device)
{
    uint8_t answer[3] = {0}; /* u16 version, u8 state */
    struct csv_register_call request = {
        .address = (uintptr_t)answer, .size = sizeof answer, .command = CSV_REGISTERS_STATUS};
    return !call(device, CSV_REGISTERS, &request).fault && request.firmware_error == 0 &&
           answer[2] == CSV_REGISTERS_ON;
}

/* spec: the same, struct csv_attestation_user_data and its extension */
static status write_request(slice binding, slice mnonce, bool is_extended, uint8_t *page)
{
    struct writer writer = writer_over(page, CSV_PAGE_SIZE);
    struct digest hash;
    slice written;
    TRY(digest_of_two(HASH_SM3, binding, mnonce, &hash));
    write_bytes(&writer, binding);
    write_bytes(&writer, mnonce);
    write_bytes(&writer, (slice){hash.data, hash.size});
    if (is_extended) {
        write_bytes(&writer,
                    (slice){(const uint8_t *)CSV_EXTENDED_MAGIC, sizeof CSV_EXTENDED_MAGIC});
        write_le32(&writer, CSV_EXTENDED_FLAG_RTMRS);
    }
    return writer_finish(&writer, &written);
}

static status ask(const struct device *device, slice binding, slice mnonce, struct page *out)
{
    struct page page = {aligned_alloc(CSV_PAGE_SIZE, CSV_PAGE_SIZE)};
    if (!page.bytes)
        return FAIL(EXHAUSTED, "no memory for a report");
    *out = page;
    memset(page.bytes, 0, CSV_PAGE_SIZE);
    TRY(write_request(binding, mnonce, has_registers(device), page.bytes));
    struct csv_report_call request = {.address = (uintptr_t)page.bytes, .size = CSV_PAGE_SIZE};
    return call(device, CSV_GET_REPORT, &request);
}

/* Only here, before the report leaves the guest, is the MAC worth something. */
static status is_answer(const struct csv_report *report, slice binding, slice mnonce)
{
    if (!slice_equal(SLICE(report->mnonce), mnonce))
        return FAIL(UNAUTHENTIC, "the CSV guest returned a report of another request");
    if (!slice_equal(SLICE(report->report_data), binding))
        return FAIL(UNAUTHENTIC, "the CSV guest returned a report for other report data");
    return csv_report_check_mac(report);
}

/* ---- the chip's certificates ---- */

/* A serial becomes a part of a path: letters and digits only. */
static bool serial_text(const struct csv_report *report, char out[CSV_SERIAL_SIZE + 1])
{
    size_t size = 0;
    while (size < CSV_SERIAL_SIZE && isalnum(report->chip_serial[size])) {
        out[size] = (char)report->chip_serial[size];
        size++;
    }
    out[size] = 0;
    return size > 0 && (size == CSV_SERIAL_SIZE || report->chip_serial[size] == 0);
}

static bool read_certificates(const char *path, struct buffer *out)
{
    enum { SIZE = CSV_ROOT_CERTIFICATE_SIZE + CSV_CERTIFICATE_SIZE };
    uint8_t bytes[SIZE + 1]; /* one more: a longer file is another file */
    FILE *const file = fopen(path, "rbe");
    if (!file)
        return false;
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    return size == SIZE && !buffer_append(out, (slice){bytes, size}).fault;
}

/* Where Hygon's tools keep what its server answers for a chip; a guest may lack it. */
static void find_certificates(const struct csv_report *report, struct buffer *out)
{
    static const char *const folders[] = {"/opt/csv/hsk_cek", "/opt/hygon/csv"};
    char serial[CSV_SERIAL_SIZE + 1], path[PATH_SIZE_MAX];
    if (!serial_text(report, serial))
        return;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        snprintf(path, sizeof path, "%s/%s/hsk_cek.cert", folders[i], serial);
        if (read_certificates(path, out))
            return;
    }
}

status csv_collect(const struct collection *request, struct buffer *out_evidence,
                   struct buffer *out_endorsements)
{
    SCOPED(device) device = {0};
    SCOPED(page) page = {0};
    SCOPED(buffer) evidence = {0};
    SCOPED(buffer) certificates = {0};
    uint8_t mnonce[CSV_NONCE_SIZE];
    struct csv_report report;
    if (request->binding.size != BINDING_SIZE)
        return FAIL(INTERNAL, "report data of another size than a report has");
    TRY(device_open(&device));
    TRY(random_bytes(mnonce, sizeof mnonce));
    TRY(ask(&device, request->binding, SLICE(mnonce), &page));
    TRY(csv_report_read((slice){page.bytes, CSV_PAGE_SIZE}, &report));
    TRY(is_answer(&report, request->binding, SLICE(mnonce)));
    find_certificates(&report, &certificates);
    TRY(buffer_append(
        &evidence,
        (slice){page.bytes, report.version == 1 ? CSV_REPORT_SIZE : CSV_REPORT_EXTENDED_SIZE}));
    *out_evidence = buffer_take(&evidence);
    *out_endorsements = buffer_take(&certificates);
    return OK;
}
