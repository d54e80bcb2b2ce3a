/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The checks of a CSV report: who signed it, who vouches for that key, and whether the PEK and the
 * serial are those that the guest was given. */

#include "evidence/csv/chain.h"
#include "evidence/csv/report.h"
#include "evidence/platform.h"

/* Runs every check. `out_pek` as csv_pek_examine() gives it. Fails only for want of memory. */
status csv_verify(const struct verification *request, const struct csv_report *report,
                  struct facts *facts, struct csv_pek *space, const struct csv_pek **out_pek);
