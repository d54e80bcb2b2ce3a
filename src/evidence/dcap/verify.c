/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/dcap/verify.h"

#include "evidence/dcap/certification.h"

#include <string.h>

/* The root is told by its key, pinned here, never by its name.
 * spec: Intel SGX Root CA certificate, certificates.trustedservices.intel.com */
static const struct pinned_root roots[] = {
    {"Intel SGX Root CA", "3cdf1feb4e5eac629170f17625648da4a16effa22ae2bcca030b4358a8961c1b"
                          "f26cf54a9598cd6a2d4a9cbb62377d22"},
};

enum root_trust dcap_root_trust(const struct endorsements *endorsements,
                                const struct certificate *root)
{
    const char *name;
    return endorsements_root(endorsements, roots, sizeof roots / sizeof roots[0], root, &name);
}

static const uint8_t intel_qe_vendor_id[] = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                                             0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};

void dcap_verification_clear(struct dcap_verification *verification)
{
    if (verification->chain)
        dcap_chain_release(verification->request->endorsements, verification->chain);
    verification->chain = NULL;
}

static const char *reason(const struct dcap_verification *v, enum dcap_reason which)
{
    return v->reasons[which];
}

static void pass_or_fail(struct dcap_verification *v, const char *check, enum dcap_reason which,
                         status result)
{
    check_status(v->facts, check, reason(v, which), result);
}

static void rely_from(struct dcap_verification *v, int64_t begin_s)
{
    if (v->request->now_s < begin_s)
        v->not_yet_valid = true;
}

static void check_vendor(struct dcap_verification *v)
{
    if (slice_equal(v->quote->qe_vendor_id, SLICE(intel_qe_vendor_id)))
        check_pass(v->facts, "qe_vendor");
    else
        check_fail(v->facts, "qe_vendor", reason(v, DCAP_QE_VENDOR_UNKNOWN),
                   "the quoting enclave is not Intel's");
}

static void check_binding(struct dcap_verification *v)
{
    const slice binding = v->request->binding;
    if (binding.size == 0)
        check_skip(v->facts, "binding", reason(v, DCAP_BINDING_NOT_ASKED),
                   "no report data to compare with");
    else if (binding_is(v->report_data, binding))
        check_pass(v->facts, "binding");
    else
        check_fail(v->facts, "binding", reason(v, DCAP_BINDING_MISMATCH),
                   "the report data is not the binding");
}

/* Some quoting services pad what they return with zeros, to 8000 bytes for one. Anything else that
 * follows a quote is signed by nobody and meant for somebody: it is not let by. */
static void check_padding(struct dcap_verification *v)
{
    const slice trailing = v->quote->trailing;
    size_t zeros = 0;
    while (zeros < trailing.size && trailing.data[zeros] == 0)
        zeros++;
    if (zeros == trailing.size)
        check_pass(v->facts, "padding");
    else
        check_fail(v->facts, "padding", reason(v, DCAP_TRAILING_BYTES),
                   "unsigned bytes that are no padding follow the quote");
}

static void check_signature(struct dcap_verification *v, const struct public_key *key)
{
    pass_or_fail(
        v, "signature", DCAP_SIGNATURE_INVALID,
        ecdsa_verify(key, CURVE_P256, HASH_SHA256, v->quote->signed_bytes, v->quote->signature));
}

/* The QE report carries SHA-256(attestation key || authentication data), then zeros. */
static status attestation_key_is_bound(const struct dcap_verification *v)
{
    uint8_t expected[64] = {0};
    struct digest digest;
    SCOPED(buffer) bound = {0};
    TRY(buffer_append(&bound, v->quote->attestation_key));
    TRY(buffer_append(&bound, v->quote->qe_auth_data));
    TRY(digest_of(HASH_SHA256, buffer_view(&bound), &digest));
    memcpy(expected, digest.data, digest.size);
    return slice_equal(v->qe_report.report_data, SLICE(expected))
               ? OK
               : FAIL(UNAUTHENTIC, "the QE report is of another attestation key");
}

/* True when the PCK certificate vouches for the attestation key. */
static bool check_qe_report(struct dcap_verification *v)
{
    const status bound = attestation_key_is_bound(v);
    pass_or_fail(v, "attestation_key", DCAP_ATTESTATION_KEY_UNBOUND, bound);
    if (!v->chain || !v->chain->key.pkey) {
        check_skip(v->facts, "qe_report_signature", reason(v, DCAP_CHAIN_UNUSABLE),
                   "there is no PCK key to check it with");
        return false;
    }
    const status signed_by_pck = ecdsa_verify(&v->chain->key, CURVE_P256, HASH_SHA256,
                                              v->quote->qe_report, v->quote->qe_report_signature);
    pass_or_fail(v, "qe_report_signature", DCAP_QE_REPORT_SIGNATURE_INVALID, signed_by_pck);
    return !bound.fault && !signed_by_pck.fault;
}

static void check_signatures_afresh(struct dcap_verification *v)
{
    SCOPED(public_key) key = {0};
    const status read = public_key_of_point(CURVE_P256, v->quote->attestation_key, &key);
    if (read.fault)
        pass_or_fail(v, "signature", DCAP_SIGNATURE_INVALID, read);
    else
        check_signature(v, &key);
    if (check_qe_report(v) && key.pkey && v->chain->collateral)
        dcap_chain_remember_key(v->request->endorsements, v->chain, v->quote->key_certification,
                                &key);
}

/* The quote's signature is checked each time. What certifies its key is the same in all quotes of a
 * machine, and the very bytes that once were good under the same PCK key still are. */
static void check_signatures(struct dcap_verification *v)
{
    const struct public_key *const key =
        v->chain && v->chain->collateral
            ? dcap_chain_key(v->request->endorsements, v->chain, v->quote->key_certification)
            : NULL;
    if (!key) {
        check_signatures_afresh(v);
        return;
    }
    check_signature(v, key);
    check_pass(v->facts, "attestation_key");
    check_pass(v->facts, "qe_report_signature");
}

static void report_missing_chain(struct dcap_verification *v)
{
    const struct fault *const fault = v->chain_found.fault;
    const enum dcap_reason which = fault->failure == FAILURE_UNSUPPORTED
                                       ? DCAP_CERTIFICATION_UNSUPPORTED
                                   : fault->failure == FAILURE_UNAVAILABLE ? DCAP_PCK_CHAIN_MISSING
                                                                           : DCAP_CHAIN_MALFORMED;
    check_fail(v->facts, "chain", reason(v, which), "certification data of type %u: %s",
               v->quote->certification_type, fault->what);
}

/* True when the chain is there to be asked further. */
static bool check_chain(struct dcap_verification *v)
{
    if (!v->chain) {
        report_missing_chain(v);
        return false;
    }
    if (v->chain->read.fault) {
        check_fail(v->facts, "chain", reason(v, DCAP_CHAIN_MALFORMED), "%s",
                   v->chain->read.fault->what);
        return false;
    }
    if (v->chain->verified.fault)
        check_fail(v->facts, "chain", reason(v, DCAP_CHAIN_BROKEN), "%s",
                   v->chain->verified.fault->what);
    else if (v->chain->trust == ROOT_UNTRUSTED)
        check_fail(v->facts, "chain", reason(v, DCAP_ROOT_UNTRUSTED),
                   "the chain ends in a root that is neither Intel's nor trusted by the caller");
    else
        check_pass(v->facts, "chain");
    return true;
}

static void check_validity(struct dcap_verification *v)
{
    const struct certificate *const certificates[] = {
        &v->chain->certificates.leaf, &v->chain->certificates.ca, &v->chain->certificates.root};
    static const char *const whose[] = {"PCK", "PCK CA", "root"};
    bool expired = false;

    for (size_t i = 0; i < sizeof certificates / sizeof certificates[0]; i++) {
        facts_rely_until(v->facts, certificates[i]->not_after_s);
        rely_from(v, certificates[i]->not_before_s);
        if (v->request->now_s > certificates[i]->not_after_s && !expired) {
            expired = true;
            check_fail(v->facts, "validity", reason(v, DCAP_CERTIFICATE_EXPIRED),
                       "the %s certificate has expired", whose[i]);
        }
    }
    if (!expired)
        check_pass(v->facts, "validity");
}

/* Fails the check and returns false unless a CRL in force leaves `subject` alone. */
static bool is_unrevoked(struct dcap_verification *v, const char *check, const struct crl_set *set,
                         const struct certificate *subject, const char *whose)
{
    const int64_t now_s = v->request->now_s;
    const struct crl *const crl = crl_set_at(set, now_s);
    if (!crl && set->forged)
        check_fail(v->facts, check, reason(v, DCAP_CRL_SIGNATURE_INVALID),
                   "the CRL for the %s certificate is not signed by its issuer", whose);
    else if (!crl)
        check_fail(v->facts, check, reason(v, DCAP_CRL_MISSING), "no CRL for the %s certificate",
                   whose);
    else if (crl_lists(crl, subject))
        check_fail(v->facts, check, reason(v, DCAP_CERTIFICATE_REVOKED),
                   "the %s certificate is revoked", whose);
    else if (now_s < crl->this_update_s)
        check_fail(v->facts, check, reason(v, DCAP_CRL_NOT_YET_VALID),
                   "the CRL for the %s certificate is not yet in force", whose);
    else if (!crl_is_in_force(crl, now_s))
        check_fail(v->facts, check, reason(v, DCAP_CRL_EXPIRED),
                   "the CRL for the %s certificate has expired", whose);
    else {
        facts_rely_until(v->facts, crl->next_update_s);
        return true;
    }
    return false;
}

static void check_revocation(struct dcap_verification *v)
{
    const struct dcap_chain *const chain = v->chain;
    if (!chain->collateral)
        check_skip(v->facts, "revocation", reason(v, DCAP_CHAIN_UNUSABLE),
                   "the PCK chain is not trusted");
    else if (is_unrevoked(v, "revocation", &chain->collateral->root_crls, &chain->certificates.ca,
                          "PCK CA") &&
             is_unrevoked(v, "revocation", &chain->leaf_crls, &chain->certificates.leaf, "PCK"))
        check_pass(v->facts, "revocation");
}

/* Which words say what is wrong with a document, by how far it got. */
struct document_check {
    const char *name;   /* "tcb_info" */
    const char *signer; /* "tcb_info_signer" */
    const char *what;   /* "TCB info" */
    enum dcap_reason malformed, mismatch, unsigned_, expired;
};

static const struct document_check tcb_info_check = {"tcb_info",
                                                     "tcb_info_signer",
                                                     "TCB info",
                                                     DCAP_TCB_INFO_MALFORMED,
                                                     DCAP_TCB_INFO_MISMATCH,
                                                     DCAP_TCB_INFO_SIGNATURE_INVALID,
                                                     DCAP_TCB_INFO_EXPIRED};
static const struct document_check qe_identity_check = {"qe_identity",
                                                        "qe_identity_signer",
                                                        "QE identity",
                                                        DCAP_QE_IDENTITY_MALFORMED,
                                                        DCAP_QE_IDENTITY_MISMATCH,
                                                        DCAP_QE_IDENTITY_SIGNATURE_INVALID,
                                                        DCAP_QE_IDENTITY_EXPIRED};

static void check_signer(struct dcap_verification *v, const struct document_check *check,
                         const struct digest *key)
{
    const struct dcap_collateral *const collateral = v->chain->collateral;
    const struct certificate *const signer =
        collateral_signer_at(collateral, key, v->request->now_s);
    const struct crl *const crl = crl_set_at(&collateral->root_crls, v->request->now_s);
    if (!signer)
        return; /* an unsigned document, already reported */
    facts_rely_until(v->facts, signer->not_after_s);
    rely_from(v, signer->not_before_s);
    if (crl && crl_lists(crl, signer))
        check_fail(v->facts, check->signer, reason(v, DCAP_TCB_SIGNER_REVOKED),
                   "the certificate that signs the %s is revoked", check->what);
    else if (v->request->now_s > signer->not_after_s)
        check_fail(v->facts, check->signer, reason(v, DCAP_TCB_SIGNER_EXPIRED),
                   "the certificate that signs the %s has expired", check->what);
    else
        check_pass(v->facts, check->signer);
}

/* True when the document may be believed in what it says, though it may be out of its dates. */
static bool check_document(struct dcap_verification *v, const struct document_check *check,
                           enum document_standing standing, const struct signed_document *document)
{
    switch (standing) {
    case DOCUMENT_MISSING:
        check_fail(v->facts, check->name, reason(v, DCAP_COLLATERAL_MISSING), "there is no %s",
                   check->what);
        return false;
    case DOCUMENT_MALFORMED:
        check_fail(v->facts, check->name, reason(v, check->malformed), "no %s that can be read",
                   check->what);
        return false;
    case DOCUMENT_OF_ANOTHER:
        check_fail(v->facts, check->name, reason(v, check->mismatch),
                   "the %s is for another platform or TEE", check->what);
        return false;
    case DOCUMENT_UNSIGNED:
        check_fail(v->facts, check->name, reason(v, check->unsigned_),
                   "the %s is not signed by a TCB signer of the same root", check->what);
        return false;
    case DOCUMENT_EXPIRED:
        check_fail(v->facts, check->name, reason(v, check->expired),
                   "the %s is past its next update", check->what);
        break;
    case DOCUMENT_NOT_YET_VALID:
    case DOCUMENT_CURRENT:
        check_pass(v->facts, check->name);
        break;
    }
    facts_rely_until(v->facts, document->next_update_s);
    rely_from(v, document->issue_date_s);
    return true;
}

static void check_tcb_info(struct dcap_verification *v)
{
    enum document_standing standing;
    const struct pck_extension *const extension = &v->chain->extension;
    const struct collateral_tcb_info *const found =
        collateral_tcb_info_at(v->chain->collateral, v->tcb_info_kind, extension->fmspc,
                               extension->pceid, v->request->now_s, &standing);
    if (!check_document(v, &tcb_info_check, standing, found ? &found->info.document : NULL))
        return;
    check_signer(v, &tcb_info_check, &found->signer);
    v->tcb_info = &found->info;
}

static void check_qe_identity(struct dcap_verification *v)
{
    enum document_standing standing;
    const struct collateral_qe_identity *const found =
        collateral_qe_identity_at(v->chain->collateral, v->qe_kind, v->request->now_s, &standing);
    if (!check_document(v, &qe_identity_check, standing, found ? &found->identity.document : NULL))
        return;
    check_signer(v, &qe_identity_check, &found->signer);
    v->qe_identity = &found->identity;
    pass_or_fail(v, "qe_report", DCAP_QE_IDENTITY_MISMATCH,
                 qe_identity_matches(v->qe_identity, &v->qe_report));
}

static void check_collateral(struct dcap_verification *v)
{
    if (!v->chain->collateral) {
        check_skip(v->facts, "tcb_info", reason(v, DCAP_CHAIN_UNUSABLE),
                   "the PCK chain is not trusted");
        check_skip(v->facts, "qe_identity", reason(v, DCAP_CHAIN_UNUSABLE),
                   "the PCK chain is not trusted");
        return;
    }
    if (v->chain->extension_read.fault)
        check_skip(v->facts, "tcb_info", reason(v, DCAP_CHAIN_UNUSABLE),
                   "the PCK certificate names no platform");
    else
        check_tcb_info(v);
    check_qe_identity(v);
}

static status find_chain(struct dcap_verification *v)
{
    const struct endorsements *const endorsements = v->request->endorsements;
    SCOPED(buffer) certification = {0};
    v->chain_found = dcap_certification_complete(endorsements, v->quote, &certification);
    if (v->chain_found.fault)
        return v->chain_found.fault->failure == FAILURE_EXHAUSTED ? v->chain_found : OK;
    return dcap_chain_acquire(endorsements, roots, sizeof roots / sizeof roots[0],
                              buffer_view(&certification), &v->chain);
}

status dcap_verify(struct dcap_verification *v)
{
    check_vendor(v);
    check_binding(v);
    check_padding(v);
    TRY(sgx_report_read(v->quote->qe_report, &v->qe_report));
    TRY(find_chain(v));
    check_signatures(v);
    if (!check_chain(v))
        return OK;
    pass_or_fail(v, "pck_extension", DCAP_PCK_EXTENSION_INVALID, v->chain->extension_read);
    check_validity(v);
    check_revocation(v);
    check_collateral(v);
    return OK;
}

void dcap_report_level(struct dcap_verification *v, enum tcb_status tcb, bool any_revoked)
{
    if (any_revoked)
        check_fail(v->facts, "tcb_level", reason(v, DCAP_TCB_REVOKED),
                   "the TCB, or a part of it, is revoked");
    else if (tcb == TCB_UP_TO_DATE)
        check_pass(v->facts, "tcb_level");
    else if (tcb == TCB_NOT_SUPPORTED)
        check_skip(v->facts, "tcb_level", reason(v, DCAP_TCB_NOT_SUPPORTED),
                   "no TCB level matches; policy decides");
    else
        check_skip(v->facts, "tcb_level", reason(v, DCAP_TCB_NOT_UP_TO_DATE),
                   "the TCB status is %s; policy decides", tcb_status_name(tcb));
}
