/* SPDX-License-Identifier: Apache-2.0 */

/* The description of a key, made here byte by byte: what is not DER is not read. */

#include "evidence/android/key_description.h"

#include "crypto/der.h"
#include "sim/android.h"
#include "test.h"

#include <stdlib.h>

enum {
    BOOLEAN = 0x01,
    INTEGER = 0x02,
    OCTETS = 0x04,
    ENUMERATED = 0x0a,
    SEQUENCE = 0x30,
    SET = 0x31
};

/* A description of which the hardware's list is this. */
static struct buffer describe(unsigned version, slice list)
{
    static const uint8_t tee[] = {0x0a, 0x01, 0x01};
    struct buffer description = {0};
    SCOPED(buffer) content = {0};
    EXPECT_OK(der_write_uint(&content, version));
    EXPECT_OK(buffer_append(&content, SLICE(tee)));
    EXPECT_OK(der_write_uint(&content, version));
    EXPECT_OK(buffer_append(&content, SLICE(tee)));
    EXPECT_OK(der_write(&content, OCTETS, slice_of_text("challenge")));
    EXPECT_OK(der_write(&content, OCTETS, (slice){0}));
    EXPECT_OK(der_write(&content, SEQUENCE, (slice){0}));
    EXPECT_OK(der_write(&content, SEQUENCE, list));
    EXPECT_OK(der_write(&description, SEQUENCE, buffer_view(&content)));
    return description;
}

static status read_list(slice list, struct android_key_description *out)
{
    SCOPED(buffer) description = describe(300, list);
    return android_key_description_read(buffer_view(&description), out);
}

#define EXPECT_READS(...) EXPECT_OK(read_list(SLICE(((const uint8_t[]){__VA_ARGS__})), description))
#define EXPECT_REFUSES(kind, ...)                                                                  \
    EXPECT_FAIL(kind, read_list(SLICE(((const uint8_t[]){__VA_ARGS__})), description))

/* E7 */
TEST(E7_versions_and_levels_that_nobody_described_are_not_read)
{
    static const unsigned known[] = {2, 3, 4, 100, 200, 300, 400, 500};
    static const unsigned unknown[] = {0, 1, 5, 99, 101, 301, 501, 600, 65536};
    struct android_key_description *const description = calloc(1, sizeof *description);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        SCOPED(buffer) bytes = describe(known[i], (slice){0});
        EXPECT_OK(android_key_description_read(buffer_view(&bytes), description));
        EXPECT(description->attestation_version == known[i]);
    }
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        SCOPED(buffer) bytes = describe(unknown[i], (slice){0});
        EXPECT_FAIL(UNSUPPORTED, android_key_description_read(buffer_view(&bytes), description));
    }
    SCOPED(buffer) bytes = describe(300, (slice){0});
    uint8_t *const level = memmem(bytes.data, bytes.size, "\x0a\x01\x01", 3);
    level[2] = 3;
    EXPECT_FAIL(UNSUPPORTED, android_key_description_read(buffer_view(&bytes), description));
    level[2] = 0;
    EXPECT_OK(android_key_description_read(buffer_view(&bytes), description));
    EXPECT(description->attestation_security_level == ANDROID_SOFTWARE);
    free(description);
}

/* A tag in two, three and four bytes; a set; a NULL; a number. */
TEST(authorizations_of_small_and_large_tags_are_read)
{
    struct android_key_description *const description = calloc(1, sizeof *description);
    EXPECT_READS(0xa1, 0x08, 0x31, 0x06, 0x02, 0x01, 0x02, 0x02, 0x01, 0x03, /* 1: {2, 3} */
                 0xa2, 0x03, 0x02, 0x01, 0x03,                               /* 2: 3 */
                 0xbf, 0x83, 0x77, 0x02, 0x05, 0x00,                         /* 503: NULL */
                 0xbf, 0x85, 0x41, 0x05, 0x02, 0x03, 0x02, 0x22, 0xe0);      /* 705: 140000 */
    const struct android_authorization *const plain = description->hardware.plain;
    EXPECT(plain[0].number_count == 2 && plain[0].numbers[0] == 2 && plain[0].numbers[1] == 3);
    EXPECT(plain[1].is_present && plain[1].number == 3);
    size_t present = 0;
    for (size_t i = 0; i < ANDROID_AUTHORIZATION_COUNT; i++)
        present += plain[i].is_present;
    EXPECT(present == 4);
    EXPECT(description->hardware.unknown_tag_count == 0);
    free(description);
}

/* E27 */
TEST(tags_out_of_order_or_twice_are_refused)
{
    struct android_key_description *const description = calloc(1, sizeof *description);
    EXPECT_REFUSES(MALFORMED, 0xa3, 0x03, 0x02, 0x01, 0x01, 0xa2, 0x03, 0x02, 0x01, 0x03);
    EXPECT_REFUSES(MALFORMED, 0xa2, 0x03, 0x02, 0x01, 0x03, 0xa2, 0x03, 0x02, 0x01, 0x03);
    EXPECT_REFUSES(MALFORMED, 0xbf, 0x83, 0x77, 0x02, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, 0x03);
    EXPECT_REFUSES(MALFORMED, 0xa0, 0x03, 0x02, 0x01, 0x03); /* there is no tag 0 */
    free(description);
}

TEST(tags_lengths_and_values_in_other_than_ders_one_form_are_refused)
{
    struct android_key_description *const description = calloc(1, sizeof *description);
    EXPECT_REFUSES(MALFORMED, 0xbf, 0x02, 0x03, 0x02, 0x01, 0x03);       /* 2 in the long form */
    EXPECT_REFUSES(MALFORMED, 0xbf, 0x80, 0x83, 0x77, 0x02, 0x05, 0x00); /* a leading zero */
    EXPECT_REFUSES(MALFORMED, 0xbf, 0x81, 0x81, 0x81, 0x81, 0x01, 0x02, 0x05, 0x00);
    EXPECT_REFUSES(MALFORMED, 0xa2, 0x81, 0x03, 0x02, 0x01, 0x03);       /* a longer length */
    EXPECT_REFUSES(MALFORMED, 0xa2, 0x80, 0x02, 0x01, 0x03, 0x00, 0x00); /* an indefinite one */
    EXPECT_REFUSES(MALFORMED, 0xa2, 0x04, 0x02, 0x02, 0x00, 0x03);       /* a padded integer */
    EXPECT_REFUSES(MALFORMED, 0xa2, 0x03, 0x02, 0x01, 0xff);             /* a negative one */
    EXPECT_REFUSES(MALFORMED, 0xa2, 0x06, 0x02, 0x01, 0x03, 0x02, 0x01, 0x03); /* two of them */
    EXPECT_REFUSES(MALFORMED, 0xa2, 0x03, 0x04, 0x01, 0x03);                   /* another type */
    EXPECT_REFUSES(MALFORMED, 0x82, 0x03, 0x02, 0x01, 0x03);                   /* an implicit tag */
    EXPECT_REFUSES(MALFORMED, 0xbf, 0x83, 0x77, 0x03, 0x05, 0x01, 0x00); /* NULL with content */
    EXPECT_REFUSES(MALFORMED, 0xa1, 0x08, 0x31, 0x06, 0x02, 0x01, 0x03, 0x02, 0x01, 0x02);
    EXPECT_REFUSES(MALFORMED, 0xa1, 0x08, 0x31, 0x06, 0x02, 0x01, 0x02, 0x02, 0x01, 0x02);
    EXPECT_REFUSES(MALFORMED, 0xa1, 0x06, 0x31, 0x04, 0x02, 0x02, 0x01, 0x00); /* 256 in a set */
    EXPECT_REFUSES(TRUNCATED, 0xa2, 0x04, 0x02, 0x01, 0x03);
    EXPECT_REFUSES(TRUNCATED, 0xbf, 0x83);
    free(description);
}

TEST(a_tag_of_which_nothing_is_known_is_counted_when_it_is_der)
{
    struct android_key_description *const description = calloc(1, sizeof *description);
    EXPECT_READS(0xa9, 0x03, 0x02, 0x01, 0x03);
    EXPECT(description->hardware.unknown_tag_count == 1);
    EXPECT_REFUSES(MALFORMED, 0xa9, 0x04, 0x02, 0x02, 0x00, 0x03);
    free(description);
}

static struct buffer root_of_trust(uint8_t locked, uint8_t state)
{
    struct buffer list = {0};
    SCOPED(buffer) content = {0};
    SCOPED(buffer) sequence = {0};
    EXPECT_OK(der_write(&content, OCTETS, (slice){0}));
    EXPECT_OK(der_write(&content, BOOLEAN, (slice){&locked, 1}));
    EXPECT_OK(der_write(&content, ENUMERATED, (slice){&state, 1}));
    EXPECT_OK(der_write(&content, OCTETS, slice_of_text("hash")));
    EXPECT_OK(der_write(&sequence, SEQUENCE, buffer_view(&content)));
    EXPECT_OK(der_write_explicit(&list, 704, buffer_view(&sequence)));
    return list;
}

TEST(a_device_is_locked_when_the_boolean_is_ff_and_not_when_it_is_00_and_nothing_else_is_read)
{
    struct android_key_description *const description = calloc(1, sizeof *description);
    for (unsigned value = 0; value < 256; value++) {
        SCOPED(buffer) list = root_of_trust((uint8_t)value, 0);
        const status read = read_list(buffer_view(&list), description);
        if (value == 0 || value == 0xff) {
            EXPECT_OK(read);
            EXPECT(description->hardware.root_of_trust.device_locked == (value == 0xff));
        } else {
            EXPECT_FAIL(MALFORMED, read);
        }
    }
    for (uint8_t state = 0; state < 8; state++) {
        SCOPED(buffer) list = root_of_trust(0xff, state);
        const status read = read_list(buffer_view(&list), description);
        EXPECT(state < ANDROID_BOOT_STATE_END ? !read.fault : read.fault != NULL);
    }
    free(description);
}

/* E6 */
TEST(E6_more_packages_numbers_and_longer_texts_than_we_keep_are_refused)
{
    struct android_key_description *const description = calloc(1, sizeof *description);
    SCOPED(buffer) package = {0};
    SCOPED(buffer) packages = {0};
    EXPECT_OK(der_write(&package, OCTETS, slice_of_text("a")));
    EXPECT_OK(der_write_uint(&package, 1));
    for (size_t count = 1; count <= ANDROID_PACKAGES_MAX + 1; count++) {
        SCOPED(buffer) sequence = {0};
        SCOPED(buffer) octets = {0};
        SCOPED(buffer) list = {0};
        SCOPED(buffer) id = {0};
        EXPECT_OK(der_write(&packages, SEQUENCE, buffer_view(&package)));
        EXPECT_OK(der_write(&sequence, SET, buffer_view(&packages)));
        EXPECT_OK(der_write(&sequence, SET, (slice){0}));
        EXPECT_OK(der_write(&id, SEQUENCE, buffer_view(&sequence)));
        EXPECT_OK(der_write(&octets, OCTETS, buffer_view(&id)));
        EXPECT_OK(der_write_explicit(&list, 709, buffer_view(&octets)));
        const status read = read_list(buffer_view(&list), description);
        if (count <= ANDROID_PACKAGES_MAX)
            EXPECT_OK(read);
        else
            EXPECT_FAIL(EXHAUSTED, read);
    }
    uint8_t longest[ANDROID_TEXT_SIZE_MAX + 1] = {0};
    for (size_t size = ANDROID_TEXT_SIZE_MAX; size <= sizeof longest; size++) {
        SCOPED(buffer) octets = {0};
        SCOPED(buffer) list = {0};
        EXPECT_OK(der_write(&octets, OCTETS, (slice){longest, size}));
        EXPECT_OK(der_write_explicit(&list, 710, buffer_view(&octets)));
        EXPECT(!read_list(buffer_view(&list), description).fault == (size < sizeof longest));
    }
    free(description);
}

TEST(a_description_cut_anywhere_or_continued_is_refused)
{
    struct android_key_description *const description = calloc(1, sizeof *description);
    const struct sim_android_settings settings = sim_android_defaults();
    const struct sim_android device = {.settings = settings, .made_s = 1768435200};
    SCOPED(buffer) bytes = {0};
    EXPECT_OK(sim_android_description(&device, slice_of_text("challenge"), &bytes));
    EXPECT_OK(android_key_description_read(buffer_view(&bytes), description));
    EXPECT(description->hardware.root_of_trust.device_locked);
    for (size_t size = 0; size < bytes.size; size++)
        EXPECT_FAIL(TRUNCATED,
                    android_key_description_read((slice){bytes.data, size}, description));
    EXPECT_OK(buffer_append(&bytes, (slice){(const uint8_t *)"", 1}));
    EXPECT_FAIL(MALFORMED, android_key_description_read(buffer_view(&bytes), description));
    free(description);
}
