/* SPDX-License-Identifier: Apache-2.0 */

/* VENDOR_DEFINED_REQUEST. */

#include "spdm/requester_parts.h"

static status take_vendor_defined(struct spdm_taking *taking)
{
    struct spdm_vendor_defined defined;
    slice response;
    TRY(spdm_vendor_defined_response_read(&taking->reader, &taking->connection->shape, &defined));
    TRY(spdm_took(taking, &response));
    if (defined.body != taking->requester->vendor_body)
        return FAIL(UNEXPECTED, "a response of another body's protocol");
    taking->requester->payload = defined.payload;
    return OK;
}

status spdm_requester_vendor_defined(struct spdm_requester *requester, struct moment now,
                                     struct spdm_session *session,
                                     const struct spdm_vendor_defined *request, struct writer *out)
{
    static const struct spdm_step step = {SPDM_VENDOR_DEFINED_RESPONSE, take_vendor_defined};
    TRY(spdm_may_ask(requester, 0));
    struct spdm_saying saying = spdm_say_begin(requester, session, out);
    spdm_vendor_defined_request_write(&saying.draft, &requester->connection.shape, request);
    requester->vendor_body = request->body;
    return spdm_say_end(requester, now, &saying, &step);
}
