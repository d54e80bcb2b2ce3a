/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/signing.h"

#include "test.h"

/* Recorded signatures of ECDSA and RSA are verified in recordings_test.c. */

static const struct digest transcript = {{1, 2, 3}, 32};
static uint8_t signature[SPDM_SIGNATURE_SIZE_MAX];

/*
 * spec: DSP0274 1.2, "Signature generation": the prefix four times, zeros, the purpose; and for the
 * algorithms that have a context, the purpose again, but for SM2
 */
TEST(what_is_signed_is_the_prefix_the_purpose_and_the_hash)
{
    static const char prefix[] = "dmtf-spdm-v1.3.*dmtf-spdm-v1.3.*dmtf-spdm-v1.3.*dmtf-spdm-v1.3.*";
    static const char purpose[] = "responder-measurements signing";
    static const enum asym asyms[] = {ASYM_ECDSA_P256, ASYM_ECDSA_P521, ASYM_RSAPSS_2048,
                                      ASYM_ED25519,    ASYM_ED448,      ASYM_SM2,
                                      ASYM_ML_DSA_65};
    uint8_t message[100 + 32] = {0};
    memcpy(message, prefix, 64);
    memcpy(message + 70, purpose, 30);
    memcpy(message + 100, transcript.data, 32);

    for (size_t i = 0; i < sizeof asyms / sizeof *asyms; i++) {
        if (!asym_is_available(asyms[i])) {
            printf("  skipped: this OpenSSL has no algorithm %d\n", (int)asyms[i]);
            test_skipped++;
            continue;
        }
        const struct spdm_signing signing = {SPDM_1_3, SPDM_SIGNATURE_MEASUREMENTS, asyms[i],
                                             HASH_SHA256};
        const struct asym_use use = {asyms[i], HASH_SHA256,
                                     asyms[i] == ASYM_SM2 ? (slice){0} : slice_of_text(purpose)};
        const slice bytes = {signature, asym_signature_size(asyms[i])};
        SCOPED(private_key) key = {0};
        SCOPED(public_key) public = {0};
        EXPECT_OK(asym_generate(asyms[i], &key));
        EXPECT_OK(private_key_public(&key, &public));
        EXPECT_OK(spdm_sign(&signing, &key, &transcript, signature));
        EXPECT_OK(asym_verify(&use, &public, SLICE(message), bytes));
        EXPECT_OK(spdm_verify(&signing, &public, &transcript, bytes));
    }
}

TEST(a_signature_is_for_one_purpose_one_version_and_one_transcript)
{
    SCOPED(private_key) key = {0};
    SCOPED(public_key) public = {0};
    EXPECT_OK(asym_generate(ASYM_ECDSA_P256, &key));
    EXPECT_OK(private_key_public(&key, &public));
    for (enum spdm_signature made = SPDM_SIGNATURE_CHALLENGE_AUTH;
         made <= SPDM_SIGNATURE_REQUESTER_ENDPOINT_INFO; made++) {
        const struct spdm_signing signing = {SPDM_1_2, made, ASYM_ECDSA_P256, HASH_SHA256};
        const slice bytes = {signature, 64};
        EXPECT_OK(spdm_sign(&signing, &key, &transcript, signature));
        for (enum spdm_signature read = SPDM_SIGNATURE_CHALLENGE_AUTH;
             read <= SPDM_SIGNATURE_REQUESTER_ENDPOINT_INFO; read++) {
            struct spdm_signing other = signing;
            other.signature = read;
            EXPECT(!spdm_verify(&other, &public, &transcript, bytes).fault == (read == made));
        }
        struct spdm_signing later = signing;
        struct digest changed = transcript;
        later.version = SPDM_1_3;
        changed.data[31] ^= 1;
        EXPECT_FAIL(UNAUTHENTIC, spdm_verify(&later, &public, &transcript, bytes));
        EXPECT_FAIL(UNAUTHENTIC, spdm_verify(&signing, &public, &changed, bytes));
        EXPECT_FAIL(UNAUTHENTIC,
                    spdm_verify(&signing, &public, &transcript, (slice){signature, 63}));
    }
}

TEST(before_1_2_the_transcript_itself_is_signed)
{
    static const uint8_t message[] = "A and B and C";
    const struct spdm_signing signing = {SPDM_1_1, SPDM_SIGNATURE_CHALLENGE_AUTH, ASYM_ECDSA_P384,
                                         HASH_SHA384};
    const struct asym_use use = {ASYM_ECDSA_P384, HASH_SHA384, {0}};
    struct digest digest = {0};
    SCOPED(private_key) key = {0};
    SCOPED(public_key) public = {0};
    EXPECT_OK(asym_generate(ASYM_ECDSA_P384, &key));
    EXPECT_OK(private_key_public(&key, &public));
    EXPECT_OK(digest_of(HASH_SHA384, SLICE(message), &digest));
    EXPECT_OK(spdm_sign(&signing, &key, &digest, signature));
    EXPECT_OK(asym_verify(&use, &public, SLICE(message), (slice){signature, 96}));
    EXPECT_OK(spdm_verify(&signing, &public, &digest, (slice){signature, 96}));
}
