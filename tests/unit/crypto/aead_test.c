/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/aead.h"

#include "wycheproof.h"

#include <openssl/err.h>

/* ---- Wycheproof ---- */

static enum aead aead;
static struct aead_key key; /* one for all cases: each must forget the one before */
static size_t counted;

static bool is_ours(const json_t *group)
{
    return json_integer_value(json_object_get(group, "ivSize")) == 8 * AEAD_NONCE_SIZE &&
           json_integer_value(json_object_get(group, "tagSize")) == 8 * AEAD_TAG_SIZE &&
           json_integer_value(json_object_get(group, "keySize")) ==
               (json_int_t)(8 * aead_key_size(aead));
}

static void check_open(const json_t *test, const struct aead_message *sealed, slice tag)
{
    SCOPED(buffer) text = hex_member(test, "msg");
    const slice got = {sealed->data, sealed->size};
    if (strcmp(text_of(test, "result"), "valid") == 0) {
        EXPECT_OK(aead_open(&key, sealed, tag));
        EXPECT(slice_equal(got, buffer_view(&text)));
    } else {
        EXPECT_FAIL(UNAUTHENTIC, aead_open(&key, sealed, tag));
        EXPECT(slice_is_zero(got));
    }
    EXPECT(ERR_peek_error() == 0);
}

static void check_seal(const json_t *test, const struct aead_message *clear, slice wanted_tag)
{
    SCOPED(buffer) sealed = hex_member(test, "ct");
    uint8_t tag[AEAD_TAG_SIZE];
    if (strcmp(text_of(test, "result"), "valid") != 0)
        return;
    EXPECT_OK(aead_seal(&key, clear, tag));
    EXPECT(slice_equal((slice){clear->data, clear->size}, buffer_view(&sealed)));
    EXPECT(slice_equal(SLICE(tag), wanted_tag));
}

static void check_case(const json_t *group, const json_t *test)
{
    SCOPED(buffer) key_bytes = hex_member(test, "key");
    SCOPED(buffer) nonce = hex_member(test, "iv");
    SCOPED(buffer) additional = hex_member(test, "aad");
    SCOPED(buffer) sealed = hex_member(test, "ct");
    SCOPED(buffer) text = hex_member(test, "msg");
    SCOPED(buffer) tag = hex_member(test, "tag");
    if (!is_ours(group))
        return;
    /* In two parts: what is additional may come in any. */
    const size_t cut = additional.size / 3;
    const slice parts[] = {{additional.data, cut}, {additional.data + cut, additional.size - cut}};
    struct aead_message message = {nonce.data, parts, 2, sealed.data, sealed.size};
    EXPECT_OK(aead_key_set(&key, aead, buffer_view(&key_bytes)));
    check_open(test, &message, buffer_view(&tag));
    message.data = text.data;
    message.size = text.size;
    check_seal(test, &message, buffer_view(&tag));
    counted++;
}

static void run_file_of_vectors(enum aead wanted, const char *name, size_t count)
{
    SCOPED(json) file = wycheproof_open(name);
    if (!file.root)
        SKIP(count, name);
    if (!aead_is_available(wanted))
        SKIP(count, "not in this OpenSSL");
    aead = wanted;
    counted = 0;
    EXPECT(wycheproof_each(&file, check_case) >= count);
    EXPECT(counted == count);
}

TEST(wycheproof_aead)
{
    run_file_of_vectors(AEAD_AES_128_GCM, "aes_gcm_test.json", 67);
    run_file_of_vectors(AEAD_AES_256_GCM, "aes_gcm_test.json", 66);
    run_file_of_vectors(AEAD_CHACHA20_POLY1305, "chacha20_poly1305_test.json", 316);
    run_file_of_vectors(AEAD_SM4_GCM, "sm4_gcm_test.json", 65);
    aead_key_clear(&key);
}

/* ---- what others published: also where the shared vectors are not ---- */

struct known {
    enum aead aead;
    const char *key, *nonce, *additional, *text, *sealed, *tag;
};

static const struct known all_known[] = {
    /* spec: "The Galois/Counter Mode of Operation (GCM)", test case 4 */
    {AEAD_AES_128_GCM, "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
     "5bc94fbc3221a5db94fae95ae7121a47"},
    /* the same, test case 16 */
    {AEAD_AES_256_GCM, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
     "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
    /* spec: RFC 8439, "Example and Test Vector for AEAD_CHACHA20_POLY1305" */
    {AEAD_CHACHA20_POLY1305, "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
     "070000004041424344454647", "50515253c0c1c2c3c4c5c6c7",
     "4c616469657320616e642047656e746c656d656e206f662074686520636c6173"
     "73206f66202739393a204966204920636f756c64206f6666657220796f75206f"
     "6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
     "637265656e20776f756c642062652069742e",
     "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
     "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
     "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
     "3ff4def08e4b7a9de576d26586cec64b6116",
     "1ae10b594f09e26a7e902ecbd0600691"},
    /* spec: RFC 8998, "SM4-GCM Test Vectors" */
    {AEAD_SM4_GCM, "0123456789abcdeffedcba9876543210", "00001234567800000000abcd",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
     "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
     "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
     "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d",
     "83de3541e4c2b58177e065a9bf7b62ec"},
};
enum { KNOWN = sizeof all_known / sizeof *all_known };

static struct buffer bytes_of(const char *hex)
{
    struct buffer bytes = {0};
    EXPECT_OK(hex_read(slice_of_text(hex), &bytes));
    return bytes;
}

/* One of the known, ready to be sealed. */
struct bench {
    struct aead_key key;
    struct buffer nonce, additional, text, sealed, tag;
    slice part;
    struct aead_message message;
};

static void bench_clear(struct bench *bench)
{
    aead_key_clear(&bench->key);
    buffer_clear(&bench->nonce);
    buffer_clear(&bench->additional);
    buffer_clear(&bench->text);
    buffer_clear(&bench->sealed);
    buffer_clear(&bench->tag);
}

static void bench_lay(const struct known *known, struct bench *out)
{
    SCOPED(buffer) bytes = bytes_of(known->key);
    EXPECT_OK(aead_key_set(&out->key, known->aead, buffer_view(&bytes)));
    out->nonce = bytes_of(known->nonce);
    out->additional = bytes_of(known->additional);
    out->text = bytes_of(known->text);
    out->sealed = bytes_of(known->sealed);
    out->tag = bytes_of(known->tag);
    out->part = buffer_view(&out->additional);
    out->message =
        (struct aead_message){out->nonce.data, &out->part, 1, out->text.data, out->text.size};
}

/* Calls `check` for each that is here, with a fresh bench. */
static void each_known(void (*check)(struct bench *bench))
{
    for (size_t i = 0; i < KNOWN; i++) {
        SCOPED(bench) bench = {0};
        if (!aead_is_available(all_known[i].aead)) {
            printf("  skipped 1: not in this OpenSSL\n");
            test_skipped++;
            continue;
        }
        bench_lay(&all_known[i], &bench);
        check(&bench);
    }
}

static void seal_and_open_in_turn(struct bench *bench)
{
    uint8_t tag[AEAD_TAG_SIZE];
    SCOPED(buffer) text = {0};
    EXPECT_OK(buffer_append(&text, buffer_view(&bench->text)));
    for (int i = 0; i < 3; i++) {
        EXPECT_OK(aead_seal(&bench->key, &bench->message, tag));
        EXPECT(slice_equal(buffer_view(&bench->text), buffer_view(&bench->sealed)));
        EXPECT(slice_equal(SLICE(tag), buffer_view(&bench->tag)));
        EXPECT_OK(aead_open(&bench->key, &bench->message, SLICE(tag)));
        EXPECT(slice_equal(buffer_view(&bench->text), buffer_view(&text)));
    }
}

TEST(what_is_published_seals_and_opens_in_turn_under_one_key)
{
    each_known(seal_and_open_in_turn);
}

static void expect_refused(struct bench *bench)
{
    SCOPED(buffer) copy = {0};
    EXPECT_OK(buffer_append(&copy, buffer_view(&bench->sealed)));
    bench->message.data = copy.data;
    EXPECT_FAIL(UNAUTHENTIC, aead_open(&bench->key, &bench->message, buffer_view(&bench->tag)));
    EXPECT(slice_is_zero(buffer_view(&copy)));
}

static void flip_each_bit(struct bench *bench, struct buffer *bytes)
{
    for (size_t bit = 0; bit < 8 * bytes->size; bit += BIT_STEP) {
        bytes->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        expect_refused(bench);
        bytes->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void refuse_each_flip(struct bench *bench)
{
    flip_each_bit(bench, &bench->nonce);
    flip_each_bit(bench, &bench->additional);
    flip_each_bit(bench, &bench->sealed);
    flip_each_bit(bench, &bench->tag);
    for (bench->tag.size = 0; bench->tag.size < AEAD_TAG_SIZE; bench->tag.size++)
        expect_refused(bench);
    /* After all these the key still opens what is whole. */
    bench->message.data = bench->sealed.data;
    EXPECT_OK(aead_open(&bench->key, &bench->message, buffer_view(&bench->tag)));
    EXPECT(slice_equal(buffer_view(&bench->sealed), buffer_view(&bench->text)));
}

TEST(any_flipped_bit_is_refused_and_nothing_is_left_to_read)
{
    each_known(refuse_each_flip);
}

static void authenticate_only(struct bench *bench)
{
    uint8_t tag[AEAD_TAG_SIZE];
    const slice parts[] = {buffer_view(&bench->additional), {0}, buffer_view(&bench->text)};
    const struct aead_message message = {bench->nonce.data, parts, 3, NULL, 0};
    EXPECT_OK(aead_seal(&bench->key, &message, tag));
    EXPECT_OK(aead_open(&bench->key, &message, SLICE(tag)));
    bench->text.data[0] ^= 1;
    EXPECT_FAIL(UNAUTHENTIC, aead_open(&bench->key, &message, SLICE(tag)));
}

TEST(a_message_may_be_additional_data_only)
{
    each_known(authenticate_only);
}

/* ---- keys ---- */

TEST(a_key_of_another_size_is_malformed)
{
    static const uint8_t bytes[AEAD_KEY_SIZE_MAX + 1];
    SCOPED(aead_key) none = {0};
    for (enum aead kind = AEAD_AES_128_GCM; kind <= AEAD_CHACHA20_POLY1305; kind++)
        for (size_t size = 0; size <= sizeof bytes; size++)
            if (size != aead_key_size(kind))
                EXPECT_FAIL(MALFORMED, aead_key_set(&none, kind, (slice){bytes, size}));
    EXPECT(!none.context);
}

TEST(without_a_key_or_an_aead_nothing_is_sealed)
{
    uint8_t tag[AEAD_TAG_SIZE] = {0};
    SCOPED(aead_key) none = {0};
    const struct aead_message message = {tag, NULL, 0, NULL, 0};
    EXPECT_FAIL(UNEXPECTED, aead_seal(&none, &message, tag));
    EXPECT_FAIL(UNEXPECTED, aead_open(&none, &message, SLICE(tag)));
    EXPECT_FAIL(UNSUPPORTED, aead_key_set(&none, AEAD_NONE, (slice){0}));
    EXPECT_FAIL(UNSUPPORTED, aead_key_set(&none, AEAD_SM4_GCM + 1, (slice){0}));
    EXPECT(!aead_is_available(AEAD_NONE) && !aead_is_available(AEAD_SM4_GCM + 1));
    EXPECT(aead_key_size(AEAD_NONE) == 0 && aead_key_size(AEAD_SM4_GCM) == 16);
    EXPECT(ERR_peek_error() == 0);
}
