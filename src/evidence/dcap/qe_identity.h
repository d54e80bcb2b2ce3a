/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Intel's QE identity, version 2: which quoting enclave may certify attestation keys. */

#include "evidence/dcap/document.h"
#include "evidence/dcap/quote.h"

enum qe_kind { QE_KIND_NONE, QE_KIND_SGX, QE_KIND_TDX };

struct qe_identity {
    struct signed_document document;
    enum qe_kind kind; /* "QE" or "TD_QE" */
    uint8_t miscselect[4];
    uint8_t miscselect_mask[4];
    uint8_t attributes[16];
    uint8_t attributes_mask[16];
    uint8_t mrsigner[32];
    uint16_t isvprodid;
    struct svn_level levels[SVN_LEVELS_MAX];
    size_t level_count;
};
void qe_identity_clear(struct qe_identity *identity);

status qe_identity_read(slice text, struct qe_identity *out);

/* OK when the report is of this enclave, whatever its SVN. UNAUTHENTIC, naming the field, if not.
 */
status qe_identity_matches(const struct qe_identity *identity, const struct sgx_report *report);
