/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/cose.h"

#include "codec/cbor.h"
#include "codec/text.h"
#include "sim/cose.h"

#include "test.h"

static const uint8_t payload[] = "what is signed";

static slice from_hex(const char *hex)
{
    static uint8_t space[8][512];
    static size_t turn;
    uint8_t *const bytes = space[turn++ % 8];
    EXPECT_OK(hex_read_exactly(slice_of_text(hex), bytes, strlen(hex) / 2));
    return (slice){bytes, strlen(hex) / 2};
}

static status read_hex(const char *hex, struct cose_message *out)
{
    return cose_read(from_hex(hex), out);
}

/* A signer of each algorithm, and what it signed. */
struct signer {
    int64_t algorithm;
    enum curve curve;
    struct private_key key;
    struct public_key public_key;
    struct buffer bytes;
    struct cose_message message;
};

static void signer_clear(struct signer *signer)
{
    private_key_clear(&signer->key);
    public_key_clear(&signer->public_key);
    buffer_clear(&signer->bytes);
}

static struct signer signer_of(int64_t algorithm, enum curve curve)
{
    struct signer signer = {.algorithm = algorithm, .curve = curve};
    EXPECT_OK(private_key_generate(curve, &signer.key));
    EXPECT_OK(private_key_public(&signer.key, &signer.public_key));
    EXPECT_OK(sim_cose_sign(algorithm, true, &signer.key, SLICE(payload), &signer.bytes));
    EXPECT_OK(cose_read(buffer_view(&signer.bytes), &signer.message));
    return signer;
}

/* spec: RFC 9052, appendix C.2.1, "Single ECDSA Signature": key "11" and what it signed */
TEST(the_example_of_the_specification_verifies)
{
    static const char example[] =
        "d28443a10126a10442313154546869732069732074686520636f6e74656e742e58408eb33e4ca31d1c465ab05a"
        "ac34cc6b23d58fef5c083106c4d25a91aef0b0117e2af9a291aa32e14ab834dc56ed2a223444547e01f11d3b09"
        "16e5a4c345cacb36";
    static const char point[] = "bac5b11cad8f99f9c72b05cf4b9e26d244dc189f745228255a219a86d6a09eff"
                                "20138bf82dc1b6d562be0fa54ab7804a3a64b6d72ccfed6b6fb6ed28bbfc117e";
    struct cose_message message = {0};
    SCOPED(public_key) key = {0};
    EXPECT_OK(read_hex(example, &message));
    EXPECT(message.algorithm == COSE_ES256 && !message.is_mac);
    EXPECT(slice_equal(message.payload, slice_of_text("This is the content.")));
    EXPECT_OK(public_key_of_point(CURVE_P256, from_hex(point), &key));
    EXPECT_OK(cose_verify(&message, &key));
}

TEST(a_message_of_each_algorithm_verifies_and_no_changed_one)
{
    static const struct {
        int64_t algorithm;
        enum curve curve;
        size_t signature_size;
    } rows[] = {
        {COSE_ES256, CURVE_P256, 64}, {COSE_ES384, CURVE_P384, 96}, {COSE_ES512, CURVE_P521, 132}};
    for (size_t i = 0; i < 3; i++) {
        SCOPED(signer) signer = signer_of(rows[i].algorithm, rows[i].curve);
        EXPECT(signer.message.algorithm == rows[i].algorithm);
        EXPECT(signer.message.signature.size == rows[i].signature_size);
        EXPECT(slice_equal(signer.message.payload, SLICE(payload)));
        EXPECT_OK(cose_verify(&signer.message, &signer.public_key));
        for (size_t at = 0; at < signer.bytes.size; at++) {
            struct cose_message changed;
            signer.bytes.data[at] ^= 1;
            const status read = cose_read(buffer_view(&signer.bytes), &changed);
            EXPECT(read.fault || cose_verify(&changed, &signer.public_key).fault);
            signer.bytes.data[at] ^= 1;
        }
    }
}

/* E2, E3 */
TEST(E2_a_message_cut_anywhere_or_with_anything_behind_it_is_refused)
{
    SCOPED(signer) signer = signer_of(COSE_ES256, CURVE_P256);
    for (size_t size = 0; size < signer.bytes.size; size++) {
        struct cose_message message = {.algorithm = 99};
        EXPECT_FAIL(TRUNCATED, cose_read((slice){signer.bytes.data, size}, &message));
        EXPECT(message.algorithm == 99);
    }
    struct cose_message message;
    EXPECT_OK(buffer_append(&signer.bytes, SLICE(payload)));
    EXPECT_FAIL(MALFORMED, cose_read(buffer_view(&signer.bytes), &message));
}

/* E16 */
TEST(E16_a_key_of_another_curve_and_a_raw_signature_in_der_are_refused)
{
    SCOPED(signer) p256 = signer_of(COSE_ES256, CURVE_P256);
    SCOPED(signer) p384 = signer_of(COSE_ES384, CURVE_P384);
    SCOPED(signer) p521 = signer_of(COSE_ES512, CURVE_P521);
    const struct signer *const signers[] = {&p256, &p384, &p521};
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            const status verified = cose_verify(&signers[i]->message, &signers[j]->public_key);
            EXPECT(!verified.fault == (i == j));
        }
    /* The right key and curve, but the algorithm says otherwise. */
    struct cose_message message = p384.message;
    message.algorithm = COSE_ES256;
    EXPECT_FAIL(UNAUTHENTIC, cose_verify(&message, &p384.public_key));
    /* r || s, and never a SEQUENCE of two. */
    uint8_t der[72] = {0x30, 0x45, 0x02, 0x21};
    message = p256.message;
    message.signature = SLICE(der);
    EXPECT_FAIL(UNAUTHENTIC, cose_verify(&message, &p256.public_key));
    EXPECT_FAIL(UNSUPPORTED, sim_cose_sign(5, true, &p256.key, SLICE(payload), &p256.bytes));
}

/* E16: none at all, HMAC with a public key as its secret, EdDSA, RSA */
TEST(E16_algorithms_other_than_the_three_verify_nothing)
{
    static const char *const messages[] = {
        "8440a04100420000",           /* no algorithm */
        "8443a10105a04100420000",     /* HS256 */
        "8443a10127a04100420000",     /* EdDSA */
        "8445a101390100a04100420000", /* RS256 */
        "8443a10100a04100420000",     /* reserved */
    };
    SCOPED(signer) signer = signer_of(COSE_ES256, CURVE_P256);
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        struct cose_message message;
        EXPECT_OK(read_hex(messages[i], &message));
        EXPECT(cose_algorithm_curve(message.algorithm) == CURVE_NONE);
        EXPECT_FAIL(UNSUPPORTED, cose_verify(&message, &signer.public_key));
    }
}

/* E16, E33 */
TEST(E33_headers_say_once_and_signed_what_they_say)
{
    static const char *const refused[] = {
        "8443a10126a1012641004100",         /* the algorithm also unprotected */
        "8440a1012641004100",               /* ... only there */
        "8440a102810141004100",             /* what is critical, unsigned */
        "00",                               /* a header twice, and too long */
        "8444a1012640a041004100",           /* something behind the protected headers */
        "8445a201260126a041004100",         /* twice */
        "8446a201260441aaa10441ab41004100", /* in both places */
        "8343a10126a04100",                 /* three parts */
        "8543a10126a0410041004100",
        "9f43a10126a041004100ff",   /* a message is no array of untold size */
        "8443a10126a05f4100ff4100", /* ... and its payload no string of such */
        "8444a1013806a041004100",   /* not the shortest */
        "a0",
    };
    static const char *const unsupported[] = {
        "8446a20126028104a041004100", /* crit: kid must be understood */
        "8443a10126a0f64100",         /* a detached payload */
        "d38443a10126a041004100",     /* tag 19 */
        "d08443a10126a041004100",     /* encrypted */
        "8446a10163616263a041004100", /* an algorithm by name */
    };
    struct cose_message message;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        const status read = read_hex(refused[i], &message);
        EXPECT(read.fault && (read.fault->failure == FAILURE_MALFORMED ||
                              read.fault->failure == FAILURE_TRUNCATED));
        if (!read.fault)
            printf("  accepted: %s\n", refused[i]);
    }
    for (size_t i = 0; i < sizeof unsupported / sizeof unsupported[0]; i++) {
        const status read = read_hex(unsupported[i], &message);
        EXPECT(read.fault && read.fault->failure == FAILURE_UNSUPPORTED);
        if (!read.fault || read.fault->failure != FAILURE_UNSUPPORTED)
            printf("  %s: %s\n", unsupported[i], read.fault ? read.fault->what : "accepted");
    }
    EXPECT_OK(read_hex("8443a10126a10441aa41004100", &message)); /* a kid, unprotected */
    EXPECT_OK(read_hex("d28443a10126a041004100", &message));
}

TEST(a_mac_is_read_and_vouches_for_nothing)
{
    struct cose_message message = {0};
    SCOPED(signer) signer = signer_of(COSE_ES256, CURVE_P256);
    EXPECT_OK(read_hex("d18443a10105a041004100", &message));
    EXPECT(message.is_mac);
    EXPECT_FAIL(UNSUPPORTED, cose_verify(&message, &signer.public_key));
    message = signer.message; /* even where the bytes would verify */
    message.is_mac = true;
    EXPECT_FAIL(UNSUPPORTED, cose_verify(&message, &signer.public_key));
}

/* E42 */
TEST(E42_more_headers_or_bytes_than_there_may_be_are_refused)
{
    uint8_t space[256];
    struct cose_message message;
    struct writer writer = writer_over(space, sizeof space);
    slice bytes;
    cbor_write_array(&writer, 4);
    cbor_write_bytes(&writer, (slice){0});
    cbor_write_map(&writer, COSE_HEADERS_MAX + 1);
    for (uint64_t label = 100; label <= 100 + COSE_HEADERS_MAX; label++) {
        cbor_write_uint(&writer, label);
        cbor_write_null(&writer);
    }
    cbor_write_bytes(&writer, (slice){0});
    cbor_write_bytes(&writer, (slice){0});
    EXPECT_OK(writer_finish(&writer, &bytes));
    EXPECT_FAIL(EXHAUSTED, cose_read(bytes, &message));
    static const uint8_t large[COSE_MESSAGE_SIZE_MAX + 1] = {0x84};
    EXPECT_FAIL(EXHAUSTED, cose_read(SLICE(large), &message));
}
