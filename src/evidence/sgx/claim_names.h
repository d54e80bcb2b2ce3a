/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Every claim that SGX evidence can make. */

#include "evidence/claim_names.h"

extern const struct claim_name sgx_claim_names[];
