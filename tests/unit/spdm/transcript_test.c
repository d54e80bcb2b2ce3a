/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/transcript.h"

#include "test.h"

/*
 * That signatures are over these is recordings_test.c's to show: here is what is forgotten when.
 * Expected digests are of the concatenation that the specification writes down.
 */

static const uint8_t a[] = {'A'}, get_digests[] = {0x12, SPDM_GET_DIGESTS}, digests[] = {'d'},
                     get_certificate[] = {0x12, SPDM_GET_CERTIFICATE}, certificate[] = {'c'},
                     challenge[] = {0x12, SPDM_CHALLENGE}, answer[] = {'a'},
                     get[] = {0x12, SPDM_GET_MEASUREMENTS}, measurements[] = {'m'};

static struct spdm_transcript begun(uint8_t version)
{
    struct spdm_transcript transcript = {0};
    EXPECT_OK(spdm_transcript_add_a(&transcript, SLICE(a)));
    EXPECT_OK(spdm_transcript_begin(&transcript, version, HASH_SHA256));
    return transcript;
}

/* Whether `digest` is that of `parts`, which an empty one ends. */
static bool is_of(const struct digest *digest, const slice *parts)
{
    SCOPED(buffer) all = {0};
    struct digest expected = {0};
    for (; parts->size; parts++)
        EXPECT_OK(buffer_append(&all, *parts));
    EXPECT_OK(digest_of(HASH_SHA256, buffer_view(&all), &expected));
    return digest_equal(digest, &expected);
}

#define IS_OF(digest, ...) is_of(&(digest), (const slice[]){__VA_ARGS__, {0}})

static struct digest m1_of(struct spdm_transcript *transcript)
{
    struct digest digest = {0};
    EXPECT_OK(spdm_transcript_m1(transcript, SLICE(challenge), SLICE(answer), &digest));
    return digest;
}

static struct digest l1_of(struct spdm_transcript *transcript)
{
    struct digest digest = {0};
    EXPECT_OK(spdm_transcript_l1(transcript, &transcript->m, SLICE(get), SLICE(answer), &digest));
    return digest;
}

static void add_b(struct spdm_transcript *transcript)
{
    EXPECT_OK(spdm_transcript_add_b(transcript, SLICE(get_digests), SLICE(digests)));
    EXPECT_OK(spdm_transcript_add_b(transcript, SLICE(get_certificate), SLICE(certificate)));
}

TEST(a_challenge_covers_what_came_before_and_digests_begin_anew)
{
    SCOPED(spdm_transcript) transcript = begun(SPDM_1_2);
    struct digest m1 = m1_of(&transcript);
    EXPECT(IS_OF(m1, SLICE(a), SLICE(challenge), SLICE(answer)));
    for (int round = 0; round < 2; round++) {
        add_b(&transcript);
        m1 = m1_of(&transcript);
        EXPECT(IS_OF(m1, SLICE(a), SLICE(get_digests), SLICE(digests), SLICE(get_certificate),
                     SLICE(certificate), SLICE(challenge), SLICE(answer)));
    }
    m1 = m1_of(&transcript); /* one that failed leaves nothing behind */
    EXPECT(IS_OF(m1, SLICE(a), SLICE(get_digests), SLICE(digests), SLICE(get_certificate),
                 SLICE(certificate), SLICE(challenge), SLICE(answer)));
    spdm_transcript_challenged(&transcript);
    m1 = m1_of(&transcript);
    EXPECT(IS_OF(m1, SLICE(a), SLICE(challenge), SLICE(answer)));
}

TEST(who_goes_on_without_a_challenge_loses_b_until_one_was_answered)
{
    for (int code = 0; code <= UINT8_MAX; code++) {
        const bool forgets = code == SPDM_KEY_EXCHANGE || code == SPDM_GET_MEASUREMENTS ||
                             code == SPDM_FINISH || code == SPDM_PSK_EXCHANGE ||
                             code == SPDM_PSK_FINISH || code == SPDM_KEY_UPDATE ||
                             code == SPDM_HEARTBEAT || code == SPDM_GET_ENCAPSULATED_REQUEST ||
                             code == SPDM_END_SESSION || code == SPDM_GET_MEASUREMENT_EXTENSION_LOG;
        for (int authenticated = 0; authenticated < 2; authenticated++) {
            SCOPED(spdm_transcript) transcript = begun(SPDM_1_2);
            if (authenticated)
                spdm_transcript_challenged(&transcript);
            add_b(&transcript);
            spdm_transcript_before(&transcript, &transcript.m, (uint8_t)code);
            const struct digest m1 = m1_of(&transcript);
            EXPECT(IS_OF(m1, SLICE(a), SLICE(challenge), SLICE(answer)) ==
                   (forgets && !authenticated));
        }
    }
}

TEST(measurements_add_up_until_something_else_is_asked)
{
    for (int code = 0; code <= UINT8_MAX; code++) {
        const bool keeps = code == SPDM_GET_MEASUREMENTS || code == SPDM_CHUNK_SEND ||
                           code == SPDM_CHUNK_GET || code == SPDM_RESPOND_IF_READY;
        SCOPED(spdm_transcript) transcript = begun(SPDM_1_2);
        EXPECT_OK(
            spdm_transcript_add_m(&transcript, &transcript.m, SLICE(get), SLICE(measurements)));
        spdm_transcript_before(&transcript, &transcript.m, (uint8_t)code);
        const struct digest l1 = l1_of(&transcript);
        if (keeps)
            EXPECT(IS_OF(l1, SLICE(a), SLICE(get), SLICE(measurements), SLICE(get), SLICE(answer)));
        else
            EXPECT(IS_OF(l1, SLICE(a), SLICE(get), SLICE(answer)));
    }
}

TEST(measurements_and_encapsulated_messages_follow_a_from_1_2_on)
{
    for (uint8_t version = SPDM_1_0; version <= SPDM_1_4; version++) {
        SCOPED(spdm_transcript) transcript = begun(version);
        struct digest mutual = {0};
        const struct digest l1 = l1_of(&transcript);
        EXPECT(IS_OF(l1, SLICE(a), SLICE(get), SLICE(answer)) == (version >= SPDM_1_2));
        EXPECT(IS_OF(l1, SLICE(get), SLICE(answer)) == (version < SPDM_1_2));

        for (int round = 0; round < 2; round++) /* which begins anew */
            EXPECT_OK(
                spdm_transcript_add_mutual_b(&transcript, SLICE(get_digests), SLICE(digests)));
        EXPECT_OK(spdm_transcript_mutual_m1(&transcript, SLICE(challenge), SLICE(answer), &mutual));
        EXPECT(IS_OF(mutual, SLICE(a), SLICE(get_digests), SLICE(digests), SLICE(challenge),
                     SLICE(answer)) == (version >= SPDM_1_2));
        spdm_transcript_mutual_challenged(&transcript);
        EXPECT_OK(spdm_transcript_mutual_m1(&transcript, SLICE(challenge), SLICE(answer), &mutual));
        EXPECT(IS_OF(mutual, SLICE(challenge), SLICE(answer)) == (version < SPDM_1_2));
    }
}

TEST(only_the_first_digests_of_several_keys_count_in_sessions_and_never_with_a_psk)
{
    static const uint8_t chain[32] = {1};
    SCOPED(spdm_transcript) transcript = begun(SPDM_1_3);
    SCOPED(running_hash) th = {0};
    struct digest digest = {0};
    EXPECT_OK(spdm_transcript_add_d(&transcript, SLICE(digests)));
    EXPECT_OK(spdm_transcript_add_d(&transcript, SLICE(answer)));
    EXPECT_OK(spdm_transcript_th(&transcript, SLICE(chain), &th));
    EXPECT_OK(running_hash_peek(&th, &digest));
    EXPECT(IS_OF(digest, SLICE(a), SLICE(digests), SLICE(chain)));
    EXPECT_OK(spdm_transcript_psk_th(&transcript, &th));
    EXPECT_OK(running_hash_peek(&th, &digest));
    EXPECT(IS_OF(digest, SLICE(a)));
}

TEST(a_is_all_of_the_negotiation_in_its_order)
{
    SCOPED(spdm_transcript) transcript = {0};
    EXPECT_OK(spdm_transcript_add_a(&transcript, SLICE(a)));
    EXPECT_OK(spdm_transcript_add_a(&transcript, SLICE(digests)));
    EXPECT_OK(spdm_transcript_add_a(&transcript, SLICE(certificate)));
    EXPECT_OK(spdm_transcript_begin(&transcript, SPDM_1_2, HASH_SHA256));
    const struct digest m1 = m1_of(&transcript);
    EXPECT(
        IS_OF(m1, SLICE(a), SLICE(digests), SLICE(certificate), SLICE(challenge), SLICE(answer)));
}

/* P28 */
TEST(a_negotiation_longer_than_any_is_refused_and_not_kept)
{
    static const uint8_t message[SPDM_A_SIZE_MAX];
    SCOPED(spdm_transcript) transcript = {0};
    EXPECT_OK(spdm_transcript_add_a(&transcript, (slice){message, SPDM_A_SIZE_MAX - 1}));
    EXPECT_FAIL(EXHAUSTED, spdm_transcript_add_a(&transcript, (slice){message, 2}));
    EXPECT(transcript.a_size == SPDM_A_SIZE_MAX - 1);
    EXPECT_OK(spdm_transcript_add_a(&transcript, (slice){message, 1}));
}
