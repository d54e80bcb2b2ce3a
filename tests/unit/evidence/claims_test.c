/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/claims.h"

#include "test.h"

static struct claims claims; /* too large for a stack frame of every test */

static void begin(void)
{
    memset(&claims, 0, sizeof claims);
}

TEST(claims_are_found_by_name_with_their_values)
{
    static const uint8_t bytes[] = {1, 2, 3}, numbers[] = {7, 8};
    begin();
    claim_bytes(&claims, "bytes", SLICE(bytes));
    claim_text(&claims, "text", "hello");
    claim_number(&claims, "number", UINT64_MAX);
    claim_flag(&claims, "flag", true);
    claim_numbers(&claims, "numbers", SLICE(numbers));
    EXPECT_OK(claims_finish(&claims));

    EXPECT(slice_equal(claims_bytes(&claims, "bytes"), SLICE(bytes)));
    EXPECT(slice_equal(claims_bytes(&claims, "text"), slice_of_text("hello")));
    EXPECT(claims_find(&claims, "number")->number == UINT64_MAX);
    EXPECT(claims_find(&claims, "flag")->kind == CLAIM_FLAG);
    EXPECT(claims_find(&claims, "flag")->number == 1);
    EXPECT(slice_equal(claim_value(&claims, claims_find(&claims, "numbers")), SLICE(numbers)));
    EXPECT(!claims_find(&claims, "byte"));
}

TEST(only_bytes_and_texts_are_given_as_bytes)
{
    static const uint8_t numbers[] = {7};
    begin();
    claim_number(&claims, "number", 5);
    claim_numbers(&claims, "numbers", SLICE(numbers));
    claim_texts_append(&claims, "texts", slice_of_text("a"));
    EXPECT(claims_bytes(&claims, "number").size == 0);
    EXPECT(claims_bytes(&claims, "numbers").size == 0);
    EXPECT(claims_bytes(&claims, "texts").size == 0);
    EXPECT(claims_bytes(&claims, "absent").size == 0);
}

TEST(texts_are_kept_apart_by_a_nul_and_grow_only_at_the_end)
{
    begin();
    claim_texts_append(&claims, "ids", slice_of_text("A-1"));
    claim_texts_append(&claims, "ids", slice_of_text("A-2"));
    claim_texts_append(&claims, "other", slice_of_text("B"));
    EXPECT_OK(claims_finish(&claims));
    EXPECT(claims.count == 2);
    EXPECT(slice_equal(claim_value(&claims, claims_find(&claims, "ids")),
                       (slice){(const uint8_t *)"A-1\0A-2", 7}));
}

TEST(a_copy_of_claims_needs_nothing_of_the_first)
{
    static struct claims copy;
    begin();
    claim_text(&claims, "text", "hello");
    copy = claims;
    begin();
    EXPECT(slice_equal(claims_bytes(&copy, "text"), slice_of_text("hello")));
}

TEST(too_many_claims_are_noticed_at_the_end)
{
    begin();
    for (size_t i = 0; i < CLAIMS_MAX; i++)
        claim_number(&claims, "number", i);
    EXPECT_OK(claims_finish(&claims));
    claim_flag(&claims, "flag", true);
    EXPECT(claims.count == CLAIMS_MAX);
    EXPECT_FAIL(EXHAUSTED, claims_finish(&claims));
}

TEST(values_beyond_the_store_are_noticed_at_the_end)
{
    static const uint8_t half[CLAIMS_STORE_SIZE / 2];
    begin();
    claim_bytes(&claims, "a", SLICE(half));
    claim_bytes(&claims, "b", SLICE(half));
    EXPECT_OK(claims_finish(&claims));
    claim_bytes(&claims, "c", (slice){half, 1});
    EXPECT(claims.store_used == CLAIMS_STORE_SIZE);
    EXPECT_FAIL(EXHAUSTED, claims_finish(&claims));
}
