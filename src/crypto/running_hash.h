/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The hash of what is not all there yet: a transcript, whose digest is needed while it still grows.
 */

#include "crypto/hash.h"

struct running_hash {
    struct evp_md_ctx_st *context; /* kept from one beginning to the next */
    struct evp_md_ctx_st *peeking; /* a copy's place, so that a look makes none anew */
    enum hash hash;                /* HASH_NONE: not begun */
};

/* Begins anew, whatever went before. UNSUPPORTED when there is no such hash. */
status running_hash_begin(struct running_hash *running, enum hash hash);
/* UNEXPECTED when it was not begun. */
status running_hash_add(struct running_hash *running, slice bytes);
/* The digest of what was added so far, to which more may be added. */
status running_hash_peek(struct running_hash *running, struct digest *out);
/* `out` goes on from where `running` is; what `out` was before is forgotten. */
status running_hash_copy(const struct running_hash *running, struct running_hash *out);
void running_hash_clear(struct running_hash *running);
