/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How a captured program tells a gateway of this machine where a connection is going to. One
 * message over a Unix socket (SOCK_SEQPACKET) before each connection: from which local address it
 * will come, and where to; the answer is the loopback port to connect to instead.
 *
 *   question: u8 version (1), u8 size and "127.0.0.1:40000", the rest "tcp://10.0.0.1:443"
 *   answer:   u8 version (1), u16 port, big-endian; port 0: not now
 *
 * Who may open the socket may register, and nobody else may connect: a connection that was not
 * announced is reset. spec: docs/configuration.md, "Ways in"
 */

#include "codec/reader.h"
#include "codec/writer.h"

enum {
    REGISTER_VERSION = 1,
    REGISTER_SOURCE_MAX = 64,
    REGISTER_DESTINATION_MAX = 256,
    REGISTER_QUESTION_MAX = 2 + REGISTER_SOURCE_MAX + REGISTER_DESTINATION_MAX,
    REGISTER_ANSWER_SIZE = 3,
};

static inline void register_question_write(struct writer *writer, slice source, slice destination)
{
    write_u8(writer, REGISTER_VERSION);
    write_u8(writer, (uint8_t)source.size);
    write_bytes(writer, source);
    write_bytes(writer, destination);
}

/* Borrowed from the message. */
static inline status register_question_read(slice message, slice *out_source,
                                            slice *out_destination)
{
    struct reader reader = reader_of(message);
    const uint8_t version = read_u8(&reader);
    const slice source = read_bytes(&reader, read_u8(&reader));
    if (reader.short_of_input || !source.size || source.size > REGISTER_SOURCE_MAX ||
        !reader.left.size || reader.left.size > REGISTER_DESTINATION_MAX)
        return FAIL(MALFORMED, "a connection is announced without its two ends");
    if (version != REGISTER_VERSION)
        return FAIL(UNSUPPORTED, "a connection is announced in another version");
    *out_source = source;
    *out_destination = reader.left;
    return OK;
}

static inline void register_answer_write(struct writer *writer, uint16_t port)
{
    write_u8(writer, REGISTER_VERSION);
    write_be16(writer, port);
}

static inline status register_answer_read(slice message, uint16_t *out_port)
{
    struct reader reader = reader_of(message);
    const uint8_t version = read_u8(&reader);
    const uint16_t port = read_be16(&reader);
    TRY(reader_finish(&reader));
    if (version != REGISTER_VERSION || !port)
        return FAIL(UNAVAILABLE, "the gateway takes no connection now");
    *out_port = port;
    return OK;
}
