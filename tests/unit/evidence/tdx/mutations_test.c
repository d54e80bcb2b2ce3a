/* SPDX-License-Identifier: Apache-2.0 */

/* Evidence with one thing wrong: every bit of what is signed, every length, every shorter piece. */

#include "dcap_samples.h"

/* E26 */
TEST(every_recorded_mutation_is_refused_by_the_check_it_names)
{
    if (!samples_are_absent("recorded mutations"))
        EXPECT(apply_mutations(&tdx_platform, "tdx/") == 26);
}

enum { SIGNED_SIZE_V4 = 48 + 584, SIGNED_SIZE_V5 = 54 + 648 };

/* Signature, attestation key, QE report, its signature and authentication data: each byte of them
 * is signed by, or is, a signature that is checked. The six bytes between are type and size. */
enum { CERTIFICATION_SIZE = 4 + 64 + 64 + 6 + 384 + 64 + 2 + 32 };

/* E4 */
TEST(E4_no_flipped_bit_of_a_version_4_quote_is_accepted)
{
    if (!samples_are_absent("bit flips of a version 4 quote"))
        flip_every_bit(&tdx_platform, "tdx/v4-phala-uptodate", SIGNED_SIZE_V4 + CERTIFICATION_SIZE);
}

/* E4 */
TEST(E4_no_flipped_bit_of_a_version_5_quote_is_accepted)
{
    if (!samples_are_absent("bit flips of a version 5 quote"))
        flip_every_bit(&tdx_platform, "tdx/v5-gotdx-uptodate", SIGNED_SIZE_V5 + CERTIFICATION_SIZE);
}

/* E4 */
TEST(E4_no_flipped_bit_of_a_debug_quote_is_accepted)
{
    if (!samples_are_absent("bit flips of a quote of a debug TD"))
        flip_every_bit(&tdx_platform, "tdx/v4-td10-debug-trustee",
                       SIGNED_SIZE_V4 + CERTIFICATION_SIZE);
}

/* E2 */
TEST(E2_a_quote_cut_anywhere_is_not_read)
{
    if (samples_are_absent("cut quotes"))
        return;
    struct bench *const bench = bench_open(&tdx_platform, "tdx/v5-gotdx-uptodate");
    refuse_cuts(bench);
    bench_free(bench);
}

/* E1 */
TEST(E1_empty_evidence_is_not_read)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    EXPECT_FAIL(TRUNCATED, tdx_verify_at((slice){NULL, 0}, NULL, 0, facts));
    EXPECT_FAIL(TRUNCATED, tdx_platform.inspect((slice){NULL, 0}, NULL, facts));
    EXPECT(!tdx_platform.recognises((slice){NULL, 0}));
    free(facts);
}

/* Offsets of the length fields of a version 4 quote with 32 bytes of authentication data. */
enum {
    SIGNATURE_DATA_LENGTH = SIGNED_SIZE_V4,
    OUTER_LENGTH = SIGNED_SIZE_V4 + 4 + 128 + 2,
    AUTH_LENGTH = OUTER_LENGTH + 4 + 384 + 64,
    INNER_LENGTH = AUTH_LENGTH + 2 + 32 + 2,
};

/* E5 */
TEST(E5_lengths_that_do_not_fit_are_refused)
{
    if (samples_are_absent("lengths"))
        return;
    struct bench *const bench = bench_open(&tdx_platform, "tdx/v4-phala-uptodate");
    refuse_lengths(bench, SIGNATURE_DATA_LENGTH, 4);
    refuse_lengths(bench, OUTER_LENGTH, 4);
    refuse_lengths(bench, AUTH_LENGTH, 2);
    refuse_lengths(bench, INNER_LENGTH, 4);
    EXPECT(!is_refused(bench, buffer_view(&bench->sample.evidence)));
    bench_free(bench);
}

/* E7 */
TEST(E7_unknown_versions_key_types_and_bodies_are_unsupported)
{
    if (samples_are_absent("unknown versions"))
        return;
    struct bench *const bench = bench_open(&tdx_platform, "tdx/v5-gotdx-uptodate");
    uint8_t *const bytes = bench->sample.evidence.data;
    const slice evidence = buffer_view(&bench->sample.evidence);
    static const struct {
        size_t offset;
        uint8_t value;
    } changes[] = {{0, 0}, {0, 2},    {0, 3},  {0, 6},  {2, 0},  {2, 3},
                   {4, 0}, {4, 0x80}, {48, 0}, {48, 1}, {48, 5}, {48, 9}};
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        const uint8_t right = bytes[changes[i].offset];
        bytes[changes[i].offset] = changes[i].value;
        EXPECT_FAIL(UNSUPPORTED, bench_verify(bench, evidence));
        bytes[changes[i].offset] = right;
    }
    bytes[50] ^= 1; /* the size of a body of type 3 */
    EXPECT_FAIL(MALFORMED, bench_verify(bench, evidence));
    bench_free(bench);
}

/* E11, E12 */
TEST(E11_a_quote_is_bound_to_its_report_data_and_to_no_other)
{
    if (samples_are_absent("bindings"))
        return;
    struct bench *const bench = bench_open(&tdx_platform, "tdx/v4-phala-uptodate");
    uint8_t binding[BINDING_SIZE];
    struct verification request = {.evidence = buffer_view(&bench->sample.evidence),
                                   .binding = SLICE(binding),
                                   .endorsements = &bench->endorsements,
                                   .now_s = bench->at_s};
    memcpy(binding, bench->sample.evidence.data + 568, sizeof binding);
    EXPECT_OK(tdx_platform.verify(&request, &bench->facts));
    EXPECT(strcmp(result_name(&bench->facts, "binding"), "pass") == 0);
    EXPECT(facts_authentic(&bench->facts));

    for (size_t at = 0; at < sizeof binding; at++) { /* E12: the last bytes count as the first do */
        binding[at] ^= 1;
        memset(&bench->facts, 0, sizeof bench->facts);
        EXPECT_OK(tdx_platform.verify(&request, &bench->facts));
        EXPECT(strcmp(failure_of(&bench->facts, "binding"), "TDX_BINDING_MISMATCH") == 0);
        EXPECT(!facts_authentic(&bench->facts));
        binding[at] ^= 1;
    }
    request.binding.size = 32; /* a shorter one is another one */
    memset(&bench->facts, 0, sizeof bench->facts);
    EXPECT_OK(tdx_platform.verify(&request, &bench->facts));
    EXPECT(!facts_authentic(&bench->facts));
    bench_free(bench);
}
