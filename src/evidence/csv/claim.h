/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What CSV evidence claims, by the names of docs/claims.md. */

#include "evidence/csv/chain.h"
#include "evidence/csv/report.h"
#include "evidence/facts.h"

/* `pek` NULL: its certificate was not looked at. */
void csv_claim(struct facts *facts, const struct csv_report *report, const struct csv_pek *pek);
