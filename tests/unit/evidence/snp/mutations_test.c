/* SPDX-License-Identifier: Apache-2.0 */

/* Real reports with one thing wrong: every bit, every length, every shorter piece, every time. */

#include "snp_samples.h"

enum {
    REPORT_SIZE = 1184,
    SIGNED_SIZE = 0x2a0,
    SIGNATURE_R = 0x2a0,
    SIGNATURE_S = 0x2e8,
    NUMBER_SIZE = 48,
    REPORT_DATA = 0x50,
};

/* A sample with its certificates, at its time. */
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
    bench->at_s = snp_time(&bench->sample);
    snp_endorse(&bench->endorsements, &bench->sample, NULL);
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
    return snp_verify_at(evidence, &bench->endorsements, bench->at_s, &bench->facts);
}

static bool is_refused(struct bench *bench)
{
    return verify(bench, buffer_view(&bench->sample.evidence)).fault ||
           !facts_authentic(&bench->facts);
}

static const char *cause_of(const char *expect)
{
    if (strstr(expect, "signature algorithm"))
        return "signature_algorithm";
    return strstr(expect, "signature") ? "signature" : NULL;
}

static void apply_mutation(const json_t *mutation)
{
    struct bench *const bench = bench_open(text_of(mutation, "sample"));
    const size_t offset = (size_t)json_integer_value(json_object_get(mutation, "offset"));
    const char *const check = cause_of(text_of(mutation, "expect"));
    uint8_t flip;
    EXPECT_OK(hex_read_exactly(slice_of_text(text_of(mutation, "xor")), &flip, 1));
    EXPECT(!is_refused(bench));
    bench->sample.evidence.data[offset] ^= flip;
    EXPECT_OK(verify(bench, buffer_view(&bench->sample.evidence)));
    EXPECT(check && *failure_of(&bench->facts, check));
    EXPECT(!facts_authentic(&bench->facts));
    bench_free(bench);
}

TEST(every_recorded_mutation_is_refused_by_the_check_it_names)
{
    size_t index, count = 0;
    json_t *mutation;
    if (!samples_root())
        SKIP(33, "no shared samples");
    SCOPED(json) mutations = json_of_file(samples_root(), "MUTATIONS.json");
    json_array_foreach(json_object_get(mutations.root, "mutations"), index, mutation)
    {
        if (strncmp(text_of(mutation, "sample"), "snp/", 4) != 0)
            continue;
        const int before = test_failures;
        apply_mutation(mutation);
        if (test_failures != before)
            printf("  %s: %s\n", text_of(mutation, "sample"), text_of(mutation, "expect"));
        count++;
    }
    EXPECT(count == 33);
}

/* The signed bytes by their signature, the signature by itself, and the rest for being reserved. */
static void flip_every_bit(const char *id)
{
    struct bench *const bench = bench_open(id);
    size_t accepted = 0, not_by_signature = 0;
    EXPECT(!is_refused(bench));
    for (size_t bit = 0; bit < 8 * REPORT_SIZE; bit += BIT_STEP) {
        bench->sample.evidence.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (!is_refused(bench))
            accepted++;
        else if (bit < 8 * SIGNED_SIZE && bench->facts.check_count &&
                 strcmp(result_name(&bench->facts, "signature"), "pass") == 0)
            not_by_signature++;
        bench->sample.evidence.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    EXPECT(accepted == 0);
    EXPECT(not_by_signature == 0);
    EXPECT(!is_refused(bench));
    bench_free(bench);
}

TEST(E4_no_flipped_bit_of_a_version_2_report_is_accepted)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    flip_every_bit("snp/milan-v2-vcek-cmc");
}

TEST(E4_no_flipped_bit_of_a_version_3_report_is_accepted)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    flip_every_bit("snp/milan-v3-vlek-vmpl1");
}

TEST(E4_no_flipped_bit_of_a_version_5_report_is_accepted)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    flip_every_bit("snp/turin-v5-vcek");
}

/* E1, E2 */
TEST(E2_a_report_cut_anywhere_is_not_read)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    struct bench *const bench = bench_open("snp/genoa-v5-vcek-siena");
    for (size_t size = 0; size < REPORT_SIZE; size++) {
        uint8_t *const exact = malloc(size ? size : 1); /* so that reading past the end is seen */
        memcpy(exact, bench->sample.evidence.data, size);
        EXPECT_FAIL(TRUNCATED, verify(bench, (slice){exact, size}));
        EXPECT(bench->facts.check_count == 0);
        EXPECT_FAIL(TRUNCATED, snp_platform.inspect((slice){exact, size}, NULL, &bench->facts));
        EXPECT(!snp_platform.recognises((slice){exact, size}));
        free(exact);
    }
    bench_free(bench);
}

TEST(E3_a_report_with_anything_behind_it_is_not_read)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    struct bench *const bench = bench_open("snp/genoa-v5-vcek-siena");
    static const uint8_t zeros[4096 - REPORT_SIZE];
    for (size_t more = 1; more <= sizeof zeros; more *= 2) {
        SCOPED(buffer) longer = {0};
        EXPECT_OK(buffer_append(&longer, buffer_view(&bench->sample.evidence)));
        EXPECT_OK(buffer_append(&longer, (slice){zeros, more}));
        EXPECT_FAIL(MALFORMED, verify(bench, buffer_view(&longer)));
    }
    bench_free(bench);
}

TEST(E7_versions_that_nobody_described_are_not_read)
{
    static const uint32_t versions[] = {0,    1,     6,       7,          77,
                                        0xff, 0x100, 0x10002, 0x80000005, UINT32_MAX};
    if (!samples_root())
        SKIP(1, "no shared samples");
    struct bench *const bench = bench_open("snp/genoa-v5-vcek-siena");
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        for (size_t at = 0; at < 4; at++)
            bench->sample.evidence.data[at] = (uint8_t)(versions[i] >> 8 * at);
        EXPECT_FAIL(UNSUPPORTED, verify(bench, buffer_view(&bench->sample.evidence)));
    }
    bench_free(bench);
}

static void reverse(uint8_t *number)
{
    for (size_t i = 0; i < NUMBER_SIZE / 2; i++) {
        const uint8_t byte = number[i];
        number[i] = number[NUMBER_SIZE - 1 - i];
        number[NUMBER_SIZE - 1 - i] = byte;
    }
}

/* spec: SEC 2, "Recommended Parameters secp384r1": its order, backwards */
static const char order_little_endian[] =
    "7329c5cc6a19ecec7aa7b048b20d1a58df2d37f4814d63c7ffffffffffffffffffffffffffffffff"
    "ffffffffffffffff";

/* E16, E17 */
TEST(E17_signatures_in_the_wrong_order_or_range_are_refused)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    struct bench *const bench = bench_open("snp/turin-v5-vcek");
    uint8_t *const r = bench->sample.evidence.data + SIGNATURE_R;
    uint8_t *const s = bench->sample.evidence.data + SIGNATURE_S;
    uint8_t right[NUMBER_SIZE], order[NUMBER_SIZE];
    EXPECT_OK(hex_read_exactly(slice_of_text(order_little_endian), order, sizeof order));

    reverse(r); /* big-endian */
    reverse(s);
    EXPECT(is_refused(bench) && *failure_of(&bench->facts, "signature"));
    reverse(r);
    reverse(s);
    EXPECT(!is_refused(bench));

    uint8_t *const numbers[] = {r, s};
    for (size_t i = 0; i < 2; i++) {
        memcpy(right, numbers[i], sizeof right);
        memset(numbers[i], 0, sizeof right);
        EXPECT(is_refused(bench) && *failure_of(&bench->facts, "signature"));
        memcpy(numbers[i], order, sizeof right);
        EXPECT(is_refused(bench) && *failure_of(&bench->facts, "signature"));
        memset(numbers[i], 0xff, sizeof right);
        EXPECT(is_refused(bench) && *failure_of(&bench->facts, "signature"));
        memcpy(numbers[i], right, sizeof right);
        numbers[i][NUMBER_SIZE] = 1; /* the number goes on beyond 48 bytes */
        EXPECT(is_refused(bench) && *failure_of(&bench->facts, "signature"));
        numbers[i][NUMBER_SIZE] = 0;
    }
    EXPECT(!is_refused(bench));
    bench_free(bench);
}

/* E11, E12 */
TEST(E11_a_report_is_bound_to_its_report_data_and_to_no_other)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    struct bench *const bench = bench_open("snp/genoa-v3-vcek-tsm-report");
    const slice evidence = buffer_view(&bench->sample.evidence);
    uint8_t binding[BINDING_SIZE];
    memcpy(binding, evidence.data + REPORT_DATA, sizeof binding);
    EXPECT_OK(snp_verify_bound(evidence, SLICE(binding), &bench->endorsements, bench->at_s,
                               &bench->facts));
    EXPECT(strcmp(result_name(&bench->facts, "binding"), "pass") == 0);
    EXPECT(facts_authentic(&bench->facts));
    for (size_t at = 0; at < sizeof binding; at++) {
        binding[at] ^= 1;
        EXPECT_OK(snp_verify_bound(evidence, SLICE(binding), &bench->endorsements, bench->at_s,
                                   &bench->facts));
        EXPECT(strcmp(failure_of(&bench->facts, "binding"), "SNP_BINDING_MISMATCH") == 0);
        EXPECT(!facts_authentic(&bench->facts));
        binding[at] ^= 1;
    }
    EXPECT_OK(snp_verify_bound(evidence, (slice){binding, 32}, &bench->endorsements, bench->at_s,
                               &bench->facts)); /* a shorter one is another one */
    EXPECT(!facts_authentic(&bench->facts));
    bench_free(bench);
}

TEST(E14_quotes_of_other_tees_are_neither_recognised_nor_read)
{
    static const char *const ids[] = {"tdx/v5-gotdx-uptodate", "sgx/teepot-1"};
    if (!samples_root())
        SKIP(2, "no shared samples");
    struct facts *const facts = calloc(1, sizeof *facts);
    for (size_t i = 0; i < 2; i++) {
        SCOPED(sample) sample = sample_open(ids[i]);
        EXPECT(!snp_platform.recognises(buffer_view(&sample.evidence)));
        EXPECT(snp_platform.inspect(buffer_view(&sample.evidence), NULL, facts).fault);
    }
    free(facts);
}
