/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/spdm/verify.h"

#include "crypto/der.h"
#include "evidence/revocation.h"
#include "spdm/signing.h"
#include "spdm/transcript.h"

#include <string.h>

#define OID_CRL_DISTRIBUTION "2.5.29.31"

enum { INVASIVE_DEBUG = 1 << 1, NON_INVASIVE_DEBUG = 1 << 0 }; /* of a device's mode: active now */

/* ---- the chain ---- */

void spdm_device_chain_clear(struct spdm_device_chain *chain)
{
    for (size_t i = 0; i < chain->count; i++)
        certificate_clear(&chain->links[i]);
    spdm_chain_clear(&chain->chain);
    *chain = (struct spdm_device_chain){0};
}

/* Lent by the endorsements. */
static size_t roots_of(const struct endorsements *endorsements,
                       struct certificate out[TRUST_ANCHORS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; endorsements && i < endorsements->anchor_count; i++)
        if (endorsements->anchors[i].certificate.x509)
            out[count++] = endorsements->anchors[i].certificate;
    return count;
}

/* They are good, for the chain was read; here they are taken apart for their lists. */
static status read_links(slice certificates, struct spdm_device_chain *out)
{
    for (struct reader reader = reader_of(certificates); reader.left.size; out->count++) {
        const uint8_t *const begin = reader.left.data;
        struct der_element element;
        TRY(der_read(&reader, &element));
        TRY(certificate_read((slice){begin, (size_t)(reader.left.data - begin)},
                             &out->links[out->count]));
    }
    return OK;
}

static status read_chain(const struct spdm_report *report, const struct endorsements *endorsements,
                         struct spdm_device_chain *out)
{
    struct certificate roots[TRUST_ANCHORS_MAX];
    const struct spdm_chain_rules rules = {
        .version = report->shape.version,
        .hash = report->suite.hash,
        .asym = report->suite.asym,
        .model = SPDM_DEVICE_CERT,
        .roots = roots,
        .root_count = roots_of(endorsements, roots),
    };
    const size_t header_size = SPDM_CHAIN_HEADER_SIZE + hash_size(report->suite.hash);
    TRY(spdm_chain_read(&rules, report->chain, &out->chain));
    return read_links((slice){report->chain.data + header_size, report->chain.size - header_size},
                      out);
}

void spdm_device_chain_read(const struct spdm_report *report,
                            const struct endorsements *endorsements, struct spdm_device_chain *out)
{
    struct spdm_device_chain chain = {0};
    chain.read = read_chain(report, endorsements, &chain);
    *out = chain;
}

/* ---- the checks ---- */

struct context {
    const struct verification *request;
    const struct spdm_report *report;
    const struct spdm_device_chain *chain;
    struct facts *facts;
};

static void check_binding(const struct context *c)
{
    if (c->request->binding.size == 0)
        check_skip(c->facts, "binding", "SPDM_BINDING_NOT_ASKED", "no report data to compare with");
    else if (binding_is(SLICE(c->report->asked.nonce), c->request->binding))
        check_pass(c->facts, "binding");
    else
        check_fail(c->facts, "binding", "SPDM_BINDING_MISMATCH",
                   "the nonce of the request is not the binding");
}

static status check_l1(const struct spdm_report *report, struct spdm_transcript *transcript,
                       const struct public_key *key)
{
    const struct spdm_signing signing = {report->shape.version, SPDM_SIGNATURE_MEASUREMENTS,
                                         report->suite.asym, report->suite.hash};
    const slice signature = report->measurements.signature;
    const slice response = {report->response.data, report->response.size - signature.size};
    struct digest l1;
    TRY(spdm_transcript_add_a(transcript, report->negotiation));
    TRY(spdm_transcript_begin(transcript, report->shape.version, report->suite.hash));
    TRY(spdm_transcript_l1(transcript, &transcript->m, report->request, response, &l1));
    return spdm_verify(&signing, key, &l1, signature);
}

static void check_signature(const struct context *c)
{
    SCOPED(spdm_transcript) transcript = {0};
    check_status(c->facts, "signature", "SPDM_SIGNATURE_INVALID",
                 check_l1(c->report, &transcript, &c->chain->chain.key));
}

static void check_validity(const struct context *c)
{
    const struct spdm_chain *const chain = &c->chain->chain;
    facts_rely_until(c->facts, chain->not_after_s);
    if (spdm_chain_is_valid_at(chain, c->request->now_s))
        check_pass(c->facts, "validity");
    else
        check_fail(c->facts, "validity",
                   c->request->now_s < chain->not_before_s ? "SPDM_CERTIFICATE_NOT_YET_VALID"
                                                           : "SPDM_CERTIFICATE_EXPIRED",
                   "a certificate of the device's chain is not in its dates");
}

static bool names_its_list(const struct certificate *certificate)
{
    slice value;
    return certificate_extension(certificate, OID_CRL_DISTRIBUTION, &value).fault || value.size;
}

/* Of one link; NULL when its issuer's list is in its dates and leaves it alone, or there is none.
 */
static const char *revocation_of(const struct context *c, const struct certificate *issuer,
                                 const struct certificate *subject)
{
    struct crl_set crls = {0};
    crl_set_gather(c->request->endorsements, issuer, subject, certificate_scheme(subject), &crls);
    const struct crl *const crl = crl_set_at(&crls, c->request->now_s);
    if (!crl && crls.forged)
        return "SPDM_CRL_SIGNATURE_INVALID";
    if (!crl)
        return names_its_list(subject) ? "SPDM_CRL_MISSING" : NULL;
    if (crl_lists(crl, subject))
        return "SPDM_CERTIFICATE_REVOKED";
    if (!crl_is_in_force(crl, c->request->now_s))
        return "SPDM_CRL_OUT_OF_DATE";
    facts_rely_until(c->facts, crl->next_update_s);
    return NULL;
}

/* A missing list is a fact for policy; a bad one anywhere fails. */
static void check_revocation(const struct context *c)
{
    bool is_missing = false;
    for (size_t i = 1; i < c->chain->count; i++) {
        const char *const reason = revocation_of(c, &c->chain->links[i - 1], &c->chain->links[i]);
        if (reason && strcmp(reason, "SPDM_CRL_MISSING") != 0) {
            check_fail(c->facts, "revocation", reason,
                       "a certificate of the device's chain is revoked, or the list that should "
                       "say so is not usable");
            return;
        }
        is_missing |= reason != NULL;
    }
    if (is_missing)
        check_skip(c->facts, "revocation", "SPDM_CRL_MISSING", "no list of an issuer was given");
    else
        check_pass(c->facts, "revocation");
}

static bool is_device_mode(const struct spdm_measurement_block *block)
{
    return block->index == SPDM_INDEX_DEVICE_MODE || block->kind == SPDM_MEASURED_DEVICE_MODE;
}

/* NULL when nobody looks into the device. */
static const char *debug_of(const struct spdm_measurement_block *block)
{
    struct spdm_device_mode mode;
    if (block->kind != SPDM_MEASURED_DEVICE_MODE || !block->is_raw ||
        spdm_device_mode_read(block->value, &mode).fault)
        return "SPDM_DEVICE_MODE_UNREADABLE";
    return mode.mode_state & (INVASIVE_DEBUG | NON_INVASIVE_DEBUG) ? "SPDM_LIFECYCLE_DEBUG" : NULL;
}

/* Devices need not tell. One that tells of being debugged is for policy, and so is one that tells
 * it in a way that cannot be read. */
static void check_device_mode(const struct context *c)
{
    for (size_t i = 0; i < c->report->block_count; i++) {
        const struct spdm_measurement_block *const block = &c->report->blocks[i];
        const char *const reason = is_device_mode(block) ? debug_of(block) : NULL;
        if (!reason)
            continue;
        check_skip(c->facts, "device_mode", reason, "somebody may look into the device");
        return;
    }
    check_pass(c->facts, "device_mode");
}

status spdm_device_verify(const struct verification *request, const struct spdm_report *report,
                          const struct spdm_device_chain *chain, struct facts *facts)
{
    const struct context c = {request, report, chain, facts};
    check_binding(&c);
    check_device_mode(&c);
    if (chain->read.fault) {
        check_fail(facts, "chain", "SPDM_CHAIN_BROKEN", "%s", chain->read.fault->what);
        return OK;
    }
    check_signature(&c);
    if (chain->chain.is_anchored)
        check_pass(facts, "chain");
    else
        check_fail(facts, "chain", "SPDM_ROOT_UNTRUSTED",
                   "the chain ends in a root that the caller does not trust");
    check_validity(&c);
    check_revocation(&c);
    return OK;
}
