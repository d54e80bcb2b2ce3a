/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * TPM evidence as the files that vendors' tools leave, and as JSON: packed into our container. Each
 * file is told by its content. Nothing is judged here but whether it can be read.
 */

#include "base/bytes.h"

#include <jansson.h>

enum { TPM_PACK_FILES_MAX = 64 };

/*
 * Files in the order of their names, for a folder with several quotes has as many signatures, and
 * the first is the first's. What belongs to none is left out. UNSUPPORTED when there is no quote,
 * MALFORMED when parts do not fit together.
 */
status tpm_pack_files(const slice *files, size_t count, struct buffer *out);

/*
 * The JSON of Trustee's TPM attester: {"ak_public", "tpm_quote": {"message", "signature", "pcrs"}},
 * registers of the SHA-256 bank in hex and the rest in base64. *out_found is false, and `out`
 * untouched, when `object` is no such evidence.
 */
status tpm_form_read(const json_t *object, struct buffer *out, bool *out_found);
