/* SPDX-License-Identifier: Apache-2.0 */

/* SM2 and SM3 against the standards' own answers, and against two other implementations'. */

#include "codec/text.h"
#include "crypto/key.h"

#include "test.h"

enum { SIGNATURE_SIZE = 64 };

/* ---- SM3 ---- */

static void expect_digest(slice message, const char *expected)
{
    uint8_t wanted[32];
    struct digest digest = {0};
    EXPECT_OK(hex_read_exactly(slice_of_text(expected), wanted, sizeof wanted));
    EXPECT_OK(digest_of(HASH_SM3, message, &digest));
    EXPECT(slice_equal((slice){digest.data, digest.size}, SLICE(wanted)));
}

/* spec: GB/T 32905, "Appendix A: examples" */
TEST(sm3_is_as_in_the_standard)
{
    static const char block[] = "abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd";
    expect_digest(slice_of_text("abc"),
                  "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    expect_digest(slice_of_text(block),
                  "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
}

/* The same from `openssl mac -digest SM3` and from sm-crypto 0.3 of npm. */
TEST(hmac_with_sm3_is_as_others_have_it)
{
    static const uint8_t key[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    uint8_t wanted[32];
    struct digest mac = {0};
    EXPECT_OK(hex_read_exactly(
        slice_of_text("949600da1787b898a310803bc441180d9e4987e60fb85aca15af468445d8ee6d"), wanted,
        sizeof wanted));
    EXPECT_OK(hmac(HASH_SM3, SLICE(key), slice_of_text("sample"), &mac));
    EXPECT(slice_equal((slice){mac.data, mac.size}, SLICE(wanted)));
}

/* ---- SM2 ---- */

struct known {
    const char *id, *message, *point, *signature;
};

/* spec: GB/T 32918.5, "Appendix A: digital signature" (GM/T 0003.5) */
static const struct known of_the_standard = {
    "1234567812345678", "message digest",
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13",
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"};

/* openssl pkeyutl -sign -rawin -digest sm3 -pkeyopt distid:HYGON-SSD-PEK */
static const struct known of_openssl = {
    "HYGON-SSD-PEK", "sample",
    "68ca2456932022a541d274c78955b1316cf4d1ed2913e29cedc2f896233016e7"
    "4067cbf9e46949c3f720e7743439e9ef507d0972d169607494b8a55070618e87",
    "278e5d4aa338467a07a070d952bd0edb66922512d27c7c379e13080785d55502"
    "369a23bfa7a607d0cbfb3bc5e52778d7ed0327a2f759af792d398bf3d46e5928"};

/* sm-crypto 0.3 of npm: doSignature with hash, publicKey and userId */
static const struct known of_sm_crypto = {
    "HYGON-SSD-HSK", "sample",
    "36aeb8efc1307c2a6fd18f066442e2f801b65e617576cf0c6448ffdae8f012c0"
    "2d24a81943c30ab4d85a71bde0f8af55e262039b9836b75798ac00fe3de9af16",
    "9ad7584bfbdb6bc963c02b00c6eabaadb2eb27128d440dc79eaba3c296c1c621"
    "aacd56fdd35e355dcdcf8bccd0d5f1b13f85f8db4011395962f2dbdb7aeda4c5"};

static struct public_key key_of(const struct known *known)
{
    uint8_t point[64];
    struct public_key key = {0};
    EXPECT_OK(hex_read_exactly(slice_of_text(known->point), point, sizeof point));
    EXPECT_OK(public_key_of_point(CURVE_SM2, SLICE(point), &key));
    return key;
}

static void verify_known(const struct known *known)
{
    uint8_t signature[SIGNATURE_SIZE];
    SCOPED(public_key) key = key_of(known);
    const slice id = slice_of_text(known->id), message = slice_of_text(known->message);
    EXPECT(public_key_is_on(&key, CURVE_SM2) && !public_key_is_on(&key, CURVE_P256));
    EXPECT_OK(hex_read_exactly(slice_of_text(known->signature), signature, sizeof signature));
    EXPECT_OK(sm2_verify(&key, id, message, SLICE(signature)));
    EXPECT_FAIL(UNAUTHENTIC, sm2_verify(&key, slice_of_text(""), message, SLICE(signature)));
    EXPECT_FAIL(UNAUTHENTIC, sm2_verify(&key, message, id, SLICE(signature)));
    EXPECT_FAIL(UNAUTHENTIC, ecdsa_verify(&key, CURVE_SM2, HASH_SM3, message, SLICE(signature)));
    for (size_t bit = 0; bit < 8 * sizeof signature; bit++) {
        signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
        EXPECT_FAIL(UNAUTHENTIC, sm2_verify(&key, id, message, SLICE(signature)));
        signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t size = 0; size < sizeof signature; size++)
        EXPECT_FAIL(UNAUTHENTIC, sm2_verify(&key, id, message, (slice){signature, size}));
}

TEST(sm2_signatures_of_the_standard_and_of_others_verify)
{
    verify_known(&of_the_standard);
    verify_known(&of_openssl);
    verify_known(&of_sm_crypto);
}

/* spec: GB/T 32918.5, "curve parameters": the order */
TEST(sm2_signatures_out_of_range_are_refused)
{
    static const char order[] = "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123";
    const struct known *const known = &of_the_standard;
    SCOPED(public_key) key = key_of(known);
    for (size_t half = 0; half < 2; half++)
        for (int zero = 0; zero < 2; zero++) {
            uint8_t signature[SIGNATURE_SIZE];
            EXPECT_OK(
                hex_read_exactly(slice_of_text(known->signature), signature, sizeof signature));
            if (zero)
                memset(signature + 32 * half, 0, 32);
            else
                EXPECT_OK(hex_read_exactly(slice_of_text(order), signature + 32 * half, 32));
            EXPECT_FAIL(UNAUTHENTIC, sm2_verify(&key, slice_of_text(known->id),
                                                slice_of_text(known->message), SLICE(signature)));
        }
}

TEST(what_sm2_signs_verifies_under_the_same_id_only)
{
    SCOPED(private_key) private = {0};
    SCOPED(public_key) public = {0};
    SCOPED(public_key) again = {0};
    SCOPED(buffer) signature = {0};
    SCOPED(buffer) spki = {0};
    const slice id = slice_of_text("HYGON-SSD-CEK"), message = slice_of_text("sample");
    EXPECT_OK(private_key_generate(CURVE_SM2, &private));
    EXPECT_OK(private_key_public(&private, &public));
    EXPECT_OK(sm2_sign(&private, id, message, &signature));
    EXPECT(signature.size == SIGNATURE_SIZE);
    EXPECT_OK(public_key_spki(&public, &spki));
    EXPECT_OK(public_key_of_spki(buffer_view(&spki), &again));
    EXPECT(public_key_equal(&public, &again) && public_key_is_on(&again, CURVE_SM2));
    EXPECT_OK(sm2_verify(&public, id, message, buffer_view(&signature)));
    EXPECT_OK(sm2_verify(&again, id, message, buffer_view(&signature)));
    EXPECT_FAIL(UNAUTHENTIC, sm2_verify(&public, slice_of_text("HYGON-SSD-HSK"), message,
                                        buffer_view(&signature)));
}

TEST(a_point_beside_sm2s_curve_is_refused)
{
    uint8_t point[64];
    struct public_key key = {0};
    EXPECT_OK(hex_read_exactly(slice_of_text(of_the_standard.point), point, sizeof point));
    point[63] ^= 1;
    EXPECT_FAIL(UNAUTHENTIC, public_key_of_point(CURVE_SM2, SLICE(point), &key));
    memset(point, 0, sizeof point);
    EXPECT_FAIL(UNAUTHENTIC, public_key_of_point(CURVE_SM2, SLICE(point), &key));
    EXPECT(!key.pkey);
}
