/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/session.h"

#include "spdm/codes.h"
#include "test.h"

#include <string.h>

/* Expected bytes: tests/vectors/link-protocol/make.py, and docs/link-protocol.md shows them. */
static const uint8_t with_context[] = {
    0xe0, 0x46, 0xcc, 0x8e, 0xdf, 0xba, 0x8d, 0x9e, 0x93, 0xa2, 0xaa, 0x92, 0xc5, 0x84, 0xf3, 0x1e,
    0x29, 0xbd, 0x6c, 0x38, 0x18, 0x00, 0xb5, 0x59, 0xf8, 0x4f, 0xba, 0x0a, 0xa6, 0xcc, 0x04, 0x9f,
    0x2f, 0x40, 0x1f, 0x03, 0xee, 0x25, 0x67, 0x93, 0xc7, 0xf5, 0x32, 0x7f, 0x76, 0x49, 0xd6, 0xe6,
    0x7b, 0x2a, 0xf6, 0xfe, 0x73, 0xae, 0xcc, 0x65, 0x01, 0xee, 0x40, 0x32, 0x66, 0xd8, 0x44, 0x7d};
static const uint8_t without_context[] = {
    0x94, 0xfa, 0x3c, 0xda, 0x18, 0xa1, 0x60, 0xc8, 0x17, 0x83, 0x04, 0x52, 0xc1, 0x92, 0xc1, 0x51,
    0x53, 0x80, 0x32, 0x6e, 0x61, 0x3e, 0xb8, 0x04, 0x1d, 0xad, 0xfc, 0x88, 0xf2, 0x86, 0x65, 0x8a};

/* 00 01 02 and so on. */
static struct secret counting(size_t size)
{
    struct secret secret = {.size = size};
    for (size_t i = 0; i < size; i++)
        secret.data[i] = (uint8_t)i;
    return secret;
}

static const struct spdm_key_schedule with_sha384 = {
    .version = SPDM_1_3, .hash = HASH_SHA384, .aead = AEAD_AES_256_GCM};

TEST(an_exporter_gives_the_documented_bytes)
{
    const struct spdm_key_schedule with_sha256 = {
        .version = SPDM_1_2, .hash = HASH_SHA256, .aead = AEAD_AES_128_GCM};
    const struct secret long_secret = counting(48), short_secret = counting(32);
    const struct secret nonce = counting(32);
    struct secret got = {0};
    EXPECT_OK(spdm_exported_secret(&with_sha384, &long_secret, "EXPERIMENTAL cix client evidence 1",
                                   secret_view(&nonce), sizeof with_context, &got));
    EXPECT(slice_equal(secret_view(&got), SLICE(with_context)));
    EXPECT_OK(spdm_exported_secret(&with_sha256, &short_secret, "EXPERIMENTAL cix link id 1",
                                   (slice){0}, sizeof without_context, &got));
    EXPECT(slice_equal(secret_view(&got), SLICE(without_context)));
}

TEST(an_exporter_has_its_limits_and_leaves_out_untouched_beyond_them)
{
    char label[SPDM_EXPORT_LABEL_SIZE_MAX + 2];
    const struct secret secret = counting(48);
    struct secret got = {.size = 7};
    memset(label, 'l', sizeof label);
    label[sizeof label - 1] = 0;
    EXPECT_FAIL(EXHAUSTED,
                spdm_exported_secret(&with_sha384, &secret, label, (slice){0}, 32, &got));
    EXPECT_FAIL(EXHAUSTED, spdm_exported_secret(&with_sha384, &secret, "l", (slice){0}, 65, &got));
    EXPECT(got.size == 7);
    label[sizeof label - 2] = 0;
    EXPECT_OK(spdm_exported_secret(&with_sha384, &secret, label, (slice){0}, 32, &got));
    EXPECT(got.size == 32);
}

TEST(nothing_is_exported_before_a_session_is_established)
{
    struct spdm_session session = {.exporter = counting(48)};
    const struct secret nonce = counting(32);
    struct secret got = {.size = 7};
    for (int phase = SPDM_SESSION_NONE; phase <= SPDM_SESSION_HANDSHAKE; phase++) {
        session.phase = (enum spdm_session_phase)phase;
        EXPECT_FAIL(UNEXPECTED,
                    spdm_session_export(&session, &with_sha384, "label", (slice){0}, 32, &got));
    }
    EXPECT(got.size == 7);
    session.phase = SPDM_SESSION_ESTABLISHED;
    EXPECT_OK(spdm_session_export(&session, &with_sha384, "EXPERIMENTAL cix client evidence 1",
                                  secret_view(&nonce), 64, &got));
    EXPECT(slice_equal(secret_view(&got), SLICE(with_context)));
}
