/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm_hex.h"

/* As recorded (shared/spdm, mctp-12-p256-aes128-mut, frames 23 and 24). */
static const char request[] =
    "12e4ff00ffff0100eb4f3ab1dd5e9bb3514b1610852c8a9dc9405ead6aeae57585c62c4762a282d7b3830bfa"
    "cb2cd6034dfa6da9f987b50766db45b87d6a79a650f4a3dee5abe19569b7a796451aced48cec1f83d75770d2"
    "cd3915d75679608bfbdf6f0c6d7625dd14000100000000000900010103001000110012000000";
static const char response[] =
    "1264f000ffff02000ba411e9d150dedd7126e5843bc6ab0bc3a9d18182c52986cd23373490b54c716c1ce390"
    "bff9a8685f5d9e103614c0946794f35974f5f78b501fa2d67553dbb164c8c67ff3bd3286d307b188551ee3d1"
    "1f768f33f122e4b71c0dccf3347e4aad3079256b44a444f6a274c3bae0f77214a311446e9948f96d0e6e51ed"
    "bebb66390c00010000000000040001000012857c47cbd4ce262a93bd13d1c4937a7faa5537fdffe853df37ea"
    "7462b43151399ac037d87f61ad27a483ad42fb116ff00132514161a02d2df73fbf57e79c30c3";

static const struct spdm_scene p256 = {.was_asked = true,
                                       .shape = {.version = SPDM_1_2,
                                                 .hash_size = 32,
                                                 .signature_size = 64,
                                                 .request_exchange_size = 64,
                                                 .response_exchange_size = 64,
                                                 .handshake_in_the_clear = true}};

/* Offsets of fields. */
enum { SUMMARY = 2, SLOT = 3, POLICY = 6, MUTUAL = 6, REQUESTER_SLOT = 7 };
enum { REQUEST_OPAQUE = 104, RESPONSE_OPAQUE = 136 };

TEST(key_exchange_is_written_as_it_was_read_and_refused_when_cut)
{
    expect_hex(request, &p256, spdm_again_key_exchange);
}

TEST(key_exchange_rsp_is_written_as_it_was_read_and_refused_when_cut)
{
    expect_hex(response, &p256, spdm_again_key_exchange_rsp);
}

TEST(key_exchange_tells_its_fields)
{
    struct buffer bytes = hex_bytes(request);
    struct reader reader = reader_of(buffer_view(&bytes));
    struct spdm_key_exchange got;
    EXPECT_OK(spdm_key_exchange_read(&reader, &p256.shape, &got));
    EXPECT(got.summary == SPDM_SUMMARY_ALL && got.slot == 0 && got.session_id == 0xFFFF);
    EXPECT(got.policy.survives_update && !got.policy.wants_events);
    EXPECT(got.random[0] == 0xEB && got.random[31] == 0xD7);
    EXPECT(got.exchange.size == 64 && got.exchange.data[0] == 0xB3);
    EXPECT(got.opaque.size == 20);
    buffer_clear(&bytes);
}

TEST(key_exchange_rsp_tells_its_fields)
{
    struct buffer bytes = hex_bytes(response);
    struct reader reader = reader_of(buffer_view(&bytes));
    struct spdm_key_exchange_rsp got;
    EXPECT_OK(spdm_key_exchange_rsp_read(&reader, &p256.shape, true, &got));
    EXPECT(got.heartbeat_s == 0xF0 && got.session_id == 0xFFFF);
    EXPECT(got.mutual == SPDM_MUTUAL_ENCAPSULATED && got.requester_slot == 0);
    EXPECT(got.summary_hash.size == 32 && got.summary_hash.data[0] == 0x30);
    EXPECT(got.opaque.size == 12 && got.signature.size == 64 && got.verify_data.size == 0);
    buffer_clear(&bytes);
}

TEST(a_handshake_that_is_not_in_the_clear_has_verify_data)
{
    char hex[sizeof response + 64];
    struct spdm_scene scene = p256;
    scene.shape.handshake_in_the_clear = false;
    snprintf(hex, sizeof hex, "%s%064d", response, 0);
    expect_hex(hex, &scene, spdm_again_key_exchange_rsp);
}

TEST(a_responder_that_was_not_asked_for_a_summary_has_none)
{
    char hex[sizeof response];
    struct spdm_scene scene = p256;
    scene.was_asked = false;
    const size_t before = (size_t)2 * 104, after = (size_t)2 * 136;
    snprintf(hex, sizeof hex, "%.*s%s", (int)before, response, response + after);
    expect_hex(hex, &scene, spdm_again_key_exchange_rsp);
}

TEST(what_is_covered_is_what_is_written_before_there_is_a_signature)
{
    uint8_t space[512];
    struct buffer bytes = hex_bytes(response);
    struct reader reader = reader_of(buffer_view(&bytes));
    struct writer writer = writer_over(space, sizeof space);
    struct spdm_key_exchange_rsp got;
    EXPECT_OK(spdm_key_exchange_rsp_read(&reader, &p256.shape, true, &got));
    const size_t covered = (size_t)(got.signature.data - bytes.data);
    got.signature = (slice){0};
    spdm_key_exchange_rsp_write(&writer, &p256.shape, &got);
    EXPECT(slice_equal((slice){space, writer.size}, (slice){bytes.data, covered}));
    buffer_clear(&bytes);
}

TEST(key_exchange_with_a_summary_or_a_slot_that_there_is_not_is_refused)
{
    EXPECT_FAIL(MALFORMED, hex_with(request, SUMMARY, 2, &p256, spdm_again_key_exchange));
    EXPECT_FAIL(MALFORMED, hex_with(request, SLOT, 8, &p256, spdm_again_key_exchange));
    EXPECT_FAIL(MALFORMED, hex_with(request, SLOT, 0xF, &p256, spdm_again_key_exchange));
    EXPECT_OK(hex_with(request, SLOT, SPDM_SLOT_RAW_KEY, &p256, spdm_again_key_exchange));
    EXPECT_OK(hex_with(request, SUMMARY, SPDM_SUMMARY_TCB, &p256, spdm_again_key_exchange));
}

/* P30 */
TEST(an_opaque_field_past_the_limit_is_refused_before_its_bytes_are_looked_for)
{
    EXPECT_FAIL(EXHAUSTED,
                hex_with(request, REQUEST_OPAQUE + 1, 5, &p256, spdm_again_key_exchange));
    EXPECT_FAIL(EXHAUSTED,
                hex_with(response, RESPONSE_OPAQUE + 1, 5, &p256, spdm_again_key_exchange_rsp));
}

TEST(mutual_authentication_is_asked_for_in_one_way_at_most)
{
    for (unsigned mutual = 0; mutual < 256; mutual++) {
        const bool is_one = mutual == 0 || mutual == 1 || mutual == 2 || mutual == 4;
        const status got =
            hex_with(response, MUTUAL, (uint8_t)mutual, &p256, spdm_again_key_exchange_rsp);
        EXPECT(is_one == !got.fault);
        if (!is_one)
            EXPECT_FAIL(MALFORMED, got);
    }
}

TEST(a_known_chain_is_named_by_its_slot_or_is_a_raw_key)
{
    struct buffer bytes = hex_bytes(response);
    bytes.data[MUTUAL] = SPDM_MUTUAL_KNOWN_CHAIN;
    for (unsigned slot = 0; slot < 16; slot++) {
        struct spdm_key_exchange_rsp got;
        bytes.data[REQUESTER_SLOT] = (uint8_t)slot;
        struct reader reader = reader_of(buffer_view(&bytes));
        const status read = spdm_key_exchange_rsp_read(&reader, &p256.shape, true, &got);
        EXPECT(!read.fault == (slot < 8 || slot == 0xF));
        if (!read.fault)
            EXPECT(got.requester_slot == (slot < 8 ? slot : SPDM_SLOT_RAW_KEY));
    }
    buffer_clear(&bytes);
}

/* The same byte, as each version takes it. */
TEST(a_session_policy_has_the_bits_of_its_version)
{
    static const struct {
        uint8_t version, written;
    } cases[] = {{SPDM_1_1, 0}, {SPDM_1_2, 1}, {SPDM_1_3, 3}, {SPDM_1_4, 3}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct spdm_shape shape = {.version = cases[i].version};
        const struct spdm_session_policy policy = spdm_session_policy_of(0xFF, &shape);
        const struct spdm_session_policy all = {.survives_update = true, .wants_events = true};
        EXPECT(policy.survives_update == (cases[i].version >= SPDM_1_2));
        EXPECT(policy.wants_events == (cases[i].version >= SPDM_1_3));
        EXPECT(spdm_session_policy_field(all, &shape) == cases[i].written);
        EXPECT(spdm_session_policy_field((struct spdm_session_policy){0}, &shape) == 0);
    }
}
