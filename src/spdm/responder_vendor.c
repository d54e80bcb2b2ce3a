/* SPDX-License-Identifier: Apache-2.0 */

/* VENDOR_DEFINED: handed to whoever embeds us. */

#include "spdm/responder_parts.h"

status spdm_answer_vendor_defined(struct spdm_asking *asking)
{
    struct spdm_responder *const responder = asking->responder;
    const struct spdm_shape *const shape = &asking->connection->shape;
    struct writer payload = writer_over(responder->scratch, responder->scratch_size);
    struct spdm_vendor_defined defined;
    slice request;
    if (!responder->setup->duties.vendor_defined)
        return FAIL(UNSUPPORTED, "no vendor's protocol is spoken");
    TRY(spdm_vendor_defined_request_read(&asking->reader, shape, &defined));
    TRY(spdm_asked(asking, &request));

    const struct spdm_vendor_call call = {
        .session = asking->session,
        .vendor = {(uint8_t)defined.body, defined.vendor_id},
        .payload = defined.payload,
    };
    TRY(responder->setup->duties.vendor_defined(responder->context, &call, &payload));
    TRY(writer_finish(&payload, &defined.payload));
    spdm_vendor_defined_response_write(asking->out, shape, &defined);
    return OK;
}
