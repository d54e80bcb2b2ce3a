/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/finish.h"

#include "spdm/message/opaque_field.h"
#include "spdm/message/slot.h"

enum { SIGNATURE_INCLUDED = 1 };

status spdm_finish_read(struct reader *reader, const struct spdm_shape *shape,
                        struct spdm_finish *out)
{
    struct spdm_header header;
    struct spdm_finish request = {0};

    TRY(spdm_header_expect(reader, SPDM_FINISH, &header));
    request.is_signed = header.param1 & SIGNATURE_INCLUDED;
    if (shape->version >= SPDM_1_4)
        TRY(spdm_opaque_field_read(reader, &request.opaque));
    if (request.is_signed)
        request.signature = read_bytes(reader, shape->requester_signature_size);
    request.verify_data = read_bytes(reader, shape->hash_size);
    TRY(spdm_message_was_whole(reader));

    if (request.is_signed) {
        TRY(spdm_slot_check(header.param2));
        request.slot = header.param2;
    }
    *out = request;
    return OK;
}

void spdm_finish_write(struct writer *writer, const struct spdm_shape *shape,
                       const struct spdm_finish *request)
{
    spdm_header_write(writer, &(struct spdm_header){shape->version, SPDM_FINISH,
                                                    request->is_signed ? SIGNATURE_INCLUDED : 0,
                                                    request->is_signed ? request->slot : 0});
    if (shape->version >= SPDM_1_4)
        spdm_opaque_field_write(writer, request->opaque);
    write_bytes(writer, request->signature);
    write_bytes(writer, request->verify_data);
}

status spdm_finish_rsp_read(struct reader *reader, const struct spdm_shape *shape,
                            struct spdm_finish_rsp *out)
{
    struct spdm_header header;
    struct spdm_finish_rsp response = {0};

    TRY(spdm_header_expect(reader, SPDM_FINISH_RSP, &header));
    if (shape->version >= SPDM_1_4)
        TRY(spdm_opaque_field_read(reader, &response.opaque));
    if (shape->handshake_in_the_clear)
        response.verify_data = read_bytes(reader, shape->hash_size);
    TRY(spdm_message_was_whole(reader));
    *out = response;
    return OK;
}

void spdm_finish_rsp_write(struct writer *writer, const struct spdm_shape *shape,
                           const struct spdm_finish_rsp *response)
{
    spdm_header_write(writer, &(struct spdm_header){shape->version, SPDM_FINISH_RSP, 0, 0});
    if (shape->version >= SPDM_1_4)
        spdm_opaque_field_write(writer, response->opaque);
    write_bytes(writer, response->verify_data);
}
