/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/key_update.h"

static status update_read(struct reader *reader, uint8_t code, struct spdm_key_update *out)
{
    struct spdm_header header;
    TRY(spdm_header_expect(reader, code, &header));
    if (header.param1 < SPDM_UPDATE_KEY || header.param1 > SPDM_VERIFY_NEW_KEY)
        return FAIL(MALFORMED, "KEY_UPDATE has an operation that there is not");
    *out = (struct spdm_key_update){.operation = header.param1, .tag = header.param2};
    return OK;
}

static void update_write(struct writer *writer, uint8_t version, uint8_t code,
                         const struct spdm_key_update *update)
{
    spdm_header_write(writer, &(struct spdm_header){version, code, update->operation, update->tag});
}

status spdm_key_update_read(struct reader *reader, struct spdm_key_update *out)
{
    return update_read(reader, SPDM_KEY_UPDATE, out);
}

void spdm_key_update_write(struct writer *writer, const struct spdm_shape *shape,
                           const struct spdm_key_update *request)
{
    update_write(writer, shape->version, SPDM_KEY_UPDATE, request);
}

status spdm_key_update_ack_read(struct reader *reader, struct spdm_key_update *out)
{
    return update_read(reader, SPDM_KEY_UPDATE_ACK, out);
}

void spdm_key_update_ack_write(struct writer *writer, const struct spdm_shape *shape,
                               const struct spdm_key_update *response)
{
    update_write(writer, shape->version, SPDM_KEY_UPDATE_ACK, response);
}
