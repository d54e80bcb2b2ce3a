/* SPDX-License-Identifier: Apache-2.0 */

/* Evidence with one thing wrong: every bit of what is signed, every length, every shorter piece. */

#include "samples.h"

/* A sample with its first collateral, trusted as production hardware is. */
struct bench {
    struct sample sample;
    struct endorsements endorsements;
    int64_t at_s;
    struct facts facts;
};

static struct bench *bench_open(const char *id)
{
    struct bench *const bench = calloc(1, sizeof *bench);
    bench->sample = sample_open(id);
    const json_t *const set =
        json_array_get(json_object_get(bench->sample.manifest.root, "collateral_sets"), 0);
    bench->at_s = time_of(text_of(set, "verify_at"));
    endorse_with_set(&bench->endorsements, &bench->sample, text_of(set, "dir"));
    return bench;
}

static void bench_free(struct bench *bench)
{
    sample_clear(&bench->sample);
    endorsements_clear(&bench->endorsements);
    free(bench);
}

static status verify(struct bench *bench, slice evidence)
{
    return tdx_verify_at(evidence, &bench->endorsements, bench->at_s, &bench->facts);
}

static bool is_refused(struct bench *bench, slice evidence)
{
    return verify(bench, evidence).fault || !facts_authentic(&bench->facts);
}

/* Which check must fail for each kind of mutation; empty: the quote is not read at all. */
static const struct {
    const char *expect;
    const char *check;
} causes[] = {
    {"version", ""},
    {"attestation key type", ""},
    {"TEE type", ""},
    {"QE vendor id", "qe_vendor"},
    {"user data", "signature"},
    {"report_data", "signature"},
    {"quote signature", "signature"},
    {"attestation key: binding", "attestation_key"},
    {"QE report: PCK signature", "qe_report_signature"},
    {"QE report data: AK binding", "attestation_key"},
    {"QE report signature", "qe_report_signature"},
    {"QE authentication data", "attestation_key"},
    {"PCK leaf certificate", "chain"},
};

static const char *check_for(const char *expect)
{
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++)
        if (strncmp(expect, causes[i].expect, strlen(causes[i].expect)) == 0)
            return causes[i].check;
    return NULL;
}

static void apply_mutation(const json_t *mutation)
{
    struct bench *const bench = bench_open(text_of(mutation, "sample"));
    const size_t offset = (size_t)json_integer_value(json_object_get(mutation, "offset"));
    const char *const check = check_for(text_of(mutation, "expect"));
    uint8_t flip;
    EXPECT_OK(hex_read_exactly(slice_of_text(text_of(mutation, "xor")), &flip, 1));
    EXPECT(!is_refused(bench, buffer_view(&bench->sample.evidence)));

    bench->sample.evidence.data[offset] ^= flip;
    const status result = verify(bench, buffer_view(&bench->sample.evidence));
    EXPECT(check);
    if (check && !*check)
        EXPECT(result.fault);
    else if (check)
        EXPECT(!result.fault && *failure_of(&bench->facts, check));
    EXPECT(result.fault || !facts_authentic(&bench->facts));
    bench_free(bench);
}

/* E26 */
TEST(every_recorded_mutation_is_refused_by_the_check_it_names)
{
    size_t index, count = 0;
    json_t *mutation;
    if (samples_are_absent("recorded mutations"))
        return;
    SCOPED(json) mutations = json_of_file(samples_root(), "MUTATIONS.json");
    json_array_foreach(json_object_get(mutations.root, "mutations"), index, mutation)
    {
        if (strncmp(text_of(mutation, "sample"), "tdx/", 4) != 0)
            continue;
        const int before = test_failures;
        apply_mutation(mutation);
        if (test_failures != before)
            printf("  %s: %s\n", text_of(mutation, "sample"), text_of(mutation, "expect"));
        count++;
    }
    EXPECT(count == 26);
}

enum { SIGNED_SIZE_V4 = 48 + 584, SIGNED_SIZE_V5 = 54 + 648 };

/* Signature, attestation key, QE report, its signature and authentication data: each byte of them
 * is signed by, or is, a signature that is checked. The six bytes between are type and size. */
enum { CERTIFICATION_SIZE = 4 + 64 + 64 + 6 + 384 + 64 + 2 + 32 };

static void flip_every_bit(const char *id, size_t signed_size)
{
    struct bench *const bench = bench_open(id);
    slice evidence = buffer_view(&bench->sample.evidence);
    size_t accepted = 0;
    EXPECT(!is_refused(bench, evidence));
    for (size_t bit = 0; bit < 8 * (signed_size + CERTIFICATION_SIZE); bit++) {
        bench->sample.evidence.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (!is_refused(bench, evidence))
            accepted++;
        bench->sample.evidence.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    EXPECT(accepted == 0);
    EXPECT(!is_refused(bench, evidence));
    bench_free(bench);
}

/* E4 */
TEST(E4_no_flipped_bit_of_a_version_4_quote_is_accepted)
{
    if (!samples_are_absent("bit flips of a version 4 quote"))
        flip_every_bit("tdx/v4-phala-uptodate", SIGNED_SIZE_V4);
}

/* E4 */
TEST(E4_no_flipped_bit_of_a_version_5_quote_is_accepted)
{
    if (!samples_are_absent("bit flips of a version 5 quote"))
        flip_every_bit("tdx/v5-gotdx-uptodate", SIGNED_SIZE_V5);
}

/* E4 */
TEST(E4_no_flipped_bit_of_a_debug_quote_is_accepted)
{
    if (!samples_are_absent("bit flips of a quote of a debug TD"))
        flip_every_bit("tdx/v4-td10-debug-trustee", SIGNED_SIZE_V4);
}

/* E2 */
TEST(E2_a_quote_cut_anywhere_is_not_read)
{
    if (samples_are_absent("cut quotes"))
        return;
    struct bench *const bench = bench_open("tdx/v5-gotdx-uptodate");
    const slice evidence = buffer_view(&bench->sample.evidence);
    for (size_t size = 0; size < evidence.size; size++) {
        uint8_t *const exact = malloc(size ? size : 1); /* so that reading past the end is seen */
        memcpy(exact, evidence.data, size);
        EXPECT_FAIL(TRUNCATED, verify(bench, (slice){exact, size}));
        free(exact);
    }
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

static void refuse_lengths(struct bench *bench, size_t offset, size_t size)
{
    static const uint32_t wrong[] = {0, 1, 0x7fff, 0xffff, 0x7fffffff, 0xfffffffe, 0xffffffff};
    uint8_t *const field = bench->sample.evidence.data + offset;
    uint8_t right[4];
    memcpy(right, field, size);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        for (size_t at = 0; at < size; at++)
            field[at] = (uint8_t)(wrong[i] >> 8 * at);
        EXPECT(verify(bench, buffer_view(&bench->sample.evidence)).fault);
    }
    for (int change = -1; change <= 1; change += 2) { /* inner and outer disagree by one */
        memcpy(field, right, size);
        field[0] = (uint8_t)(field[0] + change);
        EXPECT(verify(bench, buffer_view(&bench->sample.evidence)).fault);
    }
    memcpy(field, right, size);
}

/* E5 */
TEST(E5_lengths_that_do_not_fit_are_refused)
{
    if (samples_are_absent("lengths"))
        return;
    struct bench *const bench = bench_open("tdx/v4-phala-uptodate");
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
    struct bench *const bench = bench_open("tdx/v5-gotdx-uptodate");
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
        EXPECT_FAIL(UNSUPPORTED, verify(bench, evidence));
        bytes[changes[i].offset] = right;
    }
    bytes[50] ^= 1; /* the size of a body of type 3 */
    EXPECT_FAIL(MALFORMED, verify(bench, evidence));
    bench_free(bench);
}

/* E11, E12 */
TEST(E11_a_quote_is_bound_to_its_report_data_and_to_no_other)
{
    if (samples_are_absent("bindings"))
        return;
    struct bench *const bench = bench_open("tdx/v4-phala-uptodate");
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
