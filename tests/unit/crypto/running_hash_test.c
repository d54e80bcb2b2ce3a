/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/running_hash.h"

#include "codec/text.h"
#include "test.h"

static void expect_peek(struct running_hash *running, const char *hex)
{
    struct digest digest = {0};
    char text[2 * sizeof digest.data + 1];
    EXPECT_OK(running_hash_peek(running, &digest));
    hex_write((slice){digest.data, digest.size}, text);
    EXPECT(strcmp(text, hex) == 0);
}

/* spec: FIPS 180-4, examples of SHA-256: one block, two blocks; of nothing: NIST's byte vectors */
static const char of_nothing[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
static const char of_abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char of_two_blocks[] =
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";

TEST(a_look_changes_nothing_and_more_may_follow)
{
    SCOPED(running_hash) running = {0};
    EXPECT_OK(running_hash_begin(&running, HASH_SHA256));
    expect_peek(&running, of_nothing);
    EXPECT_OK(running_hash_add(&running, slice_of_text("abc")));
    expect_peek(&running, of_abc);
    expect_peek(&running, of_abc);
    EXPECT_OK(running_hash_add(&running, (slice){0}));
    expect_peek(&running, of_abc);
    EXPECT_OK(running_hash_add(&running, slice_of_text("dbcdecdefdefgefghfghighijhijkijkljklm")));
    EXPECT_OK(running_hash_add(&running, slice_of_text("klmnlmnomnopnopq")));
    expect_peek(&running, of_two_blocks);
}

TEST(a_copy_goes_its_own_way)
{
    SCOPED(running_hash) running = {0};
    SCOPED(running_hash) copy = {0};
    EXPECT_OK(running_hash_begin(&copy, HASH_SM3)); /* is forgotten */
    EXPECT_OK(running_hash_add(&copy, slice_of_text("other")));
    EXPECT_OK(running_hash_begin(&running, HASH_SHA256));
    EXPECT_OK(running_hash_add(&running, slice_of_text("ab")));
    EXPECT_OK(running_hash_copy(&running, &copy));
    EXPECT_OK(running_hash_add(&running, slice_of_text("x")));
    EXPECT_OK(running_hash_add(&copy, slice_of_text("c")));
    expect_peek(&copy, of_abc);
}

TEST(a_hash_begun_again_has_forgotten)
{
    SCOPED(running_hash) running = {0};
    EXPECT_OK(running_hash_begin(&running, HASH_SHA384));
    EXPECT_OK(running_hash_add(&running, slice_of_text("what was")));
    EXPECT_OK(running_hash_begin(&running, HASH_SHA256));
    EXPECT_OK(running_hash_add(&running, slice_of_text("abc")));
    expect_peek(&running, of_abc);
    running_hash_clear(&running);
    EXPECT(!running.context && !running.peeking && running.hash == HASH_NONE);
}

TEST(what_was_not_begun_gives_nothing)
{
    SCOPED(running_hash) running = {0};
    SCOPED(running_hash) copy = {0};
    struct digest digest = {.size = 99};
    EXPECT_FAIL(UNEXPECTED, running_hash_add(&running, slice_of_text("abc")));
    EXPECT_FAIL(UNEXPECTED, running_hash_peek(&running, &digest));
    EXPECT_FAIL(UNEXPECTED, running_hash_copy(&running, &copy));
    EXPECT_FAIL(UNSUPPORTED, running_hash_begin(&running, HASH_NONE));
    EXPECT_FAIL(UNSUPPORTED, running_hash_begin(&running, HASH_SHA3_512 + 1));
    EXPECT(digest.size == 99 && !copy.context);
}

TEST(every_hash_runs_as_it_does_at_once)
{
    for (enum hash hash = HASH_SHA256; hash <= HASH_SHA3_512; hash++) {
        SCOPED(running_hash) running = {0};
        struct digest at_once = {0}, stepwise = {0};
        static const uint8_t bytes[300] = {1, 2, 3};
        EXPECT_OK(digest_of(hash, SLICE(bytes), &at_once));
        EXPECT_OK(running_hash_begin(&running, hash));
        for (size_t i = 0; i < sizeof bytes; i += 50)
            EXPECT_OK(running_hash_add(&running, (slice){bytes + i, 50}));
        EXPECT_OK(running_hash_peek(&running, &stepwise));
        EXPECT(digest_equal(&at_once, &stepwise));
    }
}
