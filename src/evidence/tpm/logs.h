/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whether the logs beside quotes lead to the registers that were quoted. What their events say is
 * never a claim.
 */

#include "evidence/tpm/quotes.h"

/*
 * Which registers a log of the boot must lead to where it extends them. Software extends the others
 * later, and logs that elsewhere: IMA (10), the phases of the boot (11), the machine (15).
 */
enum { TPM_LOGGED_PCRS = 0x73ff };

/* Checks "event_log" and "ima_log", each skipped when there is none. */
void tpm_logs_check(const struct tpm_quotes *quotes, struct facts *out);

/* Claims "event_log.algorithms" and "event_log.event_count", as far as the log can be read. */
void tpm_logs_claim(const struct tpm_evidence *evidence, struct claims *out);

/* Leaves out those that do not: who collects evidence does not spoil it by a log of other habits.
 */
void tpm_logs_keep_proven(struct tpm_evidence *evidence);
