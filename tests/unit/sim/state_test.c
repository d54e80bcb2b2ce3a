/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/state.h"

#include "sim.h"
#include "test.h"

enum { MADE_S = 1768435200 }; /* 2026-01-15 */

static struct buffer written_state(void)
{
    struct buffer text = {0};
    SCOPED(sim_state) state = {0};
    EXPECT_OK(sim_state_for_tests(MADE_S, &state));
    EXPECT_OK(sim_state_write(&state, &text));
    return text;
}

static bool reads(slice text)
{
    SCOPED(sim_state) state = {0};
    const bool read = !sim_state_read(text, &state).fault;
    EXPECT(read || (!state.intel_root.x509 && state.made_s == 0)); /* untouched on failure */
    return read;
}

TEST(a_state_is_read_as_it_was_written)
{
    SCOPED(sim_state) state = {0};
    SCOPED(sim_state) again = {0};
    SCOPED(buffer) text = {0};
    SCOPED(buffer) second = {0};
    EXPECT_OK(sim_state_for_tests(MADE_S, &state));
    EXPECT_OK(sim_state_write(&state, &text));
    EXPECT_OK(sim_state_read(buffer_view(&text), &again));
    EXPECT(again.made_s == MADE_S);
    EXPECT(memcmp(again.chip_id, state.chip_id, sizeof state.chip_id) == 0);
    EXPECT(certificate_equal(&again.intel_root, &state.intel_root));
    EXPECT(certificate_equal(&again.ask[SIM_TURIN], &state.ask[SIM_TURIN]));
    EXPECT_OK(sim_state_write(&again, &second));
    EXPECT(slice_equal(buffer_view(&text), buffer_view(&second)));
}

TEST(every_state_has_a_chip_and_names_of_its_own)
{
    SCOPED(sim_state) one = {0};
    SCOPED(sim_state) other = {0};
    char name[SIM_SUBJECT_SIZE], other_name[SIM_SUBJECT_SIZE];
    EXPECT_OK(sim_state_for_tests(MADE_S, &one));
    EXPECT_OK(sim_state_for_tests(MADE_S, &other));
    EXPECT(memcmp(one.chip_id, other.chip_id, sizeof one.chip_id) != 0);
    sim_state_subject(&one, "OU=", "", name);
    sim_state_subject(&other, "OU=", "", other_name);
    EXPECT(strncmp(name, "OU=SIMULATED ", 13) == 0 && strcmp(name, other_name) != 0);
}

/* K3 */
TEST(every_flipped_byte_of_a_state_is_detected)
{
    SCOPED(buffer) text = written_state();
    EXPECT(reads(buffer_view(&text)));
    for (size_t at = 0; at < text.size; at++) {
        text.data[at] ^= (uint8_t)(1 + at % 255);
        EXPECT(!reads(buffer_view(&text)));
        text.data[at] ^= (uint8_t)(1 + at % 255);
    }
    EXPECT(reads(buffer_view(&text)));
}

/* K2, K3: torn, empty, or more than was written. */
TEST(a_state_cut_anywhere_or_with_more_behind_it_is_detected)
{
    SCOPED(buffer) text = written_state();
    for (size_t size = 0; size < text.size; size++)
        EXPECT(!reads((slice){text.data, size}));
    EXPECT_OK(buffer_append(&text, slice_of_text("\n")));
    EXPECT(!reads(buffer_view(&text)));
}

/* K4 */
TEST(a_state_of_another_version_is_refused_as_such)
{
    static const char first_line[] = "cix-sim-state 1 ";
    SCOPED(buffer) text = written_state();
    SCOPED(sim_state) state = {0};
    EXPECT(text.size > sizeof first_line &&
           memcmp(text.data, first_line, sizeof first_line - 1) == 0);
    for (uint8_t version = '0'; version <= '9'; version++) {
        text.data[sizeof first_line - 3] = version;
        if (version != '1')
            EXPECT_FAIL(UNSUPPORTED, sim_state_read(buffer_view(&text), &state));
    }
}

/* Checksums are no secret: whoever edits the file can renew it, and a certificate that is of
 * another key must still be noticed. */
TEST(a_certificate_of_another_key_is_refused_even_with_a_right_checksum)
{
    SCOPED(sim_state) state = {0};
    SCOPED(sim_state) mixed = {0};
    SCOPED(buffer) text = {0};
    EXPECT_OK(sim_state_for_tests(MADE_S, &state));
    const struct private_key pck = state.keys.pck;
    state.keys.pck = state.keys.pck_ca;
    state.keys.pck_ca = pck;
    EXPECT_OK(sim_state_write(&state, &text));
    EXPECT_FAIL(MALFORMED, sim_state_read(buffer_view(&text), &mixed));
}

TEST(a_state_larger_than_one_can_be_is_not_read)
{
    static uint8_t large[SIM_STATE_SIZE_MAX + 1];
    SCOPED(sim_state) state = {0};
    EXPECT_FAIL(EXHAUSTED, sim_state_read(SLICE(large), &state));
}
