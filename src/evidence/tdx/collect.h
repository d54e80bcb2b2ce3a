/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The attester side of Intel TDX: a quote with our binding. */

#include "evidence/platform.h"

bool tdx_is_here(const struct collection *where);

/*
 * UNAVAILABLE when there is no TD or its quoting service does not answer; UNAUTHENTIC when the
 * quote that came back carries other report data than ours. `out_endorsements` stays empty: the
 * quote carries its PCK chain, and collateral is fetched apart.
 */
status tdx_collect(const struct collection *request, struct buffer *out_evidence,
                   struct buffer *out_endorsements);
