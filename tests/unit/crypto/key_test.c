/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/key.h"

#include "crypto/der.h"
#include "vectors/sim/keys.h"
#include "wycheproof.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

static const uint8_t message[] = {'s', 'a', 'm', 'p', 'l', 'e'};

enum { RSA_KEY = 0, P384_KEY = 2, P256_KEY = 3 }; /* in sim_test_keys */

static struct private_key test_key(int index)
{
    struct private_key key = {0};
    EXPECT_OK(private_key_read_pem(slice_of_text(sim_test_keys[index]), &key));
    return key;
}

static struct public_key test_public(int index)
{
    SCOPED(private_key) private = test_key(index);
    struct public_key key = {0};
    EXPECT_OK(private_key_public(&private, &key));
    return key;
}

/* ---- known answers ---- */

static void verify_known(enum curve curve, enum hash hash, const char *point, const char *signature)
{
    SCOPED(buffer) xy = {0};
    SCOPED(buffer) rs = {0};
    SCOPED(public_key) key = {0};
    EXPECT_OK(hex_read(slice_of_text(point), &xy));
    EXPECT_OK(hex_read(slice_of_text(signature), &rs));
    EXPECT_OK(public_key_of_point(curve, buffer_view(&xy), &key));
    EXPECT(public_key_is_on(&key, curve));
    EXPECT_OK(ecdsa_verify(&key, curve, hash, SLICE(message), buffer_view(&rs)));
    EXPECT_FAIL(UNAUTHENTIC, ecdsa_verify(&key, curve, hash, (slice){message, sizeof message - 1},
                                          buffer_view(&rs)));
    for (size_t i = 0; i < rs.size; i++) {
        rs.data[i] ^= 1;
        EXPECT_FAIL(UNAUTHENTIC, ecdsa_verify(&key, curve, hash, SLICE(message), buffer_view(&rs)));
        rs.data[i] ^= 1;
    }
    EXPECT(ERR_peek_error() == 0);
}

TEST(signatures_of_rfc_6979_verify_and_no_others)
{
    verify_known(CURVE_P256, HASH_SHA256,
                 "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
                 "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
                 "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
                 "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
    verify_known(CURVE_P384, HASH_SHA384,
                 "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64"
                 "def8f0ea9055866064a254515480bc13"
                 "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1"
                 "288b231c3ae0d4fe7344fd2533264720",
                 "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c"
                 "81a648152e44acf96e36dd1e80fabe46"
                 "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94f"
                 "a329c145786e679e7b82c71a38628ac8");
}

TEST(hmac_is_as_in_rfc_4231)
{
    static const uint8_t begins[] = {0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e};
    struct digest digest = {0};
    EXPECT_OK(hmac(HASH_SHA256, slice_of_text("Jefe"),
                   slice_of_text("what do ya want for nothing?"), &digest));
    EXPECT(digest.size == 32 && slice_equal((slice){digest.data, 8}, SLICE(begins)));
    EXPECT_FAIL(UNSUPPORTED, hmac(HASH_NONE, SLICE(message), SLICE(message), &digest));
    EXPECT_FAIL(UNSUPPORTED, hmac((enum hash)99, SLICE(message), SLICE(message), &digest));
    EXPECT(digest.size == 32);
    EXPECT_OK(hmac(HASH_SHA512, (slice){0}, (slice){0}, &digest));
    EXPECT(digest.size == 64);
}

/* As Python's hmac and hashlib have it; 140 bytes are longer than any block of SHA-3 here. */
TEST(hmac_with_sha3_is_as_others_have_it)
{
    static const struct {
        enum hash hash;
        const char *mac;
    } known[] = {
        {HASH_SHA3_256, "3a85b9ea91e8b1e48de7df13d3544ce5305aa03302d54e87135eadbf0191088a"},
        {HASH_SHA3_384, "1c435f57a891cacd590c0ace2c4e1c4e66a4828391f4b10b6beaf92f7f02c6b8"
                        "2ecaabc08d4704634c29dc01f8158919"},
        {HASH_SHA3_512, "855cc1a58acf38d910a332c0b6207ca3eecdfa513861337537f42ecacf21b0bf"
                        "e307cc9283fc763d4935111c82c7af8f582c148047d9de020d78b829c8da0e36"}};
    uint8_t key[140];
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct digest mac = {0};
        char text[2 * sizeof mac.data + 1];
        EXPECT_OK(hmac(known[i].hash, SLICE(key), SLICE(message), &mac));
        hex_write((slice){mac.data, mac.size}, text);
        EXPECT(strcmp(text, known[i].mac) == 0);
    }
}

TEST(random_bytes_differ)
{
    uint8_t a[32] = {0}, b[32] = {0};
    EXPECT_OK(random_bytes(a, sizeof a));
    EXPECT_OK(random_bytes(b, sizeof b));
    EXPECT(!slice_equal(SLICE(a), SLICE(b)));
}

/* ---- signing ---- */

static void sign_and_verify(enum curve curve, enum hash hash, size_t size)
{
    SCOPED(private_key) private = {0};
    SCOPED(public_key) public = {0};
    SCOPED(buffer) signature = {0};
    EXPECT_OK(private_key_generate(curve, &private));
    EXPECT_OK(private_key_public(&private, &public));
    for (int i = 0; i < 20; i++) { /* so that some r or s begin with a zero or a high bit */
        buffer_clear(&signature);
        EXPECT_OK(ecdsa_sign(&private, curve, hash, SLICE(message), &signature));
        EXPECT(signature.size == size);
        EXPECT_OK(ecdsa_verify(&public, curve, hash, SLICE(message), buffer_view(&signature)));
    }
}

TEST(what_is_signed_verifies_on_either_curve_with_any_hash)
{
    for (enum hash hash = HASH_SHA256; hash <= HASH_SHA512; hash++) {
        sign_and_verify(CURVE_P256, hash, 64);
        sign_and_verify(CURVE_P384, hash, 96);
    }
}

/* E16 */
TEST(a_key_of_another_curve_or_kind_neither_signs_nor_verifies)
{
    SCOPED(private_key) private = test_key(P384_KEY);
    SCOPED(public_key) public = test_public(P384_KEY);
    SCOPED(private_key) rsa = test_key(RSA_KEY);
    SCOPED(public_key) rsa_public = test_public(RSA_KEY);
    const struct public_key none = {0};
    SCOPED(buffer) signature = {0};
    static const uint8_t zeros[64];

    EXPECT_FAIL(UNSUPPORTED,
                ecdsa_sign(&private, CURVE_P256, HASH_SHA256, SLICE(message), &signature));
    EXPECT_FAIL(UNSUPPORTED,
                ecdsa_sign(&private, CURVE_NONE, HASH_SHA256, SLICE(message), &signature));
    EXPECT_FAIL(UNSUPPORTED, ecdsa_sign(&rsa, CURVE_P256, HASH_SHA256, SLICE(message), &signature));
    EXPECT_FAIL(UNSUPPORTED,
                ecdsa_sign(&private, CURVE_P384, HASH_NONE, SLICE(message), &signature));
    EXPECT(signature.size == 0);
    EXPECT_OK(ecdsa_sign(&private, CURVE_P384, HASH_SHA384, SLICE(message), &signature));

    const slice made = buffer_view(&signature);
    EXPECT_OK(ecdsa_verify(&public, CURVE_P384, HASH_SHA384, SLICE(message), made));
    EXPECT_FAIL(UNAUTHENTIC, ecdsa_verify(&public, CURVE_P256, HASH_SHA384, SLICE(message), made));
    EXPECT_FAIL(UNAUTHENTIC, ecdsa_verify(&public, CURVE_NONE, HASH_SHA384, SLICE(message), made));
    EXPECT_FAIL(UNAUTHENTIC, ecdsa_verify(&public, CURVE_P384, HASH_SHA256, SLICE(message), made));
    EXPECT_FAIL(UNSUPPORTED, ecdsa_verify(&public, CURVE_P384, HASH_NONE, SLICE(message), made));
    EXPECT_FAIL(UNAUTHENTIC,
                ecdsa_verify(&rsa_public, CURVE_P384, HASH_SHA384, SLICE(message), made));
    EXPECT_FAIL(UNAUTHENTIC,
                ecdsa_verify(&none, CURVE_P256, HASH_SHA256, SLICE(message), SLICE(zeros)));
    EXPECT(!public_key_is_on(&public, CURVE_P256) && !public_key_is_on(&public, CURVE_NONE));
    EXPECT(!public_key_is_on(&none, CURVE_NONE) && !public_key_is_on(&rsa_public, CURVE_P256));
    EXPECT(public_key_rsa_bits(&rsa_public) == 4096 && public_key_rsa_bits(&public) == 0);
    EXPECT(public_key_rsa_bits(&none) == 0);
    EXPECT(ERR_peek_error() == 0);
}

/* E17 */
TEST(a_signature_of_another_size_is_refused)
{
    static const uint8_t ones[128] = {1};
    SCOPED(public_key) public = test_public(P256_KEY);
    for (size_t size = 0; size <= sizeof ones; size++)
        EXPECT_FAIL(UNAUTHENTIC, ecdsa_verify(&public, CURVE_P256, HASH_SHA256, SLICE(message),
                                              (slice){ones, size}));
}

/* ---- forms ---- */

TEST(an_rsa_key_of_its_numbers_is_that_key)
{
    SCOPED(private_key) private = test_key(RSA_KEY);
    SCOPED(public_key) public = {0};
    SCOPED(public_key) again = {0};
    SCOPED(buffer) signature = {0};
    static const uint8_t exponent[] = {1, 0, 1};
    uint8_t modulus[512];
    BIGNUM *n = NULL;
    EXPECT_OK(private_key_public(&private, &public));
    const size_t size = public_key_rsa_bits(&public) / 8;
    EXPECT(EVP_PKEY_get_bn_param(public.pkey, "n", &n) == 1 &&
           BN_bn2binpad(n, modulus, (int)size) == (int)size);
    BN_free(n);
    EXPECT_OK(public_key_of_rsa((slice){modulus, size}, SLICE(exponent), &again));
    EXPECT(public_key_equal(&public, &again));
    EXPECT_OK(rsa_sign(&private, RSA_PSS, HASH_SHA256, slice_of_text("words"), &signature));
    EXPECT_OK(
        rsa_verify(&again, RSA_PSS, HASH_SHA256, slice_of_text("words"), buffer_view(&signature)));
    EXPECT_FAIL(UNAUTHENTIC, rsa_verify(&again, RSA_PKCS1, HASH_SHA256, slice_of_text("words"),
                                        buffer_view(&signature)));
    EXPECT_FAIL(UNAUTHENTIC, rsa_verify(&again, RSA_PSS, HASH_SHA256, slice_of_text("wordz"),
                                        buffer_view(&signature)));
    EXPECT_OK(rsa_verify(&again, RSA_PSS_ANY_SALT, HASH_SHA256, slice_of_text("words"),
                         buffer_view(&signature)));
}

TEST(a_salt_of_another_length_is_taken_only_where_any_is)
{
    SCOPED(private_key) private = test_key(RSA_KEY);
    SCOPED(public_key) public = {0};
    SCOPED(buffer) signature = {0};
    const slice words = slice_of_text("words");
    EXPECT_OK(private_key_public(&private, &public));
    EXPECT_OK(rsa_sign(&private, RSA_PSS_ANY_SALT, HASH_SHA256, words, &signature));
    EXPECT_OK(rsa_verify(&public, RSA_PSS_ANY_SALT, HASH_SHA256, words, buffer_view(&signature)));
    EXPECT_FAIL(UNAUTHENTIC,
                rsa_verify(&public, RSA_PSS, HASH_SHA256, words, buffer_view(&signature)));
    EXPECT_FAIL(UNAUTHENTIC, rsa_verify(&public, RSA_PSS_ANY_SALT, HASH_SHA256,
                                        slice_of_text("wordz"), buffer_view(&signature)));
}

TEST(private_keys_come_back_from_pem)
{
    for (int i = RSA_KEY; i <= P256_KEY; i++) {
        SCOPED(private_key) key = test_key(i);
        SCOPED(private_key) again = {0};
        SCOPED(public_key) key_public = {0};
        SCOPED(public_key) again_public = {0};
        SCOPED(buffer) pem = {0};
        SCOPED(buffer) spki = {0};
        SCOPED(buffer) again_spki = {0};
        EXPECT_OK(private_key_write_pem(&key, &pem));
        /* As the openssl command wrote it. */
        EXPECT(slice_equal(buffer_view(&pem), slice_of_text(sim_test_keys[i])));
        EXPECT_OK(private_key_read_pem(buffer_view(&pem), &again));
        EXPECT_OK(private_key_public(&key, &key_public));
        EXPECT_OK(private_key_public(&again, &again_public));
        EXPECT_OK(public_key_spki(&key_public, &spki));
        EXPECT_OK(public_key_spki(&again_public, &again_spki));
        EXPECT(slice_equal(buffer_view(&spki), buffer_view(&again_spki)));
    }
}

TEST(what_is_no_private_key_of_ours_is_refused)
{
    static const char encrypted[] =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
        "MIHeMEkGCSqGSIb3DQEFDTA8MBsGCSqGSIb3DQEFDDAOBAgAAAAAAAAAAAICCAAw\n"
        "-----END ENCRYPTED PRIVATE KEY-----\n";
    /* RFC 8410, "Examples", with the number of X25519 in place of Ed25519's */
    static const char x25519[] =
        "-----BEGIN PRIVATE KEY-----\n"
        "MC4CAQAwBQYDK2VuBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
        "-----END PRIVATE KEY-----\n";
    struct private_key key = {0};
    EXPECT_FAIL(MALFORMED, private_key_read_pem(slice_of_text(encrypted), &key));
    EXPECT_FAIL(UNSUPPORTED, private_key_read_pem(slice_of_text(x25519), &key));
    EXPECT_FAIL(MALFORMED, private_key_read_pem((slice){0}, &key));
    EXPECT_FAIL(MALFORMED, private_key_read_pem(slice_of_text("no key"), &key));
    EXPECT_FAIL(UNSUPPORTED, private_key_generate(CURVE_NONE, &key));
    EXPECT_FAIL(UNSUPPORTED, private_key_generate((enum curve)99, &key));
    EXPECT_FAIL(UNSUPPORTED, private_key_generate_rsa(1024, &key));
    EXPECT(key.pkey == NULL && ERR_peek_error() == 0);
}

TEST(an_rsa_key_has_the_bits_asked_for)
{
    SCOPED(private_key) key = {0};
    SCOPED(public_key) public = {0};
    EXPECT_OK(private_key_generate_rsa(2048, &key));
    EXPECT_OK(private_key_public(&key, &public));
    EXPECT(public_key_rsa_bits(&public) == 2048);
}

/* Made by openssl genpkey with rsa_keygen_pubexp 2^65 + 131. Up to 3072 bits OpenSSL takes
 * exponents as long as the modulus, and a certificate of a stranger's would cost what hundreds of
 * others do. */
TEST(an_rsa_key_with_a_long_exponent_is_refused)
{
    static const char spki[] =
        "30820128300d06092a864886f70d01010105000382011500308201100282010100c7c11ed90c"
        "ee8a998f5716ecd99a778216f96935bdb1f7d1284c408732b29b98b7a904caf0f8ec418c7087"
        "c8b2b363f9086a05d6fdedf249096b1fad4b7a340470ba8227626ce8ff45a0bae19b4ea1c54d"
        "e8caae2d2c26e6f97dc711f3956ff877d552040d4a3758d987d76bcaaec55f21ec0e136106f5"
        "ba9aead9a9beb8447dde988e013b4ed0fe3fcee2acbbe3850bd3d4d6f23dab82dd99b2748bd2"
        "77f697ab2324b3e16ad0e4e249ae69ce03ce05803bb94f78377f9a4b0b1c3c2e3a2af52eb0ed"
        "6d190ef6dd376198a20f69fc20baf3a92b1c90602907b1b20788f1b3435f62bd2f25f44a7b65"
        "ef5482d5813c09f4186e43f4940226d20eacf3a7d54d110209020000000000000083";
    SCOPED(buffer) der = {0};
    struct public_key key = {0};
    EXPECT_OK(hex_read(slice_of_text(spki), &der));
    EXPECT_FAIL(UNSUPPORTED, public_key_of_spki(buffer_view(&der), &key));
    EXPECT(key.pkey == NULL && ERR_peek_error() == 0);
}

TEST(a_public_key_cut_anywhere_or_followed_by_bytes_is_malformed)
{
    SCOPED(public_key) public = test_public(P384_KEY);
    SCOPED(public_key) again = {0};
    SCOPED(buffer) spki = {0};
    static const uint8_t more[] = {0};
    EXPECT_OK(public_key_spki(&public, &spki));
    EXPECT_OK(public_key_of_spki(buffer_view(&spki), &again));
    EXPECT(public_key_is_on(&again, CURVE_P384));
    struct public_key key = {0};
    for (size_t size = 0; size < spki.size; size++)
        EXPECT_FAIL(MALFORMED, public_key_of_spki((slice){spki.data, size}, &key));
    EXPECT_OK(buffer_append(&spki, SLICE(more)));
    EXPECT_FAIL(MALFORMED, public_key_of_spki(buffer_view(&spki), &key));
    EXPECT(key.pkey == NULL && ERR_peek_error() == 0);
}

/* Whose parameters are ours today could be nearly ours tomorrow. */
/* E16 */
TEST(a_curve_that_is_spelled_out_is_unsupported)
{
    SCOPED(private_key) key = {0};
    SCOPED(buffer) pem = {0};
    struct public_key public = {0};
    struct private_key private = {0};
    uint8_t *der = NULL;
    EXPECT_OK(private_key_generate(CURVE_P256, &key));
    EXPECT(EVP_PKEY_set_utf8_string_param(key.pkey, OSSL_PKEY_PARAM_EC_ENCODING, "explicit") == 1);
    const int size = i2d_PUBKEY(key.pkey, &der);
    EXPECT(size > 0);
    EXPECT_FAIL(UNSUPPORTED, public_key_of_spki((slice){der, (size_t)size}, &public));
    EXPECT_OK(private_key_write_pem(&key, &pem));
    EXPECT_FAIL(UNSUPPORTED, private_key_read_pem(buffer_view(&pem), &private));
    EXPECT(public.pkey == NULL && private.pkey == NULL);
    OPENSSL_free(der);
}

TEST(a_point_of_another_size_is_malformed)
{
    static const uint8_t point[96];
    struct public_key key = {0};
    for (size_t size = 0; size <= sizeof point; size++)
        if (size != 64)
            EXPECT_FAIL(MALFORMED, public_key_of_point(CURVE_P256, (slice){point, size}, &key));
    EXPECT_FAIL(UNAUTHENTIC, public_key_of_point(CURVE_P256, (slice){point, 64}, &key));
    EXPECT_FAIL(UNSUPPORTED, public_key_of_point(CURVE_NONE, (slice){point, 64}, &key));
    EXPECT(key.pkey == NULL);
}

/* ---- Wycheproof ---- */

static bool is_result(const json_t *test, const char *result)
{
    return strcmp(text_of(test, "result"), result) == 0;
}

static enum curve curve_of(const json_t *group)
{
    const char *const name = text_of(json_object_get(group, "publicKey"), "curve");
    if (strcmp(name, "secp521r1") == 0)
        return CURVE_P521;
    return strcmp(name, "secp256r1") == 0 ? CURVE_P256 : CURVE_P384;
}

static enum hash hash_of(const json_t *group)
{
    const char *const name = text_of(group, "sha");
    if (strcmp(name, "SHA-512") == 0)
        return HASH_SHA512;
    return strcmp(name, "SHA-256") == 0 ? HASH_SHA256 : HASH_SHA384;
}

static struct public_key key_of(const json_t *group)
{
    struct public_key key = {0};
    SCOPED(buffer) point = hex_member(json_object_get(group, "publicKey"), "uncompressed");
    EXPECT_OK(public_key_of_point(curve_of(group), (slice){point.data + 1, point.size - 1}, &key));
    return key;
}

static void verify_case(const json_t *group, const json_t *test, slice signature)
{
    SCOPED(public_key) key = key_of(group);
    SCOPED(buffer) signed_bytes = hex_member(test, "msg");
    const status got =
        ecdsa_verify(&key, curve_of(group), hash_of(group), buffer_view(&signed_bytes), signature);
    EXPECT(!got.fault == is_result(test, "valid"));
    EXPECT(!got.fault || got.fault->failure == FAILURE_UNAUTHENTIC);
    EXPECT(ERR_peek_error() == 0);
}

static void verify_p1363(const json_t *group, const json_t *test)
{
    SCOPED(buffer) signature = hex_member(test, "sig");
    verify_case(group, test, buffer_view(&signature));
}

/* Right-aligns a DER INTEGER's content in `size` zero bytes; false when it does not fit. */
static bool place(slice number, uint8_t *out, size_t size)
{
    if (number.size && number.data[0] & 0x80)
        return false; /* negative */
    for (; number.size && number.data[0] == 0; number.size--)
        number.data++;
    if (number.size > size)
        return false;
    memset(out, 0, size);
    if (number.size)
        memcpy(out + size - number.size, number.data, number.size);
    return true;
}

/* What a strict reader makes of SEQUENCE { INTEGER r, INTEGER s }. */
static bool raw_of_der(slice der, uint8_t *out, size_t half)
{
    enum { INTEGER = 0x02, SEQUENCE = 0x30 };
    slice content, r, s;
    struct reader reader = reader_of(der);
    if (der_check(der).fault || der_expect(&reader, SEQUENCE, &content).fault)
        return false;
    reader = reader_of(content);
    return !der_expect(&reader, INTEGER, &r).fault && !der_expect(&reader, INTEGER, &s).fault &&
           !reader_finish(&reader).fault && place(r, out, half) && place(s, out + half, half);
}

static void verify_der(const json_t *group, const json_t *test)
{
    SCOPED(buffer) der = hex_member(test, "sig");
    static const size_t halves[] = {[CURVE_P256] = 32, [CURVE_P384] = 48, [CURVE_P521] = 66};
    uint8_t raw[2 * 66];
    const size_t half = halves[curve_of(group)];
    if (raw_of_der(buffer_view(&der), raw, half))
        verify_case(group, test, (slice){raw, 2 * half});
    else
        EXPECT(is_result(test, "invalid"));
}

static void run_file_of_vectors(const char *name, int count,
                                void (*visit)(const json_t *group, const json_t *test))
{
    SCOPED(json) file = wycheproof_open(name);
    if (!file.root)
        SKIP(count, name);
    EXPECT(wycheproof_each(&file, visit) == (size_t)count);
}

/* E16, E17 */
TEST(wycheproof_ecdsa_p1363)
{
    run_file_of_vectors("ecdsa_secp256r1_sha256_p1363_test.json", 262, verify_p1363);
    run_file_of_vectors("ecdsa_secp384r1_sha384_p1363_test.json", 280, verify_p1363);
    run_file_of_vectors("ecdsa_secp521r1_sha512_p1363_test.json", 318, verify_p1363);
}

/* E17 */
TEST(wycheproof_ecdsa_der)
{
    run_file_of_vectors("ecdsa_secp256r1_sha256_test.json", 484, verify_der);
    run_file_of_vectors("ecdsa_secp384r1_sha256_test.json", 472, verify_der);
    run_file_of_vectors("ecdsa_secp384r1_sha384_test.json", 504, verify_der);
    run_file_of_vectors("ecdsa_secp521r1_sha512_test.json", 542, verify_der);
}

static void verify_rsa(const json_t *group, const json_t *test)
{
    SCOPED(public_key) key = {0};
    SCOPED(buffer) text = hex_member(test, "msg");
    SCOPED(buffer) signature = hex_member(test, "sig");
    const bool is_pss = strcmp(text_of(group, "type"), "RsassaPssVerify") == 0;
    EXPECT_OK(public_key_read(slice_of_text(text_of(group, "publicKeyPem")), &key));
    const status got = rsa_verify(&key, is_pss ? RSA_PSS : RSA_PKCS1, hash_of(group),
                                  buffer_view(&text), buffer_view(&signature));
    EXPECT(!got.fault == is_result(test, "valid")); /* what they leave open is refused */
    EXPECT(!got.fault || got.fault->failure == FAILURE_UNAUTHENTIC);
    EXPECT(ERR_peek_error() == 0);
}

/* E16 */
TEST(wycheproof_rsa)
{
    run_file_of_vectors("rsa_signature_2048_sha256_test.json", 259, verify_rsa);
    run_file_of_vectors("rsa_signature_3072_sha384_test.json", 259, verify_rsa);
    run_file_of_vectors("rsa_signature_4096_sha512_test.json", 259, verify_rsa);
    run_file_of_vectors("rsa_pss_2048_sha256_mgf1_32_test.json", 108, verify_rsa);
    run_file_of_vectors("rsa_pss_4096_sha384_mgf1_48_test.json", 141, verify_rsa);
}

static enum hash mac_hash;

static void check_mac(const json_t *group, const json_t *test)
{
    SCOPED(buffer) key = hex_member(test, "key");
    SCOPED(buffer) text = hex_member(test, "msg");
    SCOPED(buffer) tag = hex_member(test, "tag");
    struct digest digest = {0};
    const size_t size = (size_t)json_integer_value(json_object_get(group, "tagSize")) / 8;
    EXPECT_OK(hmac(mac_hash, buffer_view(&key), buffer_view(&text), &digest));
    EXPECT(size <= digest.size);
    const bool is_equal = slice_equal((slice){digest.data, size}, buffer_view(&tag));
    EXPECT(is_equal == is_result(test, "valid"));
}

TEST(wycheproof_hmac)
{
    mac_hash = HASH_SHA256;
    run_file_of_vectors("hmac_sha256_test.json", 174, check_mac);
    mac_hash = HASH_SHA384;
    run_file_of_vectors("hmac_sha384_test.json", 174, check_mac);
    mac_hash = HASH_SHA512;
    run_file_of_vectors("hmac_sha512_test.json", 174, check_mac);
    mac_hash = HASH_SM3;
    run_file_of_vectors("hmac_sm3_test.json", 174, check_mac);
}

/* Points of key exchanges: on the curve or not. Ours are uncompressed, without the first byte. */
static void check_point(const json_t *group, const json_t *test)
{
    SCOPED(buffer) octets = hex_member(test, "public");
    SCOPED(public_key) key = {0};
    const bool is_p256 = strcmp(text_of(group, "curve"), "secp256r1") == 0;
    const slice point = octets.size ? (slice){octets.data + 1, octets.size - 1} : (slice){0};
    const bool fits = point.size == (is_p256 ? 64 : 96);
    const status got = public_key_of_point(is_p256 ? CURVE_P256 : CURVE_P384, point, &key);
    EXPECT(!got.fault == (fits && is_result(test, "valid")));
    EXPECT(!got.fault || got.fault->failure == (fits ? FAILURE_UNAUTHENTIC : FAILURE_MALFORMED));
}

TEST(wycheproof_points)
{
    run_file_of_vectors("ecdh_secp256r1_ecpoint_test.json", 355, check_point);
    run_file_of_vectors("ecdh_secp384r1_ecpoint_test.json", 790, check_point);
}

/* Whatever is taken is a key on a named curve and the same bytes again. What the vectors leave to
 * policy is refused where it spells parameters out or is not DER. */
static void check_spki(const json_t *group, const json_t *test)
{
    SCOPED(buffer) der = hex_member(test, "public");
    SCOPED(public_key) key = {0};
    const status got = public_key_of_spki(buffer_view(&der), &key);
    (void)group;
    if (is_result(test, "valid"))
        EXPECT(!got.fault && public_key_is_on(&key, CURVE_P256));
    if (is_result(test, "invalid"))
        EXPECT(got.fault || !public_key_is_on(&key, CURVE_P256)); /* a key for another exchange */
    if (!got.fault) {
        SCOPED(buffer) again = {0};
        EXPECT_OK(public_key_spki(&key, &again));
        EXPECT(slice_equal(buffer_view(&der), buffer_view(&again)));
        EXPECT(!strstr(text_of(test, "comment"), "explicit"));
    }
    EXPECT(ERR_peek_error() == 0);
}

/* E16 */
TEST(wycheproof_public_keys)
{
    run_file_of_vectors("ecdh_secp256r1_test.json", 612, check_spki);
}
