/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The attester side of Intel TDX: a quote with our binding. */

#include "evidence/platform.h"

bool tdx_is_here(const struct collection *where);

/*
 * UNAVAILABLE when there is no TD or its quoting service does not answer; UNAUTHENTIC when the
 * quote that came back carries other report data than ours. `out_endorsements` is the event log of
 * this machine, where there is one that leads to the quote's registers: the quote carries its PCK
 * chain, and collateral is fetched apart.
 */
status tdx_collect(const struct collection *request, struct buffer *out_evidence,
                   struct buffer *out_endorsements);

/* The log at `path` when it leads to the quote's RTMR0 to RTMR2, else nothing: one that software
 * has left behind would spoil good evidence. */
void tdx_event_log(const char *path, slice quote, struct buffer *out);
