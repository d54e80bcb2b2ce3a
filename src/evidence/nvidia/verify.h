/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "evidence/nvidia/chain.h"
#include "evidence/nvidia/report.h"
#include "evidence/platform.h"

/* The chain whose firmware is the report's, or else the last; NULL when there is none. */
struct nvidia_chain *nvidia_chain_for(const struct nvidia_chains *chains,
                                      const struct nvidia_report *report);

/*
 * Every check of docs/checks.md on a report, into `facts`. `out_chain` is of the leaf that signed,
 * or else of the one that fits best; NULL when there is none.
 */
status nvidia_verify(const struct verification *request, const struct nvidia_report *report,
                     struct facts *facts, const struct nvidia_chain **out_chain);
