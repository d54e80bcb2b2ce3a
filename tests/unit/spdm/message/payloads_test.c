/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What is inside recorded messages: every payload of IDE_KM and of TDISP, and every opaque field
 * that is about secured messages, is written again as the same bytes.
 */

#include "spdm/message/idekm.h"
#include "spdm/message/secured_versions.h"
#include "spdm/message/tdisp.h"

#include "spdm_again_sessions.h"
#include "spdm_recording.h"

static size_t idekm_seen, tdisp_seen, offers_seen, choices_seen;

static void take_idekm(slice payload, bool is_cxl)
{
    uint8_t space[512];
    struct writer writer = writer_over(space, sizeof space);
    struct spdm_idekm message;
    EXPECT_OK(spdm_idekm_read(payload, is_cxl, &message));
    spdm_idekm_write(&writer, is_cxl, &message);
    EXPECT(slice_equal((slice){space, writer.size}, payload));
    idekm_seen++;
}

static void take_tdisp(slice payload)
{
    uint8_t space[512];
    struct writer writer = writer_over(space, sizeof space);
    struct spdm_tdisp message;
    EXPECT_OK(spdm_tdisp_read(payload, &message));
    spdm_tdisp_write(&writer, &message);
    EXPECT(slice_equal((slice){space, writer.size}, payload));
    tdisp_seen++;
}

/* The second protocol of CXL is TSP, which is not read here. */
static void take_vendors(const struct spdm_vendor_defined *message)
{
    const bool is_cxl = message->vendor_id.size == 2 && message->vendor_id.data[0] == 0x98;
    EXPECT(message->body == SPDM_BODY_PCI_SIG && message->payload.size > 0);
    if (message->payload.data[0] == SPDM_IDEKM_PROTOCOL)
        take_idekm(message->payload, is_cxl);
    else if (!is_cxl)
        take_tdisp(message->payload);
}

static void take_offer(slice opaque, const struct spdm_shape *shape)
{
    uint8_t space[SPDM_SECURED_OPAQUE_SIZE_MAX];
    struct writer writer = writer_over(space, sizeof space);
    struct spdm_secured_offer offer;
    EXPECT_OK(spdm_secured_offer_read(opaque, shape, &offer));
    spdm_secured_offer_write(&writer, shape, &offer);
    EXPECT(slice_equal((slice){space, writer.size}, opaque));
    offers_seen++;
}

static void take_choice(slice opaque, const struct spdm_shape *shape)
{
    uint8_t space[SPDM_SECURED_OPAQUE_SIZE_MAX];
    struct writer writer = writer_over(space, sizeof space);
    struct spdm_secured_choice choice;
    EXPECT_OK(spdm_secured_choice_read(opaque, shape, &choice));
    spdm_secured_choice_write(&writer, shape, &choice);
    EXPECT(slice_equal((slice){space, writer.size}, opaque));
    choices_seen++;
}

/* All recorded requests that open a session ask for a summary. */
static void take_message(const struct spdm_shape *shape, slice message)
{
    struct reader reader = reader_of(message);
    struct spdm_vendor_defined vendor;
    struct spdm_key_exchange exchange;
    struct spdm_key_exchange_rsp exchanged;
    struct spdm_psk_exchange psk;
    struct spdm_psk_exchange_rsp psk_exchanged;
    switch (message.data[1]) {
    case SPDM_VENDOR_DEFINED_REQUEST:
        EXPECT_OK(spdm_vendor_defined_request_read(&reader, shape, &vendor));
        take_vendors(&vendor);
        break;
    case SPDM_VENDOR_DEFINED_RESPONSE:
        EXPECT_OK(spdm_vendor_defined_response_read(&reader, shape, &vendor));
        take_vendors(&vendor);
        break;
    case SPDM_KEY_EXCHANGE:
        EXPECT_OK(spdm_key_exchange_read(&reader, shape, &exchange));
        take_offer(exchange.opaque, shape);
        break;
    case SPDM_KEY_EXCHANGE_RSP:
        EXPECT_OK(spdm_key_exchange_rsp_read(&reader, shape, true, &exchanged));
        take_choice(exchanged.opaque, shape);
        break;
    case SPDM_PSK_EXCHANGE:
        EXPECT_OK(spdm_psk_exchange_read(&reader, shape, &psk));
        take_offer(psk.opaque, shape);
        break;
    case SPDM_PSK_EXCHANGE_RSP:
        EXPECT_OK(spdm_psk_exchange_rsp_read(&reader, shape, true, &psk_exchanged));
        take_choice(psk_exchanged.opaque, shape);
        break;
    default:
        break;
    }
}

static void take_recording(const struct spdm_recording *recording)
{
    for (size_t i = 0; i < recording->message_count; i++)
        if (recording->messages[i].message.size)
            take_message(&recording->shape, recording->messages[i].message);
}

/* Counted by a separate program over the same files. */
TEST(every_recorded_payload_and_opaque_field_is_written_again_as_it_was)
{
    if (spdm_recordings_are_absent(SPDM_RECORDINGS))
        return;
    spdm_recordings_each(take_recording);
    EXPECT(idekm_seen == 162 && tdisp_seen == 66);
    EXPECT(offers_seen == 22 && choices_seen == 20);
}
