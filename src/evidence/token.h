/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A map of claims in CBOR by a table of what is expected in it, as attestation tokens of several
 * vendors have it: keys are numbers or texts, and what nobody expects is passed over.
 * spec: RFC 9711, "The Claims"; RFC 8392, "The CWT Claims"
 */

#include "codec/cbor.h"
#include "evidence/claims.h"

enum { TOKEN_TEXT_SIZE_MAX = 256, TOKEN_CLAIMS_MAX = 64 };

enum token_kind {
    TOKEN_BYTES,
    TOKEN_TEXT,   /* printable ASCII */
    TOKEN_NUMBER, /* not negative */
    TOKEN_SIGNED, /* may be; claimed as text */
    TOKEN_MAP,
    TOKEN_ARRAY,
    TOKEN_ANY, /* whoever asks looks further */
};

struct token_field {
    const char *claim; /* what token_claim() makes of it; NULL: nothing */
    int64_t key;
    const char *text_key; /* in place of `key` when not NULL */
    enum token_kind kind;
    uint64_t least, most; /* of the size, or of a NUMBER; a SIGNED goes from -1 - most to most */
    bool is_optional;     /* may be absent, null or empty */
};

/* Slices are borrowed from the token. */
struct token_value {
    bool is_there;
    slice bytes; /* the content of a string, or a whole MAP, ARRAY or ANY */
    uint64_t number;
    bool is_negative; /* the value is then minus `number` */
};

/* The kind of the first key, by which tokens are told apart; CBOR_END when it is no such map. */
enum cbor_kind token_first_key(slice map);

/* Fills `out`, one for each field. MALFORMED when one is missing or is not as the table says. */
status token_read(slice map, const struct token_field *fields, size_t count,
                  struct token_value *out);

/* Claims every value that is there and has a name. */
void token_claim(struct claims *claims, const struct token_field *fields, size_t count,
                 const struct token_value *values);

/* Of text that token_read() gave. */
void token_claim_text(struct claims *claims, const char *name, slice text);
