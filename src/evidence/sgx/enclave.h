/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the report of an enclave claims. */

#include "evidence/claims.h"
#include "evidence/dcap/quote.h"

/* The fields under "body.", what other platforms call measurement, and the attribute bits. */
void sgx_enclave_claim(struct claims *claims, const struct sgx_report *report);
