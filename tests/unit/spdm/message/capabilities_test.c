/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/capabilities.h"

#include "spdm_message.h"

/* As recorded (shared/spdm): mctp-10-p256-chal-meas, mctp-11-rsapss3072-ffdhe3072 and
 * mctp-14-p384-multikey. */
static const uint8_t ask_1_0[] = {0x10, 0xE1, 0, 0};
static const uint8_t answer_1_0[] = {0x10, 0x61, 0, 0, 0, 0, 0, 0, 0x37, 0, 0, 0};
static const uint8_t ask_1_1[] = {0x11, 0xE1, 0, 0, 0, 0, 0, 0, 0xC6, 0xF7, 0, 0};
static const uint8_t answer_1_4[] = {0x14, 0x61, 0,    0,    0, 0, 0, 0, 0xFB, 0xF7,
                                     0x9A, 0xB9, 0x00, 0x12, 0, 0, 0, 0, 0x02, 0x00};

/* 1.3 with the block: four tables, so 30 + 4 * 4 bytes of it. */
static const uint8_t answer_with_block[20 + 46] = {
    0x13, 0x61, 1,    0,  0,    11,   0,    0, 0x02,     0x00,     0x02, 0x00, 42,
    0,    0,    0,    43, 0,    0,    0,    4, 0,        46,       0,    1,    0x12,
    0x10, 0,    0,    0,  0x01, 0,    0,    0, [49] = 1, [50] = 2, 0x20, 0x08, 0,
    3,    0x20, 0x02, 0,  4,    0x20, 0x10, 0, 5,        0x20,     1,    0};

static const struct spdm_scene nothing_yet;

TEST(capabilities_of_every_version_round_trip_and_are_refused_when_cut)
{
    expect_message(spdm_again_get_capabilities, &nothing_yet, SLICE(ask_1_0));
    expect_message(spdm_again_get_capabilities, &nothing_yet, SLICE(ask_1_1));
    expect_message(spdm_again_capabilities, &nothing_yet, SLICE(answer_1_0));
    expect_message(spdm_again_capabilities, &nothing_yet, SLICE(answer_with_block));
}

TEST(capabilities_are_read_by_the_table_in_the_specification)
{
    struct spdm_capabilities got;
    struct reader reader = reader_of(SLICE(answer_with_block));
    EXPECT_OK(spdm_capabilities_read(&reader, &got));
    EXPECT(got.version == SPDM_1_3 && got.timeout_exponent == 11);
    EXPECT(got.flags == (SPDM_CERT_CAP | SPDM_CHUNK_CAP));
    EXPECT(got.data_transfer_size == 42 && got.message_size_max == 43);
    EXPECT(got.has_algorithms && !got.asks_algorithms);
    EXPECT(got.algorithms.other_params == 0x12 && got.algorithms.log_specifications == 1);
    EXPECT(got.algorithms.base_asym == 0x10 && got.algorithms.base_hash == 1);
    EXPECT(got.algorithms.tables[SPDM_TABLE_AEAD].algorithms == 2);
    EXPECT(!got.algorithms.tables[SPDM_TABLE_KEM].is_present);
}

TEST(a_request_asks_for_algorithms_from_1_3_on)
{
    uint8_t bytes[20] = {0x13, 0xE1, 1, [12] = 42, [16] = 42};
    struct spdm_capabilities got;
    struct reader reader = reader_of(SLICE(bytes));
    EXPECT_OK(spdm_get_capabilities_read(&reader, &got));
    EXPECT(got.asks_algorithms);
    bytes[0] = 0x12;
    reader = reader_of(SLICE(bytes));
    EXPECT_OK(spdm_get_capabilities_read(&reader, &got));
    EXPECT(!got.asks_algorithms);
}

TEST(capabilities_of_no_version_or_beyond_limits_are_refused)
{
    spdm_again *const again = spdm_again_capabilities;
    const slice message = SLICE(answer_1_4);
    expect_same_again(again, &nothing_yet, message);
    EXPECT_FAIL(UNSUPPORTED, with_byte(again, &nothing_yet, message, 0, 0x0F));
    EXPECT_FAIL(UNSUPPORTED, with_byte(again, &nothing_yet, message, 0, 0x15));
    EXPECT_FAIL(MALFORMED, with_byte(again, &nothing_yet, message, 1, SPDM_ALGORITHMS));
    EXPECT_OK(with_byte(again, &nothing_yet, message, 5, 31));
    EXPECT_FAIL(MALFORMED, with_byte(again, &nothing_yet, message, 5, 32));

    const slice small = SLICE(answer_with_block);
    EXPECT_FAIL(MALFORMED, with_byte(again, &nothing_yet, small, 12, 41));
    EXPECT_OK(with_byte(again, &nothing_yet, small, 12, 43));
    EXPECT_FAIL(MALFORMED, with_byte(again, &nothing_yet, small, 12, 44));
}

/* Flags, and whether nothing in them contradicts another (FACTS.md, section 3.2). */
static const struct {
    uint8_t version;
    enum spdm_side side;
    bool is_right;
    uint32_t flags;
} cases[] = {
    {SPDM_1_0, SPDM_RESPONDER, true, SPDM_MEAS_FRESH_CAP | SPDM_MEAS_UNSIGNED},
    {SPDM_1_0, SPDM_RESPONDER, false, SPDM_MEAS_FRESH_CAP},
    {SPDM_1_0, SPDM_RESPONDER, false, SPDM_MEAS_CAP},
    {SPDM_1_0, SPDM_REQUESTER, true, SPDM_PSK_CAP | SPDM_MUT_AUTH_CAP}, /* all reserved */
    {SPDM_1_1, SPDM_REQUESTER, true, 0},
    {SPDM_1_1, SPDM_REQUESTER, true, SPDM_KEY_EX_CAP | SPDM_MAC_CAP},
    {SPDM_1_1, SPDM_REQUESTER, false, SPDM_KEY_EX_CAP},
    {SPDM_1_1, SPDM_REQUESTER, false, SPDM_PSK_PLAIN},
    {SPDM_1_1, SPDM_REQUESTER, false, SPDM_MAC_CAP},
    {SPDM_1_1, SPDM_REQUESTER, false, SPDM_ENCRYPT_CAP},
    {SPDM_1_1, SPDM_REQUESTER, false, SPDM_HBEAT_CAP},
    {SPDM_1_1, SPDM_REQUESTER, false, SPDM_KEY_UPD_CAP},
    {SPDM_1_1, SPDM_REQUESTER, false, SPDM_HANDSHAKE_IN_THE_CLEAR_CAP},
    {SPDM_1_1, SPDM_REQUESTER, true, SPDM_PSK_PLAIN | SPDM_MAC_CAP},
    {SPDM_1_1, SPDM_REQUESTER, false, SPDM_PSK_WITH_CONTEXT | SPDM_MAC_CAP},
    {SPDM_1_1, SPDM_REQUESTER, false, SPDM_PSK_CAP | SPDM_MAC_CAP},
    {SPDM_1_1, SPDM_RESPONDER, true, SPDM_PSK_WITH_CONTEXT | SPDM_MAC_CAP},
    {SPDM_1_1, SPDM_RESPONDER, false, SPDM_PSK_CAP | SPDM_MAC_CAP},
    {SPDM_1_1, SPDM_REQUESTER, false,
     SPDM_PSK_PLAIN | SPDM_MAC_CAP | SPDM_HANDSHAKE_IN_THE_CLEAR_CAP},
    {SPDM_1_1, SPDM_REQUESTER, false, SPDM_CERT_CAP},
    {SPDM_1_1, SPDM_REQUESTER, true, SPDM_CERT_CAP | SPDM_CHAL_CAP},
    {SPDM_1_1, SPDM_REQUESTER, true, SPDM_PUB_KEY_ID_CAP | SPDM_CHAL_CAP},
    {SPDM_1_1, SPDM_REQUESTER, false, SPDM_CERT_CAP | SPDM_PUB_KEY_ID_CAP | SPDM_CHAL_CAP},
    {SPDM_1_1, SPDM_REQUESTER, false, SPDM_CHAL_CAP},
    {SPDM_1_1, SPDM_REQUESTER, false, SPDM_CERT_CAP | SPDM_CHAL_CAP | SPDM_MUT_AUTH_CAP},
    {SPDM_1_1, SPDM_REQUESTER, true,
     SPDM_CERT_CAP | SPDM_CHAL_CAP | SPDM_MUT_AUTH_CAP | SPDM_ENCAP_CAP},
    {SPDM_1_2, SPDM_REQUESTER, true, SPDM_CERT_CAP | SPDM_CHAL_CAP | SPDM_MUT_AUTH_CAP},
    {SPDM_1_2, SPDM_RESPONDER, true, SPDM_CERT_CAP | SPDM_MEAS_SIGNED},
    {SPDM_1_2, SPDM_RESPONDER, false, SPDM_CERT_CAP | SPDM_MEAS_UNSIGNED},
    {SPDM_1_2, SPDM_RESPONDER, false, SPDM_MEAS_SIGNED},
    {SPDM_1_2, SPDM_RESPONDER, false, SPDM_KEY_EX_CAP | SPDM_MAC_CAP},
    {SPDM_1_2, SPDM_RESPONDER, false, SPDM_CERT_CAP | SPDM_CHAL_CAP | SPDM_CERT_INSTALL_RESET_CAP},
    {SPDM_1_2, SPDM_RESPONDER, false, SPDM_CERT_CAP | SPDM_CHAL_CAP | SPDM_CSR_CAP},
    {SPDM_1_2, SPDM_RESPONDER, true, SPDM_CERT_CAP | SPDM_CHAL_CAP | SPDM_SET_CERT_CAP},
    {SPDM_1_2, SPDM_RESPONDER, true,
     SPDM_CERT_CAP | SPDM_CHAL_CAP | SPDM_CSR_CAP | SPDM_SET_CERT_CAP |
         SPDM_CERT_INSTALL_RESET_CAP},
    {SPDM_1_2, SPDM_RESPONDER, false, SPDM_SET_CERT_CAP},
    {SPDM_1_2, SPDM_RESPONDER, false, SPDM_ALIAS_CERT_CAP},
    {SPDM_1_2, SPDM_RESPONDER, false, SPDM_PUB_KEY_ID_CAP | SPDM_CHAL_CAP | SPDM_SET_CERT_CAP},
    {SPDM_1_1, SPDM_RESPONDER, true, SPDM_SET_CERT_CAP}, /* not yet known */
    {SPDM_1_4, SPDM_RESPONDER, false,
     SPDM_CERT_CAP | SPDM_CHAL_CAP | SPDM_GET_KEY_PAIR_INFO_CAP | SPDM_SET_KEY_PAIR_RESET_CAP},
    {SPDM_1_4, SPDM_RESPONDER, true,
     SPDM_CERT_CAP | SPDM_CHAL_CAP | SPDM_GET_KEY_PAIR_INFO_CAP | SPDM_SET_KEY_PAIR_INFO_CAP |
         SPDM_SET_KEY_PAIR_RESET_CAP},
    {SPDM_1_2, SPDM_REQUESTER, false, SPDM_CERT_CAP | SPDM_EP_INFO_SIGNED}, /* not yet known */
    {SPDM_1_3, SPDM_REQUESTER, true, SPDM_CERT_CAP | SPDM_EP_INFO_SIGNED},
    {SPDM_1_3, SPDM_REQUESTER, false, SPDM_EP_INFO_SIGNED},
    {SPDM_1_3, SPDM_REQUESTER, false, SPDM_CERT_CAP},
    {SPDM_1_3, SPDM_REQUESTER, false, SPDM_CERT_CAP | SPDM_EP_INFO_SIGNED | SPDM_MUT_AUTH_CAP},
    {SPDM_1_3, SPDM_RESPONDER, false, SPDM_CERT_CAP},
    {SPDM_1_3, SPDM_RESPONDER, true, SPDM_CERT_CAP | SPDM_EP_INFO_SIGNED},
    {SPDM_1_3, SPDM_RESPONDER, true, SPDM_CERT_CAP | SPDM_MEAS_SIGNED},
    {SPDM_1_3, SPDM_RESPONDER, false, SPDM_CERT_CAP | SPDM_MEAS_SIGNED | SPDM_MUT_AUTH_CAP},
    {SPDM_1_3, SPDM_REQUESTER, true, SPDM_EP_INFO_UNSIGNED},
    {SPDM_1_3, SPDM_REQUESTER, false, SPDM_EP_INFO_CAP | SPDM_CERT_CAP},
    {SPDM_1_3, SPDM_REQUESTER, false, SPDM_EVENT_CAP},
    {SPDM_1_3, SPDM_REQUESTER, false, SPDM_MULTI_KEY_ONLY},
    {SPDM_1_3, SPDM_REQUESTER, false, SPDM_MULTI_KEY_ONLY | SPDM_PUB_KEY_ID_CAP | SPDM_CHAL_CAP},
    {SPDM_1_3, SPDM_REQUESTER, true, SPDM_MULTI_KEY_ONLY | SPDM_CERT_CAP | SPDM_CHAL_CAP},
    {SPDM_1_3, SPDM_REQUESTER, false, SPDM_MULTI_KEY_CAP | SPDM_CERT_CAP | SPDM_CHAL_CAP},
    {SPDM_1_3, SPDM_RESPONDER, false, SPDM_MULTI_KEY_ONLY | SPDM_CERT_CAP | SPDM_CHAL_CAP},
    {SPDM_1_4, SPDM_RESPONDER, true,
     SPDM_MULTI_KEY_ONLY | SPDM_CERT_CAP | SPDM_CHAL_CAP | SPDM_GET_KEY_PAIR_INFO_CAP},
};

TEST(flags_that_contradict_each_other_are_found)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct spdm_capabilities caps = {.version = cases[i].version,
                                               .flags = cases[i].flags,
                                               .data_transfer_size = 4096,
                                               .message_size_max = 4096};
        const bool is_right = !spdm_capabilities_check(&caps, cases[i].side).fault;
        EXPECT(is_right == cases[i].is_right);
        if (is_right != cases[i].is_right)
            printf("  in case %zu\n", i);
    }
}

TEST(messages_beyond_one_piece_need_chunks)
{
    struct spdm_capabilities caps = {
        .version = SPDM_1_2, .data_transfer_size = 42, .message_size_max = 43};
    EXPECT_FAIL(MALFORMED, spdm_capabilities_check(&caps, SPDM_REQUESTER));
    caps.flags = SPDM_CHUNK_CAP;
    EXPECT_OK(spdm_capabilities_check(&caps, SPDM_REQUESTER));
    caps.version = SPDM_1_1;
    caps.flags = 0;
    EXPECT_OK(spdm_capabilities_check(&caps, SPDM_REQUESTER));
}
