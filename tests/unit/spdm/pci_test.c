/* SPDX-License-Identifier: Apache-2.0 */

/* What carries TDISP and IDE_KM: an encrypted session, and nothing else. */

#include "spdm/tdi.h"

#include "spdm_stage.h"

/* A device that knows its versions, for whoever is allowed to ask. */
static status answer_version(void *context, const struct spdm_vendor_call *call,
                             struct writer *payload)
{
    static const uint8_t pci_sig[] = {1, 0};
    struct spdm_tdisp message;
    (void)context;
    EXPECT(call->session && call->vendor.body == SPDM_BODY_PCI_SIG);
    EXPECT(slice_equal(call->vendor.vendor_id, SLICE(pci_sig)));
    TRY(spdm_tdisp_read(call->payload, &message));
    message.type = SPDM_TDISP_VERSION;
    message.versions.count = 1;
    message.versions.numbers[0] = SPDM_TDISP_1_0;
    spdm_tdisp_write(payload, &message);
    return OK;
}

static struct spdm_session *session_for(struct stage *stage, uint32_t withheld)
{
    const struct spdm_opening opening = {.slot = SLOT};
    stage_set(stage, SPDM_1_2);
    stage->responder_setup.duties.vendor_defined = answer_version;
    stage->requester_setup.settings.capabilities.flags &= ~withheld;
    connect(stage);
    learn_chain(stage);
    EXPECT_OK(spdm_requester_open_session(&stage->requester, now, &opening, &stage->out));
    EXPECT(speak(stage) == SPDM_DONE);
    return stage->requester.opened;
}

TEST(tdisp_is_spoken_in_an_encrypted_session_and_nowhere_else)
{
    static struct stage stage;
    uint8_t space[64], report[64];
    struct writer payload = writer_over(space, sizeof space);
    struct spdm_tdi tdi;
    if (spdm_recordings_are_absent(1))
        return;
    struct spdm_session *session = session_for(&stage, 0);
    spdm_tdi_begin(&tdi, 0xbeef, report, sizeof report);
    EXPECT_OK(spdm_tdi_ask(&tdi, &(struct spdm_tdisp){.type = SPDM_TDISP_GET_VERSION}, &payload));
    const slice request = {space, payload.size};
    EXPECT_FAIL(UNEXPECTED, spdm_requester_pci(&stage.requester, now, NULL, request, &stage.out));
    EXPECT_OK(spdm_requester_pci(&stage.requester, now, session, request, &stage.out));
    EXPECT(speak(&stage) == SPDM_DONE);
    EXPECT_OK(spdm_tdi_take(&tdi, stage.requester.payload));
    EXPECT(tdi.has_version);
    stage_clear(&stage);

    session = session_for(&stage, SPDM_ENCRYPT_CAP); /* authenticated only */
    EXPECT_FAIL(UNEXPECTED,
                spdm_requester_pci(&stage.requester, now, session, request, &stage.out));
    stage_clear(&stage);
}
