/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The attester side of SEV-SNP: a report with our binding, and the host's certificates. */

#include "evidence/platform.h"

bool snp_is_here(const struct collection *where);

/*
 * UNAVAILABLE when there is no SNP guest or it does not answer; UNAUTHENTIC when the report that
 * came back carries other report data than ours. `out_endorsements` is the host's certificate
 * table, empty when the host provides none.
 */
status snp_collect(const struct collection *request, struct buffer *out_evidence,
                   struct buffer *out_endorsements);
