/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Endorsements and trust anchors in forms that only one vendor uses, told by content. A platform
 * that has one adds a row to a table in vendor_forms.c.
 */

#include "evidence/endorsements.h"

/* What begins `file`, and its size; ENDORSEMENT_NONE when no vendor writes such a thing. */
enum endorsement_kind vendor_form_begins(slice file, size_t *out_size);

/* The key of a root, or of a signer, in a vendor's form; UNSUPPORTED when it is none. */
status vendor_anchor_read(slice file, struct public_key *out);
