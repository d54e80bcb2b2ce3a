/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Elliptic curves as TPMs number them, and numbers as they write them: without leading zeros. */

#include "crypto/key.h"

struct tpm_curve {
    uint16_t id; /* TPM_ECC_CURVE */
    enum curve curve;
    size_t size; /* bytes of a number */
    size_t bits;
};

/* NULL when we do not use the curve. */
const struct tpm_curve *tpm_curve_numbered(uint16_t id);
const struct tpm_curve *tpm_curve_of(const struct public_key *key);

/* With zeros before it to fill `size`. MALFORMED when the number is larger. */
status tpm_number_append(slice number, size_t size, struct buffer *out);
