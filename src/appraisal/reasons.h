/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Reasons of an appraisal: stable codes (docs/reasons.md), each at most once. */

#include "appraisal/appraise.h"

/* Adds `code` as it is. Past the limit the least telling, which come last, are left out. */
void reason_add(struct appraisal *appraisal, const char *code);

/*
 * Adds "PLATFORM_SUBJECT_WHAT" in capitals, dots as underscores: "snp", "reported_tcb.snp" and
 * "MISSING" give SNP_REPORTED_TCB_SNP_MISSING. `subject` NULL: "PLATFORM_WHAT".
 */
void reason_compose(struct appraisal *appraisal, const char *platform, const char *subject,
                    const char *what);
