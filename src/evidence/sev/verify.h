/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The checks of what a platform of SEV before SNP signs: a guest's report, or the key (PDH) with
 * which its guests' owners agree on secrets. */

#include "evidence/platform.h"
#include "evidence/sev/chain.h"
#include "evidence/sev/report.h"

struct sev_evidence {
    bool is_report;
    struct sev_report report;
    struct sev_certificate pdh; /* when it is no report */
};

/* TRUNCATED, MALFORMED or UNSUPPORTED when it is neither. */
status sev_evidence_read(slice bytes, struct sev_evidence *out);

/*
 * The chain whose PEK signed the evidence, or else the last one given; NULL when there is none.
 * `out_signed` says which of these it is.
 */
struct sev_chain *sev_chain_for(const struct sev_chains *chains,
                                const struct sev_evidence *evidence, status *out_signed);

/* Runs every check. `out_chain` is the chain that was checked, or NULL. Fails only for want of
 * memory. */
status sev_verify(const struct verification *request, const struct sev_evidence *evidence,
                  struct facts *facts, const struct sev_chain **out_chain);
