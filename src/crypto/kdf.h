/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Keys from secrets. `out` may be the secret it comes from.
 * spec: RFC 5869, "Step 1: Extract", "Step 2: Expand"
 */

#include "crypto/hash.h"

/* UNSUPPORTED when there is no such hash. */
status hkdf_extract(enum hash hash, slice salt, slice input, struct secret *out);
/* EXHAUSTED above what a struct secret holds, which is less than what HKDF can give. */
status hkdf_expand(enum hash hash, const struct secret *secret, slice info, size_t size,
                   struct secret *out);
