/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/end_session.h"

enum { CLEAR_NEGOTIATED_STATE = 1 };

status spdm_end_session_read(struct reader *reader, struct spdm_end_session *out)
{
    struct spdm_header header;
    TRY(spdm_header_expect(reader, SPDM_END_SESSION, &header));
    out->clears_negotiated_state = header.param1 & CLEAR_NEGOTIATED_STATE;
    return OK;
}

void spdm_end_session_write(struct writer *writer, const struct spdm_shape *shape,
                            const struct spdm_end_session *request)
{
    const uint8_t attributes = request->clears_negotiated_state ? CLEAR_NEGOTIATED_STATE : 0;
    spdm_header_write(writer,
                      &(struct spdm_header){shape->version, SPDM_END_SESSION, attributes, 0});
}

status spdm_end_session_ack_read(struct reader *reader)
{
    struct spdm_header header;
    return spdm_header_expect(reader, SPDM_END_SESSION_ACK, &header);
}

void spdm_end_session_ack_write(struct writer *writer, const struct spdm_shape *shape)
{
    spdm_header_write(writer, &(struct spdm_header){shape->version, SPDM_END_SESSION_ACK, 0, 0});
}
