/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/opaque.h"

#include "spdm_hex.h"

static const struct spdm_shape v1_1 = {.version = SPDM_1_1};
static const struct spdm_shape v1_2 = {.version = SPDM_1_2};

/* As recorded (shared/spdm): of KEY_EXCHANGE in mctp-12-p256-aes128-mut and in
 * mctp-11-rsapss3072-ffdhe3072. */
static const char format_1[] = "0100000000000900010103001000110012000000";
static const char older[] = "46544d440101000000000900010103001000110012000000";
/* Laid out by hand: two elements, the first of a vendor's, whose data needs no padding. */
static const char two[] = "02000000"
                          "0302010002004a4b"
                          "00000100a1000000";

static void expect_opaque(const char *hex, const struct spdm_shape *shape, uint8_t count)
{
    uint8_t space[64];
    struct buffer bytes = hex_bytes(hex);
    struct writer writer = writer_over(space, sizeof space);
    struct reader elements;
    EXPECT_OK(spdm_opaque_read(buffer_view(&bytes), shape, &elements));
    spdm_opaque_write(&writer, shape, count);
    while (elements.left.size) {
        struct spdm_opaque_element element;
        EXPECT_OK(spdm_opaque_element_read(&elements, &element));
        spdm_opaque_element_write(&writer, &element);
    }
    EXPECT(slice_equal((slice){space, writer.size}, buffer_view(&bytes)));
    for (size_t size = 0; size < bytes.size; size++) {
        struct reader untouched = {.short_of_input = true};
        EXPECT_FAIL(TRUNCATED, spdm_opaque_read((slice){bytes.data, size}, shape, &untouched));
        EXPECT(untouched.short_of_input && !untouched.left.data);
    }
    buffer_clear(&bytes);
}

static status opaque_with(const char *hex, size_t at, uint8_t value, const struct spdm_shape *shape)
{
    struct reader elements;
    struct buffer bytes = hex_bytes(hex);
    bytes.data[at] = value;
    const status got = spdm_opaque_read(buffer_view(&bytes), shape, &elements);
    buffer_clear(&bytes);
    return got;
}

TEST(an_opaque_field_is_written_as_it_was_read_and_refused_when_cut)
{
    expect_opaque(format_1, &v1_2, 1);
    expect_opaque(older, &v1_1, 1);
    expect_opaque(two, &v1_2, 2);
    expect_opaque("00000000", &v1_2, 0);
}

TEST(another_number_of_elements_than_is_told_is_refused)
{
    EXPECT_FAIL(MALFORMED, opaque_with(two, 0, 1, &v1_2));
    EXPECT_FAIL(TRUNCATED, opaque_with(two, 0, 3, &v1_2));
    EXPECT_FAIL(TRUNCATED, opaque_with(two, 0, 0xFF, &v1_2));
    EXPECT_FAIL(MALFORMED, opaque_with(older, 5, 0, &v1_1));
}

/* P30 */
TEST(a_length_inside_an_element_cannot_pass_the_field)
{
    EXPECT_FAIL(TRUNCATED, opaque_with(two, 5, 0xFF, &v1_2)); /* the vendor's id */
    EXPECT_FAIL(TRUNCATED, opaque_with(two, 9, 0xFF, &v1_2)); /* the data */
}

TEST(the_older_form_says_that_it_is_dmtfs_and_of_which_version)
{
    EXPECT_FAIL(MALFORMED, opaque_with(older, 0, 0x47, &v1_1));
    EXPECT_FAIL(MALFORMED, opaque_with(older, 4, 2, &v1_1));
    EXPECT_OK(opaque_with(older, 6, 0xFF, &v1_1)); /* reserved */
    EXPECT_OK(opaque_with(two, 1, 0xFF, &v1_2));
}

TEST(elements_of_others_are_added_and_counted_in_both_forms)
{
    const struct spdm_shape *const shapes[] = {&v1_2, &v1_1};
    const char *const fields[] = {format_1, older};
    for (size_t i = 0; i < 2; i++) {
        uint8_t space[64];
        struct buffer field = hex_bytes(fields[i]);
        struct buffer added = hex_bytes("0302010002004a4b00000100a1000000");
        struct writer writer = writer_over(space, sizeof space);
        struct reader elements;
        struct spdm_opaque_element element;
        size_t count = 0;
        write_bytes(&writer, buffer_view(&field));
        spdm_opaque_add(&writer, shapes[i], &(struct spdm_opaque_more){buffer_view(&added), 2});
        EXPECT(writer.size == field.size + added.size);
        EXPECT_OK(spdm_opaque_read((slice){space, writer.size}, shapes[i], &elements));
        for (; elements.left.size; count++)
            EXPECT_OK(spdm_opaque_element_read(&elements, &element));
        EXPECT(count == 3 && element.data.size == 1 && element.data.data[0] == 0xa1);
        buffer_clear(&field);
        buffer_clear(&added);
    }
}
