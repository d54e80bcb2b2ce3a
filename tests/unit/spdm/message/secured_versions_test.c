/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/secured_versions.h"

#include "spdm_hex.h"

static const struct spdm_shape v1_1 = {.version = SPDM_1_1};
static const struct spdm_shape v1_2 = {.version = SPDM_1_2};

/* As recorded (shared/spdm): of KEY_EXCHANGE and its response in mctp-12-p256-aes128-mut, and of
 * the request in mctp-11-rsapss3072-ffdhe3072. */
static const char offer[] = "0100000000000900010103001000110012000000";
static const char choice[] = "010000000000040001000012";
static const char older_offer[] = "46544d440101000000000900010103001000110012000000";
/* Laid out by hand: the same with an AEAD limit of 2^40. */
static const char limited_offer[] = "02000000"
                                    "00000900010103001000110012000000"
                                    "0000030001022800";
static const char limited_choice[] = "02000000"
                                     "0000040001000012"
                                     "0000030001022800";

static status offer_of(const char *hex, const struct spdm_shape *shape,
                       struct spdm_secured_offer *out)
{
    struct buffer bytes = hex_bytes(hex);
    const status got = spdm_secured_offer_read(buffer_view(&bytes), shape, out);
    buffer_clear(&bytes);
    return got;
}

static status choice_of(const char *hex, const struct spdm_shape *shape,
                        struct spdm_secured_choice *out)
{
    struct buffer bytes = hex_bytes(hex);
    const status got = spdm_secured_choice_read(buffer_view(&bytes), shape, out);
    buffer_clear(&bytes);
    return got;
}

static void expect_written(const struct writer *writer, const char *hex)
{
    struct buffer bytes = hex_bytes(hex);
    EXPECT(slice_equal((slice){writer->data, writer->size}, buffer_view(&bytes)));
    buffer_clear(&bytes);
}

static void expect_offer(const char *hex, const struct spdm_shape *shape, uint8_t aead_limit)
{
    uint8_t space[SPDM_SECURED_OPAQUE_SIZE_MAX];
    struct writer writer = writer_over(space, sizeof space);
    struct spdm_secured_offer got;
    EXPECT_OK(offer_of(hex, shape, &got));
    EXPECT(got.version_count == 3 && got.versions[0] == 0x1000 && got.versions[2] == 0x1200);
    EXPECT(got.aead_limit == aead_limit);
    spdm_secured_offer_write(&writer, shape, &got);
    expect_written(&writer, hex);
}

static void expect_choice(const char *hex, uint8_t aead_limit)
{
    uint8_t space[SPDM_SECURED_OPAQUE_SIZE_MAX];
    struct writer writer = writer_over(space, sizeof space);
    struct spdm_secured_choice got;
    EXPECT_OK(choice_of(hex, &v1_2, &got));
    EXPECT(got.version == 0x1200 && got.aead_limit == aead_limit);
    spdm_secured_choice_write(&writer, &v1_2, &got);
    expect_written(&writer, hex);
}

TEST(an_offer_and_a_choice_are_written_as_they_were_read)
{
    expect_offer(offer, &v1_2, SPDM_AEAD_LIMIT_MAX);
    expect_offer(older_offer, &v1_1, SPDM_AEAD_LIMIT_MAX);
    expect_offer(limited_offer, &v1_2, 40);
    expect_choice(choice, SPDM_AEAD_LIMIT_MAX);
    expect_choice(limited_choice, 40);
}

TEST(an_offer_or_a_choice_cut_anywhere_is_refused_and_leaves_out_untouched)
{
    struct buffer offered = hex_bytes(limited_offer), chosen = hex_bytes(limited_choice);
    for (size_t size = 0; size < offered.size; size++) {
        struct spdm_secured_offer got = {.version_count = 99};
        EXPECT_FAIL(TRUNCATED, spdm_secured_offer_read((slice){offered.data, size}, &v1_2, &got));
        EXPECT(got.version_count == 99);
    }
    for (size_t size = 0; size < chosen.size; size++) {
        struct spdm_secured_choice got = {.version = 99};
        EXPECT_FAIL(TRUNCATED, spdm_secured_choice_read((slice){chosen.data, size}, &v1_2, &got));
        EXPECT(got.version == 99);
    }
    buffer_clear(&offered);
    buffer_clear(&chosen);
}

TEST(the_longest_offer_has_room)
{
    uint8_t space[SPDM_SECURED_OPAQUE_SIZE_MAX];
    struct writer writer = writer_over(space, sizeof space);
    struct spdm_secured_offer got, most = {.version_count = SPDM_SECURED_VERSIONS_MAX};
    slice written;
    spdm_secured_offer_write(&writer, &v1_1, &most);
    EXPECT_OK(writer_finish(&writer, &written));
    EXPECT(written.size == SPDM_SECURED_OPAQUE_SIZE_MAX);
    EXPECT_OK(spdm_secured_offer_read(written, &v1_1, &got));
    EXPECT(got.version_count == SPDM_SECURED_VERSIONS_MAX && got.aead_limit == 0);
}

TEST(elements_of_others_and_newer_ones_are_skipped)
{
    struct spdm_secured_choice got;
    EXPECT_OK(choice_of("02000000"
                        "0302010002004a4b"
                        "0000040001000012",
                        &v1_2, &got));
    EXPECT_OK(choice_of("02000000"
                        "0000040001090012"
                        "0000040001000012",
                        &v1_2, &got));
    EXPECT_OK(choice_of("02000000"
                        "0000040002000013"
                        "0000040001000012",
                        &v1_2, &got));
    EXPECT(got.version == 0x1200);
}

TEST(a_list_that_is_absent_empty_double_or_not_as_long_as_it_tells_is_refused)
{
    struct spdm_secured_offer got;
    EXPECT_FAIL(MALFORMED, offer_of("00000000", &v1_2, &got));
    EXPECT_FAIL(MALFORMED, offer_of(choice, &v1_2, &got));
    EXPECT_FAIL(MALFORMED, offer_of("01000000"
                                    "0000030001010000",
                                    &v1_2, &got));
    EXPECT_FAIL(MALFORMED, offer_of("01000000"
                                    "0000050001010200"
                                    "12000000",
                                    &v1_2, &got));
    EXPECT_FAIL(MALFORMED, offer_of("01000000"
                                    "0000070001010100"
                                    "12001100",
                                    &v1_2, &got));
    EXPECT_FAIL(EXHAUSTED, offer_of("01000000"
                                    "0000050001010900"
                                    "12000000",
                                    &v1_2, &got));
    EXPECT_FAIL(MALFORMED, offer_of("02000000"
                                    "000005000101010012000000"
                                    "000005000101010011000000",
                                    &v1_2, &got));
}

TEST(a_choice_that_is_absent_double_or_of_another_size_is_refused)
{
    struct spdm_secured_choice got;
    EXPECT_FAIL(MALFORMED, choice_of(offer, &v1_2, &got));
    EXPECT_FAIL(MALFORMED, choice_of("01000000"
                                     "0000030001000000",
                                     &v1_2, &got));
    EXPECT_FAIL(MALFORMED, choice_of("01000000"
                                     "0000050001000012"
                                     "00000000",
                                     &v1_2, &got));
    EXPECT_FAIL(MALFORMED, choice_of("02000000"
                                     "0000040001000012"
                                     "0000040001000011",
                                     &v1_2, &got));
}

TEST(an_aead_limit_is_one_byte_up_to_64)
{
    struct spdm_secured_choice got;
    EXPECT_OK(choice_of("02000000"
                        "0000040001000012"
                        "0000030001024000",
                        &v1_2, &got));
    EXPECT(got.aead_limit == 64);
    EXPECT_FAIL(MALFORMED, choice_of("02000000"
                                     "0000040001000012"
                                     "0000030001024100",
                                     &v1_2, &got));
    EXPECT_FAIL(MALFORMED, choice_of("02000000"
                                     "0000040001000012"
                                     "0000040001024000",
                                     &v1_2, &got));
}
