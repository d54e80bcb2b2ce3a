/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The attester side of a confidential VM on Azure: the paravisor's report as it stands in the TPM,
 * and a quote by the key that it vouches for. A TD's report there has to be exchanged for a quote
 * by a service of the host's, so that only SNP's is evidence as it is.
 */

#include "evidence/azure/hcl.h"
#include "evidence/platform.h"

/* Where the paravisor keeps them in the TPM. */
enum { AZURE_NV_HCL_REPORT = 0x01400001 };
#define AZURE_AK_HANDLE UINT32_C(0x81000003)

bool azure_is_here(enum hcl_hardware hardware, const struct collection *where);

/*
 * UNAVAILABLE when the TPM does not answer or is not that of such a VM; UNSUPPORTED when the report
 * is of other hardware. A certificate of the key is left out: nothing rests on it, and its issuers
 * are not in the TPM.
 */
status azure_collect(enum hcl_hardware hardware, const struct collection *request,
                     struct buffer *out_evidence);
