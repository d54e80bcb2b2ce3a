/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/psk_finish.h"

#include "spdm/message/opaque_field.h"

status spdm_psk_finish_read(struct reader *reader, const struct spdm_shape *shape,
                            struct spdm_psk_finish *out)
{
    struct spdm_header header;
    struct spdm_psk_finish request = {0};

    TRY(spdm_header_expect(reader, SPDM_PSK_FINISH, &header));
    if (shape->version >= SPDM_1_4)
        TRY(spdm_opaque_field_read(reader, &request.opaque));
    request.verify_data = read_bytes(reader, shape->hash_size);
    TRY(spdm_message_was_whole(reader));
    *out = request;
    return OK;
}

void spdm_psk_finish_write(struct writer *writer, const struct spdm_shape *shape,
                           const struct spdm_psk_finish *request)
{
    spdm_header_write(writer, &(struct spdm_header){shape->version, SPDM_PSK_FINISH, 0, 0});
    if (shape->version >= SPDM_1_4)
        spdm_opaque_field_write(writer, request->opaque);
    write_bytes(writer, request->verify_data);
}

status spdm_psk_finish_rsp_read(struct reader *reader, const struct spdm_shape *shape,
                                struct spdm_psk_finish_rsp *out)
{
    struct spdm_header header;
    struct spdm_psk_finish_rsp response = {0};

    TRY(spdm_header_expect(reader, SPDM_PSK_FINISH_RSP, &header));
    if (shape->version >= SPDM_1_4)
        TRY(spdm_opaque_field_read(reader, &response.opaque));
    TRY(spdm_message_was_whole(reader));
    *out = response;
    return OK;
}

void spdm_psk_finish_rsp_write(struct writer *writer, const struct spdm_shape *shape,
                               const struct spdm_psk_finish_rsp *response)
{
    spdm_header_write(writer, &(struct spdm_header){shape->version, SPDM_PSK_FINISH_RSP, 0, 0});
    if (shape->version >= SPDM_1_4)
        spdm_opaque_field_write(writer, response->opaque);
}
