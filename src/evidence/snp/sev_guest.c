/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/snp/sev_guest.h"

#include "evidence/snp/report.h"
#include "evidence/snp/table.h"

#include "codec/reader.h"
#include "codec/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum {
    REPORT_DATA_SIZE = 64,
    CALL_SIZE = 32,
    ERROR_OFFSET = 24,
    REPORT_REQUEST_SIZE = 96,
    EXTENDED_REQUEST_SIZE = 112,
    TABLE_SIZE_OFFSET = 104,
    RESPONSE_SIZE = 4000,
    RESPONSE_HEAD_SIZE = 32,
    KEY_REQUEST_SIZE = 32,
    KEY_RESPONSE_SIZE = 64,
    KEY_SIZE = 32,
    MESSAGE_VERSION = 1,
    VMPL_MAX = 3,
    TRIES_MAX = 10,      /* with doubled pauses from 1 ms: about a second in all */
    TABLE_TRIES_MAX = 3, /* a host may change its certificates between two calls */
    FIRMWARE_INVALID_PARAMETER = 0x16,
    HOST_INVALID_LENGTH = 1,
};

#define SNP_GET_REPORT 0xc0205300ul
#define SNP_GET_DERIVED_KEY 0xc0205301ul
#define SNP_GET_EXT_REPORT 0xc0205302ul

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

static status device_open(struct device *out)
{
    out->file = open(SNP_GUEST_DEVICE, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    out->opened = out->file >= 0;
    if (out->opened)
        return OK;
    return errno == EACCES || errno == EPERM
               ? FAIL(UNAVAILABLE, "this user may not use /dev/sev-guest")
               : FAIL(UNAVAILABLE, "/dev/sev-guest is absent: this is no SNP guest, or its driver "
                                   "is not loaded");
}

bool snp_device_is_here(void)
{
    return access(SNP_GUEST_DEVICE, F_OK) == 0;
}

static status refused(int error, uint32_t firmware_error)
{
    switch (error) {
    case EAGAIN:
        return FAIL(UNAVAILABLE, "the host throttles requests to the secure processor");
    case EINTR:
        return FAIL(UNAVAILABLE, "the request to the secure processor was interrupted");
    case ETIMEDOUT:
        return FAIL(UNAVAILABLE, "the host did not pass the request on in time");
    case ENOTTY:
        return FAIL(UNAVAILABLE, "the guest's message key is used up or disabled: only a restart "
                                 "of the guest helps");
    case ENOSPC:
        return FAIL(UNAVAILABLE, "the host's certificate table keeps changing, or is too large");
    case EINVAL:
        return FAIL(UNAVAILABLE, "the SNP driver refused the request as invalid");
    case EIO:
        return firmware_error ? FAIL(UNAVAILABLE, "the secure processor's firmware failed")
                              : FAIL(UNAVAILABLE, "the host refused the request");
    default:
        return FAIL(UNAVAILABLE, "the SNP driver failed");
    }
}

static void pause_before_try(int try)
{
    const long ms = 1L << try;
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

/* Where the certificates need more room, drivers say EIO or ENOSPC: the host's error decides.
 * spec: Linux, include/uapi/linux/sev-guest.h, "struct snp_guest_request_ioctl" */
static int call_once(const struct device *device, unsigned long command, uint8_t *request,
                     uint8_t *response, uint32_t *out_firmware_error)
{
    uint8_t call[CALL_SIZE] = {MESSAGE_VERSION};
    struct writer writer = writer_over(call + 8, sizeof call - 8);
    write_le64(&writer, (uintptr_t)request);
    write_le64(&writer, (uintptr_t)response);
    const int error = ioctl(device->file, command, call) < 0 ? errno : 0;
    struct reader reader = reader_of((slice){call + ERROR_OFFSET, 8});
    *out_firmware_error = read_le32(&reader);
    return error && read_le32(&reader) == HOST_INVALID_LENGTH ? ENOSPC : error;
}

/* Again while the host or a signal says "later". */
static int call_patiently(const struct device *device, unsigned long command, uint8_t *request,
                          uint8_t *response, uint32_t *out_firmware_error)
{
    int error = 0;
    for (int try = 0; try < TRIES_MAX; try++) {
        error = call_once(device, command, request, response, out_firmware_error);
        if (error != EAGAIN && error != EINTR)
            return error;
        pause_before_try(try);
    }
    return error;
}

/* A report's request and response, and the host's certificates. */
struct exchange {
    uint8_t request[EXTENDED_REQUEST_SIZE];
    uint8_t response[RESPONSE_SIZE];
    uint8_t *table;
    size_t table_size;
};

static void exchange_clear(struct exchange *exchange)
{
    free(exchange->table);
    *exchange = (struct exchange){0};
}

static status write_request(struct exchange *exchange, slice report_data, uint32_t vmpl)
{
    struct writer writer = writer_over(exchange->request, sizeof exchange->request);
    slice written;
    write_bytes(&writer, report_data);
    write_le32(&writer, vmpl);
    for (size_t i = 0; i < REPORT_REQUEST_SIZE - REPORT_DATA_SIZE - 4; i++)
        write_u8(&writer, 0);
    write_le64(&writer, (uintptr_t)exchange->table);
    write_le32(&writer, (uint32_t)exchange->table_size);
    write_le32(&writer, 0);
    return writer_finish(&writer, &written);
}

/* Makes room for as much as the driver asks for. */
static status grow_table(struct exchange *exchange)
{
    struct reader reader = reader_of((slice){exchange->request + TABLE_SIZE_OFFSET, 4});
    const size_t size = read_le32(&reader);
    if (size <= exchange->table_size || size > SNP_TABLE_SIZE_MAX)
        return refused(ENOSPC, 0);
    free(exchange->table);
    exchange->table = calloc(1, size);
    exchange->table_size = exchange->table ? size : 0;
    return exchange->table ? OK : FAIL(EXHAUSTED, "no memory for the host's certificates");
}

/* With certificates; at first without room for any, as the driver says how much they need. */
static status ask(const struct device *device, struct exchange *exchange, slice report_data,
                  uint32_t vmpl)
{
    uint32_t firmware_error;
    for (int try = 0; try < TABLE_TRIES_MAX; try++) {
        TRY(write_request(exchange, report_data, vmpl));
        const int error = call_patiently(device, SNP_GET_EXT_REPORT, exchange->request,
                                         exchange->response, &firmware_error);
        if (error == 0)
            return OK;
        if (error != ENOSPC)
            return refused(error, firmware_error);
        TRY(grow_table(exchange));
    }
    return refused(ENOSPC, 0);
}

/* spec: AMD SEV-SNP Firmware ABI, "MSG_REPORT_RSP" */
static status take_report(const struct exchange *exchange, uint32_t *out_firmware_status,
                          slice *out_report)
{
    struct reader reader = reader_of(SLICE(exchange->response));
    const uint32_t firmware_status = read_le32(&reader);
    const uint32_t size = read_le32(&reader);
    read_bytes(&reader, RESPONSE_HEAD_SIZE - 8);
    *out_firmware_status = firmware_status;
    if (firmware_status)
        return FAIL(UNAVAILABLE, "the secure processor's firmware refused to report");
    if (size != SNP_REPORT_SIZE)
        return FAIL(UNSUPPORTED, "the SNP guest returned a report of another size");
    *out_report = read_bytes(&reader, size);
    return OK;
}

/* The firmware refuses to speak for more privileged levels than the kernel's own. */
static status ask_from_most_privileged(const struct device *device, struct exchange *exchange,
                                       slice report_data, slice *out_report)
{
    status taken = FAIL(UNAVAILABLE, "the secure processor's firmware refused to report");
    for (uint32_t vmpl = 0; vmpl <= VMPL_MAX; vmpl++) {
        uint32_t firmware_status = 0;
        TRY(ask(device, exchange, report_data, vmpl));
        taken = take_report(exchange, &firmware_status, out_report);
        if (firmware_status != FIRMWARE_INVALID_PARAMETER)
            break;
    }
    return taken;
}

status snp_device_report(slice report_data, struct buffer *out_report, struct buffer *out_table)
{
    SCOPED(device) device = {0};
    SCOPED(exchange) exchange = {.table_size = 0};
    SCOPED(buffer) kept = {0};
    SCOPED(buffer) table = {0};
    slice report;
    if (report_data.size != REPORT_DATA_SIZE)
        return FAIL(INTERNAL, "a report is asked for with exactly 64 bytes");
    TRY(device_open(&device));
    TRY(ask_from_most_privileged(&device, &exchange, report_data, &report));
    TRY(buffer_append(&kept, report));
    if (exchange.table_size)
        TRY(buffer_append(&table, (slice){exchange.table, exchange.table_size}));
    *out_report = buffer_take(&kept);
    *out_table = buffer_take(&table);
    return OK;
}

static void write_key_request(const struct snp_key_request *request, uint8_t out[KEY_REQUEST_SIZE])
{
    struct writer writer = writer_over(out, KEY_REQUEST_SIZE);
    write_le32(&writer, request->root == SNP_KEY_OF_MIGRATION ? 1 : 0);
    write_le32(&writer, 0);
    write_le64(&writer, request->fields);
    write_le32(&writer, request->vmpl);
    write_le32(&writer, request->guest_svn);
    write_le64(&writer, request->tcb);
}

/* spec: AMD SEV-SNP Firmware ABI, "MSG_KEY_RSP" */
static status take_key(const uint8_t response[KEY_RESPONSE_SIZE], struct secret *out)
{
    struct reader reader = reader_of((slice){response, KEY_RESPONSE_SIZE});
    if (read_le32(&reader) != 0)
        return FAIL(UNAVAILABLE, "the secure processor's firmware refused to derive that key");
    read_bytes(&reader, KEY_RESPONSE_SIZE - KEY_SIZE - 4);
    read_exactly(&reader, out->data, KEY_SIZE);
    out->size = KEY_SIZE;
    return OK;
}

status snp_device_derive_key(const struct snp_key_request *request, struct secret *out)
{
    SCOPED(device) device = {0};
    uint8_t bytes[KEY_REQUEST_SIZE], response[KEY_RESPONSE_SIZE] = {0};
    uint32_t firmware_error;
    TRY(device_open(&device));
    write_key_request(request, bytes);
    const int error =
        call_patiently(&device, SNP_GET_DERIVED_KEY, bytes, response, &firmware_error);
    const status taken = error ? refused(error, firmware_error) : take_key(response, out);
    wipe(response, sizeof response);
    return taken;
}
