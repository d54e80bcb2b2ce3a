/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/doe_discovery.h"

#include "test.h"

/* As recorded peers asked and answered (shared/spdm, doe-13-psk-sha384). */
static const uint8_t questions[3][4] = {{0, 0, 0, 0}, {1, 0, 0, 0}, {2, 0, 0, 0}};
static const uint8_t answers[3][4] = {{1, 0, 0, 1}, {1, 0, 1, 2}, {1, 0, 2, 0}};

TEST(discovery_asks_as_recorded_and_finds_spdm)
{
    struct spdm_doe_discovery discovery = {0};
    for (size_t i = 0; i < 3; i++) {
        uint8_t space[SPDM_DOE_DISCOVERY_SIZE];
        struct writer writer = writer_over(space, sizeof space);
        EXPECT(!discovery.is_done);
        spdm_doe_discovery_ask(&writer, &discovery);
        EXPECT(slice_equal(SLICE(space), SLICE(questions[i])));
        EXPECT_OK(spdm_doe_discovery_take(&discovery, SLICE(answers[i])));
    }
    EXPECT(discovery.is_done && discovery.has_spdm && discovery.has_secured);
}

TEST(a_mailbox_without_secured_spdm_has_none)
{
    struct spdm_doe_discovery discovery = {0};
    static const uint8_t vendors[] = {0x98, 0x1E, 2, 1}, last[] = {1, 0, 1, 0};
    EXPECT_OK(spdm_doe_discovery_take(&discovery, SLICE(vendors)));
    EXPECT_OK(spdm_doe_discovery_take(&discovery, SLICE(last)));
    EXPECT(discovery.is_done && discovery.has_spdm && !discovery.has_secured);
}

TEST(our_answers_are_those_of_the_recorded_responder)
{
    for (size_t i = 0; i < 3; i++) {
        uint8_t space[SPDM_DOE_DISCOVERY_SIZE];
        struct writer writer = writer_over(space, sizeof space);
        EXPECT_OK(spdm_doe_discovery_answer(SLICE(questions[i]), &writer));
        EXPECT(slice_equal(SLICE(space), SLICE(answers[i])));
    }
}

TEST(an_index_without_a_protocol_is_answered_with_no_vendor)
{
    static const uint8_t beyond[] = {3, 0, 0, 0}, last[] = {255, 0, 0, 0},
                         nobody[] = {0xFF, 0xFF, 0, 0};
    uint8_t space[2 * SPDM_DOE_DISCOVERY_SIZE];
    struct writer writer = writer_over(space, sizeof space);
    EXPECT_OK(spdm_doe_discovery_answer(SLICE(beyond), &writer));
    EXPECT_OK(spdm_doe_discovery_answer(SLICE(last), &writer));
    EXPECT(slice_equal((slice){space, 4}, SLICE(nobody)));
    EXPECT(slice_equal((slice){space + 4, 4}, SLICE(nobody)));
}

/* P33 */
TEST(discovery_that_goes_round_is_refused_and_changes_nothing)
{
    struct spdm_doe_discovery discovery = {.index = 2};
    static const uint8_t again[] = {1, 0, 1, 2}, back[] = {1, 0, 1, 1};
    EXPECT_FAIL(MALFORMED, spdm_doe_discovery_take(&discovery, SLICE(again)));
    EXPECT_FAIL(MALFORMED, spdm_doe_discovery_take(&discovery, SLICE(back)));
    EXPECT(discovery.index == 2 && !discovery.is_done && !discovery.has_spdm);
}

TEST(discovery_of_another_length_is_refused)
{
    static const uint8_t longer[] = {1, 0, 1, 0, 0};
    uint8_t space[SPDM_DOE_DISCOVERY_SIZE];
    struct writer writer = writer_over(space, sizeof space);
    struct spdm_doe_discovery discovery = {0};
    for (size_t size = 0; size <= sizeof longer; size++) {
        if (size == SPDM_DOE_DISCOVERY_SIZE)
            continue;
        EXPECT(spdm_doe_discovery_take(&discovery, (slice){longer, size}).fault);
        EXPECT(spdm_doe_discovery_answer((slice){longer, size}, &writer).fault);
    }
    EXPECT(!discovery.is_done && writer.size == 0);
}
