/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A vTPM that an SVSM runs above the guest's kernel: a report of VMPL 0 that vouches for what the
 * vTPM says of itself.
 * spec: AMD Secure VM Service Module for SEV-SNP Guests, "Attestation protocol"; Linux,
 * Documentation/ABI/testing/configfs-tsm-report
 */

#include "evidence/platform.h"

#define SNP_SVSM_VTPM_GUID "c476f1eb-0123-45a5-9641-b4e7dde5bfe3"

struct snp_svsm_evidence {
    struct buffer report;
    struct buffer manifest; /* the TPMT_PUBLIC of the vTPM's endorsement key */
    struct buffer table;    /* the host's certificates; may be empty */
};
void snp_svsm_evidence_clear(struct snp_svsm_evidence *evidence);

/*
 * Asks through configfs-tsm, with `request->binding` as the nonce. UNAVAILABLE when no SVSM
 * answers; UNAUTHENTIC when the report vouches for another nonce or manifest.
 */
status snp_svsm_collect(const struct collection *request, struct snp_svsm_evidence *out);

/* Whether a report's data is SHA-512(nonce || manifest). */
bool snp_svsm_vouches(slice report_data, slice nonce, slice manifest);
