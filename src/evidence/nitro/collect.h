/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The attester side of a Nitro enclave: a document with our binding as its user data. */

#include "evidence/platform.h"

bool nitro_is_here(const struct collection *where);

/*
 * UNAVAILABLE when there is no security module or it refuses; UNAUTHENTIC when the document that
 * came back carries other user data than ours. `out_endorsements` stays empty: the document brings
 * its chain.
 */
status nitro_collect(const struct collection *request, struct buffer *out_evidence,
                     struct buffer *out_endorsements);
