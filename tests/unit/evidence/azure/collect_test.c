/* SPDX-License-Identifier: Apache-2.0 */

/* Evidence collected from a TPM into which a simulated paravisor put its report and key. */

#include "azure_samples.h"
#include "sim.h"
#include "sim/azure.h"

#define NOW_S ((int64_t)1768435200) /* 2026-01-15 */

static const uint8_t binding[BINDING_SIZE] = {0xb1, 0xd1};

struct vm {
    struct sim_state state;
    struct sim_snp guest;
    struct sim_tpm_authority authority;
    struct sim_tpm tpm;
    char tcti[SIM_TPM_TCTI_SIZE];
};

static void vm_clear(struct vm *vm)
{
    sim_tpm_clear(&vm->tpm);
    sim_tpm_authority_clear(&vm->authority);
    sim_snp_clear(&vm->guest);
    sim_state_clear(&vm->state);
}

static bool vm_start(struct vm *vm)
{
    static const struct sim_tpm_extension no_extension;
    SCOPED(buffer) authority = {0};
    memset(vm, 0, sizeof *vm);
    EXPECT_OK(sim_state_for_tests(NOW_S, &vm->state));
    const struct sim_snp_settings settings = sim_snp_defaults(&vm->state, SIM_MILAN);
    EXPECT_OK(sim_snp_launch(&vm->state, &settings, &vm->guest));
    EXPECT_OK(sim_tpm_authority_make(NOW_S, &authority));
    EXPECT_OK(sim_tpm_authority_read(buffer_view(&authority), &vm->authority));
    if (sim_tpm_start(&vm->authority, NOW_S, &no_extension, &vm->tpm).fault) {
        printf("  skipped: swtpm does not start\n");
        test_skipped++;
        return false;
    }
    sim_tpm_tcti(&vm->tpm, vm->tcti);
    return true;
}

static void endorse(const struct vm *vm, struct endorsements *out)
{
    SCOPED(buffer) ark = {0};
    EXPECT_OK(endorsements_add(out, buffer_view(&vm->guest.certificate_table)));
    EXPECT_OK(certificate_der(&vm->state.ark[SIM_MILAN], &ark));
    EXPECT_OK(endorsements_trust(out, buffer_view(&ark)));
}

TEST(what_is_collected_is_authentic_bound_and_fresh)
{
    SCOPED(vm) vm;
    SCOPED(endorsements) endorsements = {0};
    SCOPED(buffer) evidence = {0};
    SCOPED(buffer) nothing = {0};
    if (!vm_start(&vm))
        return;
    struct facts *const facts = calloc(1, sizeof *facts);
    const struct collection request = {.tcti = vm.tcti, .binding = SLICE(binding)};
    EXPECT(!azure_snp_platform.is_here(&request));
    EXPECT_FAIL(UNAVAILABLE, azure_snp_platform.collect(&request, &evidence, &nothing));
    EXPECT_OK(sim_azure_provision(&vm.tpm, &vm.guest));
    EXPECT(azure_snp_platform.is_here(&request));
    EXPECT_OK(azure_snp_platform.collect(&request, &evidence, &nothing));
    endorse(&vm, &endorsements);
    const slice bytes = buffer_view(&evidence);
    EXPECT(platform_of(bytes) == &azure_snp_platform && nothing.size == 0);
    EXPECT_OK(
        azure_verify_at(&azure_snp_platform, bytes, SLICE(binding), &endorsements, NOW_S, facts));
    print_failures(facts);
    EXPECT(facts_authentic(facts));
    EXPECT(strcmp(result_name(facts, "binding"), "pass") == 0);
    EXPECT(claim_is_flag(facts, "vm_configuration.secure_boot", true));

    uint8_t other[BINDING_SIZE] = {0xb2};
    EXPECT_OK(
        azure_verify_at(&azure_snp_platform, bytes, SLICE(other), &endorsements, NOW_S, facts));
    EXPECT(strcmp(failure_of(facts, "binding"), "TPM_BINDING_MISMATCH") == 0);
    EXPECT_OK(azure_verify_at(&azure_snp_platform, bytes, SLICE(binding), NULL, NOW_S, facts));
    EXPECT(!facts_authentic(facts)); /* E15 */
    free(facts);
}
