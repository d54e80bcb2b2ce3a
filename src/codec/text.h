/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Bytes as text and back: hexadecimal, base64 (standard and url), PEM, RFC 3339 times.
 * A buffer that is an output is replaced, not appended to, and only on success.
 */

#include "base/bytes.h"

/* Lower-case digits and a NUL into `out`, which holds 2 * bytes.size + 1 chars. */
void hex_write(slice bytes, char *out);

/* Any case, an even number of digits and nothing else. MALFORMED otherwise. */
status hex_read(slice text, struct buffer *out);

/* Exactly `size` bytes of hex into `out`. */
status hex_read_exactly(slice text, uint8_t *out, size_t size);

/*
 * Standard or url alphabet (not both at once), padding optional but right where it is, white space
 * skipped; MALFORMED for anything else, also for spare bits that are not zero.
 */
status base64_read(slice text, struct buffer *out);
status base64url_write(slice bytes, struct buffer *out); /* no padding */
status base64_write(slice bytes, struct buffer *out);    /* padded, no line breaks */

enum { PEM_LABEL_SIZE_MAX = 64, PEM_BODY_SIZE_MAX = 4 << 20 /* text of one block */ };

/*
 * Takes the next "-----BEGIN <label>-----" block from `text`, advancing it past the block.
 * Lines end in LF, CRLF or CR; a block begins at the start of a line, and text between blocks is
 * skipped. No headers inside a block, no empty block, standard alphabet. UNEXPECTED when no block
 * is left, TRUNCATED when one does not end, EXHAUSTED beyond a limit; `text` then stays as it was.
 * spec: RFC 7468
 */
status pem_read_next(slice *text, char label[PEM_LABEL_SIZE_MAX], struct buffer *out_der);
status pem_write(const char *label, slice der, struct buffer *out_text);

/*
 * "2026-01-15T00:00:00Z" (UTC or numeric offset) to Unix seconds; a fraction is dropped. Years 1 to
 * 9999. A leap second (:60) is refused: Unix time has no number for it. spec: RFC 3339
 */
status time_read(slice text, int64_t *out_s);
enum { TIME_TEXT_SIZE = 21 };
/* In UTC; a time before year 1 or after 9999 is written as the first or last second of those. */
void time_write(int64_t time_s, char out[TIME_TEXT_SIZE]);
