/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/capabilities.h"

enum { HAS_ALGORITHMS = 1 }; /* param1, of both messages */

static status read_version(const struct spdm_header *header, struct spdm_capabilities *out)
{
    if (header->version < SPDM_1_0 || header->version > SPDM_1_4)
        return FAIL(UNSUPPORTED, "SPDM capabilities are of a version that we do not speak");
    out->version = header->version;
    return OK;
}

static status check_limits(const struct spdm_capabilities *caps)
{
    if (caps->timeout_exponent > SPDM_TIMEOUT_EXPONENT_MAX)
        return FAIL(MALFORMED, "SPDM capabilities ask for more time than anybody has");
    if (caps->version < SPDM_1_2)
        return OK;
    if (caps->data_transfer_size < SPDM_DATA_TRANSFER_SIZE_MIN)
        return FAIL(MALFORMED, "SPDM capabilities take less at a time than a version needs");
    if (caps->message_size_max < caps->data_transfer_size)
        return FAIL(MALFORMED, "SPDM capabilities take less in all than at a time");
    return OK;
}

static void read_fields(struct reader *reader, struct spdm_capabilities *out)
{
    read_u8(reader); /* reserved */
    out->timeout_exponent = read_u8(reader);
    const uint16_t extended_flags = read_le16(reader);
    if (out->version >= SPDM_1_4)
        out->extended_flags = extended_flags;
    out->flags = read_le32(reader);
    if (out->version < SPDM_1_2)
        return;
    out->data_transfer_size = read_le32(reader);
    out->message_size_max = read_le32(reader);
}

static void write_fields(struct writer *writer, const struct spdm_capabilities *caps)
{
    write_u8(writer, 0); /* reserved */
    write_u8(writer, caps->timeout_exponent);
    write_le16(writer, caps->version >= SPDM_1_4 ? caps->extended_flags : 0);
    write_le32(writer, caps->flags);
    if (caps->version < SPDM_1_2)
        return;
    write_le32(writer, caps->data_transfer_size);
    write_le32(writer, caps->message_size_max);
}

status spdm_get_capabilities_read(struct reader *reader, struct spdm_capabilities *out)
{
    struct spdm_capabilities caps = {0};
    struct spdm_header header;

    TRY(spdm_header_expect(reader, SPDM_GET_CAPABILITIES, &header));
    TRY(read_version(&header, &caps));
    if (caps.version >= SPDM_1_1)
        read_fields(reader, &caps);
    TRY(spdm_message_was_whole(reader));

    TRY(check_limits(&caps));
    caps.asks_algorithms = caps.version >= SPDM_1_3 && header.param1 & HAS_ALGORITHMS;
    *out = caps;
    return OK;
}

void spdm_get_capabilities_write(struct writer *writer, const struct spdm_capabilities *caps)
{
    const bool asks = caps->version >= SPDM_1_3 && caps->asks_algorithms;
    const struct spdm_header header = {caps->version, SPDM_GET_CAPABILITIES,
                                       asks ? HAS_ALGORITHMS : 0, 0};
    spdm_header_write(writer, &header);
    if (caps->version >= SPDM_1_1)
        write_fields(writer, caps);
}

status spdm_capabilities_read(struct reader *reader, struct spdm_capabilities *out)
{
    struct spdm_capabilities caps = {0};
    struct spdm_header header;

    TRY(spdm_header_expect(reader, SPDM_CAPABILITIES, &header));
    TRY(read_version(&header, &caps));
    read_fields(reader, &caps);
    TRY(spdm_message_was_whole(reader));

    TRY(check_limits(&caps));
    caps.has_algorithms = caps.version >= SPDM_1_3 && header.param1 & HAS_ALGORITHMS;
    if (caps.has_algorithms)
        TRY(spdm_supported_algorithms_read(reader, caps.version, &caps.algorithms));
    *out = caps;
    return OK;
}

void spdm_capabilities_write(struct writer *writer, const struct spdm_capabilities *caps)
{
    const bool has = caps->version >= SPDM_1_3 && caps->has_algorithms;
    const struct spdm_header header = {caps->version, SPDM_CAPABILITIES, has ? HAS_ALGORITHMS : 0,
                                       0};
    spdm_header_write(writer, &header);
    write_fields(writer, caps);
    if (has)
        spdm_supported_algorithms_write(writer, caps->version, &caps->algorithms);
}
