/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tdx/qgs.h"

#include "codec/reader.h"
#include "codec/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    REPORT_DATA_SIZE = 64,
    CALL_SIZE = REPORT_DATA_SIZE + TDX_TDREPORT_SIZE,
    FRAME_SIZE = 4, /* before each message, its size, big-endian */
    HEADER_SIZE = 16,
    REQUEST_SIZE = HEADER_SIZE + 8 + TDX_TDREPORT_SIZE,
    MAJOR_VERSION = 1,
    GET_QUOTE_REQ = 0,
    GET_QUOTE_RESP = 1,
    HOST_SIZE = 64,
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

static status configured_port(uint32_t *out)
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
    *out = port;
    return OK;
}

struct address {
    union {
        struct sockaddr any;
        struct sockaddr_vm machine;
        struct sockaddr_un local;
        struct sockaddr_storage space;
    } at;
    socklen_t size;
};

static status unknown_address(void)
{
    return FAIL(MALFORMED, "a quoting service is at vsock://CID:PORT, tcp://ADDRESS:PORT or "
                           "unix:///PATH");
}

static void set_machine(uint32_t cid, uint32_t port, struct address *out)
{
    out->at.machine =
        (struct sockaddr_vm){.svm_family = AF_VSOCK, .svm_cid = cid, .svm_port = port};
    out->size = sizeof out->at.machine;
}

static bool read_u32(const char *text, const char *end_wanted, uint32_t *out, const char **out_end)
{
    char *end;
    errno = 0;
    const unsigned long number = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || errno || number > UINT32_MAX ||
        strncmp(end, end_wanted, 1) != 0)
        return false;
    *out = (uint32_t)number;
    *out_end = end;
    return true;
}

static status read_machine(const char *text, struct address *out)
{
    uint32_t cid, port;
    const char *end;
    if (!read_u32(text, ":", &cid, &end) || !read_u32(end + 1, "", &port, &end))
        return unknown_address();
    set_machine(cid, port, out);
    return OK;
}

/* Numbers only: nothing here waits for a name server. */
static status read_internet(const char *text, struct address *out)
{
    const struct addrinfo wanted = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                                    .ai_socktype = SOCK_STREAM};
    const char *const colon = strrchr(text, ':');
    struct addrinfo *found;
    char host[HOST_SIZE];
    if (!colon || colon == text || !colon[1] || (size_t)(colon - text) >= sizeof host)
        return unknown_address();
    const bool is_bracketed = *text == '[' && colon[-1] == ']';
    snprintf(host, sizeof host, "%.*s", (int)(colon - text) - 2 * is_bracketed,
             text + is_bracketed);
    if (getaddrinfo(host, colon + 1, &wanted, &found) != 0)
        return unknown_address();
    memcpy(&out->at.space, found->ai_addr, found->ai_addrlen);
    out->size = found->ai_addrlen;
    freeaddrinfo(found);
    return OK;
}

static status read_local(const char *path, struct address *out)
{
    if (*path != '/' || strlen(path) >= sizeof out->at.local.sun_path)
        return unknown_address();
    out->at.local = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(out->at.local.sun_path, path, strlen(path));
    out->size = sizeof out->at.local;
    return OK;
}

static status read_address(const char *text, struct address *out)
{
    uint32_t port;
    *out = (struct address){.size = 0};
    if (!text) {
        TRY(configured_port(&port));
        set_machine(VMADDR_CID_HOST, port, out);
        return OK;
    }
    if (strncmp(text, "vsock://", 8) == 0)
        return read_machine(text + 8, out);
    if (strncmp(text, "tcp://", 6) == 0)
        return read_internet(text + 6, out);
    return strncmp(text, "unix://", 7) == 0 ? read_local(text + 7, out) : unknown_address();
}

/* The conversation */

struct conversation {
    int socket;
    bool opened;
    int64_t end_ms;
};

static void conversation_clear(struct conversation *conversation)
{
    if (conversation->opened)
        close(conversation->socket);
    *conversation = (struct conversation){0};
}

static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static status silent(void)
{
    return FAIL(UNAVAILABLE, "the host's quoting service did not answer in time");
}

static status broken(void)
{
    return FAIL(UNAVAILABLE, "the host's quoting service closed the connection");
}

static status wait_until(const struct conversation *conversation, short event)
{
    for (;;) {
        struct pollfd polled = {conversation->socket, event, 0};
        const int64_t left_ms = conversation->end_ms - clock_ms();
        const int ready = poll(&polled, 1, left_ms > 0 ? (int)left_ms : 0);
        if (ready > 0)
            return OK;
        if (ready == 0)
            return silent();
        if (errno != EINTR)
            return broken();
    }
}

static status connect_to(const struct address *address, int timeout_ms, struct conversation *out)
{
    int error = 0;
    socklen_t size = sizeof error;
    out->end_ms = clock_ms() + timeout_ms;
    out->socket = socket(address->at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    out->opened = out->socket >= 0;
    if (!out->opened)
        return FAIL(UNAVAILABLE, "this kernel has no such sockets as lead to the quoting service");
    if (connect(out->socket, &address->at.any, address->size) != 0) {
        if (errno == EINPROGRESS) {
            TRY(wait_until(out, POLLOUT));
            getsockopt(out->socket, SOL_SOCKET, SO_ERROR, &error, &size);
        } else {
            error = errno;
        }
    }
    return error ? FAIL(UNAVAILABLE, "nobody listens where the host's quoting service should be")
                 : OK;
}

static status send_all(const struct conversation *conversation, slice bytes)
{
    while (bytes.size) {
        TRY(wait_until(conversation, POLLOUT));
        const ssize_t size = send(conversation->socket, bytes.data, bytes.size, MSG_NOSIGNAL);
        if (size < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (size <= 0)
            return broken();
        bytes = (slice){bytes.data + size, bytes.size - (size_t)size};
    }
    return OK;
}

static status receive_exactly(const struct conversation *conversation, uint8_t *out, size_t size)
{
    while (size) {
        TRY(wait_until(conversation, POLLIN));
        const ssize_t count = recv(conversation->socket, out, size, 0);
        if (count < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (count <= 0)
            return broken();
        out += count;
        size -= (size_t)count;
    }
    return OK;
}

/* Memory is taken as bytes come, not as many as the host says there will be. */
static status receive_message(const struct conversation *conversation, struct buffer *out)
{
    uint8_t frame[FRAME_SIZE], part[4096];
    TRY(receive_exactly(conversation, frame, sizeof frame));
    struct reader reader = reader_of(SLICE(frame));
    size_t left = read_be32(&reader);
    if (left > TDX_QGS_MESSAGE_SIZE_MAX)
        return FAIL(UNAVAILABLE, "the host's quoting service answers with more than a quote");
    while (left) {
        const size_t size = left < sizeof part ? left : sizeof part;
        TRY(receive_exactly(conversation, part, size));
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
    struct address where;
    uint8_t request[FRAME_SIZE + REQUEST_SIZE];
    SCOPED(conversation) conversation = {0};
    SCOPED(buffer) message = {0};
    SCOPED(buffer) kept = {0};
    slice quote;
    if (report.size != TDX_TDREPORT_SIZE)
        return FAIL(INTERNAL, "a quote is made of a TDREPORT");
    TRY(read_address(address, &where));
    TRY(write_request(report, request));
    TRY(connect_to(&where, timeout_ms, &conversation));
    TRY(send_all(&conversation, SLICE(request)));
    TRY(receive_message(&conversation, &message));
    TRY(tdx_qgs_quote_in(buffer_view(&message), &quote));
    TRY(buffer_append(&kept, quote));
    *out_quote = buffer_take(&kept);
    return OK;
}
