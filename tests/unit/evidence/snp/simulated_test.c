/* SPDX-License-Identifier: Apache-2.0 */

/* Simulated guests: every product and version, and chains that no vendor would issue. */

#include "evidence/snp/table.h"
#include "sim.h"
#include "sim/snp.h"
#include "snp_samples.h"

#define NOW_S ((int64_t)1768435200) /* 2026-01-15 */

static const uint8_t binding[BINDING_SIZE] = {0xb1, 0xd1};

static status trust_certificate(struct endorsements *endorsements,
                                const struct certificate *certificate)
{
    SCOPED(buffer) der = {0};
    TRY(certificate_der(certificate, &der));
    return endorsements_trust(endorsements, buffer_view(&der));
}

static status add_certificate(struct endorsements *endorsements,
                              const struct certificate *certificate)
{
    SCOPED(buffer) der = {0};
    TRY(certificate_der(certificate, &der));
    return endorsements_add(endorsements, buffer_view(&der));
}

TEST(E15_a_simulated_guest_is_authentic_for_those_who_trust_its_root_and_for_nobody_else)
{
    static const uint32_t versions[] = {2, 3, 5};
    SCOPED(sim_state) state = {0};
    EXPECT_OK(sim_state_for_tests(NOW_S, &state));
    struct facts *const facts = calloc(1, sizeof *facts);
    for (enum sim_product product = SIM_MILAN; product < SIM_PRODUCT_END; product++)
        for (size_t i = 0; i < 3; i++) {
            SCOPED(sim_snp) guest = {0};
            SCOPED(buffer) report = {0};
            SCOPED(endorsements) endorsements = {0};
            struct sim_snp_settings settings = sim_snp_defaults(&state, product);
            settings.report_version = versions[i];
            if (product == SIM_TURIN && versions[i] == 2)
                continue;
            EXPECT_OK(sim_snp_launch(&state, &settings, &guest));
            EXPECT_OK(sim_snp_report(&guest, SLICE(binding), &report));
            EXPECT_OK(endorsements_add(&endorsements, buffer_view(&guest.certificate_table)));
            EXPECT_OK(snp_verify_bound(buffer_view(&report), SLICE(binding), &endorsements, NOW_S,
                                       facts));
            EXPECT(strcmp(failure_of(facts, "chain"), "SNP_ROOT_UNTRUSTED") == 0);
            EXPECT_OK(trust_certificate(&endorsements, &state.ark[product]));
            EXPECT_OK(snp_verify_bound(buffer_view(&report), SLICE(binding), &endorsements, NOW_S,
                                       facts));
            EXPECT(facts_authentic(facts));
            EXPECT(claim_is_text(facts, "product", sim_product_name(product)));
            print_failures(facts);
        }
    free(facts);
}

/* Genoa's intermediate, with its own name and key, issued by the root of another product. */
static status issue_across(const struct sim_state *state, struct certificate *out)
{
    char subject[SIM_SUBJECT_SIZE];
    SCOPED(public_key) key = {0};
    sim_state_subject(state, "OU=", "/C=US/L=Santa Clara/ST=CA/O=cix simulator/CN=SEV-Genoa",
                      subject);
    const struct certificate_request request = {
        .subject = subject,
        .serial = 7,
        .not_before_s = NOW_S - 3600,
        .not_after_s = NOW_S + 3600,
        .is_ca = true,
        .path_length = 0,
    };
    TRY(private_key_public(&state->keys.ask, &key));
    return certificate_issue(&request, &key, &state->ark[SIM_MILAN], &state->keys.ark,
                             SIGNATURE_RSA_PSS_SHA384, out);
}

static status add_vcek(struct endorsements *endorsements, slice certificate_table)
{
    struct snp_table table;
    TRY(snp_table_read(certificate_table, &table));
    for (size_t i = 0; i < table.count; i++)
        if (table.entries[i].kind == SNP_TABLE_VCEK)
            TRY(endorsements_add(endorsements, table.entries[i].content));
    return OK;
}

TEST(E8_a_root_of_another_product_is_refused_though_every_signature_is_good)
{
    SCOPED(sim_state) state = {0};
    SCOPED(sim_snp) guest = {0};
    SCOPED(buffer) report = {0};
    SCOPED(certificate) intermediate = {0};
    SCOPED(endorsements) endorsements = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    EXPECT_OK(sim_state_for_tests(NOW_S, &state));
    const struct sim_snp_settings settings = sim_snp_defaults(&state, SIM_GENOA);
    EXPECT_OK(sim_snp_launch(&state, &settings, &guest));
    EXPECT_OK(sim_snp_report(&guest, SLICE(binding), &report));
    EXPECT_OK(issue_across(&state, &intermediate));
    EXPECT_OK(add_vcek(&endorsements, buffer_view(&guest.certificate_table)));
    EXPECT_OK(add_certificate(&endorsements, &intermediate));
    EXPECT_OK(trust_certificate(&endorsements, &state.ark[SIM_MILAN]));

    EXPECT_OK(snp_verify_at(buffer_view(&report), &endorsements, NOW_S, facts));
    EXPECT(strcmp(result_name(facts, "chain"), "pass") == 0);
    EXPECT(strcmp(failure_of(facts, "product"), "SNP_PRODUCT_MISMATCH") == 0);
    EXPECT(!facts_authentic(facts));
    free(facts);
}

/* E9, E10, E29 */
TEST(E29_debug_migration_vmpl_and_a_masked_chip_are_facts_for_policy)
{
    SCOPED(sim_state) state = {0};
    SCOPED(sim_snp) guest = {0};
    SCOPED(buffer) report = {0};
    SCOPED(endorsements) endorsements = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    EXPECT_OK(sim_state_for_tests(NOW_S, &state));
    struct sim_snp_settings settings = sim_snp_defaults(&state, SIM_TURIN);
    settings.debug = settings.migratable = settings.masks_chip_id = true;
    settings.vmpl = 2;
    EXPECT_OK(sim_snp_launch(&state, &settings, &guest));
    EXPECT_OK(sim_snp_report(&guest, SLICE(binding), &report));
    EXPECT_OK(endorsements_add(&endorsements, buffer_view(&guest.certificate_table)));
    EXPECT_OK(trust_certificate(&endorsements, &state.ark[SIM_TURIN]));
    EXPECT_OK(snp_verify_at(buffer_view(&report), &endorsements, NOW_S, facts));
    EXPECT(facts_authentic(facts));
    EXPECT(claim_is_flag(facts, "debug", true) && claim_is_flag(facts, "migratable", true));
    EXPECT(claims_find(&facts->claims, "vmpl")->number == 2);
    EXPECT(claim_is_flag(facts, "chip_id_masked", true));
    EXPECT(strcmp(facts_check(facts, "chip_id")->reason, "SNP_CHIP_ID_MASKED") == 0);
    free(facts);
}
