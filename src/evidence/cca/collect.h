/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The attester side of Arm CCA: a token with our binding as the realm's challenge. */

#include "evidence/platform.h"

bool cca_is_here(const struct collection *where);

/*
 * UNAVAILABLE when there is no realm or its monitor does not answer; UNAUTHENTIC when the token
 * that came back carries another challenge than ours. `out_endorsements` stays empty: a token
 * brings all that there is.
 */
status cca_collect(const struct collection *request, struct buffer *out_evidence,
                   struct buffer *out_endorsements);
