/* SPDX-License-Identifier: Apache-2.0 */

/* Our requester speaks with our responder, in each version; the keys and chains are recorded
 * peers'. */

#include "spdm/message/encapsulated.h"
#include "spdm/message/key_exchange.h"
#include "spdm_stage.h"

static const uint8_t versions[] = {SPDM_1_0, SPDM_1_1, SPDM_1_2, SPDM_1_3, SPDM_1_4};

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

TEST(whoever_gave_up_waiting_connects_anew)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    stage_set(&stage, SPDM_1_3);
    connect(&stage);
    learn_chain(&stage);
    EXPECT_OK(spdm_requester_challenge(&stage.requester, now, SLOT, SPDM_SUMMARY_NONE, &stage.out));
    stage.out.size = 0; /* it gets lost */
    connect(&stage);
    learn_chain(&stage);
    EXPECT_OK(spdm_requester_challenge(&stage.requester, now, SLOT, SPDM_SUMMARY_NONE, &stage.out));
    EXPECT(speak(&stage) == SPDM_DONE);
    stage_clear(&stage);
}

/* ---- sessions ---- */

struct handshake {
    uint8_t version;
    uint8_t mutual;
    bool is_in_the_clear;
};

static void stage_for(struct stage *stage, const struct handshake *handshake)
{
    const uint32_t clear = handshake->is_in_the_clear ? SPDM_HANDSHAKE_IN_THE_CLEAR_CAP : 0;
    stage_set(stage, handshake->version);
    stage->responder_setup.mutual = handshake->mutual;
    stage->responder_setup.settings.capabilities.flags |= clear;
    stage->requester_setup.settings.capabilities.flags |= clear;
    connect(stage);
    learn_chain(stage);
}

static enum spdm_progress open_session(struct stage *stage)
{
    const struct spdm_opening opening = {.slot = SLOT, .summary = SPDM_SUMMARY_TCB};
    EXPECT_OK(spdm_requester_open_session(&stage->requester, now, &opening, &stage->out));
    return speak(stage);
}

static const uint8_t mutuals[] = {SPDM_MUTUAL_NONE, SPDM_MUTUAL_ENCAPSULATED,
                                  SPDM_MUTUAL_IMPLICIT_DIGESTS};

#define FOR_EACH_HANDSHAKE(handshake)                                                              \
    for (size_t i_ = 0; i_ < (sizeof versions - 1) * sizeof mutuals * 2; i_++)                     \
        for (struct handshake handshake = {versions[1 + i_ / 6], mutuals[i_ / 2 % 3], i_ % 2},     \
                              *once_ = &handshake;                                                 \
             once_; once_ = NULL)

TEST(a_session_lives_from_key_exchange_to_its_end_in_each_version_and_mutual_mode)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    FOR_EACH_HANDSHAKE(handshake)
    {
        stage_for(&stage, &handshake);
        expect_answer(&stage, NULL);
        EXPECT(open_session(&stage) == SPDM_DONE);
        EXPECT(stage.requester.opened->mutual == handshake.mutual);
        EXPECT(stage.requester.opened->heartbeat_s == 5);
        live(&stage);
        EXPECT(open_session(&stage) == SPDM_DONE);
        live(&stage);
        stage_clear(&stage);
    }
}

struct told {
    unsigned count;
    uint32_t session_id;
    struct digest shared; /* its hash */
};

static void take_secret(void *self, uint32_t session_id, slice shared)
{
    struct told *const told = self;
    told->count++;
    told->session_id = session_id;
    EXPECT_OK(digest_of(HASH_SHA256, shared, &told->shared));
}

TEST(a_key_log_is_told_of_each_session_and_both_sides_tell_the_same)
{
    static struct stage stage;
    struct told told[2] = {0};
    const struct spdm_key_log logs[2] = {{&told[0], take_secret}, {&told[1], take_secret}};
    if (spdm_recordings_are_absent(1))
        return;
    stage_for(&stage, &(struct handshake){.version = SPDM_1_3});
    stage.requester_setup.settings.insecure_key_log = &logs[0];
    stage.responder_setup.settings.insecure_key_log = &logs[1];
    for (unsigned i = 1; i <= 2; i++) {
        EXPECT(open_session(&stage) == SPDM_DONE);
        EXPECT(told[0].count == i && told[1].count == i);
        EXPECT(told[0].session_id == stage.requester.opened->form.session_id);
        EXPECT(told[0].session_id == told[1].session_id);
        EXPECT(digest_equal(&told[0].shared, &told[1].shared));
    }
    stage_clear(&stage);
}

TEST(a_requester_that_nobody_expects_gets_no_session)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    FOR_EACH_HANDSHAKE(handshake)
    {
        if (handshake.mutual == SPDM_MUTUAL_NONE)
            continue;
        stage_for(&stage, &handshake);
        stage.requester_setup.identity = &stage.answering.identity;
        EXPECT(open_session(&stage) == SPDM_FAILED);
        EXPECT(stage.requester_sessions[0].phase == SPDM_SESSION_NONE);
        EXPECT(stage.responder_sessions[0].phase == SPDM_SESSION_NONE);

        stage.requester_setup.identity = &stage.asking.identity; /* without its key */
        stage.asking.identity.slots[SLOT].key = &stage.answering.key;
        EXPECT(open_session(&stage) == SPDM_FAILED);
        EXPECT(stage.requester_sessions[0].phase == SPDM_SESSION_NONE);
        EXPECT(stage.responder_sessions[0].phase == SPDM_SESSION_NONE);
        stage_clear(&stage);
    }
}

TEST(a_handshake_with_one_wrong_bit_opens_no_session)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    FOR_EACH_HANDSHAKE(handshake)
    {
        stage_for(&stage, &handshake);
        stage.spoils = 1;
        EXPECT(open_session(&stage) == SPDM_FAILED);
        EXPECT_FAIL(UNAUTHENTIC, stage.requester.failure);
        EXPECT(stage.requester_sessions[0].phase == SPDM_SESSION_NONE);
        stage_clear(&stage);
    }
}

/* In a session the record's tag is what is wrong, in the clear the proof in the message. */
TEST(a_session_whose_finish_rsp_is_wrong_is_not_opened)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    FOR_EACH_HANDSHAKE(handshake)
    {
        if (handshake.mutual != SPDM_MUTUAL_NONE)
            continue;
        stage_for(&stage, &handshake);
        stage.spoils = 1;
        stage.unspoiled = 1; /* KEY_EXCHANGE_RSP */
        EXPECT(open_session(&stage) == SPDM_FAILED);
        EXPECT_FAIL(UNAUTHENTIC, stage.requester.failure);
        EXPECT(stage.requester_sessions[0].phase == SPDM_SESSION_NONE);
        EXPECT(!stage.requester.opened);
        stage_clear(&stage);
    }
}

/* Of ENCAPSULATED_RESPONSE_ACK, the slot and that there is one: recorded peers leave out slot 0. */
static size_t without_slot(uint8_t *frame, size_t size)
{
    enum { LENGTH_AT = 0, CODE_AT = 5, PAYLOAD_AT = 7 };
    if (frame[CODE_AT] != SPDM_ENCAPSULATED_RESPONSE_ACK ||
        frame[PAYLOAD_AT] != SPDM_ENCAPSULATED_SLOT)
        return size;
    frame[PAYLOAD_AT] = SPDM_ENCAPSULATED_NOTHING;
    frame[LENGTH_AT]--;
    return size - 1;
}

TEST(a_responder_that_names_no_slot_means_the_first)
{
    static struct stage stage;
    const struct spdm_opening opening = {.slot = SLOT};
    if (spdm_recordings_are_absent(1))
        return;
    FOR_EACH_HANDSHAKE(handshake)
    {
        enum spdm_progress progress = SPDM_SEND;
        if (handshake.mutual == SPDM_MUTUAL_NONE || !handshake.is_in_the_clear)
            continue;
        stage_for(&stage, &handshake);
        EXPECT_OK(spdm_requester_open_session(&stage.requester, now, &opening, &stage.out));
        while (progress == SPDM_SEND) {
            struct writer answer = writer_over(stage.response, sizeof stage.response);
            EXPECT_OK(spdm_responder_receive(&stage.responder, now, stage.request, stage.out.size,
                                             &answer));
            answer.size = without_slot(stage.response, answer.size);
            stage.out.size = 0;
            progress = spdm_requester_receive(&stage.requester, now, stage.response, answer.size,
                                              &stage.out);
        }
        EXPECT(progress == SPDM_DONE);
        live(&stage);
        stage_clear(&stage);
    }
}

/* DMTF's emulator refuses an ALGORITHMS that selects what the responder has not. */
TEST(a_responder_without_a_measurement_log_selects_no_form_of_it)
{
    static struct stage stage;
    if (spdm_recordings_are_absent(1))
        return;
    for (unsigned has_log = 0; has_log < 2; has_log++) {
        stage_set(&stage, SPDM_1_3);
        stage.requester_setup.settings.algorithms.log_specifications = SPDM_LOG_DMTF;
        stage.responder_setup.settings.algorithms.log_specifications = SPDM_LOG_DMTF;
        if (has_log)
            stage.responder_setup.settings.capabilities.flags |= SPDM_MEL_CAP;
        connect(&stage);
        EXPECT(stage.requester.connection.suite.has_log == has_log);
        stage_clear(&stage);
    }
}

/* The responder's answer to what the requester wants to send. */
static size_t answer_to(struct stage *stage, uint8_t answer[FRAME_SIZE_MAX])
{
    struct writer writer = writer_over(answer, FRAME_SIZE_MAX);
    EXPECT_OK(
        spdm_responder_receive(&stage->responder, now, stage->request, stage->out.size, &writer));
    stage->out.size = 0;
    return writer.size;
}

TEST(a_record_that_does_not_open_ends_its_own_session_and_no_other)
{
    static struct stage stage;
    static uint8_t once[FRAME_SIZE_MAX], again[FRAME_SIZE_MAX], awaited[FRAME_SIZE_MAX];
    if (spdm_recordings_are_absent(1))
        return;
    stage_set(&stage, SPDM_1_3);
    connect(&stage);
    learn_chain(&stage);
    struct spdm_requester *const requester = &stage.requester;
    EXPECT(open_session(&stage) == SPDM_DONE);
    struct spdm_session *const one = requester->opened;
    EXPECT(open_session(&stage) == SPDM_DONE);
    struct spdm_session *const other = requester->opened;

    EXPECT_OK(spdm_requester_heartbeat(requester, now, other, &stage.out));
    const size_t size = answer_to(&stage, once);
    memcpy(again, once, size);
    EXPECT(spdm_requester_receive(requester, now, once, size, &stage.out) == SPDM_DONE);
    EXPECT_OK(spdm_requester_heartbeat(requester, now, one, &stage.out));
    const size_t awaited_size = answer_to(&stage, awaited);

    EXPECT(spdm_requester_receive(requester, now, again, size, &stage.out) == SPDM_WAIT);
    EXPECT(other->phase == SPDM_SESSION_NONE);
    EXPECT(spdm_requester_receive(requester, now, awaited, awaited_size, &stage.out) == SPDM_DONE);
    EXPECT(one->phase == SPDM_SESSION_ESTABLISHED);
    stage_clear(&stage);
}
