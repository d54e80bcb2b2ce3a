/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/dcap/certification.h"

#include "evidence/dcap/pck.h"

static bool signed_the_qe_report(const struct certificate *pck, const struct dcap_quote *quote)
{
    SCOPED(public_key) key = {0};
    return !certificate_key(pck, &key).fault &&
           !ecdsa_verify(&key, CURVE_P256, HASH_SHA256, quote->qe_report,
                         quote->qe_report_signature)
                .fault;
}

static const struct certificate *find_pck(const struct endorsements *endorsements,
                                          const struct dcap_quote *quote)
{
    for (size_t i = 0; i < endorsements->count; i++) {
        const struct endorsement *const item = &endorsements->items[i];
        if (item->kind == ENDORSEMENT_CERTIFICATE && pck_is_named(&item->certificate) &&
            signed_the_qe_report(&item->certificate, quote))
            return &item->certificate;
    }
    return NULL;
}

static bool issued(const struct certificate *issuer, const struct certificate *subject, int depth)
{
    return issuer->x509 &&
           !certificate_issued_by(subject, issuer, SIGNATURE_ECDSA_SHA256, depth).fault;
}

static const struct certificate *find_issuer(const struct endorsements *endorsements,
                                             const struct certificate *subject, int depth)
{
    for (size_t i = 0; i < endorsements->count; i++) {
        const struct endorsement *const item = &endorsements->items[i];
        if (item->kind == ENDORSEMENT_CERTIFICATE && issued(&item->certificate, subject, depth))
            return &item->certificate;
    }
    for (size_t i = 0; i < endorsements->anchor_count; i++)
        if (issued(&endorsements->anchors[i].certificate, subject, depth))
            return &endorsements->anchors[i].certificate;
    return NULL;
}

static status append_der(const struct certificate *certificate, struct buffer *chain)
{
    SCOPED(buffer) der = {0};
    TRY(certificate_der(certificate, &der));
    return buffer_append(chain, buffer_view(&der));
}

static status complete_above(const struct endorsements *endorsements,
                             const struct certificate *leaf, struct buffer *out_chain)
{
    SCOPED(buffer) chain = {0};
    const struct certificate *const ca = find_issuer(endorsements, leaf, 0);
    if (!ca)
        return FAIL(UNAVAILABLE, "the PCK CA is not there");
    const struct certificate *const root = find_issuer(endorsements, ca, 1);
    if (!root)
        return FAIL(UNAVAILABLE, "the root of the PCK CA is not there");
    TRY(append_der(leaf, &chain));
    TRY(append_der(ca, &chain));
    TRY(append_der(root, &chain));
    *out_chain = buffer_take(&chain);
    return OK;
}

static status complete_leaf(const struct endorsements *endorsements, slice certification,
                            struct buffer *out_chain)
{
    SCOPED(certificate) leaf = {0};
    TRY(pck_leaf_read(certification, &leaf));
    return complete_above(endorsements, &leaf, out_chain);
}

static status complete_by_key(const struct endorsements *endorsements,
                              const struct dcap_quote *quote, struct buffer *out_chain)
{
    const struct certificate *const leaf = find_pck(endorsements, quote);
    if (!leaf)
        return FAIL(UNAVAILABLE, "the PCK certificate is not there");
    return complete_above(endorsements, leaf, out_chain);
}

status dcap_certification_complete(const struct endorsements *endorsements,
                                   const struct dcap_quote *quote, struct buffer *out_chain)
{
    switch (quote->certification_type) {
    case DCAP_CERTIFICATION_PCK_CHAIN:
        return buffer_append(out_chain, quote->certification);
    case DCAP_CERTIFICATION_PCK_LEAF:
        return complete_leaf(endorsements, quote->certification, out_chain);
    case DCAP_CERTIFICATION_PPID:
    case DCAP_CERTIFICATION_PPID_RSA2048:
    case DCAP_CERTIFICATION_PPID_RSA3072:
    case DCAP_CERTIFICATION_PLATFORM_MANIFEST:
        return complete_by_key(endorsements, quote, out_chain);
    default:
        return FAIL(UNSUPPORTED, "certification data of this type leads to no PCK chain");
    }
}
