/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/certificate.h"

#include "spdm/message/slot.h"

#include <assert.h>

enum {
    LARGE = 1 << 7,     /* param1, of both messages */
    SLOT_SIZE = 1 << 0, /* param2, of the request */
    MODEL = 7,          /* param2, of the response */
};

static bool is_large(const struct spdm_shape *shape, const struct spdm_header *header)
{
    return shape->version >= SPDM_1_4 && header->param1 & LARGE;
}

/* Two numbers of 16 bits; or none, and two of 32. */
static void read_sizes(struct reader *reader, bool large, uint32_t *out_first, uint32_t *out_second)
{
    *out_first = read_le16(reader);
    *out_second = read_le16(reader);
    if (!large)
        return;
    *out_first = read_le32(reader);
    *out_second = read_le32(reader);
}

static void write_sizes(struct writer *writer, bool large, uint32_t first, uint32_t second)
{
    assert(large || (first <= UINT16_MAX && second <= UINT16_MAX));
    write_le16(writer, large ? 0 : (uint16_t)first);
    write_le16(writer, large ? 0 : (uint16_t)second);
    if (!large)
        return;
    write_le32(writer, first);
    write_le32(writer, second);
}

static uint8_t param1_of(uint8_t slot, bool large)
{
    return (uint8_t)(slot | (large ? LARGE : 0));
}

status spdm_get_certificate_read(struct reader *reader, const struct spdm_shape *shape,
                                 struct spdm_get_certificate *out)
{
    struct spdm_get_certificate request = {0};
    struct spdm_header header;

    TRY(spdm_header_expect(reader, SPDM_GET_CERTIFICATE, &header));
    request.is_large = is_large(shape, &header);
    request.asks_slot_size = shape->version >= SPDM_1_3 && header.param2 & SLOT_SIZE;
    read_sizes(reader, request.is_large, &request.offset, &request.length);
    TRY(spdm_message_was_whole(reader));

    TRY(spdm_slot_of_chain(header.param1, &request.slot));
    *out = request;
    return OK;
}

void spdm_get_certificate_write(struct writer *writer, const struct spdm_shape *shape,
                                const struct spdm_get_certificate *request)
{
    const struct spdm_header header = {shape->version, SPDM_GET_CERTIFICATE,
                                       param1_of(request->slot, request->is_large),
                                       request->asks_slot_size ? SLOT_SIZE : 0};
    spdm_header_write(writer, &header);
    write_sizes(writer, request->is_large, request->offset, request->length);
}

status spdm_certificate_read(struct reader *reader, const struct spdm_shape *shape,
                             struct spdm_certificate *out)
{
    struct spdm_certificate certificate = {0};
    struct spdm_header header;
    uint32_t portion_size;

    TRY(spdm_header_expect(reader, SPDM_CERTIFICATE, &header));
    certificate.is_large = is_large(shape, &header);
    certificate.certificate_model = shape->version >= SPDM_1_3 ? header.param2 & MODEL : 0;
    read_sizes(reader, certificate.is_large, &portion_size, &certificate.remainder_size);
    certificate.portion = read_bytes(reader, portion_size);
    TRY(spdm_message_was_whole(reader));

    TRY(spdm_slot_of_chain(header.param1, &certificate.slot));
    *out = certificate;
    return OK;
}

void spdm_certificate_write(struct writer *writer, const struct spdm_shape *shape,
                            const struct spdm_certificate *certificate)
{
    assert(certificate->portion.size <= UINT32_MAX);
    const struct spdm_header header = {shape->version, SPDM_CERTIFICATE,
                                       param1_of(certificate->slot, certificate->is_large),
                                       certificate->certificate_model};
    spdm_header_write(writer, &header);
    write_sizes(writer, certificate->is_large, (uint32_t)certificate->portion.size,
                certificate->remainder_size);
    write_bytes(writer, certificate->portion);
}
