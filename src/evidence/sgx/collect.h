/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A quote of the enclave that this program runs in, through the library OS around it. */

#include "evidence/platform.h"

bool sgx_is_here(const struct collection *where);
status sgx_collect(const struct collection *request, struct buffer *out_evidence,
                   struct buffer *out_endorsements);
