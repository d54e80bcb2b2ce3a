/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Bytes as text and back: hexadecimal, base64 (standard and url), PEM, RFC 3339 times. */

#include "base/bytes.h"

/* Lower-case digits and a NUL into `out`, which holds 2 * bytes.size + 1 chars. */
void hex_write(slice bytes, char *out);

/* Any case, an even number of digits and nothing else. MALFORMED otherwise. */
status hex_read(slice text, struct buffer *out);

/* Exactly `size` bytes of hex into `out`. */
status hex_read_exactly(slice text, uint8_t *out, size_t size);

/* Standard or url alphabet, padding optional, white space skipped. */
status base64_read(slice text, struct buffer *out);
status base64url_write(slice bytes, struct buffer *out); /* no padding */
status base64_write(slice bytes, struct buffer *out);    /* padded, no line breaks */

enum { PEM_LABEL_SIZE_MAX = 64 };

/*
 * Takes the next "-----BEGIN <label>-----" block from `text`, advancing it past the block.
 * Text between blocks is skipped. UNEXPECTED when no block is left.
 * spec: RFC 7468
 */
status pem_read_next(slice *text, char label[PEM_LABEL_SIZE_MAX], struct buffer *out_der);
status pem_write(const char *label, slice der, struct buffer *out_text);

/* "2026-01-15T00:00:00Z" (UTC or numeric offset) to Unix seconds. spec: RFC 3339 */
status time_read(slice text, int64_t *out_s);
enum { TIME_TEXT_SIZE = 21 };
void time_write(int64_t time_s, char out[TIME_TEXT_SIZE]);
