/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Evidence that is genuine and proves nothing here. Every quote in this file is properly signed by
 * a TD that the policy accepts; what is wrong is what it is bound to.
 */

#include "liar.h"

#include "channel/state.h"

/* A client that judges, against a server that lies. */
struct stage {
    struct peers peers; /* its server is not used */
    struct liar liar;
};

static void begin_with(struct stage *stage, const struct tls_identity *identity)
{
    prepare(&stage->peers);
    must(channel_open(&stage->peers.client.context, ROLE_CLIENT, PURPOSE_CHANNEL, start,
                      &stage->peers.client.channel));
    liar_begin(&stage->liar, ROLE_SERVER, identity, "cix-channel/1");
    converse(&stage->liar, &stage->peers.client, start);
    EXPECT(stage->liar.is_ready && liar_heard(&stage->liar, EXCHANGE_REQUEST));
    liar_request(&stage->liar, 1, 0x77);
}

static void begin(struct stage *stage)
{
    begin_with(stage, the_world()->server);
}

/* Says the rest of what an accepted server would, and tells whether the client fell for it. */
static bool is_accepted(struct stage *stage)
{
    liar_accept(&stage->liar, 1);
    liar_frame(&stage->liar, FRAME_APPLICATION, slice_of_text("secret?"));
    converse(&stage->liar, &stage->peers.client, start);
    return saw(&stage->peers.client, CHANNEL_OPEN) || stage->peers.client.frame_count;
}

static bool is_refused_for(struct stage *stage, const char *reason)
{
    const bool accepted = is_accepted(stage);
    const struct exchange_message *const verdict = liar_heard(&stage->liar, EXCHANGE_VERDICT);
    return !accepted && saw(&stage->peers.client, CHANNEL_CLOSED) == 1 &&
           ended_for(&stage->peers.client, reason) && verdict && !verdict->verdict.accepted;
}

static void finish(struct stage *stage)
{
    channel_free(stage->peers.client.channel);
    liar_end(&stage->liar);
}

TEST(the_stage_itself_is_sound_evidence_bound_to_this_session_is_accepted)
{
    struct stage stage;
    uint8_t binding[BINDING_SIZE];
    begin(&stage);
    liar_binding(&stage.liar, "tdx", (slice){0}, binding);
    liar_prove_with_quote(&stage.liar, binding);
    EXPECT(is_accepted(&stage));
    EXPECT(stage.peers.client.frame_count == 1);
    finish(&stage);
}

/* P1, P4, E11 */
TEST(evidence_from_another_session_is_refused)
{
    struct stage stage, other;
    uint8_t binding[BINDING_SIZE];
    begin(&other);
    liar_binding(&other.liar, "tdx", (slice){0}, binding);
    begin(&stage);
    liar_prove_with_quote(&stage.liar, binding);
    EXPECT(is_refused_for(&stage, "TDX_BINDING_MISMATCH"));
    finish(&stage);
    finish(&other);
}

/* P1 */
TEST(a_relay_in_the_middle_that_asks_the_true_td_with_the_same_nonce_is_refused)
{
    struct stage stage;
    struct peers truth;
    struct liar relay;
    prepare(&truth);
    must(channel_open(&truth.server.context, ROLE_SERVER, PURPOSE_CHANNEL, start,
                      &truth.server.channel));
    begin_with(&stage, the_world()->client); /* the relay's own key */

    liar_begin(&relay, ROLE_CLIENT, the_world()->client, "cix-channel/1");
    converse(&relay, &truth.server, start);
    liar_say(&relay, liar_heard(&stage.liar, EXCHANGE_REQUEST));
    converse(&relay, &truth.server, start);
    const struct exchange_message *const evidence = liar_heard(&relay, EXCHANGE_EVIDENCE);
    EXPECT(evidence && evidence->evidence.platform.size);
    if (evidence)
        liar_say(&stage.liar, evidence);
    EXPECT(is_refused_for(&stage, "TDX_BINDING_MISMATCH"));
    channel_free(truth.server.channel);
    liar_end(&relay);
    finish(&stage);
}

/* P10 */
TEST(evidence_from_the_other_direction_is_refused)
{
    struct stage stage;
    uint8_t binding[BINDING_SIZE];
    begin(&stage);
    const struct proof_session session = liar_session(&stage.liar);
    must(proof_binding(&session, ROLE_CLIENT, 1,
                       liar_heard(&stage.liar, EXCHANGE_REQUEST)->request.nonce, "tdx", (slice){0},
                       binding));
    liar_prove_with_quote(&stage.liar, binding);
    EXPECT(is_refused_for(&stage, "TDX_BINDING_MISMATCH"));
    finish(&stage);
}

/* P10 */
TEST(our_own_evidence_reflected_is_refused)
{
    struct stage stage;
    prepare(&stage.peers);
    make_mutual(&stage.peers);
    stage.peers.client.context.attest = "tdx";
    stage.peers.client.snp = NULL;
    stage.peers.client.td = &the_world()->td;
    must(channel_open(&stage.peers.client.context, ROLE_CLIENT, PURPOSE_CHANNEL, start,
                      &stage.peers.client.channel));
    liar_begin(&stage.liar, ROLE_SERVER, the_world()->server, "cix-channel/1");
    converse(&stage.liar, &stage.peers.client, start);
    struct exchange_message request = {.kind = EXCHANGE_REQUEST,
                                       .request = {.round = 1, .wants_evidence = true}};
    liar_say(&stage.liar, &request);
    converse(&stage.liar, &stage.peers.client, start);
    const struct exchange_message *const evidence = liar_heard(&stage.liar, EXCHANGE_EVIDENCE);
    EXPECT(evidence && evidence->evidence.platform.size);
    if (evidence)
        liar_say(&stage.liar, evidence);
    EXPECT(is_refused_for(&stage, "TDX_BINDING_MISMATCH"));
    finish(&stage);
}

/* E13 */
TEST(evidence_over_another_nonce_is_refused)
{
    static const uint8_t other_nonce[NONCE_SIZE] = {1};
    struct stage stage;
    uint8_t binding[BINDING_SIZE];
    begin(&stage);
    const struct proof_session session = liar_session(&stage.liar);
    must(proof_binding(&session, ROLE_SERVER, 1, other_nonce, "tdx", (slice){0}, binding));
    liar_prove_with_quote(&stage.liar, binding);
    EXPECT(is_refused_for(&stage, "TDX_BINDING_MISMATCH"));
    finish(&stage);
}

/* E13: the label of the round is the verifier's to choose. */
TEST(evidence_for_another_round_than_was_asked_for_is_refused)
{
    struct stage stage;
    uint8_t binding[BINDING_SIZE];
    SCOPED(buffer) quote = {0};
    begin(&stage);
    const struct proof_session session = liar_session(&stage.liar);
    must(proof_binding(&session, ROLE_SERVER, 2,
                       liar_heard(&stage.liar, EXCHANGE_REQUEST)->request.nonce, "tdx", (slice){0},
                       binding));
    must(sim_tdx_quote(&the_world()->td, SLICE(binding), &quote));
    const struct claimed claimed = {.round = 2, .platform = "tdx", .evidence = buffer_view(&quote)};
    liar_prove(&stage.liar, &claimed);
    EXPECT(is_refused_for(&stage, "PROTOCOL_VIOLATION"));
    finish(&stage);
}

/* By another hand: the fields as documented, each end's exporter under its own label. */
TEST(each_end_is_asked_for_the_documented_binding)
{
    struct peers peers;
    prepare(&peers);
    make_mutual(&peers);
    open_as(&peers, PURPOSE_CHANNEL, PURPOSE_CHANNEL);
    exchange(&peers);
    EXPECT(both_open(&peers));
    const struct end *const ends[] = {&peers.client, &peers.server};
    static const char *const labels[] = {"EXPERIMENTAL cix client evidence 1",
                                         "EXPERIMENTAL cix server evidence 1"};
    for (size_t i = 0; i < 2; i++) {
        const struct channel *const prover = ends[i]->channel, *const verifier = ends[!i]->channel;
        struct binding_input input = {.prover = i ? ROLE_SERVER : ROLE_CLIENT,
                                      .channel_kind = PEERS_KIND == CHANNEL_TLS ? "tls13" : "spdm",
                                      .round = 1,
                                      .platform = i ? "tdx" : "snp"};
        uint8_t expected[BINDING_SIZE];
        memcpy(input.nonce, verifier->judging.nonce, NONCE_SIZE);
        must(verifier->session.kind->export(&verifier->session, labels[i], SLICE(input.nonce),
                                            input.exporter, EXPORTER_SIZE));
        memcpy(input.prover_spki, channel_peer_spki_digest(verifier)->data, SPKI_DIGEST_SIZE);
        memcpy(input.verifier_spki, channel_peer_spki_digest(prover)->data, SPKI_DIGEST_SIZE);
        must(binding_compute(&input, expected));
        EXPECT(memcmp(expected, ends[i]->binding, BINDING_SIZE) == 0);
    }
    part(&peers);
}

/* E11, E12: nothing that the peer says about its own binder is used. */
TEST(evidence_with_the_right_binder_in_the_envelope_but_a_wrong_one_in_the_quote_is_refused)
{
    static const uint8_t wrong[BINDING_SIZE];
    struct stage stage;
    uint8_t binding[BINDING_SIZE];
    SCOPED(buffer) quote = {0};
    begin(&stage);
    liar_binding(&stage.liar, "tdx", (slice){0}, binding);
    must(sim_tdx_quote(&the_world()->td, SLICE(wrong), &quote));
    const struct claimed claimed = {.round = 1,
                                    .platform = "tdx",
                                    .evidence = buffer_view(&quote),
                                    .side_claims = SLICE(binding)};
    liar_prove(&stage.liar, &claimed);
    EXPECT(is_refused_for(&stage, "TDX_BINDING_MISMATCH"));
    finish(&stage);
}

TEST(side_claims_that_the_quote_does_not_vouch_for_are_refused)
{
    struct stage stage;
    uint8_t binding[BINDING_SIZE];
    SCOPED(buffer) quote = {0};
    begin(&stage);
    liar_binding(&stage.liar, "tdx", slice_of_text("init data"), binding);
    must(sim_tdx_quote(&the_world()->td, SLICE(binding), &quote));
    const struct claimed claimed = {.round = 1,
                                    .platform = "tdx",
                                    .evidence = buffer_view(&quote),
                                    .side_claims = slice_of_text("other data")};
    liar_prove(&stage.liar, &claimed);
    EXPECT(is_refused_for(&stage, "TDX_BINDING_MISMATCH"));
    finish(&stage);
}

/* P1, P3: the exporter does not cover the client's certificate, so the binding must. */
TEST(evidence_with_a_swapped_client_certificate_is_refused)
{
    struct peers peers;
    struct liar liar;
    uint8_t binding[BINDING_SIZE];
    prepare(&peers);
    make_mutual(&peers);
    must(channel_open(&peers.server.context, ROLE_SERVER, PURPOSE_CHANNEL, start,
                      &peers.server.channel));
    struct tls_identity *thief = NULL;
    must(tls_identity_generate(start.wall_s, &thief));
    liar_begin(&liar, ROLE_CLIENT, thief, "cix-channel/1");
    converse(&liar, &peers.server, start);
    struct proof_session session = liar_session(&liar);
    session.own_spki = tls_identity_spki_digest(the_world()->client);
    must(proof_binding(&session, ROLE_CLIENT, 1, liar_heard(&liar, EXCHANGE_REQUEST)->request.nonce,
                       "tdx", (slice){0}, binding));
    liar_request(&liar, 1, 0x77);
    liar_prove_with_quote(&liar, binding);
    liar_accept(&liar, 1);
    converse(&liar, &peers.server, start);
    EXPECT(!saw(&peers.server, CHANNEL_OPEN));
    EXPECT(ended_for(&peers.server, "TDX_BINDING_MISMATCH"));
    channel_free(peers.server.channel);
    liar_end(&liar);
    tls_identity_free(thief);
}

/* E14 */
TEST(evidence_of_one_platform_under_the_name_of_another_is_refused)
{
    struct stage stage;
    uint8_t binding[BINDING_SIZE];
    SCOPED(buffer) quote = {0};
    begin(&stage);
    liar_binding(&stage.liar, "snp", (slice){0}, binding);
    must(sim_tdx_quote(&the_world()->td, SLICE(binding), &quote));
    const struct claimed claimed = {.round = 1, .platform = "snp", .evidence = buffer_view(&quote)};
    liar_prove(&stage.liar, &claimed);
    EXPECT(is_refused_for(&stage, "EVIDENCE_OF_ANOTHER_PLATFORM"));
    finish(&stage);
}

/* The platform's name is in the binding, so parsers cannot be confused even where bytes could. */
TEST(evidence_bound_under_another_platforms_name_is_refused)
{
    struct stage stage;
    uint8_t binding[BINDING_SIZE];
    begin(&stage);
    liar_binding(&stage.liar, "snp", (slice){0}, binding);
    liar_prove_with_quote(&stage.liar, binding);
    EXPECT(is_refused_for(&stage, "TDX_BINDING_MISMATCH"));
    finish(&stage);
}

/* E37 */
TEST(an_unknown_platform_and_an_unknown_media_type_are_refused)
{
    struct stage stage;
    uint8_t binding[BINDING_SIZE];
    SCOPED(buffer) quote = {0};
    begin(&stage);
    liar_binding(&stage.liar, "tdx", (slice){0}, binding);
    must(sim_tdx_quote(&the_world()->td, SLICE(binding), &quote));
    struct claimed claimed = {.round = 1,
                              .platform = "tdx",
                              .type = "application/vnd.cix.evidence.snp",
                              .evidence = buffer_view(&quote)};
    liar_prove(&stage.liar, &claimed);
    EXPECT(is_refused_for(&stage, "EVIDENCE_OF_ANOTHER_PLATFORM"));
    finish(&stage);

    begin(&stage);
    claimed.platform = "abacus";
    claimed.type = NULL;
    liar_prove(&stage.liar, &claimed);
    EXPECT(is_refused_for(&stage, "PLATFORM_UNKNOWN"));
    finish(&stage);
}

/* E11: it says that it is genuine, and of nothing that it is meant for this channel. */
TEST(evidence_that_cannot_be_bound_is_refused_before_it_is_looked_at)
{
    static const uint8_t report[208];
    struct stage stage;
    begin(&stage);
    const struct claimed claimed = {.round = 1, .platform = "sev", .evidence = SLICE(report)};
    liar_prove(&stage.liar, &claimed);
    EXPECT(is_refused_for(&stage, "PLATFORM_CANNOT_BIND"));
    finish(&stage);
}

/* E2: the verifier gives up on what it cannot read. */
TEST(a_verifier_that_fails_is_a_refusal)
{
    struct stage stage;
    uint8_t binding[BINDING_SIZE];
    SCOPED(buffer) quote = {0};
    begin(&stage);
    liar_binding(&stage.liar, "tdx", (slice){0}, binding);
    must(sim_tdx_quote(&the_world()->td, SLICE(binding), &quote));
    const struct claimed claimed = {
        .round = 1, .platform = "tdx", .evidence = {quote.data, quote.size / 2}};
    liar_prove(&stage.liar, &claimed);
    EXPECT(is_refused_for(&stage, "EVIDENCE_TRUNCATED"));
    finish(&stage);
}

/* E4 */
TEST(a_quote_with_a_flipped_bit_is_refused)
{
    struct stage stage;
    uint8_t binding[BINDING_SIZE];
    SCOPED(buffer) quote = {0};
    begin(&stage);
    liar_binding(&stage.liar, "tdx", (slice){0}, binding);
    must(sim_tdx_quote(&the_world()->td, SLICE(binding), &quote));
    quote.data[48 + 136] ^= 1; /* in MRTD */
    const struct claimed claimed = {.round = 1, .platform = "tdx", .evidence = buffer_view(&quote)};
    liar_prove(&stage.liar, &claimed);
    EXPECT(is_refused_for(&stage, "TDX_SIGNATURE_INVALID"));
    finish(&stage);
}

/* E18: what a peer sends along is no more trusted than it is itself. */
TEST(endorsements_in_the_evidence_message_add_no_trust)
{
    struct stage stage;
    uint8_t binding[BINDING_SIZE];
    SCOPED(buffer) quote = {0};
    SCOPED(buffer) root = {0};
    SCOPED(endorsements) without_root = {0};
    endorsements_extend(&the_world()->endorsements, &without_root);
    without_root.anchor_count = 0;
    prepare(&stage.peers);
    stage.peers.client.context.endorsements = &without_root;
    must(channel_open(&stage.peers.client.context, ROLE_CLIENT, PURPOSE_CHANNEL, start,
                      &stage.peers.client.channel));
    liar_begin(&stage.liar, ROLE_SERVER, the_world()->server, "cix-channel/1");
    converse(&stage.liar, &stage.peers.client, start);
    liar_request(&stage.liar, 1, 0x77);
    liar_binding(&stage.liar, "tdx", (slice){0}, binding);
    must(sim_tdx_quote(&the_world()->td, SLICE(binding), &quote));
    must(certificate_der(&the_world()->state.intel_root, &root));
    const struct claimed claimed = {.round = 1,
                                    .platform = "tdx",
                                    .evidence = buffer_view(&quote),
                                    .endorsements = buffer_view(&root)};
    liar_prove(&stage.liar, &claimed);
    EXPECT(is_refused_for(&stage, "TDX_ROOT_UNTRUSTED"));
    finish(&stage);
}

/* P13: whoever sends evidence that is bound to something else costs us no signature. */
TEST(a_wrong_binding_is_refused_before_anything_else_is_verified)
{
    static const uint8_t wrong[BINDING_SIZE] = {1};
    struct stage stage;
    begin(&stage);
    liar_prove_with_quote(&stage.liar, wrong);
    EXPECT(is_refused_for(&stage, "TDX_BINDING_MISMATCH"));
    EXPECT(channel_end(stage.peers.client.channel)->reason_count == 1);
    EXPECT(channel_judged_facts(stage.peers.client.channel)->check_count == 1);
    finish(&stage);
}

/* ---- a peer that proves nothing ---- */

static bool is_refused_without_evidence(const struct policy *policy)
{
    struct peers peers;
    prepare(&peers);
    peers.client.context.policy = policy;
    peers.server.context.attest = NULL;
    open_as(&peers, PURPOSE_CHANNEL, PURPOSE_CHANNEL);
    exchange(&peers);
    const bool refused = !saw(&peers.client, CHANNEL_OPEN) && !saw(&peers.server, CHANNEL_OPEN) &&
                         ended_for(&peers.client, "PEER_HAS_NO_EVIDENCE") &&
                         ended_for(&peers.server, "PEER_HAS_NO_EVIDENCE") &&
                         channel_end(peers.server.channel)->by_peer &&
                         !channel_end(peers.client.channel)->by_peer;
    part(&peers);
    return refused;
}

/* P7, C6, C9 */
TEST(a_peer_without_evidence_is_refused_under_every_policy_spelling_including_the_empty_one)
{
    static const char *const spellings[] = {
        "accept: [ { platform: tdx, insecure_any_measurement: true, insecure_any_instance: true } "
        "]",
        "accept:\n  - { platform: snp, insecure_any_measurement: true, insecure_any_instance: "
        "true, insecure_allow_debug: true, insecure_allow_migration: true }\n",
    };
    EXPECT(is_refused_without_evidence(the_world()->policy));
    EXPECT(is_refused_without_evidence(policy_built_in("strict")));
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        struct policy *const policy = policy_of(spellings[i]);
        EXPECT(is_refused_without_evidence(policy));
        policy_free(policy);
    }

    static const char *const empty[] = {"", "{}", "accept:", "accept: []", "accept: [ {} ]"};
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
        struct policy *policy = NULL;
        struct problem problem;
        EXPECT_FAIL(MALFORMED, policy_read(slice_of_text(empty[i]), &policy, &problem));
    }
    struct peers peers;
    prepare(&peers);
    peers.client.context.policy = NULL;
    EXPECT_FAIL(DENIED, channel_open(&peers.client.context, ROLE_CLIENT, PURPOSE_CHANNEL, start,
                                     &peers.client.channel));
}

/* P7 */
TEST(a_policy_and_insecure_skip_appraisal_together_still_appraise)
{
    struct peers peers;
    prepare(&peers);
    peers.client.context.insecure_skip_appraisal = true;
    peers.server.context.attest = NULL;
    open_as(&peers, PURPOSE_CHANNEL, PURPOSE_CHANNEL);
    exchange(&peers);
    EXPECT(!saw(&peers.client, CHANNEL_OPEN));
    EXPECT(ended_for(&peers.client, "PEER_HAS_NO_EVIDENCE"));
    part(&peers);
}

TEST(a_prover_whose_platform_is_not_accepted_says_that_it_has_no_evidence)
{
    struct peers peers;
    struct liar liar;
    prepare(&peers);
    must(channel_open(&peers.server.context, ROLE_SERVER, PURPOSE_CHANNEL, start,
                      &peers.server.channel));
    liar_begin(&liar, ROLE_CLIENT, the_world()->client, "cix-channel/1");
    converse(&liar, &peers.server, start);
    const struct exchange_message request = {
        .kind = EXCHANGE_REQUEST,
        .request = {.round = 1,
                    .wants_evidence = true,
                    .platforms = {slice_of_text("snp"), slice_of_text("cca")},
                    .platform_count = 2}};
    liar_say(&liar, &request);
    converse(&liar, &peers.server, start);
    EXPECT(!saw(&peers.server, CHANNEL_WANT_EVIDENCE));
    EXPECT(liar_heard(&liar, EXCHANGE_EVIDENCE) &&
           !liar_heard(&liar, EXCHANGE_EVIDENCE)->evidence.platform.size);
    channel_free(peers.server.channel);
    liar_end(&liar);
}

TEST(a_peer_of_a_platform_without_an_entry_is_not_asked_what_it_is)
{
    struct peers peers;
    struct policy *const only_snp =
        policy_of("accept: [ { platform: snp, insecure_any_measurement: "
                  "true, insecure_any_instance: true } ]");
    prepare(&peers);
    peers.client.context.policy = only_snp;
    open_as(&peers, PURPOSE_CHANNEL, PURPOSE_CHANNEL);
    exchange(&peers);
    EXPECT(!saw(&peers.server, CHANNEL_WANT_EVIDENCE));
    EXPECT(ended_for(&peers.client, "PEER_HAS_NO_EVIDENCE") &&
           ended_for(&peers.server, "PEER_HAS_NO_EVIDENCE"));
    part(&peers);
    policy_free(only_snp);
}

/* ---- guests that policy does not want ---- */

static bool is_refused_as(const struct sim_tdx *td, const struct sim_snp *snp, const char *reason)
{
    struct peers peers;
    prepare(&peers);
    peers.server.context.attest = td ? "tdx" : "snp";
    peers.server.td = td;
    peers.server.snp = snp;
    open_as(&peers, PURPOSE_CHANNEL, PURPOSE_CHANNEL);
    exchange(&peers);
    const bool refused = !saw(&peers.client, CHANNEL_OPEN) && !saw(&peers.server, CHANNEL_OPEN) &&
                         ended_for(&peers.client, reason) && ended_for(&peers.server, reason) &&
                         channel_end(peers.server.channel)->by_peer;
    part(&peers);
    return refused;
}

/* E9 */
TEST(a_debug_td_is_refused_and_told_why)
{
    SCOPED(sim_tdx) td = {0};
    struct sim_tdx_settings settings = sim_tdx_defaults(&the_world()->state);
    settings.debug = true;
    must(sim_tdx_launch(&the_world()->state, &settings, &td));
    EXPECT(is_refused_as(&td, NULL, "TDX_DEBUG_ALLOWED"));
}

/* E10 */
TEST(a_migratable_snp_guest_is_refused)
{
    SCOPED(sim_snp) snp = {0};
    struct sim_snp_settings settings = sim_snp_defaults(&the_world()->state, SIM_MILAN);
    settings.migratable = true;
    must(sim_snp_launch(&the_world()->state, &settings, &snp));
    EXPECT(is_refused_as(NULL, &snp, "SNP_MIGRATION_ALLOWED"));
}

/* P2 */
TEST(the_same_image_on_another_chip_is_refused_where_policy_names_the_chip)
{
    SCOPED(sim_snp) twin = {0};
    struct sim_snp_settings settings = sim_snp_defaults(&the_world()->state, SIM_MILAN);
    settings.chip_id[0] ^= 1;
    must(sim_snp_launch(&the_world()->state, &settings, &twin));
    EXPECT(is_refused_as(NULL, &twin, "SNP_CHIP_ID_NOT_ACCEPTED"));
}

TEST(another_measurement_is_refused)
{
    SCOPED(sim_tdx) td = {0};
    struct sim_tdx_settings settings = sim_tdx_defaults(&the_world()->state);
    settings.mrtd[0] ^= 1;
    must(sim_tdx_launch(&the_world()->state, &settings, &td));
    EXPECT(is_refused_as(&td, NULL, "TDX_MEASUREMENT_NOT_ACCEPTED"));
}

/* P2 */
TEST(a_policy_that_pins_the_channels_key_refuses_another_key)
{
    struct peers peers;
    char text[1024];
    const struct digest *const key = tls_identity_spki_digest(the_world()->server);
    snprintf(text, sizeof text,
             "accept:\n  - platform: tdx\n    measurement: \"%s\"\n    identity: { key: \"%s\" }\n",
             hex_of(SLICE(the_world()->td.settings.mrtd)), hex_of((slice){key->data, key->size}));
    struct policy *const policy = policy_of(text);
    for (int wrong = 0; wrong < 2; wrong++) {
        prepare(&peers);
        peers.client.context.policy = policy;
        if (wrong)
            peers.server.context.identity = the_world()->client;
        open_as(&peers, PURPOSE_CHANNEL, PURPOSE_CHANNEL);
        exchange(&peers);
        EXPECT(both_open(&peers) == !wrong);
        if (wrong)
            EXPECT(ended_for(&peers.client, "KEY_NOT_ACCEPTED"));
        part(&peers);
    }
    policy_free(policy);
}
