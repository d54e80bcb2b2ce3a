/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/respond_if_ready.h"

status spdm_respond_if_ready_read(struct reader *reader, struct spdm_respond_if_ready *out)
{
    struct spdm_header header;
    TRY(spdm_header_expect(reader, SPDM_RESPOND_IF_READY, &header));
    *out = (struct spdm_respond_if_ready){header.param1, header.param2};
    return OK;
}

void spdm_respond_if_ready_write(struct writer *writer, const struct spdm_shape *shape,
                                 const struct spdm_respond_if_ready *request)
{
    const struct spdm_header header = {shape->version, SPDM_RESPOND_IF_READY, request->request_code,
                                       request->token};
    spdm_header_write(writer, &header);
}
