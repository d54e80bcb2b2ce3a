/* SPDX-License-Identifier: Apache-2.0 */

/* Rounds after the first, and everything that comes out of turn. */

#include "liar.h"

static void pass(struct peers *peers, int64_t ms)
{
    peers->now.monotonic_ms += ms;
    peers->now.wall_s += ms / 1000;
}

/* ---- honest rounds ---- */

TEST(a_later_round_is_asked_for_answered_and_reported_while_data_flows)
{
    struct peers peers;
    meet(&peers);
    pass(&peers, 5000);
    EXPECT_OK(channel_reattest(peers.client.channel, peers.now));
    EXPECT_OK(say(&peers.client, slice_of_text("meanwhile")));
    exchange(&peers);
    EXPECT(saw(&peers.client, CHANNEL_ROUND) == 1 && saw(&peers.server, CHANNEL_ROUND) == 0);
    EXPECT(channel_peer_round(peers.client.channel) == 2);
    EXPECT(channel_peer_round(peers.server.channel) == 1);
    EXPECT(peers.server.frame_count == 1);
    EXPECT(channel_peer_appraisal(peers.client.channel)->verdict == VERDICT_ACCEPTED);
    part(&peers);
}

TEST(each_round_asks_for_another_binding)
{
    struct peers peers;
    meet(&peers);
    uint8_t first[BINDING_SIZE];
    memcpy(first, peers.server.binding, sizeof first);
    pass(&peers, 5000);
    EXPECT_OK(channel_reattest(peers.client.channel, peers.now));
    exchange(&peers);
    EXPECT(saw(&peers.server, CHANNEL_WANT_EVIDENCE) == 2);
    EXPECT(memcmp(first, peers.server.binding, sizeof first) != 0);
    part(&peers);
}

TEST(the_interval_brings_the_next_round_and_the_deadline_says_when)
{
    struct peers peers;
    prepare(&peers);
    peers.client.context.reattest_s = 300;
    open_as(&peers, PURPOSE_CHANNEL, PURPOSE_CHANNEL);
    exchange(&peers);
    EXPECT(both_open(&peers));
    EXPECT(channel_deadline_ms(peers.client.channel) == start.monotonic_ms + 300000);
    EXPECT(channel_deadline_ms(peers.server.channel) == INT64_MAX);
    EXPECT(channel_next_round_ms(peers.client.channel) == start.monotonic_ms + 300000);
    EXPECT(channel_next_round_ms(peers.server.channel) == INT64_MAX);
    pass(&peers, 299999);
    exchange(&peers);
    EXPECT(!saw(&peers.client, CHANNEL_ROUND));
    pass(&peers, 1);
    exchange(&peers);
    EXPECT(saw(&peers.client, CHANNEL_ROUND) == 1);
    EXPECT(channel_deadline_ms(peers.client.channel) == start.monotonic_ms + 600000);
    part(&peers);
}

/* P6, T5: the simulated collateral is good for 30 days. */
TEST(a_verdict_ends_with_what_it_relied_on_even_without_an_interval)
{
    struct peers peers;
    meet(&peers);
    const int64_t valid_until_s = channel_peer_appraisal(peers.client.channel)->valid_until_s;
    EXPECT(valid_until_s > start.wall_s && valid_until_s < start.wall_s + 40 * 86400);
    EXPECT(channel_deadline_ms(peers.client.channel) ==
           start.monotonic_ms + (valid_until_s - start.wall_s + 1) * 1000);
    EXPECT(channel_next_round_ms(peers.client.channel) ==
           channel_deadline_ms(peers.client.channel)); /* what `cix status` shows */
    pass(&peers, (valid_until_s - start.wall_s + 1) * 1000);
    exchange(&peers);
    EXPECT(saw(&peers.client, CHANNEL_CLOSED) == 1 && saw(&peers.server, CHANNEL_CLOSED) == 1);
    EXPECT(!channel_end(peers.client.channel)->orderly);
    EXPECT(channel_end(peers.client.channel)->reason_count > 0);
    part(&peers);
}

TEST(a_side_that_appraises_nobody_cannot_ask_for_another_round)
{
    struct peers peers;
    prepare(&peers);
    open_as(&peers, PURPOSE_CHANNEL, PURPOSE_CHANNEL);
    EXPECT_FAIL(UNEXPECTED, channel_reattest(peers.client.channel, start));
    exchange(&peers);
    EXPECT(both_open(&peers));
    EXPECT_FAIL(UNEXPECTED, channel_reattest(peers.server.channel, start));
    EXPECT(!channel_peer_appraisal(peers.server.channel));
    EXPECT(!channel_peer_facts(peers.server.channel));
    part(&peers);
}

TEST(a_peer_that_asks_again_and_again_waits_a_second_each_time)
{
    struct peers peers;
    meet(&peers);
    EXPECT(saw(&peers.server, CHANNEL_WANT_EVIDENCE) == 1);
    EXPECT_OK(channel_reattest(peers.client.channel, peers.now));
    EXPECT_OK(channel_reattest(peers.client.channel, peers.now)); /* one is open: no second */
    exchange(&peers);
    EXPECT(saw(&peers.server, CHANNEL_WANT_EVIDENCE) == 1);
    EXPECT(channel_deadline_ms(peers.server.channel) == start.monotonic_ms + CHANNEL_SPACING_MS);
    pass(&peers, CHANNEL_SPACING_MS);
    exchange(&peers);
    EXPECT(saw(&peers.server, CHANNEL_WANT_EVIDENCE) == 2);
    EXPECT(saw(&peers.client, CHANNEL_ROUND) == 1);
    part(&peers);
}

/* ---- rounds that fail ---- */

/* P18 */
TEST(re_attestation_with_another_measurement_ends_the_channel_on_both_ends)
{
    struct peers peers;
    SCOPED(sim_tdx) other = {0};
    struct sim_tdx_settings settings = sim_tdx_defaults(&the_world()->state);
    settings.mrtd[3] ^= 4;
    must(sim_tdx_launch(&the_world()->state, &settings, &other));
    struct policy *const any = policy_of("accept: [ { platform: tdx, insecure_any_measurement: "
                                         "true, insecure_any_instance: true } ]");
    prepare(&peers);
    peers.client.context.policy = any; /* either is acceptable: only the change is not */
    open_as(&peers, PURPOSE_CHANNEL, PURPOSE_CHANNEL);
    exchange(&peers);
    EXPECT(both_open(&peers));
    peers.server.td = &other;
    pass(&peers, 5000);
    EXPECT_OK(channel_reattest(peers.client.channel, peers.now));
    exchange(&peers);
    EXPECT(ended_for(&peers.client, "TDX_MEASUREMENT_CHANGED"));
    EXPECT(ended_for(&peers.server, "TDX_MEASUREMENT_CHANGED"));
    EXPECT(channel_end(peers.server.channel)->by_peer);
    EXPECT_FAIL(UNEXPECTED, say(&peers.client, slice_of_text("more")));
    EXPECT(!channel_peer_appraisal(peers.client.channel)); /* no "previously attested" */
    part(&peers);
    policy_free(any);
}

/* P18 */
TEST(a_tcb_that_went_down_ends_the_channel)
{
    struct peers peers;
    SCOPED(sim_snp) older = {0};
    struct sim_snp_settings settings = sim_snp_defaults(&the_world()->state, SIM_MILAN);
    settings.tcb.microcode--;
    must(sim_snp_launch(&the_world()->state, &settings, &older));
    prepare(&peers);
    peers.server.context.attest = "snp";
    peers.server.td = NULL;
    peers.server.snp = &the_world()->snp;
    open_as(&peers, PURPOSE_CHANNEL, PURPOSE_CHANNEL);
    exchange(&peers);
    EXPECT(both_open(&peers));
    peers.server.snp = &older;
    pass(&peers, 5000);
    EXPECT_OK(channel_reattest(peers.client.channel, peers.now));
    exchange(&peers);
    EXPECT(saw(&peers.client, CHANNEL_CLOSED) == 1 && saw(&peers.server, CHANNEL_CLOSED) == 1);
    EXPECT(ended_for(&peers.client, "SNP_TCB_WENT_DOWN"));
    part(&peers);
}

/* P18, N10 */
TEST(a_silent_peer_is_closed_at_the_deadline_of_its_round)
{
    struct peers peers;
    meet(&peers);
    peers.server.keeps_evidence_back = true;
    pass(&peers, 5000);
    EXPECT_OK(channel_reattest(peers.client.channel, peers.now));
    exchange(&peers);
    EXPECT(channel_deadline_ms(peers.client.channel) == peers.now.monotonic_ms + CHANNEL_ROUND_MS);
    pass(&peers, CHANNEL_ROUND_MS - 1);
    EXPECT_OK(say(&peers.server, slice_of_text("still allowed")));
    exchange(&peers);
    EXPECT(peers.client.frame_count == 1 && !saw(&peers.client, CHANNEL_CLOSED));
    pass(&peers, 1);
    EXPECT_OK(say(&peers.server, slice_of_text("too late")));
    exchange(&peers);
    EXPECT(peers.client.frame_count == 1);
    EXPECT(ended_for(&peers.client, "EVIDENCE_TIMEOUT"));
    EXPECT(ended_for(&peers.server, "EVIDENCE_TIMEOUT"));
    part(&peers);
}

TEST(a_verifier_that_never_says_its_verdict_is_left_at_the_deadline)
{
    struct peers peers;
    struct liar liar;
    prepare(&peers);
    must(channel_open(&peers.server.context, ROLE_SERVER, PURPOSE_CHANNEL, start,
                      &peers.server.channel));
    liar_begin(&liar, ROLE_CLIENT, the_world()->client, "cix-channel/1");
    converse(&liar, &peers.server, start);
    struct exchange_message request = {.kind = EXCHANGE_REQUEST,
                                       .request = {.round = 1, .wants_evidence = true}};
    liar_say(&liar, &request);
    converse(&liar, &peers.server, start);
    liar_accept(&liar, 1);
    converse(&liar, &peers.server, start);
    EXPECT(saw(&peers.server, CHANNEL_OPEN) == 1);
    struct moment later = start;
    later.monotonic_ms += 5000;
    request.request.round = 2;
    request.request.nonce[0] = 2;
    liar_say(&liar, &request);
    converse(&liar, &peers.server, later);
    EXPECT(saw(&peers.server, CHANNEL_WANT_EVIDENCE) == 2);
    later.monotonic_ms += CHANNEL_VERDICT_MS;
    converse(&liar, &peers.server, later);
    EXPECT(ended_for(&peers.server, "VERDICT_TIMEOUT"));
    channel_free(peers.server.channel);
    liar_end(&liar);
}

/* P4, E13 */
TEST(evidence_from_an_earlier_round_is_refused)
{
    struct peers peers;
    meet(&peers);
    uint8_t first[BINDING_SIZE];
    memcpy(first, peers.server.binding, sizeof first);
    peers.server.keeps_evidence_back = true;
    pass(&peers, 5000);
    EXPECT_OK(channel_reattest(peers.client.channel, peers.now));
    exchange(&peers);
    give_evidence(&peers.server, first, peers.now);
    exchange(&peers);
    EXPECT(ended_for(&peers.client, "TDX_BINDING_MISMATCH"));
    part(&peers);
}

/* P4 */
TEST(evidence_swapped_between_two_live_sessions_is_refused_in_both)
{
    struct peers one, two;
    for (struct peers *peers = &one; peers; peers = peers == &one ? &two : NULL) {
        prepare(peers);
        peers->server.keeps_evidence_back = true;
        open_as(peers, PURPOSE_CHANNEL, PURPOSE_CHANNEL);
        exchange(peers);
    }
    give_evidence(&one.server, two.server.binding, start);
    give_evidence(&two.server, one.server.binding, start);
    exchange(&one);
    exchange(&two);
    EXPECT(ended_for(&one.client, "TDX_BINDING_MISMATCH"));
    EXPECT(ended_for(&two.client, "TDX_BINDING_MISMATCH"));
    part(&one);
    part(&two);
}

/* ---- out of turn ---- */

/* A server that has shaken hands with a liar. */
struct stage {
    struct peers peers;
    struct liar liar;
    struct moment now;
};

static void begin(struct stage *stage)
{
    prepare(&stage->peers);
    make_mutual(&stage->peers);
    stage->now = start;
    must(channel_open(&stage->peers.server.context, ROLE_SERVER, PURPOSE_CHANNEL, start,
                      &stage->peers.server.channel));
    liar_begin(&stage->liar, ROLE_CLIENT, the_world()->client, "cix-channel/1");
    converse(&stage->liar, &stage->peers.server, start);
    EXPECT(stage->liar.is_ready && liar_heard(&stage->liar, EXCHANGE_REQUEST));
}

static bool is_violation(struct stage *stage)
{
    converse(&stage->liar, &stage->peers.server, stage->now);
    const struct exchange_message *const verdict = liar_heard(&stage->liar, EXCHANGE_VERDICT);
    return saw(&stage->peers.server, CHANNEL_CLOSED) == 1 &&
           ended_for(&stage->peers.server, "PROTOCOL_VIOLATION") && verdict &&
           !verdict->verdict.accepted;
}

static void finish(struct stage *stage)
{
    channel_free(stage->peers.server.channel);
    liar_end(&stage->liar);
}

/* The liar proves honestly and both accept. */
static void open_honestly(struct stage *stage)
{
    uint8_t binding[BINDING_SIZE];
    const struct exchange_message request = {
        .kind = EXCHANGE_REQUEST, .request = {.round = 1, .wants_evidence = true, .nonce = {1}}};
    begin(stage);
    liar_say(&stage->liar, &request);
    liar_binding(&stage->liar, "tdx", (slice){0}, binding);
    liar_prove_with_quote(&stage->liar, binding);
    converse(&stage->liar, &stage->peers.server, start);
    liar_accept(&stage->liar, 1);
    converse(&stage->liar, &stage->peers.server, start);
    EXPECT(saw(&stage->peers.server, CHANNEL_OPEN) == 1);
    stage->now.monotonic_ms += 5000;
}

/* P17 */
TEST(data_before_the_verdicts_closes_and_none_of_it_comes_out)
{
    struct stage stage;
    begin(&stage);
    liar_frame(&stage.liar, FRAME_APPLICATION, slice_of_text("early"));
    EXPECT(is_violation(&stage));
    EXPECT(stage.peers.server.frame_count == 0);
    finish(&stage);
}

/* P17 */
TEST(data_after_ones_own_acceptance_but_before_the_others_verdict_closes)
{
    struct stage stage;
    uint8_t binding[BINDING_SIZE];
    begin(&stage);
    liar_request(&stage.liar, 1, 1);
    liar_binding(&stage.liar, "tdx", (slice){0}, binding);
    liar_prove_with_quote(&stage.liar, binding);
    liar_frame(&stage.liar, FRAME_APPLICATION, slice_of_text("early"));
    converse(&stage.liar, &stage.peers.server, start);
    EXPECT(ended_for(&stage.peers.server, "PROTOCOL_VIOLATION"));
    EXPECT(stage.peers.server.frame_count == 0);
    finish(&stage);
}

/* P17 */
TEST(we_cannot_write_before_both_verdicts)
{
    struct peers peers;
    prepare(&peers);
    peers.server.keeps_evidence_back = true;
    open_as(&peers, PURPOSE_CHANNEL, PURPOSE_CHANNEL);
    EXPECT_FAIL(UNEXPECTED, say(&peers.client, slice_of_text("x")));
    exchange(&peers);
    EXPECT_FAIL(UNEXPECTED, say(&peers.client, slice_of_text("x")));
    EXPECT_FAIL(UNEXPECTED, say(&peers.server, slice_of_text("x")));
    EXPECT_FAIL(UNEXPECTED, channel_flush(peers.client.channel));
    part(&peers);
}

/* E13 */
TEST(a_nonce_reused_across_directions_closes)
{
    struct stage stage;
    begin(&stage);
    struct exchange_message echo = *liar_heard(&stage.liar, EXCHANGE_REQUEST);
    liar_say(&stage.liar, &echo);
    EXPECT(is_violation(&stage));
    finish(&stage);
}

/* E13 */
TEST(a_nonce_used_in_an_earlier_round_closes)
{
    struct stage stage;
    open_honestly(&stage);
    const struct exchange_message again = {
        .kind = EXCHANGE_REQUEST, .request = {.round = 2, .wants_evidence = true, .nonce = {1}}};
    liar_say(&stage.liar, &again);
    EXPECT(is_violation(&stage));
    finish(&stage);
}

TEST(rounds_that_skip_repeat_or_overlap_close)
{
    struct stage stage;
    struct exchange_message request = {
        .kind = EXCHANGE_REQUEST, .request = {.round = 2, .wants_evidence = true, .nonce = {9}}};
    begin(&stage);
    liar_say(&stage.liar, &request);
    EXPECT(is_violation(&stage));
    finish(&stage);

    for (uint32_t round = 1; round <= 4; round++) {
        open_honestly(&stage);
        request.request.round = round;
        liar_say(&stage.liar, &request);
        if (round == 2) { /* as it should be: but a third may not overlap it */
            converse(&stage.liar, &stage.peers.server, start);
            EXPECT(!saw(&stage.peers.server, CHANNEL_CLOSED));
            request.request.round = 3;
            request.request.nonce[0] = 10;
            liar_say(&stage.liar, &request);
            request.request.nonce[0] = 9;
        }
        EXPECT(is_violation(&stage));
        finish(&stage);
    }
}

TEST(a_later_round_that_asks_for_nothing_closes)
{
    struct stage stage;
    open_honestly(&stage);
    liar_request(&stage.liar, 2, 9);
    EXPECT(is_violation(&stage));
    finish(&stage);
}

TEST(evidence_and_verdicts_that_nobody_waits_for_close)
{
    struct stage stage;
    uint8_t binding[BINDING_SIZE];
    begin(&stage);
    liar_accept(&stage.liar, 1);
    EXPECT(is_violation(&stage));
    finish(&stage);

    const struct exchange_message request = {
        .kind = EXCHANGE_REQUEST, .request = {.round = 1, .wants_evidence = true, .nonce = {1}}};
    begin(&stage);
    stage.peers.server.keeps_evidence_back = true;
    stage.peers.server.context.attest = "tdx";
    liar_say(&stage.liar, &request);
    liar_accept(&stage.liar, 1);
    EXPECT(is_violation(&stage));
    EXPECT(saw(&stage.peers.server, CHANNEL_WANT_EVIDENCE) == 1);
    finish(&stage);

    open_honestly(&stage);
    liar_binding(&stage.liar, "tdx", (slice){0}, binding);
    liar_prove_with_quote(&stage.liar, binding);
    EXPECT(is_violation(&stage));
    finish(&stage);

    open_honestly(&stage);
    liar_accept(&stage.liar, 1);
    EXPECT(is_violation(&stage));
    finish(&stage);
}

/* ---- what a peer may cost ---- */

static void ask_for_evidence(struct stage *stage, uint32_t round)
{
    const struct exchange_message request = {
        .kind = EXCHANGE_REQUEST,
        .request = {.round = round, .wants_evidence = true, .nonce = {(uint8_t)round, 'n'}}};
    liar_say(&stage->liar, &request);
}

/* Carries to the server only: the liar reads nothing of what comes back. */
static void say_without_reading(struct stage *stage)
{
    struct end *const server = &stage->peers.server;
    struct session *const session = &stage->liar.session;
    const slice said = session->kind->output(session);
    channel_feed(server->channel, said);
    look(server, stage->now);
    channel_feed(server->channel, (slice){0});
    session->kind->sent(session, said.size);
}

TEST(a_peer_that_asks_again_and_again_and_reads_no_answer_gets_no_more_of_them)
{
    static uint8_t evidence[200 << 10];
    struct stage stage;
    open_honestly(&stage);
    struct end *const server = &stage.peers.server;
    uint32_t round = 2;
    server->keeps_evidence_back = true;
    for (size_t asked = saw(server, CHANNEL_WANT_EVIDENCE); round < 30; round++) {
        ask_for_evidence(&stage, round);
        say_without_reading(&stage);
        if (saw(server, CHANNEL_WANT_EVIDENCE) == asked)
            break;
        asked++;
        EXPECT_OK(channel_give_evidence(server->channel, SLICE(evidence), (slice){0}, stage.now));
        liar_accept(&stage.liar, round);
        stage.now.monotonic_ms += CHANNEL_SPACING_MS;
    }
    EXPECT(round < 30 && !saw(server, CHANNEL_CLOSED));
    EXPECT(channel_output(server->channel).size < (1 << 20) + EXCHANGE_MESSAGE_SIZE_MAX);
    const size_t asked = saw(server, CHANNEL_WANT_EVIDENCE);
    EXPECT(channel_deadline_ms(server->channel) == stage.now.monotonic_ms + CHANNEL_SPACING_MS);
    channel_sent(server->channel, channel_output(server->channel).size);
    stage.now.monotonic_ms += CHANNEL_SPACING_MS;
    look(server, stage.now);
    EXPECT(saw(server, CHANNEL_WANT_EVIDENCE) == asked + 1);
    finish(&stage);
}

TEST(a_peer_without_evidence_says_so_once_a_second)
{
    struct stage stage;
    open_honestly(&stage);
    stage.peers.server.context.attest = NULL;
    for (uint32_t round = 2; round < 4; round++) {
        ask_for_evidence(&stage, round);
        converse(&stage.liar, &stage.peers.server, stage.now);
        const struct exchange_message *const answer = liar_heard(&stage.liar, EXCHANGE_EVIDENCE);
        EXPECT(answer && answer->evidence.round == 2 && !answer->evidence.platform.size);
        if (round == 2)
            liar_accept(&stage.liar, 2);
    }
    stage.now.monotonic_ms += CHANNEL_SPACING_MS;
    converse(&stage.liar, &stage.peers.server, stage.now);
    EXPECT(liar_heard(&stage.liar, EXCHANGE_EVIDENCE)->evidence.round == 3);
    finish(&stage);
}

TEST(a_refusal_is_taken_at_any_time_and_its_reasons_are_kept)
{
    const struct exchange_message refusal = {
        .kind = EXCHANGE_VERDICT,
        .verdict = {.round = 1,
                    .reasons = {slice_of_text("TDX_DEBUG_ALLOWED"), slice_of_text("X2")},
                    .reason_count = 2}};
    for (int late = 0; late < 2; late++) {
        struct stage stage;
        if (late)
            open_honestly(&stage);
        else
            begin(&stage);
        liar_say(&stage.liar, &refusal);
        converse(&stage.liar, &stage.peers.server, stage.now);
        EXPECT(saw(&stage.peers.server, CHANNEL_CLOSED) == 1);
        EXPECT(channel_end(stage.peers.server.channel)->by_peer);
        EXPECT(!channel_end(stage.peers.server.channel)->orderly);
        EXPECT(ended_for(&stage.peers.server, "TDX_DEBUG_ALLOWED"));
        EXPECT(ended_for(&stage.peers.server, "X2"));
        finish(&stage);
    }
}

/* E33 */
TEST(bytes_that_are_no_message_close)
{
    static const uint8_t junk[] = {0x9f, 0x01, 0x01, 0xff};
    struct stage stage;
    for (size_t size = 0; size <= sizeof junk; size++) {
        begin(&stage);
        liar_frame(&stage.liar, FRAME_EXCHANGE_END, (slice){junk, size});
        EXPECT(is_violation(&stage));
        finish(&stage);
    }
}

TEST(pieces_must_be_full_but_for_the_last_and_messages_have_a_limit)
{
    static const uint8_t zeros[FRAME_PAYLOAD_MAX];
    struct stage stage;
    begin(&stage);
    liar_frame(&stage.liar, FRAME_EXCHANGE_PART, (slice){zeros, FRAME_PAYLOAD_MAX - 1});
    EXPECT(is_violation(&stage));
    finish(&stage);

    begin(&stage);
    for (int i = 0; i < 17; i++)
        liar_frame(&stage.liar, FRAME_EXCHANGE_PART, SLICE(zeros));
    converse(&stage.liar, &stage.peers.server, start);
    EXPECT(ended_for(&stage.peers.server, "LIMIT_REACHED"));
    finish(&stage);
}

TEST(frames_of_no_kind_of_another_channel_or_too_large_close)
{
    static const uint8_t frames[][4] = {
        {0, 0, FRAME_NONE, 0},
        {0, 0, FRAME_LANE, 0},
        {0, 0, 4, 0},
        {0, 0, 15, 0},
        {0x3f, 0xfe, FRAME_EXCHANGE_END, 0},
        {0xff, 0xff, FRAME_APPLICATION, 0},
    };
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        struct stage stage;
        begin(&stage);
        liar_write(&stage.liar, (slice){frames[i], 3});
        EXPECT(is_violation(&stage));
        finish(&stage);
    }
}
