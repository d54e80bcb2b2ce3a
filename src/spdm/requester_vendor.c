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

status spdm_requester_pci(struct spdm_requester *requester, struct moment now,
                          struct spdm_session *session, slice payload, struct writer *out)
{
    static const uint8_t pci_sig[] = {1, 0};
    const struct spdm_vendor_defined request = {
        .body = SPDM_BODY_PCI_SIG, .vendor_id = SLICE(pci_sig), .payload = payload};
    if (!session || session->phase != SPDM_SESSION_ESTABLISHED || !session->form.is_encrypted)
        return FAIL(UNEXPECTED, "IDE_KM and TDISP outside of an encrypted session");
    return spdm_requester_vendor_defined(requester, now, session, &request, out);
}
