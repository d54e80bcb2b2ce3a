/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/slot.h"

status spdm_slot_check(uint8_t slot)
{
    if (slot >= SPDM_SLOTS && slot != SPDM_SLOT_RAW_KEY)
        return FAIL(MALFORMED, "SPDM message names a slot that no version has");
    return OK;
}

status spdm_slot_of_nibble(uint8_t field, uint8_t *out)
{
    const uint8_t nibble = field & 0xF;
    const uint8_t slot = nibble == SPDM_SLOT_RAW_KEY_NIBBLE ? SPDM_SLOT_RAW_KEY : nibble;
    TRY(spdm_slot_check(slot));
    *out = slot;
    return OK;
}

status spdm_slot_of_chain(uint8_t field, uint8_t *out)
{
    uint8_t slot = 0;
    TRY(spdm_slot_of_nibble(field, &slot));
    if (slot == SPDM_SLOT_RAW_KEY)
        return FAIL(MALFORMED, "SPDM message names a raw key where only a chain can be");
    *out = slot;
    return OK;
}

uint8_t spdm_slot_nibble(uint8_t slot)
{
    return slot == SPDM_SLOT_RAW_KEY ? (uint8_t)SPDM_SLOT_RAW_KEY_NIBBLE : slot;
}
