/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Claims: what evidence says, by name (docs/claims.md). A dot in a name makes a group:
 * "reported_tcb.snp" prints as {"reported_tcb": {"snp": 14}}. Values are copied in, so a struct
 * claims outlives the evidence it was read from, and can be copied like any value.
 */

#include "base/bytes.h"

enum {
    CLAIMS_MAX = 256,
    CLAIMS_STORE_SIZE =
        24 << 10, /* all values of one evidence; a certificate issuer is the longest */
};

enum claim_kind {
    CLAIM_NONE,
    CLAIM_BYTES,   /* printed as lower-case hex */
    CLAIM_NUMBER,  /* printed as a decimal number */
    CLAIM_FLAG,    /* printed as true or false */
    CLAIM_TEXT,    /* printed as it is */
    CLAIM_TEXTS,   /* a list of texts; stored NUL-separated */
    CLAIM_NUMBERS, /* a list of small numbers; one byte each */
};

struct claim {
    const char *name; /* a constant */
    enum claim_kind kind;
    uint64_t number; /* NUMBER and FLAG */
    size_t offset;   /* into the store */
    size_t size;
};

struct claims {
    struct claim entries[CLAIMS_MAX];
    size_t count;
    uint8_t store[CLAIMS_STORE_SIZE];
    size_t store_used;
    bool overflowed; /* an add did not fit: claims_finish() fails */
};

/* Adding cannot fail by itself; claims_finish() decides once, like a reader. A name is added once.
 */
void claim_bytes(struct claims *claims, const char *name, slice value);
void claim_number(struct claims *claims, const char *name, uint64_t value);
void claim_flag(struct claims *claims, const char *name, bool value);
void claim_text(struct claims *claims, const char *name, const char *value);
void claim_texts_append(struct claims *claims, const char *name,
                        slice value); /* last claim added */
void claim_numbers(struct claims *claims, const char *name, slice values);
/* A claim of other evidence, under a name of ours. */
void claim_copy(struct claims *claims, const char *name, const struct claims *from,
                const struct claim *claim);
status claims_finish(const struct claims *claims);

const struct claim *claims_find(const struct claims *claims, const char *name);
slice claim_value(const struct claims *claims, const struct claim *claim);
/* The named BYTES or TEXT value; empty when absent or of another kind. */
slice claims_bytes(const struct claims *claims, const char *name);
