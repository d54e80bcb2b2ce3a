/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/dcap/qe_identity.h"

#include <string.h>

void qe_identity_clear(struct qe_identity *identity)
{
    signed_document_clear(&identity->document);
    memset(identity, 0, sizeof *identity);
}

static status read_kind(const json_t *body, enum qe_kind *out)
{
    slice id;
    TRY(json_text(body, "id", &id));
    *out = slice_equal(id, slice_of_text("TD_QE")) ? QE_KIND_TDX
           : slice_equal(id, slice_of_text("QE"))  ? QE_KIND_SGX
                                                   : QE_KIND_NONE;
    return *out == QE_KIND_NONE ? FAIL(UNSUPPORTED, "the identity is of no quoting enclave") : OK;
}

static status read_identity(slice text, struct qe_identity *identity)
{
    uint64_t isvprodid;
    TRY(signed_document_read(text, "enclaveIdentity", &identity->document));
    const json_t *const body = identity->document.body;
    if (identity->document.version != 2)
        return FAIL(UNSUPPORTED, "the QE identity is not of version 2");
    TRY(read_kind(body, &identity->kind));
    TRY(document_bytes(body, "miscselect", identity->miscselect, sizeof identity->miscselect));
    TRY(document_bytes(body, "miscselectMask", identity->miscselect_mask,
                       sizeof identity->miscselect_mask));
    TRY(document_bytes(body, "attributes", identity->attributes, sizeof identity->attributes));
    TRY(document_bytes(body, "attributesMask", identity->attributes_mask,
                       sizeof identity->attributes_mask));
    TRY(document_bytes(body, "mrsigner", identity->mrsigner, sizeof identity->mrsigner));
    TRY(json_number(body, "isvprodid", UINT16_MAX, &isvprodid));
    identity->isvprodid = (uint16_t)isvprodid;
    return document_svn_levels(body, identity->levels, &identity->level_count);
}

status qe_identity_read(slice text, struct qe_identity *out)
{
    memset(out, 0, sizeof *out);
    const status result = read_identity(text, out);
    if (result.fault)
        qe_identity_clear(out);
    return result;
}

/* The wanted value is compared whole: a bit outside its own mask can never match. */
static bool equal_under_mask(slice have, const uint8_t *mask, const uint8_t *want)
{
    for (size_t i = 0; i < have.size; i++)
        if ((have.data[i] & mask[i]) != want[i])
            return false;
    return true;
}

status qe_identity_matches(const struct qe_identity *identity, const struct sgx_report *report)
{
    if (!equal_under_mask(report->miscselect, identity->miscselect_mask, identity->miscselect))
        return FAIL(UNAUTHENTIC, "MISCSELECT is not that of Intel's quoting enclave");
    if (!equal_under_mask(report->attributes, identity->attributes_mask, identity->attributes))
        return FAIL(UNAUTHENTIC, "ATTRIBUTES are not those of Intel's quoting enclave");
    if (!slice_equal(report->mrsigner, SLICE(identity->mrsigner)))
        return FAIL(UNAUTHENTIC, "MRSIGNER is not that of Intel's quoting enclave");
    if (report->isvprodid != identity->isvprodid)
        return FAIL(UNAUTHENTIC, "ISVPRODID is not that of Intel's quoting enclave");
    return OK;
}
