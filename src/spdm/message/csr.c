/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/csr.h"

#include "spdm/message/opaque_field.h"

#include <assert.h>

/* Param2, from 1.3 on. */
enum { MODEL_MASK = 7, TAG_SHIFT = 3, TAG_MASK = 7, OVERWRITE = 1 << 7 };

static void purpose_read(const struct spdm_header *header, struct spdm_get_csr *out)
{
    out->key_pair_id = header->param1;
    out->certificate_model = header->param2 & MODEL_MASK;
    out->tracking_tag = header->param2 >> TAG_SHIFT & TAG_MASK;
    out->overwrites = header->param2 & OVERWRITE;
}

status spdm_get_csr_read(struct reader *reader, const struct spdm_shape *shape,
                         struct spdm_get_csr *out)
{
    struct spdm_header header;
    struct spdm_get_csr request = {0};

    TRY(spdm_header_expect(reader, SPDM_GET_CSR, &header));
    if (shape->version >= SPDM_1_3)
        purpose_read(&header, &request);
    const uint16_t info_size = read_le16(reader);
    const uint16_t opaque_size = read_le16(reader);
    if (opaque_size > SPDM_OPAQUE_SIZE_MAX)
        return FAIL(EXHAUSTED, "GET_CSR has a longer opaque field than we take");
    request.requester_info = read_bytes(reader, info_size);
    request.opaque = read_bytes(reader, opaque_size);
    TRY(spdm_message_was_whole(reader));
    *out = request;
    return OK;
}

void spdm_get_csr_write(struct writer *writer, const struct spdm_shape *shape,
                        const struct spdm_get_csr *request)
{
    struct spdm_header header = {shape->version, SPDM_GET_CSR, 0, 0};
    assert(request->requester_info.size <= UINT16_MAX);
    assert(request->opaque.size <= SPDM_OPAQUE_SIZE_MAX);
    if (shape->version >= SPDM_1_3) {
        header.param1 = request->key_pair_id;
        header.param2 = (uint8_t)(request->certificate_model | request->tracking_tag << TAG_SHIFT |
                                  (request->overwrites ? OVERWRITE : 0));
    }
    spdm_header_write(writer, &header);
    write_le16(writer, (uint16_t)request->requester_info.size);
    write_le16(writer, (uint16_t)request->opaque.size);
    write_bytes(writer, request->requester_info);
    write_bytes(writer, request->opaque);
}

status spdm_csr_read(struct reader *reader, struct spdm_csr *out)
{
    struct spdm_header header;
    struct spdm_csr response;

    TRY(spdm_header_expect(reader, SPDM_CSR, &header));
    const uint16_t size = read_le16(reader);
    read_le16(reader); /* reserved */
    response.request = read_bytes(reader, size);
    TRY(spdm_message_was_whole(reader));
    if (size == 0)
        return FAIL(MALFORMED, "CSR has no signing request");
    *out = response;
    return OK;
}

void spdm_csr_write(struct writer *writer, const struct spdm_shape *shape,
                    const struct spdm_csr *response)
{
    assert(response->request.size <= UINT16_MAX);
    spdm_header_write(writer, &(struct spdm_header){shape->version, SPDM_CSR, 0, 0});
    write_le16(writer, (uint16_t)response->request.size);
    write_le16(writer, 0); /* reserved */
    write_bytes(writer, response->request);
}
