/* SPDX-License-Identifier: Apache-2.0 */

/* Real chains with one thing wrong: every bit, every shorter piece, every other order. */

#include "android_samples.h"
#include "crypto/der.h"

struct bench {
    char folder[PATH_SIZE];
    struct buffer chain;
    struct endorsements endorsements;
    int64_t at_s;
    struct facts facts;
};

static struct bench *bench_open(const char *name)
{
    struct bench *const bench = calloc(1, sizeof *bench);
    android_folder(name, bench->folder);
    SCOPED(json) manifest = json_of_file(bench->folder, "manifest.json");
    bench->chain = android_chain_of(bench->folder);
    bench->at_s = android_time(manifest.root);
    return bench;
}

static void bench_free(struct bench *bench)
{
    buffer_clear(&bench->chain);
    endorsements_clear(&bench->endorsements);
    free(bench);
}

static status verify(struct bench *bench, slice evidence)
{
    return android_verify_at(evidence, &bench->endorsements, bench->at_s, &bench->facts);
}

static bool is_refused(struct bench *bench, slice evidence)
{
    return verify(bench, evidence).fault || !facts_authentic(&bench->facts);
}

/* Of the root only the key counts, and its own signature guards the rest. */
TEST(E4_no_flipped_bit_of_a_chain_is_accepted)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    struct bench *const bench = bench_open("blueline-sdk28-sb_rsa_none");
    const slice chain = buffer_view(&bench->chain);
    size_t accepted = 0;
    EXPECT(!is_refused(bench, chain));
    for (size_t bit = 0; bit < 8 * chain.size; bit += BIT_STEP) {
        bench->chain.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        accepted += !is_refused(bench, chain);
        bench->chain.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    printf("  %zu bits flipped\n", 8 * chain.size / BIT_STEP);
    EXPECT(accepted == 0);
    EXPECT(!is_refused(bench, chain));
    bench_free(bench);
}

static bool is_end_of_certificate(slice chain, size_t size)
{
    struct reader reader = reader_of(chain);
    struct der_element element;
    while (reader.left.size && chain.size - reader.left.size < size)
        EXPECT_OK(der_read(&reader, &element));
    return chain.size - reader.left.size == size;
}

/* E1, E2: cut between two certificates it is a chain without its root. */
TEST(E2_a_chain_cut_anywhere_is_not_read_or_lacks_its_root)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    for (size_t i = 0; i < ANDROID_POSITIVE; i++) {
        struct bench *const bench = bench_open(android_positive[i]);
        const slice chain = buffer_view(&bench->chain);
        for (size_t size = 0; size < chain.size; size++) {
            uint8_t *const exact = malloc(size ? size : 1); /* so that reading past it is seen */
            memcpy(exact, chain.data, size);
            const status verified = verify(bench, (slice){exact, size});
            if (size && is_end_of_certificate(chain, size)) {
                EXPECT_OK(verified);
                EXPECT(!facts_authentic(&bench->facts));
                EXPECT(strcmp(failure_of(&bench->facts, "chain"), "ANDROID_CHAIN_INCOMPLETE") == 0);
            } else {
                EXPECT_FAIL(TRUNCATED, verified);
            }
            free(exact);
        }
        bench_free(bench);
    }
}

TEST(E3_bytes_behind_a_chain_are_not_read_over)
{
    static const uint8_t tails[][2] = {{0x00, 0x00}, {0x30, 0x00}, {0x0a, 0x00}};
    if (!samples_root())
        SKIP(1, "no shared samples");
    struct bench *const bench = bench_open("caiman-sdk36-tee_ec_rkp");
    const size_t size = bench->chain.size;
    for (size_t i = 0; i < 3; i++) {
        EXPECT_OK(buffer_append(&bench->chain, (slice){tails[i], 2}));
        EXPECT_FAIL(MALFORMED, verify(bench, buffer_view(&bench->chain)));
        bench->chain.size = size;
    }
    bench_free(bench);
}

/* E11, E12, and E13: a challenge is compared whole, whatever its length. */
TEST(E11_a_chain_is_bound_to_its_challenge_and_to_no_other)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    struct bench *const bench = bench_open("caiman-sdk36-tee_ec_rkp");
    const slice chain = buffer_view(&bench->chain);
    uint8_t challenge[37] = "d688d763-6118-4ca6-94b2-e6cd9ed7e4e4";
    slice told = {0};
    EXPECT_OK(android_platform.report_data(chain, &told));
    EXPECT(slice_equal(told, (slice){challenge, 36}));
    EXPECT(told.data > chain.data && told.data < chain.data + chain.size);
    EXPECT_OK(
        android_verify_bound(chain, (slice){challenge, 36}, NULL, bench->at_s, &bench->facts));
    EXPECT(strcmp(result_name(&bench->facts, "binding"), "pass") == 0);
    EXPECT(facts_authentic(&bench->facts));
    for (size_t at = 0; at < 36; at++) {
        challenge[at] ^= 1;
        EXPECT_OK(
            android_verify_bound(chain, (slice){challenge, 36}, NULL, bench->at_s, &bench->facts));
        EXPECT(strcmp(failure_of(&bench->facts, "binding"), "ANDROID_BINDING_MISMATCH") == 0);
        challenge[at] ^= 1;
    }
    static const size_t sizes[] = {1, 35, 37};
    for (size_t i = 0; i < 3; i++) {
        EXPECT_OK(android_verify_bound(chain, (slice){challenge, sizes[i]}, NULL, bench->at_s,
                                       &bench->facts));
        EXPECT(!facts_authentic(&bench->facts));
    }
    bench_free(bench);
}

/* ---- E19: the certificates of a chain, by their places ---- */

static struct buffer certificates_of(slice chain, const char *places)
{
    struct buffer out = {0};
    slice parts[ANDROID_CHAIN_MAX];
    size_t count = 0;
    for (struct reader reader = reader_of(chain); reader.left.size; count++) {
        struct der_element element;
        const uint8_t *const begin = reader.left.data;
        EXPECT_OK(der_read(&reader, &element));
        parts[count] = (slice){begin, (size_t)(reader.left.data - begin)};
    }
    for (; *places; places++)
        EXPECT_OK(buffer_append(&out, parts[*places - '0']));
    return out;
}

TEST(E19_a_chain_in_another_order_or_with_a_certificate_twice_is_refused)
{
    static const char *const orders[] = {"0132",   "01243",    "02134",      "001234", "011234",
                                         "012344", "01234444", "0123401234", "0"};
    if (!samples_root())
        SKIP(1, "no shared samples");
    struct bench *const bench = bench_open("caiman-sdk36-tee_ec_rkp");
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        SCOPED(buffer) chain = certificates_of(buffer_view(&bench->chain), orders[i]);
        EXPECT(is_refused(bench, buffer_view(&chain)));
    }
    SCOPED(buffer) hundred = {0};
    for (size_t i = 0; i < 100; i++) {
        SCOPED(buffer) one = certificates_of(buffer_view(&bench->chain), i ? "1" : "0");
        EXPECT_OK(buffer_append(&hundred, buffer_view(&one)));
    }
    EXPECT_FAIL(EXHAUSTED, verify(bench, buffer_view(&hundred)));
    EXPECT(is_refused(bench, (slice){NULL, 0}));
    bench_free(bench);
}

TEST(E19_a_chain_without_its_root_is_completed_by_what_the_caller_gives)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    struct bench *const bench = bench_open("caiman-sdk36-tee_ec_rkp");
    SCOPED(buffer) chain = certificates_of(buffer_view(&bench->chain), "0123");
    SCOPED(buffer) root = file_read(bench->folder, "root.der");
    EXPECT(is_refused(bench, buffer_view(&chain)));
    EXPECT_OK(endorsements_add(&bench->endorsements, buffer_view(&root)));
    EXPECT(!is_refused(bench, buffer_view(&chain)));
    bench_free(bench);
}

TEST(E14_certificates_that_attest_no_key_are_not_recognised)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    struct bench *const bench = bench_open("caiman-sdk36-tee_ec_rkp");
    SCOPED(buffer) chain = certificates_of(buffer_view(&bench->chain), "1234");
    EXPECT(!android_platform.recognises(buffer_view(&chain)));
    EXPECT_FAIL(MALFORMED, verify(bench, buffer_view(&chain)));
    bench_free(bench);
}
