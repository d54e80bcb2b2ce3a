/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/spdm_capture.h"

#include <string.h>

#define MAGIC_MICROSECONDS UINT32_C(0xA1B2C3D4)
#define MAGIC_NANOSECONDS UINT32_C(0xA1B23C4D)

enum {
    FILE_VERSION = 2,

    LINK_RAW_IP = 101,
    LINK_MCTP = 291,
    LINK_DOE = 292,
    LINK_MASK = 0xFFFF,
};

void spdm_capture_clear(struct spdm_capture *capture)
{
    for (size_t i = 0; i < 2; i++)
        buffer_clear(&capture->flows[i].bytes);
    *capture = (struct spdm_capture){0};
}

static uint32_t read_u32(struct spdm_capture *capture)
{
    return capture->is_big_endian ? read_be32(&capture->left) : read_le32(&capture->left);
}

static uint32_t read_u16(struct spdm_capture *capture)
{
    return capture->is_big_endian ? read_be16(&capture->left) : read_le16(&capture->left);
}

static bool is_magic(uint32_t number)
{
    return number == MAGIC_MICROSECONDS || number == MAGIC_NANOSECONDS;
}

static const struct spdm_transport *transport_of(uint32_t link)
{
    switch (link & LINK_MASK) {
    case LINK_RAW_IP:
        return &spdm_tcp;
    case LINK_MCTP:
        return &spdm_mctp;
    case LINK_DOE:
        return &spdm_doe;
    default:
        return NULL;
    }
}

status spdm_capture_open(slice file, struct spdm_capture *out)
{
    struct spdm_capture capture = {.left = reader_of(file)};
    struct reader magic = reader_of(file);
    capture.is_big_endian = is_magic(read_be32(&magic));
    if (!is_magic(read_u32(&capture)))
        return FAIL(UNSUPPORTED, "file is no capture in the pcap format");
    const uint32_t version = read_u16(&capture);
    read_u16(&capture); /* minor version */
    read_u32(&capture); /* time zone, and the precision of times: nobody sets them */
    read_u32(&capture);
    read_u32(&capture); /* the longest packet that was kept whole */
    capture.transport = transport_of(read_u32(&capture));
    if (capture.left.short_of_input)
        return FAIL(TRUNCATED, "capture is shorter than its header");
    if (version != FILE_VERSION || !capture.transport)
        return FAIL(UNSUPPORTED, "capture is of another link than MCTP, PCI DOE or raw IP");
    *out = capture;
    return OK;
}

static status next_packet(struct spdm_capture *capture, slice *out)
{
    read_u32(capture); /* time */
    read_u32(capture);
    const uint32_t size = read_u32(capture);
    const uint32_t size_on_wire = read_u32(capture);
    *out = read_bytes(&capture->left, size);
    capture->packet_count++;
    if (capture->left.short_of_input)
        return FAIL(TRUNCATED, "capture ends within a packet");
    return size < size_on_wire ? FAIL(UNAVAILABLE, "capture kept no more than a packet's begin")
                               : OK;
}

/* The next frame of what a flow has gathered; an empty one when it is not all there. */
static status cut(struct spdm_capture *capture, struct spdm_capture_flow *flow, slice *out)
{
    if (flow->bytes.size == 0) {
        *out = (slice){0};
        return OK;
    }
    slice stream = {flow->bytes.data + flow->taken, flow->bytes.size - flow->taken};
    TRY(spdm_frame_cut(capture->transport, SPDM_CAPTURE_FRAME_SIZE_MAX, &stream, out));
    flow->taken = flow->bytes.size - stream.size;
    return OK;
}

/* What was cut off is not needed any more. */
static void forget_taken(struct spdm_capture_flow *flow)
{
    if (flow->taken == 0)
        return;
    flow->bytes.size -= flow->taken;
    memmove(flow->bytes.data, flow->bytes.data + flow->taken, flow->bytes.size);
    flow->taken = 0;
}

/* MCTP: messages in one packet or more, the first and the last marked. */

enum {
    MCTP_FIRST = 0x80,
    MCTP_LAST = 0x40,
    MCTP_SEQUENCE_SHIFT = 4,
    MCTP_SEQUENCE_MASK = 3,
};

/* Whose packet it is; without endpoints of their own, both sides are one. */
static struct spdm_capture_flow *mctp_flow(struct spdm_capture *capture, uint8_t source,
                                           uint8_t destination,
                                           enum spdm_capture_sender *out_sender)
{
    if (!capture->has_endpoints)
        capture->first_endpoint[0] = source;
    capture->has_endpoints = true;
    const bool is_first = source == capture->first_endpoint[0];
    *out_sender = source == destination ? SPDM_SENDER_UNKNOWN
                  : is_first            ? SPDM_SENDER_FIRST
                                        : SPDM_SENDER_SECOND;
    return &capture->flows[is_first ? 0 : 1];
}

static status take_mctp(struct spdm_capture *capture, slice packet, struct spdm_captured *out)
{
    struct reader reader = reader_of(packet);
    read_u8(&reader); /* version */
    const uint8_t destination = read_u8(&reader);
    const uint8_t source = read_u8(&reader);
    const uint8_t flags = read_u8(&reader);
    if (reader.short_of_input)
        return FAIL(TRUNCATED, "MCTP packet is shorter than its header");
    struct spdm_capture_flow *const flow = mctp_flow(capture, source, destination, &out->sender);
    const uint32_t sequence = (flags >> MCTP_SEQUENCE_SHIFT) & MCTP_SEQUENCE_MASK;
    if (flags & MCTP_FIRST)
        flow->bytes.size = 0;
    else if (!flow->is_begun || sequence != flow->next)
        return FAIL(UNAVAILABLE, "MCTP packet before this one is not in the capture");
    if (reader.left.size > SPDM_CAPTURE_FRAME_SIZE_MAX - flow->bytes.size)
        return FAIL(EXHAUSTED, "MCTP message is larger than we take");
    TRY(buffer_append(&flow->bytes, reader.left));
    flow->next = (sequence + 1) & MCTP_SEQUENCE_MASK;
    flow->is_begun = !(flags & MCTP_LAST);
    if (!flow->is_begun)
        out->frame = buffer_view(&flow->bytes);
    return OK;
}

/* TCP over IPv4: one connection, that of the first packet. */

enum {
    IP_VERSION_4 = 4,
    IP_PROTOCOL_TCP = 6,
    IP_FRAGMENT_MASK = 0x3FFF, /* more fragments, and where this one begins */
    WORD_SIZE = 4,
    ADDRESS_SIZE = 4,
    PORT_SIZE = 2,
    TCP_SYN = 0x02,
};

struct segment {
    slice addresses; /* source, destination */
    slice ports;
    uint32_t sequence;
    uint8_t flags;
    slice bytes;
};

static status tcp_read(slice packet, struct segment *out)
{
    struct reader reader = reader_of(packet);
    out->ports = read_bytes(&reader, (size_t)2 * PORT_SIZE);
    out->sequence = read_be32(&reader);
    read_be32(&reader); /* acknowledged */
    const size_t header_size = (size_t)WORD_SIZE * (read_u8(&reader) >> 4);
    out->flags = read_u8(&reader);
    if (header_size < 20 || header_size > packet.size)
        return FAIL(MALFORMED, "TCP header has no length that fits");
    out->bytes = (slice){packet.data + header_size, packet.size - header_size};
    return OK;
}

/* False, and nothing else is said of it, when it is no TCP over IPv4. */
static status segment_read(slice packet, struct segment *out, bool *out_is_tcp)
{
    struct reader reader = reader_of(packet);
    const uint8_t first = read_u8(&reader);
    read_u8(&reader); /* class of service */
    const size_t size = read_be16(&reader);
    read_be16(&reader); /* identification */
    const uint16_t fragment = read_be16(&reader);
    read_u8(&reader); /* hops left */
    const uint8_t protocol = read_u8(&reader);
    read_be16(&reader); /* checksum */
    out->addresses = read_bytes(&reader, (size_t)2 * ADDRESS_SIZE);
    const size_t header_size = (size_t)WORD_SIZE * (first & 0xF);
    *out_is_tcp = first >> 4 == IP_VERSION_4 && protocol == IP_PROTOCOL_TCP;
    if (!*out_is_tcp)
        return OK;
    if (reader.short_of_input || header_size < 20 || header_size > size || size > packet.size)
        return FAIL(MALFORMED, "IP header has no length that fits");
    if (fragment & IP_FRAGMENT_MASK)
        return FAIL(UNSUPPORTED, "capture has fragments of IP packets");
    return tcp_read((slice){packet.data + header_size, size - header_size}, out);
}

static enum spdm_capture_sender sender_of(struct spdm_capture *capture,
                                          const struct segment *segment)
{
    const uint8_t *const addresses = segment->addresses.data, *const ports = segment->ports.data;
    uint8_t there[12], back[12];
    memcpy(there, addresses, 8);
    memcpy(there + 8, ports, 4);
    memcpy(back, addresses + ADDRESS_SIZE, 4);
    memcpy(back + 4, addresses, 4);
    memcpy(back + 8, ports + PORT_SIZE, 2);
    memcpy(back + 10, ports, 2);
    if (!capture->has_endpoints)
        memcpy(capture->first_endpoint, there, sizeof there);
    capture->has_endpoints = true;
    const slice first = SLICE(capture->first_endpoint);
    return slice_equal(SLICE(there), first)  ? SPDM_SENDER_FIRST
           : slice_equal(SLICE(back), first) ? SPDM_SENDER_SECOND
                                             : SPDM_SENDER_UNKNOWN;
}

/* Appends what is new of a segment; false when bytes before it are still to come. */
static status append_segment(struct spdm_capture_flow *flow,
                             const struct spdm_capture_segment *segment, bool *out_is_in_turn)
{
    const uint32_t known = flow->next - segment->sequence; /* numbers go round at 2^32 */
    const size_t size = segment->bytes.size;
    *out_is_in_turn = known <= (uint32_t)INT32_MAX;
    if (!*out_is_in_turn || known >= size)
        return OK;
    TRY(buffer_append(&flow->bytes, (slice){segment->bytes.data + known, size - known}));
    flow->next += (uint32_t)(size - known);
    return OK;
}

static status append_early(struct spdm_capture_flow *flow)
{
    for (size_t i = 0; i < flow->early_count;) {
        bool is_in_turn;
        TRY(append_segment(flow, &flow->early[i], &is_in_turn));
        if (is_in_turn) {
            flow->early[i] = flow->early[--flow->early_count];
            i = 0;
        } else {
            i++;
        }
    }
    return OK;
}

static status take_tcp(struct spdm_capture *capture, slice packet)
{
    struct segment segment = {0};
    bool is_tcp, is_in_turn;
    enum spdm_capture_sender sender = SPDM_SENDER_UNKNOWN;
    TRY(segment_read(packet, &segment, &is_tcp));
    if (is_tcp)
        sender = sender_of(capture, &segment);
    if (sender == SPDM_SENDER_UNKNOWN) {
        capture->ignored_count++;
        return OK;
    }
    struct spdm_capture_flow *const flow = &capture->flows[sender == SPDM_SENDER_FIRST ? 0 : 1];
    const struct spdm_capture_segment piece = {segment.sequence + (segment.flags & TCP_SYN ? 1 : 0),
                                               segment.bytes};
    if (!flow->is_begun)
        flow->next = piece.sequence;
    flow->is_begun = true;
    TRY(append_segment(flow, &piece, &is_in_turn));
    if (is_in_turn)
        return append_early(flow);
    if (flow->early_count == SPDM_CAPTURE_EARLY_MAX)
        return FAIL(UNAVAILABLE, "TCP segment is not in the capture");
    flow->early[flow->early_count++] = piece;
    return OK;
}

/* An empty frame when the packet completed none; what TCP completed is in its flow. */
static status take_packet(struct spdm_capture *capture, struct spdm_captured *out)
{
    slice packet;
    TRY(next_packet(capture, &packet));
    *out = (struct spdm_captured){.packet = capture->packet_count};
    if (capture->transport == &spdm_tcp)
        return take_tcp(capture, packet);
    if (capture->transport == &spdm_mctp)
        return take_mctp(capture, packet, out);
    out->frame = packet;
    return OK;
}

/* A frame that a flow holds beyond the one that was given last. */
static status take_gathered(struct spdm_capture *capture, struct spdm_captured *out)
{
    out->frame = (slice){0};
    for (size_t i = 0; i < 2 && !out->frame.size; i++) {
        struct spdm_capture_flow *const flow = &capture->flows[i];
        forget_taken(flow);
        TRY(cut(capture, flow, &out->frame));
        out->packet = capture->packet_count;
        out->sender = i == 0 ? SPDM_SENDER_FIRST : SPDM_SENDER_SECOND;
    }
    return OK;
}

/* What is left when there are no more packets must be nothing. */
static status check_end(const struct spdm_capture *capture)
{
    for (size_t i = 0; i < 2; i++) {
        const struct spdm_capture_flow *const flow = &capture->flows[i];
        if (flow->early_count || (capture->transport == &spdm_tcp && flow->bytes.size))
            return FAIL(UNAVAILABLE, "capture ends within a message");
    }
    return OK;
}

status spdm_capture_next(struct spdm_capture *capture, struct spdm_captured *out)
{
    struct spdm_captured captured = {0};
    do {
        if (capture->transport == &spdm_tcp)
            TRY(take_gathered(capture, &captured));
        if (!captured.frame.size && !capture->left.left.size) {
            TRY(check_end(capture));
            *out = (struct spdm_captured){0};
            return OK;
        }
        if (!captured.frame.size)
            TRY(take_packet(capture, &captured));
    } while (!captured.frame.size);
    *out = captured;
    return OK;
}
