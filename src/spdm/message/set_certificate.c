/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/set_certificate.h"

#include "spdm/message/slot.h"

enum { MODEL_SHIFT = 4, MODEL_MASK = 7, ERASE = 1 << 7, CHAIN_HEADER_SIZE = 4 };

/* The length in the chain's header: of 16 bits before 1.4, and two reserved bytes. */
static status chain_read(struct reader *reader, const struct spdm_shape *shape, slice *out)
{
    struct reader ahead = *reader;
    const uint32_t size = shape->version >= SPDM_1_4 ? read_le32(&ahead) : read_le16(&ahead);
    if (size > SPDM_CHAIN_SIZE_MAX)
        return FAIL(EXHAUSTED, "SET_CERTIFICATE has a longer chain than we take");
    *out = read_bytes(reader, size < CHAIN_HEADER_SIZE ? (size_t)CHAIN_HEADER_SIZE : size);
    TRY(spdm_message_was_whole(reader));
    if (size < CHAIN_HEADER_SIZE + shape->hash_size)
        return FAIL(MALFORMED, "SET_CERTIFICATE has a chain shorter than its header");
    return OK;
}

status spdm_set_certificate_read(struct reader *reader, const struct spdm_shape *shape,
                                 struct spdm_set_certificate *out)
{
    struct spdm_header header;
    struct spdm_set_certificate request = {0};

    TRY(spdm_header_expect(reader, SPDM_SET_CERTIFICATE, &header));
    TRY(spdm_slot_of_chain(header.param1, &request.slot));
    if (shape->version >= SPDM_1_3) {
        request.certificate_model = header.param1 >> MODEL_SHIFT & MODEL_MASK;
        request.erases = header.param1 & ERASE;
        request.key_pair_id = header.param2;
    }
    if (!request.erases)
        TRY(chain_read(reader, shape, &request.chain));
    *out = request;
    return OK;
}

void spdm_set_certificate_write(struct writer *writer, const struct spdm_shape *shape,
                                const struct spdm_set_certificate *request)
{
    struct spdm_header header = {shape->version, SPDM_SET_CERTIFICATE, request->slot, 0};
    if (shape->version >= SPDM_1_3) {
        header.param1 |=
            (uint8_t)(request->certificate_model << MODEL_SHIFT | (request->erases ? ERASE : 0));
        header.param2 = request->key_pair_id;
    }
    spdm_header_write(writer, &header);
    write_bytes(writer, request->chain);
}

status spdm_set_certificate_rsp_read(struct reader *reader, uint8_t *out_slot)
{
    struct spdm_header header;
    TRY(spdm_header_expect(reader, SPDM_SET_CERTIFICATE_RSP, &header));
    return spdm_slot_of_chain(header.param1, out_slot);
}

void spdm_set_certificate_rsp_write(struct writer *writer, const struct spdm_shape *shape,
                                    uint8_t slot)
{
    spdm_header_write(writer,
                      &(struct spdm_header){shape->version, SPDM_SET_CERTIFICATE_RSP, slot, 0});
}
