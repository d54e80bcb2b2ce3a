/* SPDX-License-Identifier: Apache-2.0 */

/* Our requester speaks with our responder, in each version; the keys and chains are recorded
 * peers'. */

#include "spdm/requester.h"
#include "spdm/responder.h"

#include "spdm/message/capabilities.h"
#include "spdm/message/measurement_block.h"
#include "spdm_recording.h"

enum { FRAME_SIZE_MAX = 8192, SESSIONS = 2, SLOT = 0 };

static const struct moment now = {.wall_s = 1, .monotonic_ms = 1};
static const uint8_t versions[] = {SPDM_1_0, SPDM_1_1, SPDM_1_2, SPDM_1_3, SPDM_1_4};
static const uint8_t measured[48] = {1, 2, 3};

/* ---- the parties ---- */

struct party {
    struct private_key key;
    struct buffer bytes;
    struct spdm_own_chain chain;
    struct spdm_identity identity;
    struct spdm_chain read; /* as the other one knows it */
};

static void party_load(struct party *party, const char *certificates, const char *key, bool asks)
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

static void party_clear(struct party *party)
{
    private_key_clear(&party->key);
    spdm_chain_clear(&party->read);
    buffer_clear(&party->bytes);
}

static status counted(uint8_t *out, size_t size)
{
    static uint8_t count;
    for (size_t i = 0; i < size; i++)
        out[i] = count++;
    return OK;
}

static status measure(void *context, const struct spdm_measuring *what, struct writer *record,
                      uint8_t *out_count)
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

struct stage {
    struct party asking, answering;
    struct spdm_requester_setup requester_setup;
    struct spdm_responder_setup responder_setup;
    struct spdm_session requester_sessions[SESSIONS], responder_sessions[SESSIONS];
    uint8_t chain[FRAME_SIZE_MAX], scratch[FRAME_SIZE_MAX];
    struct spdm_requester requester;
    struct spdm_responder responder;
    uint8_t request[FRAME_SIZE_MAX], response[FRAME_SIZE_MAX];
    struct writer out; /* what the requester wants to send */
    unsigned spoils;   /* the bit of this response's byte (counted from its end) that is turned */
};

/* What both are the same in. */
static struct spdm_settings settings_for(enum spdm_side side, uint8_t version)
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

static void stage_set(struct stage *stage, uint8_t version)
{
    static const struct spdm_secured_offer secured = {2, {0x1100, 0x1200}, SPDM_AEAD_LIMIT_MAX};
    memset(stage, 0, sizeof *stage);
    party_load(&stage->answering, "certs/ecp384/bundle_responder.certchain.der",
               "certs/ecp384/end_responder.key", false);
    party_load(&stage->asking, "certs/ecp384/bundle_requester.certchain.der",
               "certs/ecp384/end_requester.key", true);
    stage->requester_setup = (struct spdm_requester_setup){
        settings_for(SPDM_REQUESTER, version), &spdm_tcp, &stage->asking.identity, secured, counted,
    };
    stage->requester_setup.settings.capabilities.flags = BOTH_CAPS;
    stage->responder_setup = (struct spdm_responder_setup){
        .settings = settings_for(SPDM_RESPONDER, version),
        .transport = &spdm_tcp,
        .identity = &stage->answering.identity,
        .duties = {.measure = measure},
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

static void stage_clear(struct stage *stage)
{
    spdm_requester_clear(&stage->requester);
    spdm_responder_clear(&stage->responder);
    party_clear(&stage->asking);
    party_clear(&stage->answering);
}

/* To the end of what was asked. */
static enum spdm_progress speak(struct stage *stage)
{
    enum spdm_progress progress = SPDM_SEND;
    while (progress == SPDM_SEND) {
        struct writer answer = writer_over(stage->response, sizeof stage->response);
        EXPECT_OK(spdm_responder_receive(&stage->responder, now, stage->request, stage->out.size,
                                         &answer));
        if (stage->spoils)
            stage->response[answer.size - stage->spoils] ^= 1;
        stage->out.size = 0;
        progress = spdm_requester_receive(&stage->requester, now, stage->response, answer.size,
                                          &stage->out);
    }
    return progress;
}

static void connect(struct stage *stage)
{
    EXPECT_OK(spdm_requester_connect(&stage->requester, now, &stage->out));
    EXPECT(speak(stage) == SPDM_DONE);
}

static void learn_chain(struct stage *stage)
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

#define FOR_EACH_VERSION(version)                                                                  \
    for (const uint8_t *version = versions; version < versions + sizeof versions; version++)

/* ---- outside sessions ---- */

TEST(a_responder_shows_who_it_is_and_proves_it_in_each_version)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    FOR_EACH_VERSION(version)
    {
        stage_set(&stage, *version);
        connect(&stage);
        EXPECT(stage.requester.connection.shape.version == *version);
        learn_chain(&stage);
        EXPECT_OK(
            spdm_requester_challenge(&stage.requester, now, SLOT, SPDM_SUMMARY_ALL, &stage.out));
        EXPECT(speak(&stage) == SPDM_DONE);
        EXPECT(stage.requester.summary_digest.size == 48);
        stage_clear(&stage);
    }
}

TEST(measurements_come_with_and_without_a_signature_in_each_version)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    FOR_EACH_VERSION(version)
    {
        struct spdm_measuring_order order = {.operation = SPDM_MEASUREMENTS_ALL};
        stage_set(&stage, *version);
        connect(&stage);
        learn_chain(&stage);
        for (unsigned i = 0; i < 3; i++) {
            order.asks_signature = i == 1; /* over the one before it, too */
            EXPECT_OK(spdm_requester_measurements(&stage.requester, now, &order, &stage.out));
            EXPECT(speak(&stage) == SPDM_DONE);
            EXPECT(stage.requester.measurements.block_count == 1);
        }
        stage_clear(&stage);
    }
}

TEST(a_wrong_signature_proves_nothing)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    FOR_EACH_VERSION(version)
    {
        const struct spdm_measuring_order order = {.operation = SPDM_MEASUREMENTS_ALL,
                                                   .asks_signature = true};
        stage_set(&stage, *version);
        connect(&stage);
        learn_chain(&stage);
        stage.spoils = 1;
        EXPECT_OK(
            spdm_requester_challenge(&stage.requester, now, SLOT, SPDM_SUMMARY_NONE, &stage.out));
        EXPECT(speak(&stage) == SPDM_FAILED);
        EXPECT_FAIL(UNAUTHENTIC, stage.requester.failure);
        EXPECT_OK(spdm_requester_measurements(&stage.requester, now, &order, &stage.out));
        EXPECT(speak(&stage) == SPDM_FAILED);
        EXPECT_FAIL(UNAUTHENTIC, stage.requester.failure);
        stage_clear(&stage);
    }
}

TEST(nothing_is_signed_for_a_chain_that_was_not_accepted)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    stage_set(&stage, SPDM_1_3);
    EXPECT_FAIL(UNEXPECTED, spdm_requester_digests(&stage.requester, now, NULL, &stage.out));
    connect(&stage);
    EXPECT_FAIL(UNEXPECTED, spdm_requester_challenge(&stage.requester, now, SLOT, SPDM_SUMMARY_NONE,
                                                     &stage.out));
    EXPECT_FAIL(UNEXPECTED, spdm_requester_accept(&stage.requester, SLOT, &stage.answering.read));
    EXPECT_OK(spdm_requester_digests(&stage.requester, now, NULL, &stage.out));
    EXPECT_FAIL(UNEXPECTED, spdm_requester_digests(&stage.requester, now, NULL, &stage.out));
    EXPECT(speak(&stage) == SPDM_DONE);
    EXPECT_FAIL(UNAUTHENTIC, spdm_requester_accept(&stage.requester, SLOT, &stage.asking.read));
    EXPECT_OK(spdm_requester_certificate(&stage.requester, now, NULL, SLOT + 1, &stage.out));
    EXPECT(speak(&stage) == SPDM_FAILED);
    EXPECT(stage.requester.error == SPDM_INVALID_REQUEST);
    stage_clear(&stage);
}
