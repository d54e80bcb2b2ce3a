/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/spdm_recorder.h"

#define MAGIC_MICROSECONDS UINT32_C(0xA1B2C3D4)
#define LOCALHOST UINT32_C(0x7F000001)

enum {
    FILE_HEADER_SIZE = 24,
    FILE_VERSION = 2,
    FILE_MINOR_VERSION = 4,
    PACKET_HEADER_SIZE = 16,
    PACKET_SIZE_MAX = SPDM_CAPTURE_FRAME_SIZE_MAX,

    LINK_RAW_IP = 101,
    LINK_MCTP = 291,
    LINK_DOE = 292,

    MCTP_VERSION = 1,
    MCTP_ENDPOINT_FIRST = 8, /* those below have meanings of their own */
    MCTP_WHOLE = 0xC0,       /* the first packet of its message, and the last */

    IP_HEADER_SIZE = 20,
    IP_VERSION_AND_WORDS = 0x4500, /* five words, no class of service */
    IP_DO_NOT_FRAGMENT = 0x4000,
    IP_HOPS = 64,
    IP_PROTOCOL_TCP = 6,
    TCP_HEADER_SIZE = 20,
    TCP_ADDRESSES_SIZE = 8,
    TCP_CLIENT_PORT = 50000,
    TCP_SERVER_PORT = 4194,
    TCP_WORDS_AND_FLAGS = 0x5018, /* five words; ACK and PSH */
    TCP_WINDOW = 0xFFFF,
    TCP_CHECKSUM_AT = 16,
    TCP_PIECE_SIZE_MAX = 32 << 10,
};

void spdm_recorder_clear(struct spdm_recorder *recorder)
{
    buffer_clear(&recorder->file);
    *recorder = (struct spdm_recorder){0};
}

static uint32_t link_of(const struct spdm_transport *transport)
{
    return transport == &spdm_tcp    ? LINK_RAW_IP
           : transport == &spdm_mctp ? LINK_MCTP
           : transport == &spdm_doe  ? LINK_DOE
                                     : 0;
}

status spdm_recorder_begin(const struct spdm_transport *transport, struct spdm_recorder *out)
{
    uint8_t header[FILE_HEADER_SIZE];
    struct writer writer = writer_over(header, sizeof header);
    struct spdm_recorder recorder = {.transport = transport, .sequences = {1, 1}};
    if (!link_of(transport))
        return FAIL(UNSUPPORTED, "captures have no link for this transport");
    write_le32(&writer, MAGIC_MICROSECONDS);
    write_le16(&writer, FILE_VERSION);
    write_le16(&writer, FILE_MINOR_VERSION);
    write_le64(&writer, 0); /* time zone, and the precision of times: nobody sets them */
    write_le32(&writer, PACKET_SIZE_MAX);
    write_le32(&writer, link_of(transport));
    TRY(buffer_append(&recorder.file, SLICE(header)));
    *out = recorder;
    return OK;
}

/* A packet: the link's header, then what it carries. */
static status add_packet(struct spdm_recorder *recorder, int64_t wall_s, slice header, slice bytes)
{
    uint8_t space[PACKET_HEADER_SIZE];
    struct writer writer = writer_over(space, sizeof space);
    const size_t size = header.size + bytes.size;
    if (recorder->file.size + sizeof space + size > SPDM_CAPTURE_SIZE_MAX)
        return FAIL(EXHAUSTED, "capture would be longer than is read");
    write_le32(&writer, (uint32_t)wall_s);
    write_le32(&writer, 0); /* microseconds */
    write_le32(&writer, (uint32_t)size);
    write_le32(&writer, (uint32_t)size);
    TRY(buffer_append(&recorder->file, SLICE(space)));
    TRY(buffer_append(&recorder->file, header));
    recorder->packet_count++;
    return buffer_append(&recorder->file, bytes);
}

static status add_mctp(struct spdm_recorder *recorder, int64_t wall_s, bool is_first, slice frame)
{
    const uint8_t source = MCTP_ENDPOINT_FIRST + !is_first,
                  destination = MCTP_ENDPOINT_FIRST + is_first;
    const uint8_t header[] = {MCTP_VERSION, destination, source, MCTP_WHOLE};
    return add_packet(recorder, wall_s, SLICE(header), frame);
}

/* ---- TCP ---- */

/* The sum of 16-bit words that the Internet's checksums are made of. */
static uint32_t sum_words(uint32_t sum, slice bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        sum += i % 2 ? bytes.data[i] : (uint32_t)bytes.data[i] << 8;
    return sum;
}

static uint16_t checksum_of(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return (uint16_t)~sum;
}

static void write_ip(struct writer *writer, uint16_t identification, size_t size)
{
    struct writer draft = *writer;
    uint16_t checksum = 0;
    for (unsigned pass = 0; pass < 2; pass++) { /* the second has the checksum of the first */
        draft = *writer;
        write_be16(&draft, IP_VERSION_AND_WORDS);
        write_be16(&draft, (uint16_t)(IP_HEADER_SIZE + size));
        write_be16(&draft, identification);
        write_be16(&draft, IP_DO_NOT_FRAGMENT);
        write_u8(&draft, IP_HOPS);
        write_u8(&draft, IP_PROTOCOL_TCP);
        write_be16(&draft, checksum);
        write_be32(&draft, LOCALHOST);
        write_be32(&draft, LOCALHOST);
        checksum = checksum_of(sum_words(0, (slice){writer->data + writer->size, IP_HEADER_SIZE}));
    }
    *writer = draft;
}

/* The checksum takes in both addresses, the protocol, the size, the header and the bytes. */
static uint16_t tcp_checksum(const uint8_t *header, slice bytes)
{
    const slice addresses = {header - TCP_ADDRESSES_SIZE, TCP_ADDRESSES_SIZE};
    const uint32_t size = (uint32_t)(TCP_HEADER_SIZE + bytes.size);
    uint32_t sum = sum_words(IP_PROTOCOL_TCP + size, addresses);
    sum = sum_words(sum, (slice){header, TCP_HEADER_SIZE});
    return checksum_of(sum_words(sum, bytes));
}

static void write_tcp(struct writer *writer, const struct spdm_recorder *recorder, bool is_first,
                      slice bytes)
{
    const uint8_t *const header = writer->data + writer->size;
    write_be16(writer, is_first ? TCP_CLIENT_PORT : TCP_SERVER_PORT);
    write_be16(writer, is_first ? TCP_SERVER_PORT : TCP_CLIENT_PORT);
    write_be32(writer, recorder->sequences[is_first ? 0 : 1]);
    write_be32(writer, recorder->sequences[is_first ? 1 : 0]); /* acknowledged */
    write_be16(writer, TCP_WORDS_AND_FLAGS);
    write_be16(writer, TCP_WINDOW);
    write_be32(writer, 0); /* the checksum's place, and no urgent bytes */
    struct writer place =
        writer_over(writer->data + writer->size - TCP_HEADER_SIZE + TCP_CHECKSUM_AT, 2);
    write_be16(&place, tcp_checksum(header, bytes));
}

static status add_tcp(struct spdm_recorder *recorder, int64_t wall_s, bool is_first, slice frame)
{
    while (frame.size) {
        uint8_t headers[IP_HEADER_SIZE + TCP_HEADER_SIZE];
        struct writer writer = writer_over(headers, sizeof headers);
        const size_t size = frame.size < TCP_PIECE_SIZE_MAX ? frame.size : TCP_PIECE_SIZE_MAX;
        const slice piece = {frame.data, size};
        write_ip(&writer, recorder->packet_count, TCP_HEADER_SIZE + size);
        write_tcp(&writer, recorder, is_first, piece);
        TRY(add_packet(recorder, wall_s, SLICE(headers), piece));
        recorder->sequences[is_first ? 0 : 1] += (uint32_t)size;
        frame = (slice){frame.data + size, frame.size - size};
    }
    return OK;
}

status spdm_recorder_add(struct spdm_recorder *recorder, int64_t wall_s,
                         enum spdm_capture_sender sender, slice frame)
{
    const bool is_first = sender == SPDM_SENDER_FIRST;
    if (recorder->transport == &spdm_tcp)
        return add_tcp(recorder, wall_s, is_first, frame);
    if (recorder->transport == &spdm_mctp)
        return add_mctp(recorder, wall_s, is_first, frame);
    return add_packet(recorder, wall_s, (slice){0}, frame);
}
