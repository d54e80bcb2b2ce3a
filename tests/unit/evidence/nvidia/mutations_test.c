/* SPDX-License-Identifier: Apache-2.0 */

/* Real reports with one thing wrong: every bit, every shorter piece, every count. */

#include "evidence/nvidia/report.h"
#include "nvidia_samples.h"

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
    bench->at_s = nvidia_time(&bench->sample);
    nvidia_endorse(&bench->endorsements, &bench->sample);
    return bench;
}

static void bench_free(struct bench *bench)
{
    sample_clear(&bench->sample);
    endorsements_clear(&bench->endorsements);
    free(bench);
}

static status verify(struct bench *bench)
{
    return nvidia_verify_at(buffer_view(&bench->sample.evidence), &bench->endorsements, bench->at_s,
                            &bench->facts);
}

static bool is_refused(struct bench *bench)
{
    return verify(bench).fault || !facts_authentic(&bench->facts);
}

/* All of it is signed, and the rest is the signature. */
TEST(E4_no_flipped_bit_of_a_report_is_accepted)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    struct bench *const bench = bench_open("nvidia-gpu/nvswitch-ls10");
    uint8_t *const data = bench->sample.evidence.data;
    const size_t size = bench->sample.evidence.size;
    size_t accepted = 0, not_by_signature = 0;
    EXPECT(!is_refused(bench));
    for (size_t bit = 0; bit < 8 * size; bit += BIT_STEP) {
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (!is_refused(bench))
            accepted++;
        else if (bench->facts.check_count &&
                 strcmp(result_name(&bench->facts, "signature"), "pass") == 0)
            not_by_signature++;
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    printf("  %zu bits flipped\n", 8 * size / BIT_STEP);
    EXPECT(accepted == 0 && not_by_signature == 0);
    EXPECT(!is_refused(bench));
    bench_free(bench);
}

static void cut_everywhere(const char *id, const struct sample *sample)
{
    (void)id;
    struct facts *const facts = calloc(1, sizeof *facts);
    for (size_t size = 0; size < sample->evidence.size; size++) {
        uint8_t *const exact = malloc(size ? size : 1); /* so that reading past it is seen */
        memcpy(exact, sample->evidence.data, size);
        EXPECT_FAIL(TRUNCATED, nvidia_platform.inspect((slice){exact, size}, NULL, facts));
        free(exact);
    }
    free(facts);
}

/* E1, E2 */
TEST(E2_a_report_cut_anywhere_is_not_read)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    samples_each("nvidia-gpu", "", cut_everywhere);
}

TEST(E3_a_byte_behind_the_signature_is_not_read_over)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    struct bench *const bench = bench_open("nvidia-gpu/hopper-580");
    for (size_t i = 0; i < 16; i++) {
        EXPECT_OK(buffer_append(&bench->sample.evidence, (slice){(const uint8_t *)"", 1}));
        EXPECT_FAIL(MALFORMED, verify(bench));
    }
    bench_free(bench);
}

enum {
    REQUEST_ATTRIBUTES = 2,
    REQUEST_OPERATION = 3,
    RESPONSE = 37,
    BLOCK_COUNT = 41,
    RECORD_SIZE = 42,
    RECORD = 45,
    BLOCK_SIZE = 55,
};

/* E5, E6, E7: a byte at an offset, and how the report is then refused. */
TEST(E5_sizes_counts_and_versions_that_do_not_fit_are_refused_before_anything_is_believed)
{
    static const struct {
        size_t offset;
        uint8_t value;
        enum failure failure;
    } cases[] = {
        {0, 0x12, FAILURE_UNSUPPORTED},
        {0, 0x10, FAILURE_UNSUPPORTED},
        {1, 0xe1, FAILURE_UNSUPPORTED},
        {REQUEST_ATTRIBUTES, 0, FAILURE_UNSUPPORTED}, /* nothing would be signed */
        {REQUEST_OPERATION, 1, FAILURE_UNSUPPORTED},  /* one measurement of many */
        {RESPONSE, 0x12, FAILURE_UNSUPPORTED},
        {RESPONSE + 1, 0x7f, FAILURE_UNSUPPORTED}, /* an error */
        {BLOCK_COUNT, 0, FAILURE_MALFORMED},
        {BLOCK_COUNT, 63, FAILURE_MALFORMED},
        {BLOCK_COUNT, 65, FAILURE_MALFORMED},
        {BLOCK_COUNT, 255, FAILURE_MALFORMED},
        {RECORD_SIZE + 2, 0xff, FAILURE_TRUNCATED},
        {RECORD, 2, FAILURE_MALFORMED},              /* index 2 twice */
        {RECORD, 0, FAILURE_MALFORMED},              /* there is no index 0 */
        {RECORD + BLOCK_SIZE, 1, FAILURE_MALFORMED}, /* index 1 twice */
        {RECORD + 1, 2, FAILURE_UNSUPPORTED},        /* of no specification that we know */
        {RECORD + 2, 52, FAILURE_MALFORMED},         /* inner and outer sizes disagree */
        {RECORD + 5, 32, FAILURE_MALFORMED},         /* the same, from within */
        {RECORD + 6, 0xff, FAILURE_MALFORMED},       /* longer than the record */
        {RECORD + 63 * BLOCK_SIZE, 65, FAILURE_EXHAUSTED},
    };
    if (!samples_root())
        SKIP(1, "no shared samples");
    struct bench *const bench = bench_open("nvidia-gpu/hopper-580");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t *const byte = bench->sample.evidence.data + cases[i].offset;
        const uint8_t right = *byte;
        *byte = cases[i].value;
        const status read = verify(bench);
        if (!read.fault || read.fault->failure != cases[i].failure)
            printf("  case %zu\n", i);
        EXPECT(read.fault && read.fault->failure == cases[i].failure);
        *byte = right;
    }
    EXPECT(!is_refused(bench));
    bench_free(bench);
}

/* The opaque data begin behind the record and a nonce, with their size. */
static uint8_t *opaque_of(struct bench *bench)
{
    return bench->sample.evidence.data + RECORD + 64 * BLOCK_SIZE + 32;
}

/* E5, E27 */
TEST(E27_opaque_fields_that_are_there_twice_or_too_long_are_refused)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    struct bench *const bench = bench_open("nvidia-gpu/hopper-580");
    uint8_t *const opaque = opaque_of(bench);
    enum { FIRST_TYPE = 2, FIRST_SIZE = 4, SECOND_TYPE = 2 + 4 + 8 };
    opaque[SECOND_TYPE] = opaque[FIRST_TYPE];
    EXPECT_FAIL(MALFORMED, verify(bench));
    opaque[SECOND_TYPE] = 63; /* of which nothing is known */
    EXPECT_OK(verify(bench));
    EXPECT(claims_find(&bench->facts.claims, "unknown_fields")->number == 1);
    EXPECT(!facts_authentic(&bench->facts));
    opaque[FIRST_SIZE + 1] = 0xff;
    EXPECT_FAIL(MALFORMED, verify(bench));
    bench_free(bench);
}

/* spec: SEC 2, "Recommended Parameters secp384r1": its order */
static const char order_hex[] = "ffffffffffffffffffffffffffffffffffffffffffffffff"
                                "c7634d81f4372ddf581a0db248b0a77aecec196accc52973";

/* E16, E17 */
TEST(E17_signatures_in_the_wrong_order_or_range_are_refused)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    struct bench *const bench = bench_open("nvidia-gpu/hopper-580");
    uint8_t *const signature =
        bench->sample.evidence.data + bench->sample.evidence.size - NVIDIA_SIGNATURE_SIZE;
    uint8_t right[NVIDIA_SIGNATURE_SIZE], order[48];
    memcpy(right, signature, sizeof right);
    EXPECT_OK(hex_read_exactly(slice_of_text(order_hex), order, sizeof order));
    for (size_t half = 0; half < sizeof right; half += sizeof order) {
        memset(signature + half, 0, sizeof order);
        EXPECT(is_refused(bench) && *failure_of(&bench->facts, "signature"));
        memcpy(signature + half, order, sizeof order);
        EXPECT(is_refused(bench) && *failure_of(&bench->facts, "signature"));
        memset(signature + half, 0xff, sizeof order);
        EXPECT(is_refused(bench) && *failure_of(&bench->facts, "signature"));
        memcpy(signature, right, sizeof right);
    }
    for (size_t i = 0; i < sizeof right; i++) /* little-endian, s || r */
        signature[i] = right[sizeof right - 1 - i];
    EXPECT(is_refused(bench) && *failure_of(&bench->facts, "signature"));
    bench_free(bench);
}

/* E11, E12 */
TEST(E11_a_report_is_bound_to_its_nonce_and_to_no_other)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    struct bench *const bench = bench_open("nvidia-gpu/hopper-580");
    const slice evidence = buffer_view(&bench->sample.evidence);
    uint8_t nonce[64] = {0};
    memcpy(nonce, evidence.data + 4, 32);
    EXPECT_OK(nvidia_verify_bound(evidence, (slice){nonce, 32}, &bench->endorsements, bench->at_s,
                                  &bench->facts));
    EXPECT(strcmp(result_name(&bench->facts, "binding"), "pass") == 0);
    for (size_t at = 0; at < 32; at++) {
        nonce[at] ^= 1;
        EXPECT_OK(nvidia_verify_bound(evidence, (slice){nonce, 32}, &bench->endorsements,
                                      bench->at_s, &bench->facts));
        EXPECT(strcmp(failure_of(&bench->facts, "binding"), "NVIDIA_BINDING_MISMATCH") == 0);
        nonce[at] ^= 1;
    }
    static const size_t sizes[] = {1, 31, 33, 64};
    for (size_t i = 0; i < 4; i++) {
        EXPECT_OK(nvidia_verify_bound(evidence, (slice){nonce, sizes[i]}, &bench->endorsements,
                                      bench->at_s, &bench->facts));
        EXPECT(!facts_authentic(&bench->facts));
    }
    bench_free(bench);
}

TEST(the_evidence_of_a_device_binds_no_channel)
{
    EXPECT(!platform_can_bind(&nvidia_platform));
    EXPECT(!nvidia_platform.is_here && !nvidia_platform.collect);
}
