/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Strict DER, one element at a time, over the cursor: for extensions that no library knows. */

#include "codec/reader.h"

struct der_element {
    uint8_t tag; /* the single identifier octet; multi-byte tags are refused here */
    slice content;
};

/* Minimal definite lengths only. MALFORMED or TRUNCATED otherwise. */
status der_read(struct reader *reader, struct der_element *out);
status der_expect(struct reader *reader, uint8_t tag, slice *out_content);

/* "[number] EXPLICIT": a constructed, context-specific tag of any number, in its shortest form. */
status der_read_explicit(struct reader *reader, uint32_t *out_number, slice *out_content);

/*
 * OK when `der` is one element and all that is nested in it is DER: for readers that would take
 * BER. The insides of strings are not looked at.
 */
status der_check(slice der);

/* A non-negative INTEGER or ENUMERATED content of at most eight significant bytes. */
status der_uint(slice content, uint64_t *out);
/* A BOOLEAN content: 00 or FF, and nothing else. */
status der_boolean(slice content, bool *out);

/* True when `content` is the DER content of the dotted `oid`. */
bool der_oid_is(slice content, const char *oid);

/* Appends tag, length and content. */
status der_write(struct buffer *out, uint8_t tag, slice content);
status der_write_explicit(struct buffer *out, uint32_t number, slice content);
status der_write_uint(struct buffer *out, uint64_t value);
status der_write_oid(struct buffer *out, const char *oid);
