/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What Intel's collateral says about the TDX module and the TCB that a TD runs on. */

#include "evidence/dcap/verify.h"
#include "evidence/tdx/report.h"

/* Records the checks "tdx_module" and "tcb_level" and the TCB claims. */
void tdx_evaluate_tcb(struct dcap_verification *verification, const struct td_report *report);
