/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/session.h"

#include "test.h"

/* That the values are right is recordings_test.c's to show: here is what may happen when. */

static const struct spdm_key_schedule schedule = {SPDM_1_3, HASH_SHA256, AEAD_AES_256_GCM};
static const uint8_t shared[32] = {1};
static const uint8_t transcript[] = {2, 3};

struct pair {
    struct spdm_session requester, responder;
};

static void pair_clear(struct pair *pair)
{
    spdm_session_clear(&pair->requester);
    spdm_session_clear(&pair->responder);
}

static void begin(struct spdm_session *session)
{
    session->phase = SPDM_SESSION_EXCHANGE;
    session->kind = SPDM_SESSION_KEY_EXCHANGE;
    session->form = (struct spdm_record_form){.session_id = 5, .is_encrypted = true};
    EXPECT_OK(running_hash_begin(&session->th, schedule.hash));
    EXPECT_OK(running_hash_add(&session->th, SLICE(transcript)));
}

static struct pair established(void)
{
    struct pair pair = {0};
    struct spdm_session *const sessions[] = {&pair.requester, &pair.responder};
    for (int i = 0; i < 2; i++) {
        begin(sessions[i]);
        EXPECT_OK(spdm_session_handshake(sessions[i], &schedule, SLICE(shared)));
        EXPECT_OK(running_hash_add(&sessions[i]->th, SLICE(transcript)));
        EXPECT_OK(spdm_session_establish(sessions[i], &schedule));
    }
    return pair;
}

static uint8_t space[4096];

static size_t say(struct spdm_session *session, enum spdm_side side, size_t data_size)
{
    static const uint8_t data[2048];
    struct writer writer = writer_over(space, sizeof space);
    const size_t at = spdm_record_begin(&session->form, &writer);
    write_bytes(&writer, (slice){data, data_size});
    EXPECT_OK(spdm_session_seal(session, side, &writer, at, (slice){0}));
    return writer.size;
}

static bool is_heard(struct spdm_session *session, enum spdm_side side, size_t size)
{
    slice data = {0};
    return !spdm_session_open(session, side, space, size, &data).fault;
}

TEST(the_two_ends_hear_each_other_and_not_themselves)
{
    SCOPED(pair) pair = established();
    EXPECT(is_heard(&pair.responder, SPDM_RESPONDER, say(&pair.requester, SPDM_REQUESTER, 4)));
    EXPECT(is_heard(&pair.requester, SPDM_REQUESTER, say(&pair.responder, SPDM_RESPONDER, 4)));
    EXPECT(!is_heard(&pair.requester, SPDM_REQUESTER, say(&pair.requester, SPDM_REQUESTER, 4)));
}

TEST(a_session_steps_forward_only)
{
    struct digest data = {0};
    slice opened = {0};
    struct writer writer = writer_over(space, sizeof space);
    SCOPED(pair) pair = {0};
    struct spdm_session *const session = &pair.requester;

    EXPECT_FAIL(UNEXPECTED, spdm_session_handshake(session, &schedule, SLICE(shared)));
    begin(session);
    EXPECT_FAIL(UNEXPECTED, spdm_session_establish(session, &schedule));
    EXPECT_FAIL(UNEXPECTED, spdm_session_verify_data(session, &schedule, SPDM_REQUESTS, &data));
    EXPECT_FAIL(UNEXPECTED, spdm_session_seal(session, SPDM_REQUESTER, &writer, 0, (slice){0}));
    EXPECT_FAIL(UNEXPECTED, spdm_session_open(session, SPDM_REQUESTER, space, 64, &opened));

    EXPECT_OK(spdm_session_handshake(session, &schedule, SLICE(shared)));
    EXPECT_FAIL(UNEXPECTED, spdm_session_handshake(session, &schedule, SLICE(shared)));
    EXPECT_FAIL(UNEXPECTED, spdm_session_prepare_update(session, &schedule, SPDM_REQUESTS));
    EXPECT_OK(spdm_session_verify_data(session, &schedule, SPDM_REQUESTS, &data));

    EXPECT_OK(spdm_session_establish(session, &schedule));
    EXPECT_FAIL(UNEXPECTED, spdm_session_establish(session, &schedule));
    EXPECT_FAIL(UNEXPECTED, spdm_session_verify_data(session, &schedule, SPDM_REQUESTS, &data));
}

/* spec: DSP0274 1.3, the salt of a PSK: ePrint 2024/2047 */
TEST(the_same_secret_as_a_psk_gives_other_keys_from_1_3_on)
{
    for (uint8_t version = SPDM_1_1; version <= SPDM_1_4; version++) {
        const struct spdm_key_schedule at = {version, HASH_SHA256, AEAD_AES_256_GCM};
        SCOPED(pair) pair = {0};
        begin(&pair.requester);
        begin(&pair.responder);
        pair.responder.kind = SPDM_SESSION_PSK;
        EXPECT_OK(spdm_session_handshake(&pair.requester, &at, SLICE(shared)));
        EXPECT_OK(spdm_session_handshake(&pair.responder, &at, SLICE(shared)));
        EXPECT(slice_equal(secret_view(&pair.requester.master),
                           secret_view(&pair.responder.master)) == (version < SPDM_1_3));
    }
}

TEST(what_a_session_knew_is_wiped_when_it_ends)
{
    SCOPED(pair) pair = established();
    const struct spdm_session empty = {0};
    spdm_session_clear(&pair.requester);
    EXPECT(memcmp(&pair.requester, &empty, sizeof empty) == 0);
}

TEST(the_handshakes_secrets_are_gone_when_it_is_over)
{
    SCOPED(pair) pair = {0};
    struct spdm_session *const session = &pair.requester;
    begin(session);
    EXPECT_OK(spdm_session_handshake(session, &schedule, SLICE(shared)));
    const struct secret master = session->master, request = session->halves[0].secret;
    EXPECT_OK(spdm_session_establish(session, &schedule));
    for (size_t i = 0; i + master.size <= sizeof *session; i++) {
        const slice here = {(const uint8_t *)session + i, master.size};
        EXPECT(!slice_equal(here, secret_view(&master)));
        EXPECT(!slice_equal(here, secret_view(&request)));
    }
}

/* ---- KEY_UPDATE ---- */

TEST(an_update_is_followed_when_its_first_record_comes_and_not_before)
{
    SCOPED(pair) pair = established();
    EXPECT_OK(spdm_session_prepare_update(&pair.responder, &schedule, SPDM_REQUESTS));
    EXPECT_FAIL(UNEXPECTED, spdm_session_prepare_update(&pair.responder, &schedule, SPDM_REQUESTS));

    /* The requester has not heard the answer yet. */
    EXPECT(is_heard(&pair.responder, SPDM_RESPONDER, say(&pair.requester, SPDM_REQUESTER, 4)));
    EXPECT(!pair.responder.opened_with_next);
    EXPECT(is_heard(&pair.responder, SPDM_RESPONDER, say(&pair.requester, SPDM_REQUESTER, 2000)));

    EXPECT_OK(spdm_session_prepare_update(&pair.requester, &schedule, SPDM_REQUESTS));
    spdm_session_commit_update(&pair.requester, SPDM_REQUESTS);
    EXPECT(is_heard(&pair.responder, SPDM_RESPONDER, say(&pair.requester, SPDM_REQUESTER, 4)));
    EXPECT(pair.responder.opened_with_next);
    spdm_session_commit_update(&pair.responder, SPDM_REQUESTS);
    EXPECT(is_heard(&pair.responder, SPDM_RESPONDER, say(&pair.requester, SPDM_REQUESTER, 2000)));
    EXPECT(!pair.responder.opened_with_next);
    EXPECT(pair.responder.halves[SPDM_REQUESTS].key.sequence == 2);

    /* The other direction was left alone. */
    EXPECT(is_heard(&pair.requester, SPDM_REQUESTER, say(&pair.responder, SPDM_RESPONDER, 4)));
}

TEST(a_forged_record_under_an_update_leaves_both_keys_as_they_were)
{
    SCOPED(pair) pair = established();
    EXPECT_OK(spdm_session_prepare_update(&pair.responder, &schedule, SPDM_REQUESTS));
    const size_t size = say(&pair.requester, SPDM_REQUESTER, 4);
    space[size - 1] ^= 1;
    EXPECT(!is_heard(&pair.responder, SPDM_RESPONDER, size));
    EXPECT(!pair.responder.opened_with_next);
    EXPECT(pair.responder.halves[SPDM_REQUESTS].key.sequence == 0);
    EXPECT(pair.responder.halves[SPDM_REQUESTS].next_key.sequence == 0);
}

TEST(an_abandoned_update_leaves_the_old_key_and_can_begin_again)
{
    SCOPED(pair) pair = established();
    EXPECT_OK(spdm_session_prepare_update(&pair.responder, &schedule, SPDM_REQUESTS));
    spdm_session_abandon_update(&pair.responder, SPDM_REQUESTS);
    EXPECT(pair.responder.halves[SPDM_REQUESTS].next_secret.size == 0);
    spdm_session_commit_update(&pair.responder, SPDM_REQUESTS); /* nothing to commit */
    EXPECT(is_heard(&pair.responder, SPDM_RESPONDER, say(&pair.requester, SPDM_REQUESTER, 4)));
    EXPECT_OK(spdm_session_prepare_update(&pair.responder, &schedule, SPDM_REQUESTS));
}

/* ---- deadlines ---- */

/* P31 */
TEST(a_session_without_a_heartbeat_in_two_periods_is_lost)
{
    struct spdm_session session = {
        .phase = SPDM_SESSION_ESTABLISHED, .heartbeat_s = 10, .heard_ms = 1000, .said_ms = 3000};
    EXPECT(!spdm_session_is_lost(&session, 20999));
    EXPECT(spdm_session_is_lost(&session, 21000));
    EXPECT(!spdm_session_wants_heartbeat(&session, 12999));
    EXPECT(spdm_session_wants_heartbeat(&session, 13000));
    EXPECT(spdm_session_deadline_ms(&session, SPDM_REQUESTER) == 13000);
    EXPECT(spdm_session_deadline_ms(&session, SPDM_RESPONDER) == 21000);

    session.heartbeat_s = 0;
    EXPECT(!spdm_session_is_lost(&session, INT64_MAX - 1));
    EXPECT(spdm_session_deadline_ms(&session, SPDM_REQUESTER) == INT64_MAX);
}

/* P31 */
TEST(a_handshake_that_nobody_goes_on_with_is_lost)
{
    const struct spdm_session session = {.phase = SPDM_SESSION_HANDSHAKE, .heard_ms = 1000};
    const struct spdm_session none = {0};
    EXPECT(!spdm_session_is_lost(&session, 1000 + SPDM_HANDSHAKE_PAUSE_MS_MAX - 1));
    EXPECT(spdm_session_is_lost(&session, 1000 + SPDM_HANDSHAKE_PAUSE_MS_MAX));
    EXPECT(!spdm_session_wants_heartbeat(&session, INT64_MAX - 1));
    EXPECT(!spdm_session_is_lost(&none, INT64_MAX - 1));
}
