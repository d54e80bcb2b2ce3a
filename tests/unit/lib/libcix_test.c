/* SPDX-License-Identifier: Apache-2.0 */

/* The public library as other programs use it: through include/cix and libcix.so alone. */

#include "cix/cix.h"

#include "codec/text.h"
#include "sim.h"
#include "sim/snp.h"
#include "sim/tdx.h"
#include "test.h"

#include <pthread.h>

static const int64_t now_s = 1767225600; /* 2026 */
static const struct cix_moment start = {.wall_s = 1767225600, .monotonic_ms = 1000000};

/* The example in the tests of AMD's sev-tool. */
TEST(the_owner_of_an_sev_guest_checks_its_launch)
{
    struct cix_sev_launch launch = {.api_minor = 0x12, .build = 0x0f};
    uint8_t tik[16], measurement[32];
    EXPECT_OK(hex_read_exactly(
        slice_of_text("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        launch.digest, sizeof launch.digest));
    EXPECT_OK(hex_read_exactly(slice_of_text("4fbe0bedbad6c86ae8f68971d103e554"), launch.mnonce,
                               sizeof launch.mnonce));
    EXPECT_OK(hex_read_exactly(slice_of_text("66320db73158a35a255d051758e95ed4"), tik, sizeof tik));
    EXPECT_OK(hex_read_exactly(
        slice_of_text("6faab2daae389bcd3405a05d6cafe33c0414f7bedd0bae19ba5f38b7fd1664ea"),
        measurement, sizeof measurement));
    EXPECT(cix_sev_launch_verify(&launch, tik, measurement) == CIX_OK);
    launch.policy = 1;
    EXPECT(cix_sev_launch_verify(&launch, tik, measurement) == CIX_UNAUTHENTIC);
    EXPECT(cix_sev_launch_verify(NULL, tik, measurement) == CIX_INVALID);
    EXPECT(cix_sev_launch_verify(&launch, NULL, measurement) == CIX_INVALID);
    EXPECT(cix_sev_launch_verify(&launch, tik, NULL) == CIX_INVALID);
}

/* ---- simulated TEEs, with the simulator's own code ---- */

enum { FILES_MAX = 8 };

struct world {
    bool is_made;
    struct sim_state state;
    struct sim_tdx td;
    struct sim_snp snp;
    struct buffer trust[2], files[FILES_MAX];
    struct cix_slice trust_slices[2], file_slices[FILES_MAX];
    char policy[2048];
};
static struct world world;

static void must(status result)
{
    if (result.fault) {
        printf("  %s:%d: %s\n", result.fault->file, result.fault->line, result.fault->what);
        abort();
    }
}

static void write_policy(struct world *made)
{
    char mrtd[97], snp[97], chip[129];
    for (size_t i = 0; i < 48; i++) {
        snprintf(mrtd + 2 * i, 3, "%02x", made->td.settings.mrtd[i]);
        snprintf(snp + 2 * i, 3, "%02x", made->snp.settings.measurement[i]);
    }
    for (size_t i = 0; i < 64; i++)
        snprintf(chip + 2 * i, 3, "%02x", made->snp.settings.chip_id[i]);
    snprintf(made->policy, sizeof made->policy,
             "accept:\n"
             "  - { platform: tdx, measurement: \"%s\", insecure_any_instance: true }\n"
             "  - { platform: snp, measurement: \"%s\", identity: { chip_id: \"%s\" } }\n",
             mrtd, snp, chip);
}

static const struct world *the_world(void)
{
    struct world *const made = &world;
    if (made->is_made)
        return made;
    must(sim_state_for_tests(now_s, &made->state));
    const struct sim_tdx_settings td = sim_tdx_defaults(&made->state);
    const struct sim_snp_settings snp = sim_snp_defaults(&made->state, SIM_MILAN);
    must(sim_tdx_launch(&made->state, &td, &made->td));
    must(sim_snp_launch(&made->state, &snp, &made->snp));
    must(certificate_der(&made->state.intel_root, &made->trust[0]));
    must(certificate_der(&made->state.ark[SIM_MILAN], &made->trust[1]));
    must(sim_intel_tcb_info(&made->state, now_s, &made->files[0]));
    must(sim_intel_qe_identity(&made->state, now_s, &made->files[1]));
    must(sim_intel_root_crl(&made->state, now_s, &made->files[2]));
    must(sim_intel_pck_crl(&made->state, now_s, &made->files[3]));
    must(certificate_der(&made->state.tcb_signing, &made->files[4]));
    must(sim_amd_crl(&made->state, SIM_MILAN, now_s, &made->files[5]));
    for (size_t i = 0; i < 2; i++)
        made->trust_slices[i] = (struct cix_slice){made->trust[i].data, made->trust[i].size};
    for (size_t i = 0; i < 6; i++)
        made->file_slices[i] = (struct cix_slice){made->files[i].data, made->files[i].size};
    write_policy(made);
    made->is_made = true;
    return made;
}

__attribute__((destructor)) static void end_the_world(void)
{
    sim_tdx_clear(&world.td);
    sim_snp_clear(&world.snp);
    sim_state_clear(&world.state);
    for (size_t i = 0; i < 2; i++)
        buffer_clear(&world.trust[i]);
    for (size_t i = 0; i < FILES_MAX; i++)
        buffer_clear(&world.files[i]);
}

static struct cix_slice text(const char *words)
{
    return (struct cix_slice){(const uint8_t *)words, strlen(words)};
}

static struct cix_config config_for(enum cix_use use, const char *policy)
{
    const struct world *const made = the_world();
    return (struct cix_config){
        .size = sizeof(struct cix_config),
        .use = use,
        .now_s = now_s,
        .policy = policy ? text(policy) : (struct cix_slice){0},
        .trust = made->trust_slices,
        .trust_count = 2,
        .endorsements = made->file_slices,
        .endorsement_count = 6,
    };
}

static struct cix_context *build(const struct cix_config *config)
{
    char problem[CIX_PROBLEM_SIZE] = "";
    struct cix_context *context = NULL;
    if (cix_context_build(config, &context, problem) != CIX_OK) {
        printf("  %s\n", problem);
        abort();
    }
    return context;
}

/* ---- two ends ---- */

struct end {
    struct cix_context *context;
    struct cix_channel *channel;
    bool is_td; /* else the SNP guest */
    size_t opens, rounds, closes, data_size;
    uint8_t data[1 << 16];
};

static void give_evidence(struct end *end, const uint8_t *binding)
{
    SCOPED(buffer) evidence = {0};
    const slice report_data = {binding, CIX_BINDING_SIZE};
    must(end->is_td ? sim_tdx_quote(&the_world()->td, report_data, &evidence)
                    : sim_snp_report(&the_world()->snp, report_data, &evidence));
    const struct buffer *const table = &the_world()->snp.certificate_table;
    const struct cix_slice endorsements = {table->data, end->is_td ? 0 : table->size};
    EXPECT(cix_channel_give_evidence(end->channel, (struct cix_slice){evidence.data, evidence.size},
                                     endorsements, start) == CIX_OK);
}

static void advance(struct end *end, struct cix_slice wire, struct cix_moment now)
{
    struct cix_step step;
    do {
        EXPECT(cix_channel_advance(end->channel, wire, now, &step) == CIX_OK);
        wire = (struct cix_slice){0};
        end->opens += step.kind == CIX_STEP_OPEN;
        end->rounds += step.kind == CIX_STEP_ROUND;
        end->closes += step.kind == CIX_STEP_CLOSED;
        if (step.kind == CIX_STEP_WANT_EVIDENCE)
            give_evidence(end, step.binding);
        if (step.kind == CIX_STEP_DATA && end->data_size + step.data.size <= sizeof end->data) {
            memcpy(end->data + end->data_size, step.data.data, step.data.size);
            end->data_size += step.data.size;
        }
    } while (step.kind != CIX_STEP_NONE && step.kind != CIX_STEP_CLOSED);
}

static bool move(struct end *from, struct end *to, struct cix_moment now)
{
    const struct cix_slice output = cix_channel_output(from->channel);
    if (!output.size)
        return false;
    advance(to, output, now);
    cix_channel_sent(from->channel, output.size);
    return true;
}

static void exchange(struct end *client, struct end *server, struct cix_moment now)
{
    bool moved = true;
    for (int i = 0; moved && i < 32; i++) {
        if (!client->closes)
            advance(client, (struct cix_slice){0}, now);
        if (!server->closes)
            advance(server, (struct cix_slice){0}, now);
        moved = move(client, server, now);
        moved |= move(server, client, now);
    }
}

/* Mutual: the client is the SNP guest, the server the TD. */
static void meet(struct end *client, struct end *server)
{
    struct cix_config config = config_for(CIX_USE_CHANNELS, the_world()->policy);
    *client = (struct end){0};
    *server = (struct end){.is_td = true};
    config.attest = "snp";
    client->context = build(&config);
    config.attest = "tdx";
    server->context = build(&config);
    EXPECT(cix_channel_open(client->context, CIX_ROLE_CLIENT, start, &client->channel) == CIX_OK);
    EXPECT(cix_channel_open(server->context, CIX_ROLE_SERVER, start, &server->channel) == CIX_OK);
    exchange(client, server, start);
}

static void part(struct end *client, struct end *server)
{
    cix_context_free(client->context); /* before the channels: they hold it */
    cix_context_free(server->context);
    cix_channel_free(client->channel);
    cix_channel_free(server->channel);
}

TEST(two_programs_attest_each_other_and_talk)
{
    struct end client, server;
    size_t taken = 0;
    meet(&client, &server);
    EXPECT(client.opens == 1 && server.opens == 1 && !client.closes && !server.closes);
    EXPECT(cix_channel_write(client.channel, text("question"), &taken) == CIX_OK && taken == 8);
    EXPECT(cix_channel_write(server.channel, text("answer"), &taken) == CIX_OK && taken == 6);
    exchange(&client, &server, start);
    EXPECT(server.data_size == 8 && memcmp(server.data, "question", 8) == 0);
    EXPECT(client.data_size == 6 && memcmp(client.data, "answer", 6) == 0);
    part(&client, &server);
}

TEST(each_learns_what_the_other_is)
{
    struct end client, server;
    struct cix_claim claim;
    struct cix_check check;
    uint8_t key[48], own[48];
    meet(&client, &server);
    const struct cix_verdict *const verdict = cix_channel_peer(client.channel);
    EXPECT(cix_verdict_decision(verdict) == CIX_DECISION_ACCEPTED);
    EXPECT(cix_verdict_binding(verdict) == CIX_BINDING_CHANNEL && cix_verdict_is_fresh(verdict));
    EXPECT(strcmp(cix_verdict_platform(verdict), "tdx") == 0);
    EXPECT(strcmp(cix_verdict_format(verdict), "tdx-quote-v4") == 0);
    EXPECT(cix_verdict_round(verdict) == 1 && !cix_verdict_reason(verdict, 0));
    EXPECT(cix_verdict_valid_until_s(verdict) > now_s);
    EXPECT(cix_verdict_measurement(verdict).size == 48);
    EXPECT(cix_verdict_claim_named(verdict, "body.mrtd", &claim) && claim.kind == CIX_CLAIM_BYTES);
    EXPECT(claim.value.size == 48 &&
           memcmp(claim.value.data, the_world()->td.settings.mrtd, 48) == 0);
    EXPECT(cix_verdict_claim(verdict, 0, &claim) && !cix_verdict_claim(verdict, 1000, &claim));
    EXPECT(cix_verdict_check(verdict, 0, &check) && check.result == CIX_CHECK_PASS);
    EXPECT(strcmp(cix_verdict_platform(cix_channel_peer(server.channel)), "snp") == 0);
    EXPECT(cix_channel_peer_key(client.channel, key) == CIX_OK);
    EXPECT(cix_context_key_digest(server.context, own) == CIX_OK && memcmp(key, own, 48) == 0);
    part(&client, &server);
}

TEST(a_later_round_and_an_orderly_end)
{
    struct end client, server;
    struct cix_end end;
    meet(&client, &server);
    EXPECT(cix_channel_end(client.channel, &end) == CIX_UNEXPECTED);
    struct cix_moment later = start;
    later.monotonic_ms += 5000;
    EXPECT(cix_channel_reattest(client.channel, later) == CIX_OK);
    exchange(&client, &server, later);
    EXPECT(client.rounds == 1 && cix_verdict_round(cix_channel_peer(client.channel)) == 2);
    const struct cix_verdict *const kept = cix_channel_peer(client.channel);
    EXPECT(cix_verdict_decision(kept) == CIX_DECISION_ACCEPTED);
    cix_channel_close(server.channel);
    exchange(&client, &server, later);
    EXPECT(client.closes == 1 && server.closes == 1);
    EXPECT(cix_channel_end(client.channel, &end) == CIX_OK && end.orderly && !end.by_peer);
    EXPECT(!cix_channel_end_reason(client.channel, 0) && !cix_channel_peer(client.channel));
    /* Who keeps it against the contract finds a verdict that refuses. */
    EXPECT(cix_verdict_decision(kept) == CIX_DECISION_NONE && !cix_verdict_platform(kept));
    EXPECT(cix_verdict_measurement(kept).size == 0 && !cix_verdict_reason(kept, 0));
    part(&client, &server);
}

TEST(large_writes_are_taken_as_far_as_there_is_room)
{
    static uint8_t bytes[4 << 20];
    struct end client, server;
    size_t taken = 0;
    meet(&client, &server);
    EXPECT(cix_channel_write(client.channel, (struct cix_slice){bytes, sizeof bytes}, &taken) ==
           CIX_OK);
    EXPECT(taken > (1 << 20) - 20000 && taken < (1 << 20) + 20000);
    EXPECT(cix_channel_write(client.channel, (struct cix_slice){bytes, 1}, &taken) == CIX_OK);
    EXPECT(taken == 0);
    exchange(&client, &server, start);
    EXPECT(cix_channel_write(client.channel, (struct cix_slice){bytes, 1}, &taken) == CIX_OK);
    EXPECT(taken == 1);
    part(&client, &server);
}

/* P7, P18 */
TEST(a_refused_peer_is_told_why_and_nothing_opens)
{
    struct end client = {0}, server = {.is_td = true};
    struct cix_config config = config_for(CIX_USE_CHANNELS, the_world()->policy);
    struct cix_end end;
    size_t taken;
    client.context = build(&config);
    config.policy = (struct cix_slice){0};
    config.insecure_skip_appraisal = true;
    server.context = build(&config); /* attests nothing */
    EXPECT(cix_channel_open(client.context, CIX_ROLE_CLIENT, start, &client.channel) == CIX_OK);
    EXPECT(cix_channel_open(server.context, CIX_ROLE_SERVER, start, &server.channel) == CIX_OK);
    EXPECT(cix_channel_write(client.channel, text("x"), &taken) == CIX_UNEXPECTED);
    exchange(&client, &server, start);
    EXPECT(!client.opens && !server.opens && client.closes == 1 && server.closes == 1);
    EXPECT(cix_channel_end(server.channel, &end) == CIX_OK && end.by_peer && !end.orderly);
    EXPECT(strcmp(cix_channel_end_reason(server.channel, 0), "PEER_HAS_NO_EVIDENCE") == 0);
    EXPECT(cix_channel_write(client.channel, text("x"), &taken) == CIX_UNEXPECTED);
    part(&client, &server);
}

/* ---- verifying alone ---- */

static enum cix_decision verify(const struct cix_context *context, bool right_binding,
                                const char **out_reason)
{
    static const uint8_t binding[CIX_BINDING_SIZE] = {7};
    static char reason[64];
    uint8_t asked[CIX_BINDING_SIZE] = {7};
    SCOPED(buffer) quote = {0};
    struct cix_verdict *verdict = NULL;
    asked[63] = right_binding ? 0 : 1;
    must(sim_tdx_quote(&the_world()->td, SLICE(binding), &quote));
    EXPECT(cix_verify(context, (struct cix_slice){quote.data, quote.size},
                      (struct cix_slice){asked, sizeof asked}, (struct cix_slice){0}, now_s,
                      &verdict) == CIX_OK);
    const char *const first = cix_verdict_reason(verdict, 0);
    snprintf(reason, sizeof reason, "%s", first ? first : "");
    *out_reason = reason;
    const enum cix_decision decision = cix_verdict_decision(verdict);
    EXPECT(cix_verdict_binding(verdict) == CIX_BINDING_GIVEN && !cix_verdict_is_fresh(verdict));
    cix_verdict_free(verdict);
    return decision;
}

TEST(evidence_is_verified_under_a_policy_a_built_in_one_or_none)
{
    static const char *const policies[] = {NULL, "strict"};
    const char *reason;
    for (size_t i = 0; i < 3; i++) {
        const struct cix_config config =
            config_for(CIX_USE_VERIFYING, i < 2 ? policies[i] : the_world()->policy);
        struct cix_context *const context = build(&config);
        EXPECT(verify(context, true, &reason) == CIX_DECISION_ACCEPTED);
        EXPECT(verify(context, false, &reason) == CIX_DECISION_UNAUTHENTIC);
        EXPECT(strcmp(reason, "TDX_BINDING_MISMATCH") == 0);
        cix_context_free(context);
    }
}

TEST(what_is_no_evidence_is_a_malformed_verdict_and_no_failure)
{
    const struct cix_config config = config_for(CIX_USE_VERIFYING, NULL);
    struct cix_context *const context = build(&config);
    const struct cix_slice junk[] = {text("junk"), {0}, text("\x04\x00\x02\x00\x81\x00\x00\x00")};
    for (size_t i = 0; i < 3; i++) {
        struct cix_verdict *verdict = NULL;
        EXPECT(cix_verify(context, junk[i], (struct cix_slice){0}, (struct cix_slice){0}, now_s,
                          &verdict) == CIX_OK);
        EXPECT(cix_verdict_decision(verdict) == CIX_DECISION_MALFORMED);
        EXPECT(strncmp(cix_verdict_reason(verdict, 0), "EVIDENCE_", 9) == 0);
        EXPECT(cix_verdict_binding(verdict) == CIX_BINDING_NONE);
        cix_verdict_free(verdict);
    }
    cix_context_free(context);
}

TEST(endorsements_may_come_with_the_evidence)
{
    static const uint8_t binding[CIX_BINDING_SIZE] = {9};
    const struct cix_config config = config_for(CIX_USE_VERIFYING, NULL);
    struct cix_context *const context = build(&config);
    const struct buffer *const table = &the_world()->snp.certificate_table;
    SCOPED(buffer) report = {0};
    must(sim_snp_report(&the_world()->snp, SLICE(binding), &report));
    for (int with = 0; with < 2; with++) {
        struct cix_verdict *verdict = NULL;
        EXPECT(cix_verify(context, (struct cix_slice){report.data, report.size},
                          (struct cix_slice){binding, sizeof binding},
                          (struct cix_slice){table->data, with ? table->size : 0}, now_s,
                          &verdict) == CIX_OK);
        EXPECT((cix_verdict_decision(verdict) == CIX_DECISION_ACCEPTED) == with);
        cix_verdict_free(verdict);
    }
    cix_context_free(context);
}

/* ---- wrong use ---- */

static enum cix_result try(const struct cix_config *config, const char *words)
{
    char problem[CIX_PROBLEM_SIZE] = "";
    struct cix_context *context = NULL;
    const enum cix_result result = cix_context_build(config, &context, problem);
    EXPECT(!context || result == CIX_OK);
    if (result != CIX_OK && !strstr(problem, words)) {
        printf("  told: %s\n", problem);
        EXPECT(strstr(problem, words));
    }
    cix_context_free(context);
    return result;
}

/* C6, C9, C10 */
TEST(configs_that_would_let_anybody_in_are_refused)
{
    struct cix_config config = {0};
    EXPECT(try(&config, "size") == CIX_INVALID);
    config.size = sizeof config;
    EXPECT(try(&config, "use") == CIX_INVALID);
    config.use = CIX_USE_CHANNELS;
    EXPECT(try(&config, "policy") == CIX_DENIED);
    config = config_for(CIX_USE_CHANNELS, "strict");
    EXPECT(try(&config, "measurement") == CIX_DENIED);
    config.policy = text("accept: [ { platform: tdx, insecure_any_measurement: true } ]");
    EXPECT(try(&config, "instance") == CIX_DENIED);
    config.policy = text("accept: [ { platform: tdx, measurment: \"00\" } ]");
    EXPECT(try(&config, "policy, line 1") == CIX_MALFORMED);
    config.policy = text("{}");
    EXPECT(try(&config, "policy") == CIX_MALFORMED);
    config = config_for(CIX_USE_CHANNELS, the_world()->policy);
    config.insecure_skip_appraisal = true;
    EXPECT(try(&config, "insecure_skip_appraisal") == CIX_INVALID);
}

TEST(configs_with_unreadable_parts_say_which)
{
    struct cix_config config = config_for(CIX_USE_CHANNELS, the_world()->policy);
    const struct cix_slice junk = text("junk"), nowhere = {NULL, 7};
    config.trust = &junk;
    config.trust_count = 1;
    EXPECT(try(&config, "trust 0") == CIX_UNSUPPORTED);
    config = config_for(CIX_USE_CHANNELS, the_world()->policy);
    config.endorsements = &junk;
    config.endorsement_count = 1;
    EXPECT(try(&config, "endorsement 0") == CIX_UNSUPPORTED);
    config.endorsements = &nowhere;
    EXPECT(try(&config, "address") == CIX_INVALID);
    config.endorsements = NULL;
    EXPECT(try(&config, "address") == CIX_INVALID);
    config.endorsement_count = 0;
    config.attest = "abacus";
    EXPECT(try(&config, "attest") == CIX_UNSUPPORTED);
    config.attest = NULL;
    config.key_pem = junk;
    EXPECT(try(&config, "certificate") == CIX_INVALID);
    config.certificate_pem = junk;
    EXPECT(try(&config, "certificate") == CIX_MALFORMED);
    config = config_for(CIX_USE_VERIFYING, "trust: roots/\naccept: [ { platform: tdx, "
                                           "insecure_any_measurement: true } ]");
    EXPECT(try(&config, "files") == CIX_UNSUPPORTED);
    config = config_for(CIX_USE_VERIFYING, "strict");
    config.policy.size++; /* with its NUL: no name of ours */
    EXPECT(try(&config, "policy") == CIX_MALFORMED);
}

/* A1 */
TEST(null_handles_are_errors_everywhere)
{
    struct cix_moment now = start;
    struct cix_step step;
    struct cix_end end;
    struct cix_channel *channel = NULL;
    struct cix_context *context = NULL;
    struct cix_verdict *verdict = NULL;
    struct cix_claim claim;
    struct cix_check check;
    struct cix_bytes bytes = {0};
    uint8_t digest[64] = {0};
    size_t taken;
    const struct cix_slice none = {0}, nowhere = {NULL, 1};
    EXPECT(cix_context_build(NULL, &context, NULL) == CIX_INVALID);
    const struct cix_config config = config_for(CIX_USE_VERIFYING, NULL);
    EXPECT(cix_context_build(&config, NULL, NULL) == CIX_INVALID);
    EXPECT(cix_context_key_digest(NULL, digest) == CIX_INVALID);
    EXPECT(cix_collect(NULL, digest, &bytes, &bytes) == CIX_INVALID);
    EXPECT(cix_channel_open(NULL, CIX_ROLE_CLIENT, now, &channel) == CIX_INVALID);
    EXPECT(cix_channel_advance(NULL, none, now, &step) == CIX_INVALID);
    EXPECT(cix_channel_write(NULL, none, &taken) == CIX_INVALID);
    EXPECT(cix_channel_give_evidence(NULL, none, none, now) == CIX_INVALID);
    EXPECT(cix_channel_reattest(NULL, now) == CIX_INVALID);
    EXPECT(cix_channel_peer_key(NULL, digest) == CIX_INVALID);
    EXPECT(cix_channel_end(NULL, &end) == CIX_INVALID);
    EXPECT(!cix_channel_end_reason(NULL, 0) && !cix_channel_peer(NULL));
    EXPECT(cix_channel_output(NULL).size == 0);
    EXPECT(cix_verify(NULL, none, none, none, now_s, &verdict) == CIX_INVALID);
    EXPECT(cix_verdict_decision(NULL) == CIX_DECISION_NONE);
    EXPECT(cix_verdict_binding(NULL) == CIX_BINDING_NONE && !cix_verdict_is_fresh(NULL));
    EXPECT(!cix_verdict_reason(NULL, 0) && !cix_verdict_platform(NULL));
    EXPECT(!cix_verdict_format(NULL) && !cix_verdict_round(NULL));
    EXPECT(!cix_verdict_valid_until_s(NULL) && !cix_verdict_measurement(NULL).size);
    EXPECT(!cix_verdict_instance(NULL).size && !cix_verdict_claim(NULL, 0, &claim));
    EXPECT(!cix_verdict_claim_named(NULL, "x", &claim) && !cix_verdict_check(NULL, 0, &check));
    cix_channel_wire_ended(NULL);
    cix_channel_sent(NULL, 1);
    cix_channel_close(NULL);
    cix_channel_free(NULL);
    cix_context_free(NULL);
    cix_verdict_free(NULL);
    cix_bytes_clear(NULL);

    context = build(&config);
    EXPECT(cix_context_key_digest(context, digest) == CIX_UNEXPECTED); /* it has no key */
    EXPECT(cix_channel_open(context, CIX_ROLE_CLIENT, now, &channel) == CIX_INVALID);
    EXPECT(cix_verify(context, nowhere, none, none, now_s, &verdict) == CIX_INVALID);
    EXPECT(cix_verify(context, none, (struct cix_slice){digest, 63}, none, now_s, &verdict) ==
           CIX_INVALID);
    EXPECT(cix_verify(context, none, none, none, now_s, NULL) == CIX_INVALID);
    EXPECT(cix_collect(context, digest, &bytes, &bytes) == CIX_UNSUPPORTED);
    EXPECT(!channel && !verdict && !bytes.data);
    cix_context_free(context);
}

TEST(wire_bytes_are_lent_one_at_a_time)
{
    struct end client, server;
    struct cix_step step;
    size_t taken;
    meet(&client, &server);
    EXPECT(cix_channel_write(client.channel, text("one"), &taken) == CIX_OK);
    const struct cix_slice output = cix_channel_output(client.channel);
    EXPECT(cix_channel_advance(server.channel, output, start, &step) == CIX_OK);
    EXPECT(step.kind == CIX_STEP_DATA);
    EXPECT(cix_channel_advance(server.channel, output, start, &step) == CIX_INVALID);
    EXPECT(cix_channel_advance(server.channel, (struct cix_slice){0}, start, &step) == CIX_OK);
    EXPECT(step.kind == CIX_STEP_NONE);
    part(&client, &server);
}

TEST(every_result_has_a_word_and_the_version_is_the_projects)
{
    for (int i = CIX_OK; i <= CIX_INVALID; i++)
        EXPECT(strcmp(cix_result_name((enum cix_result)i), "unknown") != 0);
    EXPECT(strcmp(cix_result_name((enum cix_result)99), "unknown") == 0);
    EXPECT(strcmp(cix_version(), CIX_VERSION) == 0);
}

/* ---- threads ---- */

static void *talk_on_a_thread(void *argument)
{
    struct cix_context *const *const contexts = argument;
    static _Thread_local struct end client, server;
    for (int i = 0; i < 20; i++) {
        client = (struct end){0};
        server = (struct end){.is_td = true};
        EXPECT(cix_channel_open(contexts[0], CIX_ROLE_CLIENT, start, &client.channel) == CIX_OK);
        EXPECT(cix_channel_open(contexts[1], CIX_ROLE_SERVER, start, &server.channel) == CIX_OK);
        exchange(&client, &server, start);
        EXPECT(client.opens == 1 && server.opens == 1);
        cix_channel_free(client.channel);
        cix_channel_free(server.channel);
    }
    return NULL;
}

/* A1 */
TEST(threads_share_contexts)
{
    struct cix_config config = config_for(CIX_USE_CHANNELS, the_world()->policy);
    pthread_t threads[4];
    config.attest = "snp";
    struct cix_context *contexts[2] = {build(&config)};
    config.attest = "tdx";
    contexts[1] = build(&config);
    for (size_t i = 0; i < 4; i++)
        EXPECT(pthread_create(&threads[i], NULL, talk_on_a_thread, contexts) == 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    cix_context_free(contexts[0]);
    cix_context_free(contexts[1]);
}
