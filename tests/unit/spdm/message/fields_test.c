/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/opaque_field.h"
#include "spdm/message/slot.h"
#include "spdm/message/svh.h"

#include "test.h"

TEST(a_nibble_names_a_chain_or_the_raw_key_and_nothing_else)
{
    for (unsigned nibble = 0; nibble < 16; nibble++) {
        uint8_t slot = 99;
        const status got = spdm_slot_of_nibble((uint8_t)(nibble | 0xA0), &slot);
        EXPECT(!got.fault == (nibble < 8 || nibble == 15));
        EXPECT(slot == (nibble < 8 ? nibble : nibble == 15 ? SPDM_SLOT_RAW_KEY : 99));
        if (!got.fault)
            EXPECT(spdm_slot_nibble(slot) == nibble);
    }
}

TEST(a_chains_nibble_is_below_eight)
{
    for (unsigned nibble = 0; nibble < 16; nibble++) {
        uint8_t slot = 99;
        EXPECT(!spdm_slot_of_chain((uint8_t)nibble, &slot).fault == (nibble < 8));
        EXPECT(slot == (nibble < 8 ? nibble : 99));
    }
}

TEST(a_slot_of_a_byte_is_below_eight_or_the_raw_key)
{
    for (unsigned slot = 0; slot < 256; slot++)
        EXPECT(!spdm_slot_check((uint8_t)slot).fault == (slot < 8 || slot == 0xFF));
}

TEST(a_vendors_header_round_trips_and_its_length_cannot_pass_the_end)
{
    const uint8_t pci[] = {3, 2, 0x01, 0x00, 0x77};
    struct reader reader = reader_of(SLICE(pci));
    const struct spdm_svh svh = spdm_svh_read(&reader);
    EXPECT(svh.body == 3 && svh.vendor_id.size == 2 && svh.vendor_id.data[0] == 1);
    EXPECT(reader.left.size == 1);

    uint8_t space[8];
    struct writer writer = writer_over(space, sizeof space);
    spdm_svh_write(&writer, &svh);
    EXPECT(slice_equal((slice){space, writer.size}, (slice){pci, 4}));

    struct reader cut = reader_of((slice){pci, 3});
    spdm_svh_read(&cut);
    EXPECT(cut.short_of_input);
}

TEST(an_opaque_field_round_trips_and_has_a_limit)
{
    static uint8_t bytes[2 + SPDM_OPAQUE_SIZE_MAX + 1] = {0x00, 0x04};
    static uint8_t space[sizeof bytes];
    struct reader reader = reader_of(SLICE(bytes));
    struct writer writer = writer_over(space, sizeof space);
    slice opaque = {0};
    EXPECT_OK(spdm_opaque_field_read(&reader, &opaque));
    EXPECT(opaque.data == bytes + 2 && opaque.size == 1024 && reader.left.size == 1);
    spdm_opaque_field_write(&writer, opaque);
    EXPECT(slice_equal((slice){space, writer.size}, (slice){bytes, 1026}));

    bytes[0] = 0x01;
    reader = reader_of(SLICE(bytes));
    EXPECT_FAIL(EXHAUSTED, spdm_opaque_field_read(&reader, &opaque));
    EXPECT(opaque.size == 1024);
}
