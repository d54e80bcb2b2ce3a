/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A conceptual message wrapper as the exchange carries it: the CBOR record of a media type and
 * bytes, two elements and nothing else.
 * spec: draft-ietf-rats-msg-wrap, "CMW Record"
 */

#include "codec/cbor.h"

/* Followed by the platform's name. */
#define CMW_EVIDENCE_TYPE "application/vnd.cix.evidence."
enum { CMW_TYPE_SIZE_MAX = 64, CMW_VALUE_SIZE_MAX = 256 << 10 };

struct cmw {
    slice type;
    slice value;
};

/* Borrows from `record`. */
status cmw_read(slice record, struct cmw *out);
status cmw_write(const struct cmw *cmw, struct buffer *out_record);
