/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm_hex.h"

/* As recorded (shared/spdm, doe-12-p256-chacha-oneway-idekm-tdisp, frames 123 and 124). */
static const char request[] =
    "12e6ff01feff1800400014005345434f4e444152595f53455353494f4e5f305f50534b0069fbd1c59bd8aa24"
    "32c44d8fd1e0ba68bf0b92507492a0ab0f66aef9b4422115563f514aa441898d6c05249b0abcd70c5a17a2c9"
    "9063c1deb6bb23c37bd6ec560100000000000900010103001000110012000000";
static const char response[] =
    "1266f000feff000040000c00c6b6141002979772364574fcdfddfb3673121221a776b10779e92a41986c4ed7"
    "05534b1487efa2d721f0aa7e7e5c540125393d1bff293082075679f4fe3fe43cb133a2be17d1abda03231382"
    "2d038cdddd7100494621112e88791bca3e7b95c40100000000000400010000122386565784f3ee3156d5094d"
    "e6de580b7f5bd143f8ce5d9b07dfa4206a68756c";

static const struct spdm_scene sha256 = {
    .was_asked = true, .shape = {.version = SPDM_1_2, .hash_size = 32, .psk_has_context = true}};

/* Offsets of the high bytes of lengths. */
enum { HINT_HIGH = 7, CONTEXT_HIGH = 9, OPAQUE_HIGH = 11 };
enum { SUMMARY = 2, CONTEXT_LOW = 8 };

TEST(psk_exchange_is_written_as_it_was_read_and_refused_when_cut)
{
    expect_hex(request, &sha256, spdm_again_psk_exchange);
}

TEST(psk_exchange_rsp_is_written_as_it_was_read_and_refused_when_cut)
{
    expect_hex(response, &sha256, spdm_again_psk_exchange_rsp);
}

TEST(psk_exchange_tells_its_fields)
{
    struct buffer bytes = hex_bytes(request);
    struct reader reader = reader_of(buffer_view(&bytes));
    struct spdm_psk_exchange got;
    EXPECT_OK(spdm_psk_exchange_read(&reader, &sha256.shape, &got));
    EXPECT(got.summary == SPDM_SUMMARY_ALL && got.session_id == 0xFFFE);
    EXPECT(got.policy.survives_update && !got.policy.wants_events);
    EXPECT(slice_equal(got.hint, SLICE((const uint8_t[]){"SECONDARY_SESSION_0_PSK"})));
    EXPECT(got.context.size == 64 && got.context.data[0] == 0x69 && got.opaque.size == 20);
    buffer_clear(&bytes);
}

TEST(psk_exchange_with_a_longer_field_than_we_take_is_refused)
{
    EXPECT_FAIL(EXHAUSTED, hex_with(request, HINT_HIGH, 1, &sha256, spdm_again_psk_exchange));
    EXPECT_FAIL(EXHAUSTED, hex_with(request, CONTEXT_HIGH, 1, &sha256, spdm_again_psk_exchange));
    EXPECT_FAIL(EXHAUSTED, hex_with(request, OPAQUE_HIGH, 4, &sha256, spdm_again_psk_exchange));
    EXPECT_FAIL(EXHAUSTED,
                hex_with(response, CONTEXT_HIGH, 1, &sha256, spdm_again_psk_exchange_rsp));
    EXPECT_FAIL(EXHAUSTED,
                hex_with(response, OPAQUE_HIGH, 4, &sha256, spdm_again_psk_exchange_rsp));
}

TEST(psk_exchange_without_room_for_a_nonce_or_with_a_summary_that_there_is_not_is_refused)
{
    EXPECT_FAIL(MALFORMED, hex_with(request, CONTEXT_LOW, 31, &sha256, spdm_again_psk_exchange));
    EXPECT_OK(hex_with(request, CONTEXT_LOW, 32, &sha256, spdm_again_psk_exchange));
    EXPECT_FAIL(MALFORMED, hex_with(request, SUMMARY, 3, &sha256, spdm_again_psk_exchange));
}

TEST(a_responder_has_a_context_if_and_only_if_it_announced_one)
{
    static const char without[] =
        "1266f000feff000000000000"
        "0000000000000000000000000000000000000000000000000000000000000000";
    struct spdm_scene none = sha256, some = sha256, none_but_asked = sha256;
    none.was_asked = some.was_asked = false;
    none.shape.psk_has_context = none_but_asked.shape.psk_has_context = false;
    expect_hex(without, &none, spdm_again_psk_exchange_rsp);
    EXPECT_FAIL(MALFORMED, hex_with(without, 0, 0x12, &some, spdm_again_psk_exchange_rsp));
    EXPECT_FAIL(MALFORMED,
                hex_with(response, 0, 0x12, &none_but_asked, spdm_again_psk_exchange_rsp));
}
