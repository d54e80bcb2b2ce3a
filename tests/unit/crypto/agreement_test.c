/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/agreement.h"

#include "wycheproof.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

static struct {
    uint8_t data[AGREEMENT_SHARE_SIZE_MAX + 1];
} first, second;

static slice first_share(enum group group)
{
    return (slice){first.data, group_first_share_size(group)};
}

static slice second_share(enum group group)
{
    return (slice){second.data, group_second_share_size(group)};
}

/* Says and counts a group that this OpenSSL has not. */
static bool is_absent(enum group group)
{
    if (group_is_available(group))
        return false;
    printf("  skipped 1: group %d is not in this OpenSSL\n", (int)group);
    test_skipped++;
    return true;
}

/* ---- two sides of ours ---- */

static void agree(enum group group)
{
    SCOPED(agreement) agreement = {0};
    SCOPED(shared_secret) ours = {0};
    SCOPED(shared_secret) theirs = {0};
    memset(&first, 0xaa, sizeof first);
    memset(&second, 0xaa, sizeof second);
    EXPECT_OK(agreement_begin(group, &agreement, first.data));
    EXPECT_OK(agreement_answer(group, first_share(group), second.data, &theirs));
    EXPECT_OK(agreement_finish(&agreement, second_share(group), &ours));
    EXPECT(first.data[group_first_share_size(group)] == 0xaa);
    EXPECT(second.data[group_second_share_size(group)] == 0xaa);
    EXPECT(ours.size == group_secret_size(group));
    EXPECT(slice_equal(shared_secret_view(&ours), shared_secret_view(&theirs)));
    EXPECT(!slice_is_zero(shared_secret_view(&ours)));
    EXPECT(ERR_peek_error() == 0);
}

TEST(both_sides_have_the_same_secret_in_every_group)
{
    for (enum group group = GROUP_FFDHE_2048; group <= GROUP_ML_KEM_1024; group++)
        if (group != GROUP_SM2 && !is_absent(group))
            for (int i = 0; i < 4; i++)
                agree(group);
}

TEST(each_time_the_share_is_another)
{
    uint8_t before[64];
    SCOPED(agreement) a = {0};
    SCOPED(agreement) b = {0};
    EXPECT_OK(agreement_begin(GROUP_P256, &a, before));
    EXPECT_OK(agreement_begin(GROUP_P256, &b, first.data));
    EXPECT(!slice_equal(SLICE(before), first_share(GROUP_P256)));
}

/* ---- with a private key from elsewhere ---- */

static struct agreement agreement_of(enum group group, const char *type, OSSL_PARAM_BLD *builder)
{
    struct agreement agreement = {.group = group};
    OSSL_PARAM *const parameters = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *const context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EXPECT(EVP_PKEY_fromdata_init(context) == 1);
    EXPECT(EVP_PKEY_fromdata(context, &agreement.pkey, EVP_PKEY_KEYPAIR, parameters) == 1);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    return agreement;
}

static struct agreement agreement_of_number(enum group group, const char *type, const char *name,
                                            slice private)
{
    OSSL_PARAM_BLD *const builder = OSSL_PARAM_BLD_new();
    BIGNUM *const number = BN_bin2bn(private.data, (int)private.size, NULL);
    EXPECT(OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, name, 0) == 1);
    EXPECT(OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, number) == 1);
    const struct agreement agreement = agreement_of(group, type, builder);
    OSSL_PARAM_BLD_free(builder);
    BN_free(number);
    return agreement;
}

static struct agreement agreement_of_seed(enum group group, const char *type, slice seed)
{
    OSSL_PARAM_BLD *const builder = OSSL_PARAM_BLD_new();
    EXPECT(OSSL_PARAM_BLD_push_octet_string(builder, "seed", seed.data, seed.size) == 1);
    const struct agreement agreement = agreement_of(group, type, builder);
    OSSL_PARAM_BLD_free(builder);
    return agreement;
}

static void expect_secret(const struct agreement *agreement, slice share, slice wanted)
{
    SCOPED(shared_secret) secret = {0};
    EXPECT_OK(agreement_finish(agreement, share, &secret));
    EXPECT(slice_equal(shared_secret_view(&secret), wanted));
}

static void expect_refused(const struct agreement *agreement, slice share)
{
    struct shared_secret secret = {.size = 99};
    memset(&second, 0xaa, sizeof second);
    EXPECT_FAIL(UNAUTHENTIC, agreement_finish(agreement, share, &secret));
    if (group_first_share_size(agreement->group) == group_second_share_size(agreement->group))
        EXPECT_FAIL(UNAUTHENTIC, agreement_answer(agreement->group, share, second.data, &secret));
    EXPECT(secret.size == 99 && second.data[0] == 0xaa);
    EXPECT(ERR_peek_error() == 0);
}

static bool is_valid(const json_t *test)
{
    return strcmp(text_of(test, "result"), "valid") == 0;
}

static enum group vectors_group;
static const char *vectors_name;

static void check_point(const json_t *group, const json_t *test)
{
    SCOPED(buffer) octets = hex_member(test, "public");
    SCOPED(buffer) private = hex_member(test, "private");
    SCOPED(buffer) wanted = hex_member(test, "shared");
    SCOPED(agreement)
    agreement = agreement_of_number(vectors_group, "EC", vectors_name, buffer_view(&private));
    const slice share = octets.size ? (slice){octets.data + 1, octets.size - 1} : (slice){0};
    (void)group;
    if (is_valid(test))
        expect_secret(&agreement, share, buffer_view(&wanted));
    else /* compressed points as well: another size */
        expect_refused(&agreement, share);
}

static void run_file_of_vectors(const char *name, size_t count,
                                void (*visit)(const json_t *group, const json_t *test))
{
    SCOPED(json) file = wycheproof_open(name);
    if (!file.root)
        SKIP(count, name);
    if (!group_is_available(vectors_group))
        SKIP(count, "not in this OpenSSL");
    EXPECT(wycheproof_each(&file, visit) == count);
}

TEST(wycheproof_ecdh)
{
    vectors_group = GROUP_P256, vectors_name = "P-256";
    run_file_of_vectors("ecdh_secp256r1_ecpoint_test.json", 355, check_point);
    vectors_group = GROUP_P384, vectors_name = "P-384";
    run_file_of_vectors("ecdh_secp384r1_ecpoint_test.json", 790, check_point);
    vectors_group = GROUP_P521, vectors_name = "P-521";
    run_file_of_vectors("ecdh_secp521r1_ecpoint_test.json", 661, check_point);
}

static void check_kem(const json_t *group, const json_t *test)
{
    SCOPED(buffer) seed = hex_member(test, "seed");
    SCOPED(buffer) sealed = hex_member(test, "c");
    SCOPED(buffer) wanted = hex_member(test, "K");
    (void)group;
    if (seed.size != 64) /* a private key of another size: we make ours */
        return;
    SCOPED(agreement)
    agreement = agreement_of_seed(vectors_group, vectors_name, buffer_view(&seed));
    if (is_valid(test))
        expect_secret(&agreement, buffer_view(&sealed), buffer_view(&wanted));
    else
        expect_refused(&agreement, buffer_view(&sealed));
}

TEST(wycheproof_ml_kem)
{
    vectors_group = GROUP_ML_KEM_768, vectors_name = "ML-KEM-768";
    run_file_of_vectors("mlkem_768_test.json", 193, check_kem);
    vectors_group = GROUP_ML_KEM_1024, vectors_name = "ML-KEM-1024";
    run_file_of_vectors("mlkem_1024_test.json", 193, check_kem);
}

/* ---- FFDHE, as Python computes it ---- */

static enum group group_of(const char *name)
{
    if (strcmp(name, "ffdhe2048") == 0)
        return GROUP_FFDHE_2048;
    return strcmp(name, "ffdhe3072") == 0 ? GROUP_FFDHE_3072 : GROUP_FFDHE_4096;
}

/* p - 1, p, p + 1; 0 and 1: with these the secret is known to all. */
static void refuse_what_is_out_of_range(const struct agreement *agreement,
                                        const struct buffer *prime)
{
    uint8_t *const last = prime->data + prime->size - 1;
    static const uint8_t zeros[512];
    EXPECT(*last == 0xff);
    expect_refused(agreement, buffer_view(prime));
    *last = 0xfe;
    expect_refused(agreement, buffer_view(prime));
    memset(prime->data, 0xff, prime->size); /* above p */
    expect_refused(agreement, buffer_view(prime));
    expect_refused(agreement, (slice){zeros, prime->size});
    memset(prime->data, 0, prime->size);
    *last = 1;
    expect_refused(agreement, buffer_view(prime));
}

static void check_ffdhe(const json_t *test)
{
    SCOPED(buffer) prime = hex_member(test, "prime");
    SCOPED(buffer) private = hex_member(test, "private");
    SCOPED(buffer) share = hex_member(test, "share");
    SCOPED(buffer) wanted = hex_member(test, "secret");
    const char *const name = text_of(test, "group");
    SCOPED(agreement)
    agreement = agreement_of_number(group_of(name), "DH", name, buffer_view(&private));
    expect_secret(&agreement, buffer_view(&share), buffer_view(&wanted));
    refuse_what_is_out_of_range(&agreement, &prime);
}

TEST(ffdhe_is_as_python_computes_it_zeros_in_front_included)
{
    size_t i;
    json_t *test;
    if (!getenv("CIX_VECTORS"))
        SKIP(6, "no CIX_VECTORS");
    char folder[PATH_SIZE];
    path_join(getenv("CIX_VECTORS"), "ffdhe", folder);
    SCOPED(json) cases = json_of_file(folder, "cases.json");
    EXPECT(json_array_size(cases.root) == 6);
    json_array_foreach(cases.root, i, test) check_ffdhe(test);
}

/* ---- shares that are none ---- */

static void refuse_other_sizes(enum group group)
{
    SCOPED(agreement) agreement = {0};
    struct shared_secret secret = {.size = 99};
    uint8_t unused[AGREEMENT_SHARE_SIZE_MAX];
    EXPECT_OK(agreement_begin(group, &agreement, first.data));
    for (size_t size = 0; size <= sizeof first.data; size++) {
        if (size != group_first_share_size(group))
            EXPECT_FAIL(UNAUTHENTIC,
                        agreement_answer(group, (slice){first.data, size}, unused, &secret));
        if (size != group_second_share_size(group))
            EXPECT_FAIL(UNAUTHENTIC,
                        agreement_finish(&agreement, (slice){first.data, size}, &secret));
    }
    EXPECT(secret.size == 99);
}

TEST(a_share_of_another_size_is_refused)
{
    for (enum group group = GROUP_FFDHE_2048; group <= GROUP_ML_KEM_1024; group++)
        if (group != GROUP_SM2 && !is_absent(group))
            refuse_other_sizes(group);
}

TEST(a_point_beside_the_curve_is_refused)
{
    for (enum group group = GROUP_P256; group <= GROUP_P521; group++) {
        SCOPED(agreement) agreement = {0};
        EXPECT_OK(agreement_begin(group, &agreement, first.data));
        for (size_t bit = 0; bit < 8 * group_first_share_size(group); bit += 7) {
            first.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            expect_refused(&agreement, first_share(group));
            first.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        memset(&first, 0, sizeof first);
        expect_refused(&agreement, first_share(group));
        memset(&first, 0xff, sizeof first);
        expect_refused(&agreement, first_share(group));
    }
}

/* spec: FIPS 203, "Encapsulation key check": numbers of twelve bits are below the modulus */
TEST(a_kem_refuses_keys_and_forgives_no_ciphertext)
{
    for (enum group group = GROUP_ML_KEM_512; group <= GROUP_ML_KEM_1024; group++) {
        SCOPED(agreement) agreement = {0};
        SCOPED(shared_secret) ours = {0};
        SCOPED(shared_secret) theirs = {0};
        if (is_absent(group))
            continue;
        EXPECT_OK(agreement_begin(group, &agreement, first.data));
        EXPECT_OK(agreement_answer(group, first_share(group), second.data, &theirs));
        second.data[17] ^= 1;
        EXPECT_OK(agreement_finish(&agreement, second_share(group), &ours));
        EXPECT(!slice_equal(shared_secret_view(&ours), shared_secret_view(&theirs)));
        first.data[0] = first.data[1] = 0xff;
        EXPECT_FAIL(UNAUTHENTIC, agreement_answer(group, first_share(group), second.data, &theirs));
    }
}

/* ---- groups ---- */

TEST(what_is_not_available_has_sizes_and_no_keys)
{
    static const enum group groups[] = {GROUP_NONE, GROUP_SM2, GROUP_ML_KEM_1024 + 1};
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        SCOPED(agreement) agreement = {0};
        SCOPED(shared_secret) secret = {0};
        EXPECT(!group_is_available(groups[i]));
        EXPECT_FAIL(UNSUPPORTED, agreement_begin(groups[i], &agreement, first.data));
        EXPECT_FAIL(UNSUPPORTED,
                    agreement_answer(groups[i], first_share(groups[i]), second.data, &secret));
        EXPECT_FAIL(UNEXPECTED, agreement_finish(&agreement, (slice){0}, &secret));
        EXPECT(!agreement.pkey && secret.size == 0 && ERR_peek_error() == 0);
    }
    EXPECT(group_first_share_size(GROUP_SM2) == 64 && group_secret_size(GROUP_SM2) == 32);
    EXPECT(group_first_share_size(GROUP_NONE) == 0);
    EXPECT(group_second_share_size(GROUP_ML_KEM_1024 + 1) == 0);
    EXPECT(group_secret_size(GROUP_ML_KEM_1024 + 1) == 0);
}

/* spec: RFC 7919; SEC 1; FIPS 203, "Parameter sets": sizes of what OpenSSL may lack as well */
TEST(sizes_are_those_of_the_standards)
{
    for (enum group group = GROUP_FFDHE_2048; group <= GROUP_ML_KEM_1024; group++) {
        EXPECT(group_first_share_size(group) <= AGREEMENT_SHARE_SIZE_MAX);
        EXPECT(group_second_share_size(group) <= AGREEMENT_SHARE_SIZE_MAX);
        EXPECT(group_secret_size(group) <= SHARED_SECRET_SIZE_MAX);
    }
    EXPECT(group_first_share_size(GROUP_ML_KEM_768) == 1184);
    EXPECT(group_second_share_size(GROUP_ML_KEM_768) == 1088);
    EXPECT(group_secret_size(GROUP_P521) == 66 && group_secret_size(GROUP_FFDHE_4096) == 512);
}
