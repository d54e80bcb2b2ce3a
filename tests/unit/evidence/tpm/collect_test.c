/* SPDX-License-Identifier: Apache-2.0 */

/* A real software TPM, started here: what is collected from it is what its verifier wants. */

#include "evidence/tpm/attest.h"
#include "evidence/tpm/collect.h"
#include "evidence/tpm/device.h"
#include "sim/tpm.h"

#include "manifest_claims.h"
#include "tpm_samples.h"

#include <time.h>

/* A TPM with its cloud, or nothing where swtpm is not installed. */
struct machine {
    struct sim_tpm_authority authority;
    struct sim_tpm tpm;
    char tcti[SIM_TPM_TCTI_SIZE];
    struct endorsements endorsements;
};

static void machine_clear(struct machine *machine)
{
    sim_tpm_clear(&machine->tpm);
    sim_tpm_authority_clear(&machine->authority);
    endorsements_clear(&machine->endorsements);
}

static bool machine_start(struct machine *out)
{
    static const struct sim_tpm_extension none = {0};
    SCOPED(buffer) text = {0};
    SCOPED(buffer) root = {0};
    memset(out, 0, sizeof *out);
    EXPECT_OK(sim_tpm_authority_make(time(NULL), &text));
    EXPECT_OK(sim_tpm_authority_read(buffer_view(&text), &out->authority));
    EXPECT_OK(certificate_der(&out->authority.root, &root));
    EXPECT_OK(endorsements_trust(&out->endorsements, buffer_view(&root)));
    if (sim_tpm_start(&out->authority, time(NULL), &none, &out->tpm).fault)
        return false;
    sim_tpm_tcti(&out->tpm, out->tcti);
    return true;
}

static void expect_bound(const struct machine *machine, slice binding, bool as_it_is)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    struct tpm_evidence evidence;
    struct tpm_attest attest;
    SCOPED(buffer) bytes = {0};
    SCOPED(buffer) none = {0};
    const struct collection request = {.tcti = machine->tcti, .binding = binding};
    EXPECT_OK(tpm_platform.collect(&request, &bytes, &none));
    EXPECT_OK(tpm_evidence_read(buffer_view(&bytes), &evidence));
    EXPECT_OK(tpm_attest_read(evidence.quotes[0].attest, &attest));
    EXPECT(slice_equal(attest.extra_data, binding) == as_it_is);
    EXPECT_OK(
        tpm_verify_at(buffer_view(&bytes), binding, &machine->endorsements, time(NULL), facts));
    print_failures(facts);
    EXPECT(facts_authentic(facts));
    EXPECT(strcmp(result_name(facts, "binding"), "pass") == 0);
    EXPECT(strcmp(result_name(facts, "signer_name"), "pass") == 0);
    EXPECT(claims_find(&facts->claims, "measurement"));
    expect_known_claims(&tpm_platform, facts);
    free(facts);
}

TEST(a_quote_carries_a_binding_of_any_size)
{
    static const uint8_t binding[BINDING_SIZE] = {1, 2, 3, [63] = 4};
    SCOPED(machine) machine;
    if (!machine_start(&machine))
        SKIP(1, "no swtpm here");
    expect_bound(&machine, SLICE(binding), false);
    expect_bound(&machine, (slice){binding, 48}, false);
    expect_bound(&machine, (slice){binding, 32}, true);
    expect_bound(&machine, (slice){binding, 3}, true);
}

TEST(indices_larger_than_a_command_are_read_whole)
{
    uint8_t content[1500];
    SCOPED(machine) machine;
    SCOPED(tpm_device) device = {0};
    SCOPED(buffer) read = {0};
    if (!machine_start(&machine))
        SKIP(1, "no swtpm here");
    for (size_t i = 0; i < sizeof content; i++)
        content[i] = (uint8_t)(i * 7);
    EXPECT_OK(tpm_device_open(machine.tcti, &device));
    EXPECT_OK(tpm_device_nv(&device, 0x01c20000, &read));
    EXPECT(read.size == 0);
    EXPECT_OK(tpm_device_nv_make(&device, 0x01c20000, SLICE(content)));
    EXPECT_OK(tpm_device_nv(&device, 0x01c20000, &read));
    EXPECT(slice_equal(buffer_view(&read), SLICE(content)));
}

/* Another kernel leaves another register, and so another measurement. */
TEST(an_extended_register_changes_the_measurement)
{
    static const uint8_t digest[32] = {9};
    struct facts *const facts = calloc(2, sizeof *facts);
    SCOPED(machine) machine;
    SCOPED(tpm_device) device = {0};
    if (!machine_start(&machine)) {
        free(facts);
        SKIP(1, "no swtpm here");
    }
    const struct collection request = {.tcti = machine.tcti, .binding = SLICE(digest)};
    for (size_t i = 0; i < 2; i++) {
        SCOPED(buffer) bytes = {0};
        SCOPED(buffer) none = {0};
        EXPECT_OK(tpm_platform.collect(&request, &bytes, &none));
        EXPECT_OK(tpm_platform.inspect(buffer_view(&bytes), NULL, &facts[i]));
        if (i == 0) {
            EXPECT_OK(tpm_device_open(machine.tcti, &device));
            EXPECT_OK(tpm_device_extend(&device, 4, SLICE(digest)));
            tpm_device_clear(&device);
        }
    }
    EXPECT(!slice_equal(claims_bytes(&facts[0].claims, "measurement"),
                        claims_bytes(&facts[1].claims, "measurement")));
    EXPECT(!slice_equal(claims_bytes(&facts[0].claims, "pcrs.sha256.4"),
                        claims_bytes(&facts[1].claims, "pcrs.sha256.4")));
    EXPECT(slice_equal(claims_bytes(&facts[0].claims, "ak.key_digest"),
                       claims_bytes(&facts[1].claims, "ak.key_digest")));
    free(facts);
}

TEST(a_tpm_that_does_not_answer_is_told)
{
    struct collection request = {.tcti = "swtpm:path=/nowhere/tpm"};
    SCOPED(buffer) bytes = {0};
    SCOPED(buffer) none = {0};
    EXPECT_FAIL(UNAVAILABLE, tpm_platform.collect(&request, &bytes, &none));
    request.tcti = "no-such-tcti:";
    EXPECT_FAIL(UNAVAILABLE, tpm_platform.collect(&request, &bytes, &none));
    EXPECT(bytes.size == 0);
}
