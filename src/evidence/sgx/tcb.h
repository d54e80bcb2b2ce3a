/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What Intel's collateral says about the TCB that an enclave runs on. */

#include "evidence/dcap/verify.h"

/* Records the check "tcb_level" and the TCB claims. */
void sgx_evaluate_tcb(struct dcap_verification *verification);
