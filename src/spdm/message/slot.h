/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A slot in a field of four bits: 0 to 7, or 0xF for a provisioned raw public key. Above the wire
 * the raw key is SPDM_SLOT_RAW_KEY everywhere.
 * spec: DSP0274 1.4, "Certificates and certificate chains"
 */

#include "spdm/codes.h"

#include "base/status.h"

/* Looks at the four low bits only. MALFORMED for the numbers 8 to 14. */
status spdm_slot_of_nibble(uint8_t field, uint8_t *out);
/* The same where only a chain can be meant: MALFORMED for a raw key also. */
status spdm_slot_of_chain(uint8_t field, uint8_t *out);
uint8_t spdm_slot_nibble(uint8_t slot);

/* MALFORMED but for 0 to 7 and SPDM_SLOT_RAW_KEY. */
status spdm_slot_check(uint8_t slot);
