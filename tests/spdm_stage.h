/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Our requester and our responder, speaking with each other over TCP's framing; their keys and
 * chains are recorded peers'.
 *   stage_set(&stage, SPDM_1_3);
 *   connect(&stage);
 *   ... spdm_requester_...(&stage.requester, now, ..., &stage.out) ...
 *   EXPECT(speak(&stage) == SPDM_DONE);
 */

#include "spdm/requester.h"
#include "spdm/responder.h"

#include "spdm/message/capabilities.h"
#include "spdm/message/measurement_block.h"
#include "spdm_recording.h"

enum { FRAME_SIZE_MAX = 8192, SESSIONS = 2, SLOT = 0 };

static const struct moment now = {.wall_s = 1, .monotonic_ms = 1};
static const uint8_t measured[48] = {1, 2, 3};

/* ---- the parties ---- */

struct party {
    struct private_key key;
    struct buffer bytes;
    struct spdm_own_chain chain;
    struct spdm_identity identity;
    struct spdm_chain read; /* as the other one knows it */
};

static inline void party_load(struct party *party, const char *certificates, const char *key,
                              bool asks)
{
    struct buffer pem = spdm_recordings_file(key);
    struct buffer der = spdm_recordings_file(certificates);
    const struct spdm_chain_rules rules = {
        .version = SPDM_1_3,
        .hash = HASH_SHA384,
        .asym = ASYM_ECDSA_P384,
        .is_requester = asks,
        .model = SPDM_DEVICE_CERT,
    };
    *party = (struct party){0};
    EXPECT_OK(private_key_read_pem(buffer_view(&pem), &party->key));
    EXPECT_OK(spdm_chain_write(HASH_SHA384, buffer_view(&der), &party->bytes));
    EXPECT_OK(spdm_chain_read(&rules, buffer_view(&party->bytes), &party->read));
    party->chain =
        (struct spdm_own_chain){HASH_SHA384, buffer_view(&party->bytes), party->read.digest};
    party->identity.slots[SLOT] =
        (struct spdm_own_slot){.chains = &party->chain, .chain_count = 1, .key = &party->key};
    buffer_clear(&pem);
    buffer_clear(&der);
}

static inline void party_clear(struct party *party)
{
    private_key_clear(&party->key);
    spdm_chain_clear(&party->read);
    buffer_clear(&party->bytes);
}

static inline status counted(uint8_t *out, size_t size)
{
    static uint8_t count;
    for (size_t i = 0; i < size; i++)
        out[i] = count++;
    return OK;
}

static inline status measure(void *context, const struct spdm_measuring *what,
                             struct writer *record, uint8_t *out_count)
{
    (void)context;
    EXPECT(what->operation == SPDM_MEASUREMENTS_ALL);
    spdm_measurement_block_write(record, &(struct spdm_measurement_block){
                                             .index = 1,
                                             .specification = SPDM_MEASUREMENT_SPECIFICATION_DMTF,
                                             .kind = SPDM_MEASURED_FIRMWARE,
                                             .value = SLICE(measured),
                                         });
    *out_count = 1;
    return OK;
}

/* The embedding program's: only the one that is expected may come in. */
static inline status judge(void *context, slice chain, const struct public_key **out_key);
static inline status answer_vendor(void *context, const struct spdm_vendor_call *call,
                                   struct writer *payload);

struct stage {
    struct party asking, answering;
    struct spdm_requester_setup requester_setup;
    struct spdm_responder_setup responder_setup;
    struct spdm_session requester_sessions[SESSIONS], responder_sessions[SESSIONS];
    uint8_t chain[FRAME_SIZE_MAX], scratch[FRAME_SIZE_MAX];
    struct spdm_requester requester;
    struct spdm_responder responder;
    uint8_t request[FRAME_SIZE_MAX], response[FRAME_SIZE_MAX];
    struct writer out;  /* what the requester wants to send */
    unsigned spoils;    /* the byte of each response (counted from its end) that is wrong */
    unsigned unspoiled; /* ... but for so many before it */
};

static inline status judge(void *context, slice chain, const struct public_key **out_key)
{
    const struct stage *const stage = context;
    if (!slice_equal(chain, buffer_view(&stage->asking.bytes)))
        return FAIL(DENIED, "not the one that is expected");
    *out_key = &stage->asking.read.key;
    return OK;
}

static inline status answer_vendor(void *context, const struct spdm_vendor_call *call,
                                   struct writer *payload)
{
    (void)context;
    write_u8(payload, call->session ? 1 : 0);
    write_bytes(payload, call->payload);
    return OK;
}

/* What both are the same in. */
static inline struct spdm_settings settings_for(enum spdm_side side, uint8_t version)
{
    return (struct spdm_settings){
        .side = side,
        .version_min = version,
        .version_max = version,
        .capabilities = {.data_transfer_size = 0x1200, .message_size_max = 0x1200},
        .algorithms =
            {
                .measurement_specifications = SPDM_MEASUREMENTS_DMTF,
                .other_params = SPDM_OPAQUE_FORMAT_1,
                .base_asym = spdm_asym_bit(ASYM_ECDSA_P384),
                .base_hash = spdm_hash_bit(HASH_SHA384),
                .tables = {[SPDM_TABLE_DHE] = {.is_present = true, .algorithms = 0x10},
                           [SPDM_TABLE_AEAD] = {.is_present = true, .algorithms = 0x02},
                           [SPDM_TABLE_REQUESTER_ASYM] = {.is_present = true, .algorithms = 0x80},
                           [SPDM_TABLE_KEY_SCHEDULE] = {.is_present = true,
                                                        .algorithms = SPDM_KEY_SCHEDULE}},
            },
        .measurement_hashes = spdm_measurement_hash_bit(HASH_SHA384),
        .sequence_size = (uint8_t)spdm_tcp.sequence_size,
    };
}

enum {
    BOTH_CAPS = SPDM_CERT_CAP | SPDM_ENCRYPT_CAP | SPDM_MAC_CAP | SPDM_MUT_AUTH_CAP |
                SPDM_KEY_EX_CAP | SPDM_ENCAP_CAP | SPDM_HBEAT_CAP | SPDM_KEY_UPD_CAP,
    RESPONDER_CAPS = BOTH_CAPS | SPDM_CHAL_CAP | SPDM_MEAS_SIGNED,
};

static inline void stage_set(struct stage *stage, uint8_t version)
{
    static const struct spdm_secured_offer secured = {2, {0x1100, 0x1200}, SPDM_AEAD_LIMIT_MAX};
    memset(stage, 0, sizeof *stage);
    party_load(&stage->answering, "certs/ecp384/bundle_responder.certchain.der",
               "certs/ecp384/end_responder.key", false);
    party_load(&stage->asking, "certs/ecp384/bundle_requester.certchain.der",
               "certs/ecp384/end_requester.key", true);
    stage->requester_setup = (struct spdm_requester_setup){
        .settings = settings_for(SPDM_REQUESTER, version),
        .transport = &spdm_tcp,
        .identity = &stage->asking.identity,
        .secured = secured,
        .random = counted,
    };
    stage->requester_setup.settings.capabilities.flags = BOTH_CAPS;
    stage->responder_setup = (struct spdm_responder_setup){
        .settings = settings_for(SPDM_RESPONDER, version),
        .transport = &spdm_tcp,
        .identity = &stage->answering.identity,
        .duties = {.measure = measure, .judge = judge, .vendor_defined = answer_vendor},
        .heartbeat_s = 5,
        .secured = secured,
        .random = counted,
    };
    stage->responder_setup.settings.capabilities.flags = RESPONDER_CAPS;
    spdm_requester_begin(&stage->requester, &stage->requester_setup,
                         &(struct spdm_requester_loans){
                             {.sessions = stage->requester_sessions, .session_count = SESSIONS},
                             stage->chain,
                             sizeof stage->chain,
                         });
    spdm_responder_begin(&stage->responder, &stage->responder_setup, stage,
                         &(struct spdm_responder_loans){
                             {.sessions = stage->responder_sessions, .session_count = SESSIONS},
                             stage->scratch,
                             sizeof stage->scratch,
                         });
    stage->out = writer_over(stage->request, sizeof stage->request);
}

static inline void stage_clear(struct stage *stage)
{
    spdm_requester_clear(&stage->requester);
    spdm_responder_clear(&stage->responder);
    party_clear(&stage->asking);
    party_clear(&stage->answering);
}

/* One request and its response. */
static inline enum spdm_progress speak_once(struct stage *stage)
{
    struct writer answer = writer_over(stage->response, sizeof stage->response);
    EXPECT_OK(
        spdm_responder_receive(&stage->responder, now, stage->request, stage->out.size, &answer));
    if (stage->unspoiled)
        stage->unspoiled--;
    else if (stage->spoils)
        stage->response[answer.size - stage->spoils] ^= 1;
    stage->out.size = 0;
    return spdm_requester_receive(&stage->requester, now, stage->response, answer.size,
                                  &stage->out);
}

/* To the end of what was asked. */
static inline enum spdm_progress speak(struct stage *stage)
{
    enum spdm_progress progress = SPDM_SEND;
    while (progress == SPDM_SEND)
        progress = speak_once(stage);
    return progress;
}

static inline void connect(struct stage *stage)
{
    EXPECT_OK(spdm_requester_connect(&stage->requester, now, &stage->out));
    EXPECT(speak(stage) == SPDM_DONE);
}

static inline void learn_chain(struct stage *stage)
{
    struct spdm_requester *const requester = &stage->requester;
    EXPECT_OK(spdm_requester_digests(requester, now, NULL, &stage->out));
    EXPECT(speak(stage) == SPDM_DONE);
    EXPECT_OK(spdm_requester_certificate(requester, now, NULL, SLOT, &stage->out));
    EXPECT(speak(stage) == SPDM_DONE);
    EXPECT(slice_equal((slice){stage->chain, requester->chain_size},
                       buffer_view(&stage->answering.bytes)));
    EXPECT_OK(spdm_requester_accept(requester, SLOT, &stage->answering.read));
}

static inline void expect_answer(struct stage *stage, struct spdm_session *session)
{
    static const uint8_t question[] = {7, 8, 9};
    const uint8_t answer[] = {session ? 1 : 0, 7, 8, 9};
    const struct spdm_vendor_defined request = {.body = SPDM_BODY_DMTF, .payload = SLICE(question)};
    EXPECT_OK(
        spdm_requester_vendor_defined(&stage->requester, now, session, &request, &stage->out));
    EXPECT(speak(stage) == SPDM_DONE);
    EXPECT(slice_equal(stage->requester.payload, SLICE(answer)));
}

/* The life of a session, with a word in between to see that both have the same keys. */
static inline void live(struct stage *stage)
{
    struct spdm_requester *const requester = &stage->requester;
    struct spdm_session *const session = requester->opened;
    const struct spdm_measuring_order order = {
        .session = session, .operation = SPDM_MEASUREMENTS_ALL, .asks_signature = true};
    expect_answer(stage, session);
    EXPECT_OK(spdm_requester_measurements(requester, now, &order, &stage->out));
    EXPECT(speak(stage) == SPDM_DONE);
    EXPECT_OK(spdm_requester_heartbeat(requester, now, session, &stage->out));
    EXPECT(speak(stage) == SPDM_DONE);
    for (unsigned i = 0; i < 4; i++) {
        const enum spdm_key_operation operation = i % 2 ? SPDM_UPDATE_KEY : SPDM_UPDATE_ALL_KEYS;
        EXPECT_OK(spdm_requester_key_update(requester, now, session, operation, &stage->out));
        EXPECT(speak(stage) == SPDM_DONE);
        expect_answer(stage, session);
    }
    EXPECT_OK(spdm_requester_end_session(requester, now, session, &stage->out));
    EXPECT(speak(stage) == SPDM_DONE);
    EXPECT(stage->requester_sessions[0].phase == SPDM_SESSION_NONE);
    EXPECT(stage->responder_sessions[0].phase == SPDM_SESSION_NONE);
    EXPECT_FAIL(UNEXPECTED, spdm_requester_heartbeat(requester, now, session, &stage->out));
}
