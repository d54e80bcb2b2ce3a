/* SPDX-License-Identifier: Apache-2.0 */

/* Fresh evidence: good for one nonce, one session and one key. */

#include "scene.h"

/* ---- what is accepted ---- */

static enum verdict judge(struct scene *scene, const char *more)
{
    struct policy *const policy = policy_of_td(more);
    const struct profile_judge by = {&the_tees()->endorsements, policy, start.wall_s};
    EXPECT_OK(profile_judge_fresh(&scene->requester, &by, &scene->judgement));
    policy_free(policy);
    return scene->judgement.appraisal.verdict;
}

TEST(evidence_in_measurements_is_accepted_in_each_version_outside_and_inside_sessions)
{
    FOR_EACH_VERSION(version)
    {
        struct scene *const scene = scene_open(*version);
        get_acquainted(scene);
        EXPECT(ask(scene, NULL, SPDM_INDEX_MANIFEST, true) == SPDM_DONE);
        EXPECT(judge(scene, "") == VERDICT_ACCEPTED);
        if (*version >= SPDM_1_1) {
            EXPECT(ask(scene, open_session(scene), SPDM_MEASUREMENTS_ALL, true) == SPDM_DONE);
            EXPECT(judge(scene, "") == VERDICT_ACCEPTED);
        }
        scene_close(scene);
    }
}

TEST(endorsements_that_come_with_the_evidence_are_used)
{
    struct scene *const scene = scene_open(SPDM_1_3);
    const struct profile_judge by = {&the_tees()->endorsements, NULL, start.wall_s};
    scene->snp = &the_tees()->snp;
    scene->attester.platform = platform_named("snp");
    get_acquainted(scene);
    EXPECT(ask(scene, NULL, SPDM_INDEX_MANIFEST, true) == SPDM_DONE);
    EXPECT_OK(profile_judge_fresh(&scene->requester, &by, &scene->judgement));
    EXPECT(facts_authentic(&scene->judgement.facts));
    EXPECT(scene->judgement.appraisal.verdict == VERDICT_ACCEPTED);
    scene_close(scene);
}

TEST(other_code_is_denied_by_the_policy)
{
    struct scene *const scene = scene_open(SPDM_1_3);
    get_acquainted(scene);
    EXPECT(ask(scene, NULL, SPDM_INDEX_MANIFEST, true) == SPDM_DONE);
    EXPECT(judge(scene, "    claims: { body.rtmr3: \""
                        "00000000000000000000000000000000000000000000000000000000000000000000"
                        "0000000000000000000000000001\" }\n") == VERDICT_DENIED);
    EXPECT(has_reason(&scene->judgement.appraisal, "TDX_BODY_RTMR3_NOT_ACCEPTED"));
    scene_close(scene);
}

/* ---- E11, E31: what is not ---- */

static void expect_unbound(struct scene *scene)
{
    EXPECT(judge(scene, "") == VERDICT_UNAUTHENTIC);
    EXPECT(has_reason(&scene->judgement.appraisal, "TDX_BINDING_MISMATCH"));
}

static status answer_as_before(struct scene *scene, const struct spdm_measuring *what,
                               struct writer *record, uint8_t *out_count)
{
    const size_t begin = record->size;
    if (scene->kept.size) {
        write_bytes(record, buffer_view(&scene->kept));
        *out_count = 1;
        return OK;
    }
    TRY(answer_truly(scene, what, record, out_count));
    return buffer_append(&scene->kept, (slice){record->data + begin, record->size - begin});
}

TEST(E11_evidence_that_was_given_before_is_refused)
{
    struct scene *const scene = scene_open(SPDM_1_3);
    scene->answers = answer_as_before;
    get_acquainted(scene);
    EXPECT(ask(scene, NULL, SPDM_INDEX_MANIFEST, true) == SPDM_DONE);
    EXPECT(judge(scene, "") == VERDICT_ACCEPTED);
    EXPECT(ask(scene, NULL, SPDM_INDEX_MANIFEST, true) == SPDM_DONE);
    expect_unbound(scene);
    scene_close(scene);
}

/* The relay has a key of its own, and asks the TEE with the nonce that it was asked with. */
static status answer_for_another_key(struct scene *scene, const struct spdm_measuring *what,
                                     struct writer *record, uint8_t *out_count)
{
    SCOPED(private_key) other = {0};
    struct spdm_identity identity = scene->identity;
    must(private_key_generate(CURVE_P384, &other));
    identity.slots[SLOT].key = &other;
    scene->attester.identity = &identity;
    const status answered = answer_truly(scene, what, record, out_count);
    scene->attester.identity = &scene->identity;
    return answered;
}

TEST(E11_evidence_for_another_key_is_refused)
{
    struct scene *const scene = scene_open(SPDM_1_3);
    scene->answers = answer_for_another_key;
    get_acquainted(scene);
    EXPECT(ask(scene, NULL, SPDM_INDEX_MANIFEST, true) == SPDM_DONE);
    expect_unbound(scene);
    scene_close(scene);
}

/* Whoever stole the key has sessions of his own, and forwards the nonce. */
static status answer_for_another_session(struct scene *scene, const struct spdm_measuring *what,
                                         struct writer *record, uint8_t *out_count)
{
    struct spdm_measuring other = *what;
    other.session = what->session ? &scene->responder_sessions[1] : &scene->responder_sessions[0];
    return answer_truly(scene, what->nonce ? &other : what, record, out_count);
}

static status answer_for_no_session(struct scene *scene, const struct spdm_measuring *what,
                                    struct writer *record, uint8_t *out_count)
{
    struct spdm_measuring other = *what;
    other.session = NULL;
    return answer_truly(scene, &other, record, out_count);
}

TEST(E11_evidence_for_another_session_or_none_is_refused)
{
    struct scene *const scene = scene_open(SPDM_1_2);
    get_acquainted(scene);
    struct spdm_session *const first = open_session(scene);
    open_session(scene);
    scene->answers = answer_for_another_session;
    EXPECT(ask(scene, first, SPDM_INDEX_MANIFEST, true) == SPDM_DONE);
    expect_unbound(scene);
    EXPECT(ask(scene, NULL, SPDM_INDEX_MANIFEST, true) == SPDM_DONE);
    expect_unbound(scene);
    scene->answers = answer_for_no_session;
    EXPECT(ask(scene, first, SPDM_INDEX_MANIFEST, true) == SPDM_DONE);
    expect_unbound(scene);
    scene->answers = answer_truly;
    EXPECT(ask(scene, first, SPDM_INDEX_MANIFEST, true) == SPDM_DONE);
    EXPECT(judge(scene, "") == VERDICT_ACCEPTED);
    scene_close(scene);
}

static status answer_for_another_version(struct scene *scene, const struct spdm_measuring *what,
                                         struct writer *record, uint8_t *out_count)
{
    struct spdm_connection other = *what->connection;
    struct spdm_measuring changed = *what;
    other.shape.version = SPDM_1_1;
    changed.connection = &other;
    return answer_truly(scene, &changed, record, out_count);
}

TEST(P28_evidence_for_a_lower_version_is_refused)
{
    struct scene *const scene = scene_open(SPDM_1_3);
    scene->answers = answer_for_another_version;
    get_acquainted(scene);
    EXPECT(ask(scene, NULL, SPDM_INDEX_MANIFEST, true) == SPDM_DONE);
    expect_unbound(scene);
    scene_close(scene);
}

static status answer_nothing(struct scene *scene, const struct spdm_measuring *what,
                             struct writer *record, uint8_t *out_count)
{
    (void)scene;
    (void)what;
    (void)record;
    *out_count = 0;
    return OK;
}

TEST(measurements_without_evidence_and_answers_that_nobody_signed_prove_nothing)
{
    struct scene *const scene = scene_open(SPDM_1_3);
    const struct profile_judge by = {&the_tees()->endorsements, NULL, start.wall_s};
    get_acquainted(scene);
    EXPECT_FAIL(UNEXPECTED, profile_judge_fresh(&scene->requester, &by, &scene->judgement));
    EXPECT(ask(scene, NULL, SPDM_MEASUREMENTS_ALL, false) == SPDM_DONE);
    EXPECT(scene->requester.measurements.block_count == 0);
    EXPECT_FAIL(UNEXPECTED, profile_judge_fresh(&scene->requester, &by, &scene->judgement));
    EXPECT(ask(scene, NULL, SPDM_INDEX_MANIFEST, false) == SPDM_FAILED);
    EXPECT(ask(scene, NULL, 1, true) == SPDM_FAILED); /* there is no other measurement */
    EXPECT(ask(scene, NULL, SPDM_MEASUREMENTS_COUNT, false) == SPDM_DONE);
    EXPECT(scene->requester.measurements.index_count == 1);
    scene->answers = answer_nothing;
    EXPECT(ask(scene, NULL, SPDM_INDEX_MANIFEST, true) == SPDM_FAILED);
    EXPECT(ask(scene, NULL, SPDM_MEASUREMENTS_ALL, true) == SPDM_DONE);
    EXPECT(judge(scene, "") == VERDICT_MALFORMED);
    scene_close(scene);
}

/* What came with an answer is of that answer: later requests leave nothing to be judged again. */
TEST(an_answer_is_judged_before_something_else_is_asked)
{
    struct scene *const scene = scene_open(SPDM_1_3);
    const struct profile_judge by = {&the_tees()->endorsements, NULL, start.wall_s};
    get_acquainted(scene);
    EXPECT(ask(scene, NULL, SPDM_INDEX_MANIFEST, true) == SPDM_DONE);
    must(spdm_requester_digests(&scene->requester, start, NULL, &scene->out));
    EXPECT_FAIL(UNEXPECTED, profile_judge_fresh(&scene->requester, &by, &scene->judgement));
    EXPECT(speak(scene) == SPDM_DONE);
    EXPECT_FAIL(UNEXPECTED, profile_judge_fresh(&scene->requester, &by, &scene->judgement));
    scene_close(scene);
}

/* ---- D2: hardware takes its time ---- */

static struct spdm_measuring asking(const struct scene *scene, const uint8_t *nonce)
{
    return (struct spdm_measuring){.operation = SPDM_INDEX_MANIFEST,
                                   .nonce = nonce,
                                   .slot = SLOT,
                                   .connection = &scene->responder.connection};
}

static status try(struct scene *scene, const uint8_t *nonce, size_t *out_size)
{
    static uint8_t space[FRAME_SIZE_MAX];
    struct writer record = writer_over(space, sizeof space);
    const struct spdm_measuring what = asking(scene, nonce);
    uint8_t count = 0;
    const status measured = profile_measure(&scene->attester, &what, &record, &count);
    *out_size = record.size;
    return measured;
}

static status answer_later(struct scene *scene, const struct spdm_measuring *what,
                           struct writer *record, uint8_t *out_count)
{
    return profile_measure(&scene->attester, what, record, out_count);
}

static enum spdm_progress ask_again(struct scene *scene)
{
    const struct moment then = {
        .wall_s = start.wall_s,
        .monotonic_ms = spdm_requester_deadline_ms(&scene->requester),
    };
    EXPECT(spdm_requester_look(&scene->requester, then, &scene->out) == SPDM_SEND);
    return speak(scene);
}

TEST(a_requester_is_told_to_come_back_and_gets_evidence_for_the_nonce_that_it_came_with)
{
    FOR_EACH_VERSION(version)
    {
        struct scene *const scene = scene_open(*version);
        scene->answers = answer_later;
        get_acquainted(scene);
        struct spdm_session *const session = *version >= SPDM_1_1 ? open_session(scene) : NULL;
        EXPECT(ask(scene, session, SPDM_INDEX_MANIFEST, true) == SPDM_WAIT);
        EXPECT(ask_again(scene) == SPDM_WAIT); /* not yet */
        collect(scene);
        EXPECT(ask_again(scene) == SPDM_DONE);
        EXPECT(judge(scene, "") == VERDICT_ACCEPTED);
        scene_close(scene);
    }
}

TEST(nobody_waits_for_hardware_and_what_comes_late_is_dropped)
{
    struct scene *const scene = scene_open(SPDM_1_3);
    static const uint8_t first[SPDM_NONCE_SIZE] = {1}, second[SPDM_NONCE_SIZE] = {2};
    uint8_t binding[BINDING_SIZE], other[BINDING_SIZE];
    struct buffer evidence = {0}, none = {0};
    size_t size;
    get_acquainted(scene);
    EXPECT(!profile_attester_next(&scene->attester, binding));
    EXPECT_FAIL(UNAVAILABLE, try(scene, first, &size));
    EXPECT(profile_attester_next(&scene->attester, binding));
    EXPECT(!profile_attester_next(&scene->attester, other)); /* one thread is enough */
    EXPECT_FAIL(UNAVAILABLE, try(scene, first, &size));
    EXPECT_FAIL(UNAVAILABLE, try(scene, second, &size)); /* asked anew meanwhile */
    must(sim_tdx_quote(&the_tees()->td, SLICE(binding), &evidence));
    profile_attester_give(&scene->attester, binding, OK, &evidence, &none);
    EXPECT(evidence.size == 0);
    EXPECT_FAIL(UNAVAILABLE, try(scene, second, &size));
    collect(scene);
    EXPECT_OK(try(scene, second, &size));
    EXPECT(size > 4000);
    scene_close(scene);
}

TEST(hardware_that_fails_is_an_error_and_is_asked_again_for_the_next_nonce)
{
    struct scene *const scene = scene_open(SPDM_1_3);
    static const uint8_t first[SPDM_NONCE_SIZE] = {1}, second[SPDM_NONCE_SIZE] = {2};
    uint8_t binding[BINDING_SIZE];
    struct buffer evidence = {0}, none = {0};
    size_t size;
    get_acquainted(scene);
    EXPECT_FAIL(UNAVAILABLE, try(scene, first, &size));
    EXPECT(profile_attester_next(&scene->attester, binding));
    profile_attester_give(&scene->attester, binding, FAIL(EXHAUSTED, "a test's"), &evidence, &none);
    EXPECT_FAIL(EXHAUSTED, try(scene, first, &size));
    EXPECT(!profile_attester_next(&scene->attester, binding));
    EXPECT_FAIL(UNAVAILABLE, try(scene, second, &size));
    EXPECT(profile_attester_next(&scene->attester, binding));
    scene_close(scene);
}

TEST(zero_attests_nothing)
{
    struct scene *const scene = scene_open(SPDM_1_3);
    static const uint8_t nonce[SPDM_NONCE_SIZE] = {1};
    size_t size;
    get_acquainted(scene);
    scene->attester.mode = PROFILE_NONE;
    EXPECT_FAIL(UNSUPPORTED, try(scene, nonce, &size));
    EXPECT(ask(scene, NULL, SPDM_INDEX_MANIFEST, true) == SPDM_FAILED);
    scene_close(scene);
}
