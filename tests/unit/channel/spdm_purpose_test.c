/* SPDX-License-Identifier: Apache-2.0 */
#include "channel/spdm_purpose.h"

#include "test.h"

#include <string.h>

/* As tests/vectors/link-protocol/make.py writes them, and docs/link-protocol.md shows them. */
static const uint8_t of_client[] = {2,    0,   0,   0,   0,   0,   5,    0,    1,   1,   1,  0,
                                    0x12, 0,   0,   0,   4,   4,   0xd9, 0x7e, 0,   0,   10, 0,
                                    'c',  'i', 'x', '-', 'l', 'i', 'n',  'k',  '/', '1', 0,  0};
static const uint8_t of_server[] = {2,    0,   0,   0,    0,    0,   4,   0,   1, 0,   0,
                                    0x12, 4,   4,   0xd9, 0x7e, 0,   0,   10,  0, 'c', 'i',
                                    'x',  '-', 'l', 'i',  'n',  'k', '/', '1', 0, 0};

static const struct spdm_shape shape = {.version = SPDM_1_3};
static const char *const link_only[] = {"cix-link/1", NULL};
static const char *const both[] = {"cix-lane/1", "cix-link/1", NULL};

TEST(the_documented_purposes_are_read)
{
    const char *got = NULL;
    EXPECT_OK(spdm_purpose_read(SLICE(of_client), &shape, both, &got));
    EXPECT(got == both[1]);
    EXPECT_OK(spdm_purpose_read(SLICE(of_server), &shape, link_only, &got));
    EXPECT(got == link_only[0]);
}

TEST(the_documented_elements_are_written)
{
    uint8_t space[64];
    struct writer writer = writer_over(space, sizeof space);
    spdm_purpose_write(&writer, "cix-link/1");
    EXPECT(slice_equal((slice){space, writer.size}, (slice){of_client + 16, 20}));
}

TEST(a_purpose_cut_anywhere_is_refused_and_leaves_out_untouched)
{
    const char *got = "untouched";
    for (size_t size = 0; size < sizeof of_client; size++)
        EXPECT(spdm_purpose_read((slice){of_client, size}, &shape, both, &got).fault);
    EXPECT(strcmp(got, "untouched") == 0);
}

TEST(no_purpose_another_or_two_of_them_are_refused)
{
    static const char *const lane[] = {"cix-lane/1", NULL}, *const none[] = {NULL},
                             *const longer[] = {"cix-link/1x", "cix-link/", NULL};
    uint8_t bytes[sizeof of_client + 20];
    const char *got = "untouched";
    EXPECT_FAIL(UNEXPECTED, spdm_purpose_read(SLICE(of_client), &shape, lane, &got));
    EXPECT_FAIL(UNEXPECTED, spdm_purpose_read(SLICE(of_client), &shape, none, &got));
    EXPECT_FAIL(UNEXPECTED, spdm_purpose_read(SLICE(of_client), &shape, longer, &got));

    static const struct {
        size_t place;
        uint8_t value;
    } others[] = {{16, 3}, {18, 0xd8}, {21, 1}}; /* another registry, another enterprise */
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        memcpy(bytes, of_client, sizeof of_client);
        bytes[others[i].place] = others[i].value;
        EXPECT_FAIL(UNEXPECTED,
                    spdm_purpose_read((slice){bytes, sizeof of_client}, &shape, both, &got));
    }

    memcpy(bytes, of_client, sizeof of_client);
    memcpy(bytes + sizeof of_client, of_client + 16, 20);
    bytes[0] = 3;
    EXPECT_FAIL(UNEXPECTED, spdm_purpose_read(SLICE(bytes), &shape, both, &got));
    bytes[0] = 2; /* one element more than it says */
    EXPECT_FAIL(MALFORMED, spdm_purpose_read(SLICE(bytes), &shape, both, &got));
    EXPECT(strcmp(got, "untouched") == 0);
}
