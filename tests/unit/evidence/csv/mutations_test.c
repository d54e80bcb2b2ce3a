/* SPDX-License-Identifier: Apache-2.0 */

/* Reports with one thing wrong: every bit, every length, every shorter piece. */

#include "evidence/csv/report.h"

#include "csv_samples.h"

enum {
    SIGNED_SIZE = 0xb4,
    EXTENDED_SIGNED_SIZE = 0x400,
    SIGNER_SIZE = 2084 + 64 + 32 + 32, /* PEK, serial, reserved, MAC */
};

struct bench {
    struct sample sample;
    struct endorsements endorsements;
    struct facts facts;
};

static struct bench *bench_open(const char *id)
{
    struct bench *const bench = calloc(1, sizeof *bench);
    bench->sample = sample_open(id);
    csv_endorse(&bench->endorsements, &bench->sample);
    trust_file(&bench->endorsements, bench->sample.folder, "hrk.cert");
    return bench;
}

static void bench_free(struct bench *bench)
{
    sample_clear(&bench->sample);
    endorsements_clear(&bench->endorsements);
    free(bench);
}

static bool is_refused(struct bench *bench)
{
    return csv_verify_sample(&bench->sample, &bench->endorsements, &bench->facts).fault ||
           !facts_authentic(&bench->facts);
}

static const char *cause_of(const char *expect)
{
    if (strstr(expect, "sig_usage"))
        return "signature_algorithm";
    return strstr(expect, "MAC") && !strstr(expect, "signature and MAC") ? "mac" : "signature";
}

TEST(every_recorded_mutation_is_refused_by_the_check_it_names)
{
    size_t index, count = 0;
    json_t *mutation;
    if (!samples_root())
        SKIP(10, "no shared samples");
    SCOPED(json) mutations = json_of_file(samples_root(), "MUTATIONS.json");
    json_array_foreach(json_object_get(mutations.root, "mutations"), index, mutation)
    {
        const char *const expect = text_of(mutation, "expect");
        uint8_t flip;
        if (strncmp(text_of(mutation, "sample"), "hygon-csv/", 10) != 0)
            continue;
        struct bench *const bench = bench_open(text_of(mutation, "sample"));
        const int before = test_failures;
        EXPECT_OK(hex_read_exactly(slice_of_text(text_of(mutation, "xor")), &flip, 1));
        EXPECT(!is_refused(bench));
        bench->sample.evidence.data[json_integer_value(json_object_get(mutation, "offset"))] ^=
            flip;
        EXPECT(is_refused(bench));
        EXPECT(*failure_of(&bench->facts, cause_of(expect)));
        if (strstr(expect, "signature and MAC"))
            EXPECT(*failure_of(&bench->facts, "mac"));
        if (test_failures != before)
            printf("  %s\n", expect);
        bench_free(bench);
        count++;
    }
    EXPECT(count == 10);
}

/* Behind the signature one bit of each byte is enough: a MAC over them does not tell bits apart. */
static size_t next_bit(const struct bench *bench, size_t bit)
{
    const size_t signer = bench->sample.evidence.size - SIGNER_SIZE;
    return bit < 8 * signer ? bit + 1 : bit + 9;
}

/* What the report's key signed by its signature, the rest by the MAC or by what it must say. */
static void flip_every_bit(const char *id, size_t signed_size)
{
    struct bench *const bench = bench_open(id);
    size_t accepted = 0, not_by_signature = 0;
    EXPECT(!is_refused(bench));
    for (size_t bit = 0; bit < 8 * bench->sample.evidence.size; bit = next_bit(bench, bit)) {
        bench->sample.evidence.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (!is_refused(bench)) {
            accepted++;
            printf("  bit %zu of byte %zx is accepted\n", bit % 8, bit / 8);
        } else if (bit < 8 * signed_size && !*failure_of(&bench->facts, "signature"))
            not_by_signature++;
        bench->sample.evidence.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    EXPECT(accepted == 0);
    EXPECT(not_by_signature == 0);
    EXPECT(!is_refused(bench));
    bench_free(bench);
}

TEST(E4_no_flipped_bit_of_a_real_report_is_accepted)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    flip_every_bit("hygon-csv/csv1-full-chain", SIGNED_SIZE);
}

TEST(E4_no_flipped_bit_of_an_extended_report_is_accepted)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    flip_every_bit("synthetic-csv/csv2-v2-valid", EXTENDED_SIGNED_SIZE);
}

/* Nobody signed the mask, and the MAC's key stands in the report: under another mask all fields
 * change alike, so that it is the pinned measurement that holds the policy and the report data. */
TEST(a_report_under_another_mask_is_of_another_measurement)
{
    enum { USAGE = 0xb4, MASK = 0xbc, SIGNER = 0x150, MAC = SIGNER + SIGNER_SIZE - 32 };
    static const uint8_t change[] = {1, 0, 0, 0}; /* debugging is the policy's first bit */
    if (!samples_root())
        SKIP(1, "no shared samples");
    struct bench *const bench = bench_open("hygon-csv/csv1-full-chain");
    uint8_t *const report = bench->sample.evidence.data;
    struct csv_report before, after;
    struct digest mac;
    EXPECT_OK(csv_report_read(buffer_view(&bench->sample.evidence), &before));
    for (size_t at = USAGE; at < MASK; at++)
        report[at] ^= change[at % 4];
    for (size_t at = 0; at < 4; at++)
        report[MASK + at] ^= change[at];
    for (size_t at = SIGNER; at < MAC; at++)
        report[at] ^= change[at % 4];
    EXPECT_OK(csv_report_read(buffer_view(&bench->sample.evidence), &after));
    EXPECT_OK(hmac(HASH_SM3, SLICE(after.mnonce), after.mac_bytes, &mac));
    memcpy(report + MAC, mac.data, mac.size);
    EXPECT(!is_refused(bench));
    EXPECT(after.policy == (before.policy ^ change[0]));
    for (size_t at = 0; at < sizeof after.measurement; at += 4)
        EXPECT(after.measurement[at] == (before.measurement[at] ^ change[0]));
    bench_free(bench);
}

/* E1, E2 */
static void cut_anywhere(const char *id)
{
    struct bench *const bench = bench_open(id);
    const slice whole = buffer_view(&bench->sample.evidence);
    for (size_t size = 0; size < whole.size; size++) {
        uint8_t *const exact = malloc(size ? size : 1); /* so that reading past the end is seen */
        memcpy(exact, whole.data, size);
        EXPECT(csv_verify_bound((slice){exact, size}, (slice){NULL, 0}, &bench->endorsements,
                                &bench->facts)
                   .fault);
        EXPECT(bench->facts.check_count == 0);
        EXPECT(csv_platform.inspect((slice){exact, size}, NULL, &bench->facts).fault);
        EXPECT(!csv_platform.recognises((slice){exact, size}));
        free(exact);
    }
    bench_free(bench);
}

TEST(E2_a_report_cut_anywhere_is_not_read)
{
    if (!samples_root())
        SKIP(3, "no shared samples");
    cut_anywhere("hygon-csv/csv1-full-chain");
    cut_anywhere("hygon-csv/csv3-report-pek-only");
    cut_anywhere("synthetic-csv/csv2-v2-valid");
}

TEST(E3_a_report_with_anything_behind_it_is_not_read)
{
    if (!samples_root())
        SKIP(2, "no shared samples");
    static const char *const ids[] = {"hygon-csv/csv1-full-chain", "synthetic-csv/csv2-v2-valid"};
    static const uint8_t zeros[4096];
    for (size_t i = 0; i < 2; i++) {
        struct bench *const bench = bench_open(ids[i]);
        for (size_t more = 1; more <= sizeof zeros; more *= 2) {
            SCOPED(buffer) longer = {0};
            EXPECT_OK(buffer_append(&longer, buffer_view(&bench->sample.evidence)));
            EXPECT_OK(buffer_append(&longer, (slice){zeros, more}));
            EXPECT_FAIL(MALFORMED, csv_verify_bound(buffer_view(&longer), (slice){NULL, 0},
                                                    &bench->endorsements, &bench->facts));
        }
        bench_free(bench);
    }
}

/* E11, E12 */
static void bind(const char *id, size_t offset, bool is_masked)
{
    struct bench *const bench = bench_open(id);
    const slice evidence = buffer_view(&bench->sample.evidence);
    slice stored;
    uint8_t binding[BINDING_SIZE];
    for (size_t i = 0; i < sizeof binding; i++)
        binding[i] = evidence.data[offset + i] ^ (is_masked ? evidence.data[0xbc + i % 4] : 0);
    EXPECT_OK(csv_platform.report_data(evidence, &stored));
    EXPECT(csv_platform.is_bound(stored, SLICE(binding)));
    EXPECT_OK(csv_verify_bound(evidence, SLICE(binding), &bench->endorsements, &bench->facts));
    EXPECT(strcmp(result_name(&bench->facts, "binding"), "pass") == 0);
    EXPECT(facts_authentic(&bench->facts));
    for (size_t at = 0; at < sizeof binding; at++) {
        binding[at] ^= 1;
        EXPECT(!csv_platform.is_bound(stored, SLICE(binding)));
        EXPECT_OK(csv_verify_bound(evidence, SLICE(binding), &bench->endorsements, &bench->facts));
        EXPECT(strcmp(failure_of(&bench->facts, "binding"), "CSV_BINDING_MISMATCH") == 0);
        EXPECT(!facts_authentic(&bench->facts));
        binding[at] ^= 1;
    }
    bench_free(bench);
}

TEST(E11_a_report_is_bound_to_its_report_data_and_to_no_other)
{
    if (!samples_root())
        SKIP(2, "no shared samples");
    bind("hygon-csv/csv1-full-chain", 0x40, true);
    bind("synthetic-csv/csv2-v2-valid", 0x40, false);
}

/* E16, E17: little-endian in fields of 72 bytes, below the order, not zero. spec: GB/T 32918.5 */
static const char order_little_endian[] =
    "234154d309f4bb5352df2d056b7c2c72fffffffffffffffffffffffffeffffff";

TEST(E17_signatures_in_the_wrong_order_or_range_are_refused)
{
    enum { SIGNATURE_R = 0xc0, SIGNATURE_S = 0x108, NUMBER_SIZE = 32 };
    if (!samples_root())
        SKIP(1, "no shared samples");
    struct bench *const bench = bench_open("hygon-csv/csv1-full-chain");
    const size_t offsets[] = {SIGNATURE_R, SIGNATURE_S};
    for (size_t i = 0; i < 2; i++) {
        uint8_t *const number = bench->sample.evidence.data + offsets[i];
        uint8_t right[NUMBER_SIZE], order[NUMBER_SIZE];
        EXPECT_OK(hex_read_exactly(slice_of_text(order_little_endian), order, sizeof order));
        memcpy(right, number, sizeof right);
        for (size_t at = 0; at < NUMBER_SIZE; at++)
            number[at] = right[NUMBER_SIZE - 1 - at]; /* big-endian */
        EXPECT(is_refused(bench) && *failure_of(&bench->facts, "signature"));
        memset(number, 0, NUMBER_SIZE);
        EXPECT(is_refused(bench) && *failure_of(&bench->facts, "signature"));
        memcpy(number, order, NUMBER_SIZE);
        EXPECT(is_refused(bench) && *failure_of(&bench->facts, "signature"));
        memcpy(number, right, NUMBER_SIZE);
        number[NUMBER_SIZE] = 1; /* the number goes on */
        EXPECT(is_refused(bench) && *failure_of(&bench->facts, "signature"));
        number[NUMBER_SIZE] = 0;
    }
    EXPECT(!is_refused(bench));
    bench_free(bench);
}

TEST(E14_reports_and_quotes_of_other_tees_are_neither_recognised_nor_read)
{
    static const char *const ids[] = {"tdx/v5-gotdx-uptodate", "snp/turin-v5-vcek",
                                      "synthetic-sev/sev-valid"};
    if (!samples_root())
        SKIP(3, "no shared samples");
    struct facts *const facts = calloc(1, sizeof *facts);
    for (size_t i = 0; i < 3; i++) {
        SCOPED(sample) sample = sample_open(ids[i]);
        EXPECT(!csv_platform.recognises(buffer_view(&sample.evidence)));
        EXPECT(csv_platform.inspect(buffer_view(&sample.evidence), NULL, facts).fault);
    }
    free(facts);
}
