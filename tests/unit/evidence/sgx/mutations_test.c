/* SPDX-License-Identifier: Apache-2.0 */

/* Evidence with one thing wrong, or verified a second too early or too late. */

#include "dcap_samples.h"

/* E26 */
TEST(every_recorded_mutation_is_refused_by_the_check_it_names)
{
    if (!samples_are_absent("recorded mutations"))
        EXPECT(apply_mutations(&sgx_platform, "sgx/") == 13);
}

/* E21 */
TEST(E21_evidence_and_collateral_hold_to_the_last_second_of_their_dates)
{
    if (!samples_are_absent("times at the edges of validity"))
        EXPECT(check_times(&sgx_platform, "sgx/") == 8);
}

/* Header and body; then signature, attestation key, QE report, its signature and authentication
 * data: each byte is signed, or is a signature that is checked. */
enum {
    SIGNED_SIZE = 48 + 384,
    CERTIFIED_SIZE = SIGNED_SIZE + 4 + 64 + 64 + 384 + 64 + 2 + 32,
};

/* E4 */
TEST(E4_no_flipped_bit_of_a_version_3_quote_is_accepted)
{
    if (!samples_are_absent("bit flips of a version 3 quote"))
        flip_every_bit(&sgx_platform, "sgx/phala-dcapqvl", CERTIFIED_SIZE);
}

static void cut(const char *id, const struct sample *sample)
{
    (void)id;
    struct facts *const facts = calloc(1, sizeof *facts);
    for (size_t size = 0; size < sample->evidence.size; size++)
        EXPECT_FAIL(TRUNCATED,
                    sgx_platform.inspect((slice){sample->evidence.data, size}, NULL, facts));
    free(facts);
}

/* E2 */
TEST(E2_a_quote_cut_anywhere_is_not_read)
{
    if (samples_are_absent("cut quotes"))
        return;
    EXPECT(samples_each("sgx", "", cut) == 19);
    struct bench *const bench = bench_open(&sgx_platform, "sgx/phala-dcapqvl");
    refuse_cuts(bench);
    bench_free(bench);
}

/* E1 */
TEST(E1_empty_evidence_is_not_read)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    EXPECT_FAIL(TRUNCATED, verify_at(&sgx_platform, (slice){NULL, 0}, NULL, 0, facts));
    EXPECT(!sgx_platform.recognises((slice){NULL, 0}));
    free(facts);
}

/* Offsets of the length fields of a version 3 quote with 32 bytes of authentication data. */
enum {
    SIGNATURE_DATA_LENGTH = SIGNED_SIZE,
    AUTH_LENGTH = CERTIFIED_SIZE - 2 - 32,
    CERTIFICATION_LENGTH = CERTIFIED_SIZE + 2,
};

/* E5 */
TEST(E5_lengths_that_do_not_fit_are_refused)
{
    if (samples_are_absent("lengths"))
        return;
    struct bench *const bench = bench_open(&sgx_platform, "sgx/phala-dcapqvl");
    refuse_lengths(bench, SIGNATURE_DATA_LENGTH, 4);
    refuse_lengths(bench, AUTH_LENGTH, 2);
    refuse_lengths(bench, CERTIFICATION_LENGTH, 4);
    EXPECT(!is_refused(bench, buffer_view(&bench->sample.evidence)));
    bench_free(bench);
}

/* E3 */
TEST(E3_zeros_may_follow_a_quote_and_nothing_else)
{
    if (samples_are_absent("trailing bytes"))
        return;
    struct bench *const bench = bench_open(&sgx_platform, "sgx/phala-dcapqvl");
    struct buffer *const evidence = &bench->sample.evidence;
    EXPECT_OK(buffer_append(evidence, (slice){(const uint8_t[4]){0}, 4}));
    EXPECT(!is_refused(bench, buffer_view(evidence)));
    evidence->data[evidence->size - 1] = 1;
    EXPECT(is_refused(bench, buffer_view(evidence)));
    EXPECT(strcmp(failure_of(&bench->facts, "padding"), "SGX_TRAILING_BYTES") == 0);
    bench_free(bench);
}

/* E11, E12 */
TEST(E11_a_quote_is_bound_to_its_report_data_and_to_no_other)
{
    enum { REPORT_DATA = 48 + 320 };
    if (samples_are_absent("bindings"))
        return;
    struct bench *const bench = bench_open(&sgx_platform, "sgx/phala-dcapqvl");
    uint8_t binding[BINDING_SIZE];
    struct verification request = {.evidence = buffer_view(&bench->sample.evidence),
                                   .binding = SLICE(binding),
                                   .endorsements = &bench->endorsements,
                                   .now_s = bench->at_s};
    memcpy(binding, bench->sample.evidence.data + REPORT_DATA, sizeof binding);
    EXPECT_OK(sgx_platform.verify(&request, &bench->facts));
    EXPECT(strcmp(result_name(&bench->facts, "binding"), "pass") == 0);
    EXPECT(facts_authentic(&bench->facts));

    for (size_t at = 0; at < sizeof binding; at++) { /* E12: the last bytes count as the first do */
        binding[at] ^= 1;
        memset(&bench->facts, 0, sizeof bench->facts);
        EXPECT_OK(sgx_platform.verify(&request, &bench->facts));
        EXPECT(strcmp(failure_of(&bench->facts, "binding"), "SGX_BINDING_MISMATCH") == 0);
        EXPECT(!facts_authentic(&bench->facts));
        binding[at] ^= 1;
    }
    bench_free(bench);
}
