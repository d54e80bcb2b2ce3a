/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Numbers as AMD's and Hygon's firmware writes them: little-endian, in fields longer than needed.
 */

#include "base/bytes.h"

/*
 * Appends the `size` low bytes of `field`, most significant first. UNAUTHENTIC when the number is
 * longer than that: every byte beyond must be zero.
 */
status number_append(slice field, size_t size, struct buffer *out);
