/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/asym.h"

#include "wycheproof.h"

#include <openssl/err.h>

static const uint8_t message[] = {'s', 'a', 'm', 'p', 'l', 'e'};
static uint8_t signature[ASYM_SIGNATURE_SIZE_MAX + 1];

#define FIRST ASYM_RSASSA_2048
#define LAST ASYM_SLH_DSA_SHAKE_256F

/* ---- one key for each algorithm, made when it is first asked for ---- */

static struct private_key private_keys[LAST + 1];
static struct public_key public_keys[LAST + 1];

/* RSA's two ways of each size share one. */
static enum asym key_index(enum asym asym)
{
    if (asym == ASYM_RSAPSS_2048 || asym == ASYM_RSAPSS_3072 || asym == ASYM_RSAPSS_4096)
        return asym - 1;
    return asym;
}

static const struct private_key *private_of(enum asym asym)
{
    const enum asym index = key_index(asym);
    if (!private_keys[index].pkey) {
        EXPECT_OK(asym_generate(index, &private_keys[index]));
        EXPECT_OK(private_key_public(&private_keys[index], &public_keys[index]));
    }
    return &private_keys[index];
}

static const struct public_key *public_of(enum asym asym)
{
    private_of(asym);
    return &public_keys[key_index(asym)];
}

__attribute__((destructor)) static void forget_keys(void)
{
    for (int i = 0; i <= LAST; i++) {
        private_key_clear(&private_keys[i]);
        public_key_clear(&public_keys[i]);
    }
}

static bool is_absent(enum asym asym)
{
    if (asym_is_available(asym))
        return false;
    printf("  skipped 1: algorithm %d is not in this OpenSSL\n", (int)asym);
    test_skipped++;
    return true;
}

static slice signature_of(enum asym asym)
{
    return (slice){signature, asym_signature_size(asym)};
}

/* ---- signing and verifying ---- */

static bool takes_context(enum asym asym)
{
    return asym == ASYM_SM2 || asym >= ASYM_ED448;
}

static void sign_and_verify(enum asym asym)
{
    const struct asym_use use = {asym, HASH_SHA384, slice_of_text("responder-test signing")};
    const struct asym_use other = {asym, HASH_SHA384, slice_of_text("requester-test signing")};
    const struct public_key *const key = public_of(asym);
    const size_t size = asym_signature_size(asym);
    signature[size] = 0xaa;
    EXPECT_OK(asym_sign(&use, private_of(asym), SLICE(message), signature));
    EXPECT(signature[size] == 0xaa);
    EXPECT_OK(asym_verify(&use, key, SLICE(message), signature_of(asym)));
    EXPECT_FAIL(UNAUTHENTIC,
                asym_verify(&use, key, (slice){message, sizeof message - 1}, signature_of(asym)));
    if (takes_context(asym))
        EXPECT_FAIL(UNAUTHENTIC, asym_verify(&other, key, SLICE(message), signature_of(asym)));
    else
        EXPECT_OK(asym_verify(&other, key, SLICE(message), signature_of(asym)));
    for (size_t i = 0; i < size; i += 1 + size / 100) {
        signature[i] ^= 0x10;
        EXPECT_FAIL(UNAUTHENTIC, asym_verify(&use, key, SLICE(message), signature_of(asym)));
        signature[i] ^= 0x10;
    }
    EXPECT_FAIL(UNAUTHENTIC, asym_verify(&use, key, SLICE(message), (slice){signature, size - 1}));
    EXPECT_FAIL(UNAUTHENTIC, asym_verify(&use, key, SLICE(message), (slice){signature, size + 1}));
    EXPECT_FAIL(UNAUTHENTIC, asym_verify(&use, key, SLICE(message), (slice){signature, 0}));
    EXPECT(ERR_peek_error() == 0);
}

TEST(what_is_signed_verifies_and_nothing_near_it)
{
    for (enum asym asym = FIRST; asym <= LAST; asym++)
        if (!is_absent(asym))
            sign_and_verify(asym);
}

TEST(a_signature_is_of_its_hash_only)
{
    static const enum asym hashed[] = {ASYM_RSASSA_2048, ASYM_RSAPSS_2048, ASYM_ECDSA_P256,
                                       ASYM_ECDSA_P521};
    for (size_t i = 0; i < sizeof hashed / sizeof *hashed; i++)
        for (enum hash hash = HASH_SHA256; hash <= HASH_SHA3_512; hash++) {
            struct asym_use use = {hashed[i], hash, {0}};
            if (hash == HASH_SM3 && hashed[i] < ASYM_ECDSA_P256)
                continue; /* RSA over SM3 is not in OpenSSL 3.0 */
            EXPECT_OK(asym_sign(&use, private_of(hashed[i]), SLICE(message), signature));
            EXPECT_OK(
                asym_verify(&use, public_of(hashed[i]), SLICE(message), signature_of(hashed[i])));
            use.hash = hash == HASH_SHA256 ? HASH_SHA3_256 : HASH_SHA256;
            EXPECT_FAIL(UNAUTHENTIC, asym_verify(&use, public_of(hashed[i]), SLICE(message),
                                                 signature_of(hashed[i])));
        }
}

TEST(a_digest_is_signed_as_its_message_is)
{
    for (enum asym asym = FIRST; asym <= ASYM_ED25519; asym++) {
        const struct asym_use use = {asym, HASH_SHA256, {0}};
        struct digest digest = {0};
        EXPECT_OK(digest_of(HASH_SHA256, SLICE(message), &digest));
        if (asym == ASYM_SM2 || asym == ASYM_ED25519) {
            EXPECT_FAIL(UNSUPPORTED, asym_sign_digest(&use, private_of(asym), &digest, signature));
            EXPECT_FAIL(UNSUPPORTED,
                        asym_verify_digest(&use, public_of(asym), &digest, signature_of(asym)));
            continue;
        }
        EXPECT_OK(asym_sign_digest(&use, private_of(asym), &digest, signature));
        EXPECT_OK(asym_verify(&use, public_of(asym), SLICE(message), signature_of(asym)));
        EXPECT_OK(asym_verify_digest(&use, public_of(asym), &digest, signature_of(asym)));
        digest.data[0] ^= 1;
        EXPECT_FAIL(UNAUTHENTIC,
                    asym_verify_digest(&use, public_of(asym), &digest, signature_of(asym)));
        digest.size = 48;
        EXPECT_FAIL(UNSUPPORTED, asym_sign_digest(&use, private_of(asym), &digest, signature));
        EXPECT_FAIL(UNSUPPORTED,
                    asym_verify_digest(&use, public_of(asym), &digest, signature_of(asym)));
    }
}

/* ---- keys ---- */

TEST(a_key_fits_the_algorithms_of_its_kind_only)
{
    const struct public_key none = {0};
    const struct private_key none_private = {0};
    for (enum asym asym = FIRST; asym <= ASYM_ED448; asym++) {
        if (is_absent(asym))
            continue;
        for (enum asym other = ASYM_NONE; other <= LAST + 1; other++) {
            const struct asym_use use = {other, HASH_SHA256, {0}};
            const bool fits = key_index(other) == key_index(asym);
            EXPECT(asym_fits_key(other, public_of(asym)) == fits);
            if (fits)
                continue;
            EXPECT_FAIL(UNSUPPORTED, asym_sign(&use, private_of(asym), SLICE(message), signature));
            EXPECT_FAIL(UNAUTHENTIC,
                        asym_verify(&use, public_of(asym), SLICE(message), signature_of(other)));
        }
        const struct asym_use use = {asym, HASH_SHA256, {0}};
        EXPECT(!asym_fits_key(asym, &none));
        EXPECT_FAIL(UNSUPPORTED, asym_sign(&use, &none_private, SLICE(message), signature));
        EXPECT_FAIL(UNAUTHENTIC, asym_verify(&use, &none, SLICE(message), signature_of(asym)));
    }
}

TEST(keys_of_every_kind_are_written_and_read)
{
    for (enum asym asym = FIRST; asym <= LAST; asym++) {
        SCOPED(buffer) spki = {0};
        SCOPED(buffer) pem = {0};
        SCOPED(public_key) public = {0};
        SCOPED(private_key) private = {0};
        if (is_absent(asym))
            continue;
        EXPECT_OK(public_key_spki(public_of(asym), &spki));
        EXPECT_OK(public_key_of_spki(buffer_view(&spki), &public));
        EXPECT(public_key_equal(&public, public_of(asym)));
        EXPECT_OK(private_key_write_pem(private_of(asym), &pem));
        EXPECT_OK(private_key_read_pem(buffer_view(&pem), &private));
        EXPECT(asym_fits_key(asym, &public));
    }
}

/* spec: DSP0274 1.4, "NEGOTIATE_ALGORITHMS": FIPS 204 and 205 give the sizes of the last ones */
TEST(sizes_are_those_of_the_specification)
{
    static const size_t sizes[LAST + 2] = {0,     256,   256,   384,   384,   64,    512,   512,
                                           96,    132,   64,    64,    114,   2420,  3309,  4627,
                                           7856,  7856,  17088, 17088, 16224, 16224, 35664, 35664,
                                           29792, 29792, 49856, 49856, 0};
    for (enum asym asym = ASYM_NONE; asym <= LAST + 1; asym++)
        EXPECT(asym_signature_size(asym) == sizes[asym]);
    EXPECT(!asym_is_available(ASYM_NONE) && !asym_is_available(LAST + 1));
    struct private_key key = {0};
    EXPECT_FAIL(UNSUPPORTED, asym_generate(ASYM_NONE, &key));
    EXPECT_FAIL(UNSUPPORTED, asym_generate(LAST + 1, &key));
    EXPECT(!key.pkey);
}

/* ---- contexts ---- */

/* spec: RFC 8032, "Test Vectors for Ed448": 1 octet (with context) */
TEST(ed448_takes_a_context_or_refuses_to_sign_with_one)
{
    static const char spki_hex[] =
        "3043300506032b6571033a00"
        "43ba28f430cdff456ae531545f7ecd0ac834a55d9358c0372bfa0c6c6798c0866aea01eb00742802b8438ea4"
        "cb82169c235160627b4c3a9480";
    static const char signature_hex[] =
        "d4f8f6131770dd46f40867d6fd5d5055de43541f8c5e35abbcd001b32a89f7d2151f7647f11d8ca2ae279fb8"
        "42d607217fce6e042f6815ea000c85741de5c8da1144a6a1aba7f96de42505d7a7298524fda538fccbbb754f"
        "578c1cad10d54d0d5428407e85dcbc98a49155c13764e66c3c00";
    static const uint8_t three[] = {3};
    const struct asym_use use = {ASYM_ED448, HASH_NONE, slice_of_text("foo")};
    const struct asym_use without = {ASYM_ED448, HASH_NONE, {0}};
    SCOPED(buffer) spki = {0};
    SCOPED(public_key) key = {0};
    EXPECT_OK(hex_read(slice_of_text(spki_hex), &spki));
    EXPECT_OK(public_key_of_spki(buffer_view(&spki), &key));
    EXPECT_OK(hex_read_exactly(slice_of_text(signature_hex), signature, 114));
    EXPECT_FAIL(UNAUTHENTIC, asym_verify(&without, &key, SLICE(three), (slice){signature, 114}));
    if (asym_is_available(ASYM_ED448)) {
        EXPECT_OK(asym_verify(&use, &key, SLICE(three), (slice){signature, 114}));
        return;
    }
    EXPECT_FAIL(UNSUPPORTED, asym_verify(&use, &key, SLICE(three), (slice){signature, 114}));
    printf("  skipped 1: this OpenSSL takes no context\n");
    test_skipped++;
}

TEST(a_context_that_is_too_long_is_refused)
{
    static const uint8_t context[ASYM_CONTEXT_SIZE_MAX + 1];
    struct asym_use use = {ASYM_ML_DSA_44, HASH_NONE, SLICE(context)};
    if (is_absent(ASYM_ML_DSA_44))
        return;
    EXPECT_FAIL(EXHAUSTED, asym_sign(&use, private_of(use.asym), SLICE(message), signature));
    EXPECT_FAIL(EXHAUSTED,
                asym_verify(&use, public_of(use.asym), SLICE(message), signature_of(use.asym)));
    use.context.size--;
    EXPECT_OK(asym_sign(&use, private_of(use.asym), SLICE(message), signature));
    EXPECT_OK(asym_verify(&use, public_of(use.asym), SLICE(message), signature_of(use.asym)));
}

/* ---- Wycheproof ---- */

static struct asym_use vectors_use;

/* A key that cannot be read makes a case invalid. */
static void verify_case(const json_t *group, const json_t *test)
{
    SCOPED(buffer) der = hex_member(group, "publicKeyDer");
    SCOPED(buffer) text = hex_member(test, "msg");
    SCOPED(buffer) signed_as = hex_member(test, "sig");
    SCOPED(buffer) context = {0};
    SCOPED(public_key) key = {0};
    const bool is_valid = strcmp(text_of(test, "result"), "valid") == 0;
    if (json_object_get(test, "ctx"))
        context = hex_member(test, "ctx");
    vectors_use.context = buffer_view(&context);
    if (public_key_of_spki(buffer_view(&der), &key).fault) {
        EXPECT(!is_valid);
        return;
    }
    const status got = asym_verify(&vectors_use, &key, buffer_view(&text), buffer_view(&signed_as));
    EXPECT(!got.fault == is_valid);
    EXPECT(!got.fault || got.fault->failure == FAILURE_UNAUTHENTIC ||
           got.fault->failure == FAILURE_EXHAUSTED);
    EXPECT(ERR_peek_error() == 0);
}

static void run_file_of_vectors(enum asym asym, enum hash hash, const char *name, size_t count)
{
    SCOPED(json) file = wycheproof_open(name);
    vectors_use = (struct asym_use){asym, hash, {0}};
    if (!file.root)
        SKIP(count, name);
    /* Without contexts every Ed448 verifies. */
    if (!asym_is_available(asym) && asym != ASYM_ED448)
        SKIP(count, "not in this OpenSSL");
    EXPECT(wycheproof_each(&file, verify_case) == count);
}

TEST(wycheproof_signatures)
{
    run_file_of_vectors(ASYM_RSASSA_2048, HASH_SHA256, "rsa_signature_2048_sha256_test.json", 259);
    run_file_of_vectors(ASYM_RSASSA_3072, HASH_SHA384, "rsa_signature_3072_sha384_test.json", 259);
    run_file_of_vectors(ASYM_RSASSA_4096, HASH_SHA384, "rsa_signature_4096_sha384_test.json", 259);
    run_file_of_vectors(ASYM_RSASSA_4096, HASH_SHA512, "rsa_signature_4096_sha512_test.json", 259);
    run_file_of_vectors(ASYM_RSAPSS_2048, HASH_SHA256, "rsa_pss_2048_sha256_mgf1_32_test.json",
                        108);
    run_file_of_vectors(ASYM_RSAPSS_3072, HASH_SHA256, "rsa_pss_3072_sha256_mgf1_32_test.json",
                        108);
    run_file_of_vectors(ASYM_RSAPSS_4096, HASH_SHA384, "rsa_pss_4096_sha384_mgf1_48_test.json",
                        141);
    run_file_of_vectors(ASYM_RSAPSS_4096, HASH_SHA512, "rsa_pss_4096_sha512_mgf1_64_test.json",
                        179);
    run_file_of_vectors(ASYM_ECDSA_P256, HASH_SHA256, "ecdsa_secp256r1_sha256_p1363_test.json",
                        262);
    run_file_of_vectors(ASYM_ECDSA_P384, HASH_SHA384, "ecdsa_secp384r1_sha384_p1363_test.json",
                        280);
    run_file_of_vectors(ASYM_ECDSA_P521, HASH_SHA512, "ecdsa_secp521r1_sha512_p1363_test.json",
                        318);
    run_file_of_vectors(ASYM_ED25519, HASH_NONE, "ed25519_test.json", 151);
    run_file_of_vectors(ASYM_ED448, HASH_NONE, "ed448_test.json", 87);
    run_file_of_vectors(ASYM_ML_DSA_65, HASH_NONE, "mldsa_65_verify_test.json", 210);
}
