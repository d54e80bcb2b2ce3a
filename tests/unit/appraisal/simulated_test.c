/* SPDX-License-Identifier: Apache-2.0 */

/* Policies on simulated guests: whose root must be named, twins, and rounds of one guest. */

#include "appraisal/appraise.h"
#include "codec/text.h"
#include "evidence/platform.h"
#include "sim.h"
#include "sim/cca.h"
#include "sim/psa.h"
#include "sim/snp.h"
#include "sim/tdx.h"

#include "test.h"

enum { NOW_S = 1750000000, LINE_SIZE = 2048 };

static const uint8_t binding[BINDING_SIZE] = {1, 2, 3};
static const uint8_t peer_key[48] = {7};

static void give_certificate(struct endorsements *to,
                             status (*give)(struct endorsements *to, slice file),
                             const struct certificate *certificate)
{
    SCOPED(buffer) der = {0};
    EXPECT_OK(certificate_der(certificate, &der));
    EXPECT_OK(give(to, buffer_view(&der)));
}

/* Whatever the simulator's vendors publish, and their roots when `trusted`. */
static void publish(const struct sim_state *state, bool trusted, struct endorsements *out)
{
    status (*const makers[])(const struct sim_state *, int64_t, struct buffer *) = {
        sim_intel_tcb_info, sim_intel_qe_identity, sim_intel_root_crl, sim_intel_pck_crl};
    const struct certificate *const certificates[] = {&state->tcb_signing, &state->pck_ca,
                                                      &state->intel_root};
    const struct certificate *const roots[] = {&state->intel_root, &state->ark[SIM_MILAN]};
    SCOPED(buffer) crl = {0};
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
        SCOPED(buffer) document = {0};
        EXPECT_OK(makers[i](state, NOW_S, &document));
        EXPECT_OK(endorsements_add(out, buffer_view(&document)));
    }
    for (size_t i = 0; i < sizeof certificates / sizeof certificates[0]; i++)
        give_certificate(out, endorsements_add, certificates[i]);
    EXPECT_OK(sim_amd_crl(state, SIM_MILAN, NOW_S, &crl));
    EXPECT_OK(endorsements_add(out, buffer_view(&crl)));
    for (size_t i = 0; trusted && i < sizeof roots / sizeof roots[0]; i++)
        give_certificate(out, endorsements_trust, roots[i]);
}

static struct facts *verify(const char *platform, slice evidence, slice table,
                            const struct sim_state *state, bool trusted)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(endorsements) endorsements = {0};
    publish(state, trusted, &endorsements);
    if (table.size)
        EXPECT_OK(endorsements_add(&endorsements, table));
    const struct verification request = {.evidence = evidence,
                                         .binding = SLICE(binding),
                                         .endorsements = &endorsements,
                                         .now_s = NOW_S + 60};
    EXPECT_OK(platform_named(platform)->verify(&request, facts));
    return facts;
}

static struct facts *snp_facts(const struct sim_state *state, const struct sim_snp *guest,
                               bool trusted)
{
    SCOPED(buffer) report = {0};
    EXPECT_OK(sim_snp_report(guest, SLICE(binding), &report));
    return verify("snp", buffer_view(&report), buffer_view(&guest->certificate_table), state,
                  trusted);
}

static struct facts *tdx_facts(const struct sim_state *state,
                               const struct sim_tdx_settings *settings, bool trusted)
{
    SCOPED(sim_tdx) td = {0};
    SCOPED(buffer) quote = {0};
    EXPECT_OK(sim_tdx_launch(state, settings, &td));
    EXPECT_OK(sim_tdx_quote(&td, SLICE(binding), &quote));
    return verify("tdx", buffer_view(&quote), (slice){NULL, 0}, state, trusted);
}

static struct appraisal appraise_written(const struct facts *facts, const char *text)
{
    struct policy *policy = NULL;
    struct problem problem = {0};
    struct appraisal appraisal = {0};
    if (policy_read(slice_of_text(text), &policy, &problem).fault)
        printf("  line %d: %s\n", problem.line, problem.text);
    EXPECT(policy);
    if (policy)
        EXPECT_OK(appraise(facts, policy, SLICE(peer_key), NOW_S + 60, &appraisal));
    policy_free(policy);
    return appraisal;
}

static bool is_only(const struct appraisal *appraisal, enum verdict verdict, const char *reason)
{
    const bool is_so = appraisal->verdict == verdict && appraisal->reason_count == 1 &&
                       strcmp(appraisal->reasons[0], reason) == 0;
    if (!is_so)
        printf("  %s: %s, ...\n", verdict_name(appraisal->verdict), appraisal->reasons[0]);
    return is_so;
}

/* As the demo writes it: one image on one machine. */
static void write_policy(const char *platform, slice measurement, const char *pin, slice instance,
                         char out[LINE_SIZE])
{
    char measurement_hex[2 * 48 + 1], instance_hex[2 * SIM_CHIP_ID_SIZE + 1];
    hex_write(measurement, measurement_hex);
    hex_write(instance, instance_hex);
    snprintf(out, LINE_SIZE,
             "accept:\n"
             "  - platform: %s\n"
             "    measurement: \"%s\"\n"
             "    identity: { %s: \"%s\" }\n",
             platform, measurement_hex, pin, instance_hex);
}

static void write_snp_policy(const struct sim_snp_settings *settings, char out[LINE_SIZE])
{
    write_policy("snp", SLICE(settings->measurement), "chip_id", SLICE(settings->chip_id), out);
}

static void write_tdx_policy(const struct sim_tdx_settings *settings, char out[LINE_SIZE])
{
    write_policy("tdx", SLICE(settings->mrtd), "platform_instance_id",
                 SLICE(settings->platform_instance), out);
}

/* E15 */
TEST(simulated_evidence_is_authentic_only_where_its_root_is_trusted)
{
    char text[LINE_SIZE];
    SCOPED(sim_state) state = {0};
    SCOPED(sim_snp) guest = {0};
    EXPECT_OK(sim_state_for_tests(NOW_S, &state));
    const struct sim_snp_settings snp = sim_snp_defaults(&state, SIM_MILAN);
    const struct sim_tdx_settings tdx = sim_tdx_defaults(&state);
    EXPECT_OK(sim_snp_launch(&state, &snp, &guest));
    for (int trusted = 0; trusted < 2; trusted++) {
        struct facts *const of_snp = snp_facts(&state, &guest, trusted);
        struct facts *const of_tdx = tdx_facts(&state, &tdx, trusted);
        write_snp_policy(&snp, text);
        const struct appraisal snp_got = appraise_written(of_snp, text);
        write_tdx_policy(&tdx, text);
        const struct appraisal tdx_got = appraise_written(of_tdx, text);
        if (trusted) {
            EXPECT(snp_got.verdict == VERDICT_ACCEPTED && !snp_got.reason_count);
            EXPECT(tdx_got.verdict == VERDICT_ACCEPTED && !tdx_got.reason_count);
            EXPECT(snp_got.valid_until_s > NOW_S && tdx_got.valid_until_s > NOW_S);
        } else {
            EXPECT(is_only(&snp_got, VERDICT_UNAUTHENTIC, "SNP_ROOT_UNTRUSTED"));
            EXPECT(is_only(&tdx_got, VERDICT_UNAUTHENTIC, "TDX_ROOT_UNTRUSTED"));
        }
        free(of_snp);
        free(of_tdx);
    }
}

/* E9, P2 */
TEST(other_code_a_debug_guest_and_a_twin_on_another_machine_are_denied)
{
    char snp_text[LINE_SIZE], tdx_text[LINE_SIZE];
    SCOPED(sim_state) state = {0};
    EXPECT_OK(sim_state_for_tests(NOW_S, &state));
    const struct sim_snp_settings good_snp = sim_snp_defaults(&state, SIM_MILAN);
    const struct sim_tdx_settings good_tdx = sim_tdx_defaults(&state);
    write_snp_policy(&good_snp, snp_text);
    write_tdx_policy(&good_tdx, tdx_text);
    static const char *const reasons[][2] = {
        {"SNP_MEASUREMENT_NOT_ACCEPTED", "TDX_MEASUREMENT_NOT_ACCEPTED"},
        {"SNP_DEBUG_ALLOWED", "TDX_DEBUG_ALLOWED"},
        {"SNP_CHIP_ID_NOT_ACCEPTED", "TDX_PLATFORM_INSTANCE_ID_NOT_ACCEPTED"}};
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        struct sim_snp_settings snp = good_snp;
        struct sim_tdx_settings tdx = good_tdx;
        SCOPED(sim_snp) guest = {0};
        snp.measurement[5] ^= i == 0;
        tdx.mrtd[5] ^= i == 0;
        snp.debug = tdx.debug = i == 1;
        snp.chip_id[5] ^= i == 2;
        tdx.platform_instance[5] ^= i == 2;
        EXPECT_OK(sim_snp_launch(&state, &snp, &guest));
        struct facts *const of_snp = snp_facts(&state, &guest, true);
        struct facts *const of_tdx = tdx_facts(&state, &tdx, true);
        struct appraisal got = appraise_written(of_snp, snp_text);
        EXPECT(is_only(&got, VERDICT_DENIED, reasons[i][0]));
        got = appraise_written(of_tdx, tdx_text);
        EXPECT(is_only(&got, VERDICT_DENIED, reasons[i][1]));
        free(of_snp);
        free(of_tdx);
    }
}

static void trust_key(const struct private_key *key, struct endorsements *out)
{
    SCOPED(public_key) public = {0};
    SCOPED(buffer) spki = {0};
    EXPECT_OK(private_key_public(key, &public));
    EXPECT_OK(public_key_spki(&public, &spki));
    EXPECT_OK(endorsements_trust(out, buffer_view(&spki)));
}

/* A token of a realm or a device, on a platform that can be debugged; signed with `key`. */
static void write_debug_token(bool is_cca, struct private_key *key, struct endorsements *trusting,
                              struct buffer *out)
{
    struct sim_cca_settings cca = sim_cca_defaults();
    struct sim_psa_settings psa = sim_psa_defaults();
    SCOPED(sim_cca) realm = {0};
    cca.lifecycle = psa.lifecycle = 0x4000;
    EXPECT_OK(private_key_generate(is_cca ? CURVE_P384 : CURVE_P256, key));
    trust_key(key, trusting);
    if (!is_cca) {
        EXPECT_OK(sim_psa_token(&psa, key, SLICE(binding), out));
        return;
    }
    EXPECT_OK(sim_cca_launch(key, &cca, &realm));
    EXPECT_OK(sim_cca_token(&realm, SLICE(binding), out));
}

/* E9: the claim and the lifecycle say the same, and one line of policy allows both. */
TEST(E9_a_platform_in_a_lifecycle_of_debugging_is_denied_unless_debug_is_allowed)
{
    static const struct {
        const char *platform, *policy, *reason;
    } rows[] = {
        {"cca", "accept:\n  - platform: cca\n    insecure_any_measurement: true\n",
         "CCA_DEBUG_ALLOWED"},
        {"psa", "accept:\n  - platform: psa\n    insecure_any_measurement: true\n",
         "PSA_DEBUG_ALLOWED"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char allowing[LINE_SIZE];
        SCOPED(private_key) key = {0};
        SCOPED(buffer) token = {0};
        SCOPED(endorsements) trusting = {0};
        struct facts *const facts = calloc(1, sizeof *facts);
        write_debug_token(i == 0, &key, &trusting, &token);
        const struct verification request = {.evidence = buffer_view(&token),
                                             .binding = SLICE(binding),
                                             .endorsements = &trusting,
                                             .now_s = NOW_S + 60};
        EXPECT_OK(platform_named(rows[i].platform)->verify(&request, facts));
        struct appraisal got = appraise_written(facts, rows[i].policy);
        EXPECT(got.verdict == VERDICT_DENIED && strcmp(got.reasons[0], rows[i].reason) == 0);
        snprintf(allowing, sizeof allowing, "%s    insecure_allow_debug: true\n", rows[i].policy);
        got = appraise_written(facts, allowing);
        EXPECT(got.verdict == VERDICT_ACCEPTED && got.reason_count == 0);
        free(facts);
    }
}

/* The verdict on `later` after `first`, each appraised under a policy that pins nothing. */
static struct appraisal judge_rounds(const struct facts *first, const struct facts *later,
                                     const char *more)
{
    char text[LINE_SIZE];
    snprintf(text, sizeof text, "accept:\n  - platform: %s\n    insecure_any_measurement: true\n%s",
             first->platform, more);
    const struct appraisal first_appraisal = appraise_written(first, text);
    struct appraisal later_appraisal = appraise_written(later, text);
    EXPECT(first_appraisal.verdict == VERDICT_ACCEPTED);
    EXPECT(later_appraisal.verdict == VERDICT_ACCEPTED);
    appraise_again(first, &first_appraisal, later, &later_appraisal);
    return later_appraisal;
}

TEST(rounds_of_one_snp_guest_follow_each_other_and_those_of_its_twin_do_not)
{
    SCOPED(sim_state) state = {0};
    SCOPED(sim_snp) guest = {0};
    SCOPED(sim_snp) twin = {0};
    EXPECT_OK(sim_state_for_tests(NOW_S, &state));
    const struct sim_snp_settings settings = sim_snp_defaults(&state, SIM_MILAN);
    EXPECT_OK(sim_snp_launch(&state, &settings, &guest));
    EXPECT_OK(sim_snp_launch(&state, &settings, &twin));
    struct facts *const first = snp_facts(&state, &guest, true);
    struct facts *const later = snp_facts(&state, &guest, true);
    struct facts *const of_twin = snp_facts(&state, &twin, true);
    struct appraisal got = judge_rounds(first, later, "");
    EXPECT(got.verdict == VERDICT_ACCEPTED && got.valid_until_s > NOW_S);
    got = judge_rounds(first, of_twin, "");
    EXPECT(is_only(&got, VERDICT_DENIED, "SNP_INSTANCE_CHANGED"));
    free(first);
    free(later);
    free(of_twin);
}

TEST(a_report_of_another_vmpl_or_host_data_is_not_of_the_same_code)
{
    SCOPED(sim_state) state = {0};
    SCOPED(sim_snp) guest = {0};
    EXPECT_OK(sim_state_for_tests(NOW_S, &state));
    const struct sim_snp_settings settings = sim_snp_defaults(&state, SIM_MILAN);
    EXPECT_OK(sim_snp_launch(&state, &settings, &guest));
    struct facts *const first = snp_facts(&state, &guest, true);
    guest.settings.vmpl = 1;
    struct facts *const lower = snp_facts(&state, &guest, true);
    guest.settings.vmpl = 0;
    guest.settings.host_data[0] ^= 1;
    struct facts *const rehosted = snp_facts(&state, &guest, true);
    struct appraisal got = judge_rounds(first, lower, "    vmpl: [ 0, 1 ]\n");
    EXPECT(is_only(&got, VERDICT_DENIED, "SNP_MEASUREMENT_CHANGED"));
    got = judge_rounds(first, rehosted, "");
    EXPECT(is_only(&got, VERDICT_DENIED, "SNP_MEASUREMENT_CHANGED"));
    free(first);
    free(lower);
    free(rehosted);
}

TEST(rounds_of_one_td_follow_each_other_until_its_platform_or_boot_changes)
{
    SCOPED(sim_state) state = {0};
    EXPECT_OK(sim_state_for_tests(NOW_S, &state));
    const struct sim_tdx_settings settings = sim_tdx_defaults(&state);
    struct sim_tdx_settings moved = settings, rebooted = settings, extended = settings;
    moved.platform_instance[0] ^= 1;
    rebooted.rtmr[1][0] ^= 1;
    extended.rtmr[3][0] ^= 1;
    struct facts *const first = tdx_facts(&state, &settings, true);
    struct facts *const later[] = {
        tdx_facts(&state, &settings, true), tdx_facts(&state, &extended, true),
        tdx_facts(&state, &moved, true), tdx_facts(&state, &rebooted, true)};
    struct appraisal got = judge_rounds(first, later[0], "");
    EXPECT(got.verdict == VERDICT_ACCEPTED);
    got = judge_rounds(first, later[1], "");
    EXPECT(got.verdict == VERDICT_ACCEPTED);
    got = judge_rounds(first, later[2], "");
    EXPECT(is_only(&got, VERDICT_DENIED, "TDX_INSTANCE_CHANGED"));
    got = judge_rounds(first, later[3], "");
    EXPECT(is_only(&got, VERDICT_DENIED, "TDX_MEASUREMENT_CHANGED"));
    for (size_t i = 0; i < sizeof later / sizeof later[0]; i++)
        free(later[i]);
    free(first);
}
