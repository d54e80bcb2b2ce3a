/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"

#include "test.h"

TEST(a_buffer_keeps_what_was_appended_in_order)
{
    SCOPED(buffer) buffer = {0};
    for (unsigned i = 0; i < 1000; i++) {
        const uint8_t byte = (uint8_t)(i * 7);
        EXPECT_OK(buffer_append(&buffer, (slice){&byte, 1}));
    }
    EXPECT(buffer.size == 1000);
    for (unsigned i = 0; i < 1000; i++)
        EXPECT(buffer.data[i] == (uint8_t)(i * 7));
    EXPECT(slice_equal(buffer_view(&buffer), (slice){buffer.data, 1000}));
}

TEST(an_empty_append_changes_nothing)
{
    SCOPED(buffer) buffer = {0};
    EXPECT_OK(buffer_append(&buffer, (slice){0}));
    EXPECT(!buffer.data && !buffer.size);
    EXPECT_OK(buffer_append(&buffer, slice_of_text("a")));
    EXPECT_OK(buffer_append(&buffer, (slice){0}));
    EXPECT(slice_equal(buffer_view(&buffer), slice_of_text("a")));
}

TEST(a_buffer_refuses_to_pass_its_limit_and_keeps_what_it_had)
{
    enum { LIMIT = 16 << 20 };
    SCOPED(buffer) buffer = {0};
    uint8_t *const large = calloc(1, LIMIT);
    EXPECT_OK(buffer_append(&buffer, slice_of_text("x")));
    EXPECT_FAIL(EXHAUSTED, buffer_append(&buffer, (slice){large, LIMIT}));
    EXPECT_FAIL(EXHAUSTED, buffer_append(&buffer, (slice){large, SIZE_MAX}));
    EXPECT(slice_equal(buffer_view(&buffer), slice_of_text("x")));
    EXPECT_OK(buffer_append(&buffer, (slice){large, LIMIT - 1}));
    EXPECT_FAIL(EXHAUSTED, buffer_append(&buffer, slice_of_text("x")));
    EXPECT(buffer.size == LIMIT);
    free(large);
}

TEST(taking_leaves_the_buffer_empty)
{
    SCOPED(buffer) buffer = {0};
    EXPECT_OK(buffer_append(&buffer, slice_of_text("moved")));
    SCOPED(buffer) taken = buffer_take(&buffer);
    EXPECT(!buffer.data && !buffer.size && !buffer.capacity);
    EXPECT(slice_equal(buffer_view(&taken), slice_of_text("moved")));
}

TEST(clearing_twice_is_harmless)
{
    struct buffer buffer = {0};
    EXPECT_OK(buffer_append(&buffer, slice_of_text("x")));
    buffer_clear(&buffer);
    buffer_clear(&buffer);
    EXPECT(!buffer.data && !buffer.size && !buffer.capacity);
}

TEST(slices_are_equal_when_size_and_every_byte_are)
{
    EXPECT(slice_equal((slice){0}, (slice){0}));
    EXPECT(slice_equal((slice){0}, slice_of_text("")));
    EXPECT(slice_equal(slice_of_text("abc"), slice_of_text("abc")));
    EXPECT(!slice_equal(slice_of_text("abc"), slice_of_text("abd")));
    EXPECT(!slice_equal(slice_of_text("abc"), slice_of_text("ab")));
    EXPECT(!slice_equal(slice_of_text("abc"), (slice){0}));
}

TEST(the_constant_time_comparison_sees_each_bit)
{
    uint8_t a[32], b[32];
    memset(a, 0x5a, sizeof a);
    memcpy(b, a, sizeof a);
    EXPECT(equal_in_constant_time(SLICE(a), SLICE(b)));
    for (size_t bit = 0; bit < 8 * sizeof b; bit++) {
        b[bit / 8] ^= (uint8_t)(1 << bit % 8);
        EXPECT(!equal_in_constant_time(SLICE(a), SLICE(b)));
        b[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    EXPECT(!equal_in_constant_time(SLICE(a), (slice){b, sizeof b - 1}));
    EXPECT(equal_in_constant_time((slice){0}, (slice){0}));
}

TEST(a_cleared_secret_is_all_zero)
{
    static const uint8_t zero[sizeof(struct secret)];
    struct secret secret = {.size = 48};
    memset(secret.data, 0xa5, sizeof secret.data);
    EXPECT(secret_view(&secret).size == 48 && secret_view(&secret).data == secret.data);
    secret_clear(&secret);
    EXPECT(memcmp(&secret, zero, sizeof zero) == 0);
}

TEST(wiping_clears_exactly_what_it_is_given)
{
    uint8_t bytes[] = {1, 2, 3};
    wipe(bytes, 2);
    EXPECT(bytes[0] == 0 && bytes[1] == 0 && bytes[2] == 3);
    wipe(NULL, 0);
}
