/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/kdf.h"

#include "wycheproof.h"

static const char *const files[] = {
    [HASH_SHA256] = "hkdf_sha256_test.json",
    [HASH_SHA384] = "hkdf_sha384_test.json",
    [HASH_SHA512] = "hkdf_sha512_test.json",
};
static enum hash hash;
static size_t longer_than_a_secret;

static void check_case(const json_t *group, const json_t *test)
{
    SCOPED(buffer) input = hex_member(test, "ikm");
    SCOPED(buffer) salt = hex_member(test, "salt");
    SCOPED(buffer) info = hex_member(test, "info");
    SCOPED(buffer) wanted = hex_member(test, "okm");
    SCOPED(secret) secret = {0};
    SCOPED(secret) key = {.size = 99};
    const size_t size = (size_t)json_integer_value(json_object_get(test, "size"));
    (void)group;
    EXPECT_OK(hkdf_extract(hash, buffer_view(&salt), buffer_view(&input), &secret));
    EXPECT(secret.size == hash_size(hash));
    if (size > sizeof key.data) {
        EXPECT_FAIL(EXHAUSTED, hkdf_expand(hash, &secret, buffer_view(&info), size, &key));
        EXPECT(key.size == 99);
        longer_than_a_secret++;
        return;
    }
    EXPECT_OK(hkdf_expand(hash, &secret, buffer_view(&info), size, &key));
    EXPECT(slice_equal(secret_view(&key), buffer_view(&wanted)));
}

TEST(wycheproof_hkdf)
{
    static const size_t counts[] = {[HASH_SHA256] = 86, [HASH_SHA384] = 83, [HASH_SHA512] = 83};
    for (hash = HASH_SHA256; hash <= HASH_SHA512; hash++) {
        SCOPED(json) file = wycheproof_open(files[hash]);
        if (!file.root)
            SKIP(counts[hash], files[hash]);
        longer_than_a_secret = 0;
        EXPECT(wycheproof_each(&file, check_case) == counts[hash]);
        EXPECT(longer_than_a_secret > 0 && longer_than_a_secret < counts[hash] / 2);
    }
}

static struct secret secret_of_hex(const char *hex)
{
    struct secret secret = {.size = strlen(hex) / 2};
    EXPECT_OK(hex_read_exactly(slice_of_text(hex), secret.data, secret.size));
    return secret;
}

/* spec: RFC 5869, "Test Case 1": also where the shared vectors are not */
TEST(hkdf_is_as_in_rfc_5869)
{
    static const uint8_t info[] = {0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9};
    SCOPED(secret) input = secret_of_hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
    SCOPED(secret) salt = secret_of_hex("000102030405060708090a0b0c");
    SCOPED(secret)
    wanted = secret_of_hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56"
                           "ecc4c5bf34007208d5b887185865");
    SCOPED(secret) key = {0};
    EXPECT_OK(hkdf_extract(HASH_SHA256, secret_view(&salt), secret_view(&input), &key));
    EXPECT_OK(hkdf_expand(HASH_SHA256, &key, SLICE(info), wanted.size, &key));
    EXPECT(slice_equal(secret_view(&key), secret_view(&wanted)));
    for (size_t i = key.size; i < sizeof key.data; i++)
        EXPECT(key.data[i] == 0);
}

TEST(without_a_hash_there_is_no_key)
{
    SCOPED(secret) secret = {.size = 1};
    EXPECT_FAIL(UNSUPPORTED, hkdf_extract(HASH_NONE, (slice){0}, (slice){0}, &secret));
    EXPECT_FAIL(UNSUPPORTED, hkdf_expand(HASH_NONE, &secret, (slice){0}, 32, &secret));
    EXPECT(secret.size == 1);
}
