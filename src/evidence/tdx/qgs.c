/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tdx/qgs.h"

#include "codec/reader.h"
#include "codec/writer.h"
#include "evidence/service.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/vm_sockets.h> /* needs what sys/socket.h declares */

enum {
    REPORT_DATA_SIZE = 64,
    CALL_SIZE = REPORT_DATA_SIZE + TDX_TDREPORT_SIZE,
    FRAME_SIZE = 4, /* before each message, its size, big-endian */
    HEADER_SIZE = 16,
    REQUEST_SIZE = HEADER_SIZE + 8 + TDX_TDREPORT_SIZE,
    MAJOR_VERSION = 1,
    GET_QUOTE_REQ = 0,
    GET_QUOTE_RESP = 1,
    ADDRESS_SIZE = 32,
    CONFIG_LINES_MAX = 64,
    CONFIG_LINE_SIZE = 256,
};

#define TDX_CMD_GET_REPORT0 0xc4405401ul

/* The device */

bool tdx_device_is_here(void)
{
    return access(TDX_GUEST_DEVICE, F_OK) == 0;
}

status tdx_device_report(slice report_data, uint8_t out_report[TDX_TDREPORT_SIZE])
{
    uint8_t call[CALL_SIZE] = {0};
    if (report_data.size != REPORT_DATA_SIZE)
        return FAIL(INTERNAL, "a report is asked for with exactly 64 bytes");
    const int file = open(TDX_GUEST_DEVICE, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0)
        return errno == EACCES || errno == EPERM
                   ? FAIL(UNAVAILABLE, "this user may not use /dev/tdx_guest")
                   : FAIL(UNAVAILABLE, "/dev/tdx_guest is absent: this is no TDX guest, or its "
                                       "driver is not loaded");
    memcpy(call, report_data.data, REPORT_DATA_SIZE);
    const int error = ioctl(file, TDX_CMD_GET_REPORT0, call) < 0 ? errno : 0;
    close(file);
    if (error == ENOTTY)
        return FAIL(UNAVAILABLE, "/dev/tdx_guest does not give reports: its driver is too old");
    if (error)
        return FAIL(UNAVAILABLE, "the TDX module did not give a report");
    memcpy(out_report, call + REPORT_DATA_SIZE, TDX_TDREPORT_SIZE);
    return OK;
}

/* Where the service is */

static status configured_address(char out[ADDRESS_SIZE])
{
    char line[CONFIG_LINE_SIZE];
    unsigned port = TDX_QGS_PORT;
    FILE *const file = fopen(TDX_QGS_CONFIG, "re");
    if (!file && errno != ENOENT)
        return FAIL(UNAVAILABLE, "/etc/tdx-attest.conf cannot be read");
    bool found = false;
    for (int i = 0; file && !found && i < CONFIG_LINES_MAX && fgets(line, sizeof line, file); i++)
        found = sscanf(line, " port = %10u", &port) == 1;
    if (file)
        fclose(file);
    snprintf(out, ADDRESS_SIZE, "vsock://%d:%u", VMADDR_CID_HOST, port);
    return OK;
}

/* Memory is taken as bytes come, not as many as the host says there will be. */
static status receive_message(const struct service *service, struct buffer *out)
{
    uint8_t frame[FRAME_SIZE], part[4096];
    TRY(service_receive(service, frame, sizeof frame));
    struct reader reader = reader_of(SLICE(frame));
    size_t left = read_be32(&reader);
    if (left > TDX_QGS_MESSAGE_SIZE_MAX)
        return FAIL(UNAVAILABLE, "the host's quoting service answers with more than a quote");
    while (left) {
        const size_t size = left < sizeof part ? left : sizeof part;
        TRY(service_receive(service, part, size));
        TRY(buffer_append(out, (slice){part, size}));
        left -= size;
    }
    return OK;
}

static status write_request(slice report, uint8_t out[FRAME_SIZE + REQUEST_SIZE])
{
    struct writer writer = writer_over(out, FRAME_SIZE + REQUEST_SIZE);
    slice written;
    write_be32(&writer, REQUEST_SIZE);
    write_le16(&writer, MAJOR_VERSION);
    write_le16(&writer, 0);
    write_le32(&writer, GET_QUOTE_REQ);
    write_le32(&writer, REQUEST_SIZE);
    write_le32(&writer, 0); /* error code: of answers */
    write_le32(&writer, TDX_TDREPORT_SIZE);
    write_le32(&writer, 0); /* no list of attestation key ids: the service chooses */
    write_bytes(&writer, report);
    return writer_finish(&writer, &written);
}

status tdx_qgs_quote_in(slice message, slice *out_quote)
{
    struct reader reader = reader_of(message);
    const uint16_t major = read_le16(&reader);
    read_le16(&reader); /* a minor version adds nothing that we need */
    const uint32_t type = read_le32(&reader);
    const uint32_t size = read_le32(&reader);
    const uint32_t error = read_le32(&reader);
    if (reader.short_of_input || major != MAJOR_VERSION || type != GET_QUOTE_RESP ||
        size != message.size)
        return FAIL(UNAVAILABLE, "the host's quoting service breaks its own protocol");
    if (error)
        return FAIL(UNAVAILABLE, "the host's quoting service failed to make a quote");
    const uint32_t id_size = read_le32(&reader);
    const uint32_t quote_size = read_le32(&reader);
    read_bytes(&reader, id_size);
    const slice quote = read_bytes(&reader, quote_size);
    if (reader_finish(&reader).fault || quote.size == 0)
        return FAIL(UNAVAILABLE, "the host's quoting service breaks its own protocol");
    *out_quote = quote;
    return OK;
}

status tdx_qgs_quote(const char *address, slice report, int timeout_ms, struct buffer *out_quote)
{
    char configured[ADDRESS_SIZE];
    uint8_t request[FRAME_SIZE + REQUEST_SIZE];
    SCOPED(service) service = {0};
    SCOPED(buffer) message = {0};
    SCOPED(buffer) kept = {0};
    slice quote;
    if (report.size != TDX_TDREPORT_SIZE)
        return FAIL(INTERNAL, "a quote is made of a TDREPORT");
    if (!address)
        TRY(configured_address(configured));
    TRY(write_request(report, request));
    TRY(service_dial(address ? address : configured, timeout_ms, &service));
    TRY(service_send(&service, SLICE(request)));
    TRY(receive_message(&service, &message));
    TRY(tdx_qgs_quote_in(buffer_view(&message), &quote));
    TRY(buffer_append(&kept, quote));
    *out_quote = buffer_take(&kept);
    return OK;
}
