/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Evidence of Azure's confidential VMs as Trustee's attesters write it, in JSON: bytes as lists of
 * numbers in its first version, as hexadecimal and base64 in the second, bare or within an object
 * that names the platform.
 */

#include "base/bytes.h"

#include <jansson.h>

/*
 * Writes the same evidence in our container (evidence/tpm/quote.h). *out_found is false, and `out`
 * untouched, when `object` is no such evidence. MALFORMED when a part of it cannot be read.
 */
status azure_form_read(const json_t *object, struct buffer *out, bool *out_found);
