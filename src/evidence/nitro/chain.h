/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The certificate chain of an attestation document with everything about it that does not depend
 * on the time. Endorsements remember the chains that lead to a trusted root, so that an enclave
 * seen again costs one signature, its document's.
 */

#include "evidence/nitro/document.h"
#include "evidence/recollection.h"

enum { NITRO_CHAIN_MAX = NITRO_BUNDLE_MAX + 1 };

struct nitro_chain {
    struct recollection recollection;                 /* by the certificates, one after another */
    status read;                                      /* when it failed, the rest is empty */
    struct certificate certificates[NITRO_CHAIN_MAX]; /* the root first */
    size_t count;
    struct public_key key; /* of the last */
    status verified;
    enum root_trust trust;
};

/* EXHAUSTED when there is no memory. Whatever is wrong with the chain is in the chain. */
status nitro_chain_acquire(const struct endorsements *endorsements,
                           const struct nitro_document *document, struct nitro_chain **out);
void nitro_chain_release(struct nitro_chain *chain);
