/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/nvidia/verify.h"

#include "evidence/revocation.h"

#include <string.h>

enum { LEAVES_TRIED_MAX = 8 };

#define OID_CRL_DISTRIBUTION "2.5.29.31"

struct context {
    const struct verification *request;
    const struct nvidia_report *report;
    struct nvidia_chain *chain;
    struct facts *facts;
};

static bool fits(const struct nvidia_chain *chain, const struct nvidia_report *report)
{
    return chain->fwid.size && slice_equal(chain->fwid, report->fields[NVIDIA_FWID]);
}

struct nvidia_chain *nvidia_chain_for(const struct nvidia_chains *chains,
                                      const struct nvidia_report *report)
{
    struct nvidia_chain *best = NULL;
    for (size_t i = 0; i < chains->count; i++)
        if (!best || fits(chains->chains[i], report) || !fits(best, report))
            best = chains->chains[i];
    return best;
}

static status is_signed_by(const struct nvidia_report *report, const struct nvidia_chain *chain)
{
    return ecdsa_verify(&chain->key, CURVE_P384, HASH_SHA384, report->signed_bytes,
                        report->response.signature);
}

/* Many devices have the same firmware: the signature says which one it was. */
static status find_signer(struct context *c, const struct nvidia_chains *chains)
{
    struct nvidia_chain *const first = c->chain;
    status result = is_signed_by(c->report, first);
    for (size_t i = chains->count, tried = 1; i > 0 && tried < LEAVES_TRIED_MAX; i--) {
        struct nvidia_chain *const other = chains->chains[i - 1];
        if (!result.fault)
            break;
        if (other == first)
            continue;
        tried++;
        if (!is_signed_by(c->report, other).fault) {
            c->chain = other;
            result = OK;
        }
    }
    return result;
}

static void check_binding(struct context *c)
{
    const slice binding = c->request->binding;
    if (binding.size == 0)
        check_skip(c->facts, "binding", "NVIDIA_BINDING_NOT_ASKED",
                   "no report data to compare with");
    else if (binding_is(SLICE(c->report->request.nonce), binding))
        check_pass(c->facts, "binding");
    else
        check_fail(c->facts, "binding", "NVIDIA_BINDING_MISMATCH",
                   "the nonce of the request is not the binding");
}

static void skip_without_leaf(struct context *c)
{
    static const char *const names[] = {"signature", "firmware", "validity", "revocation"};
    check_fail(c->facts, "chain", "NVIDIA_CERTIFICATE_MISSING",
               "there is no certificate of a device among the endorsements");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        check_skip(c->facts, names[i], "NVIDIA_CERTIFICATE_MISSING",
                   "there is no certificate of a device");
}

static bool is_trusted(const struct nvidia_chain *chain)
{
    return !chain->verified.fault && chain->trust != ROOT_UNTRUSTED;
}

static void check_chain(struct context *c)
{
    const status verified = c->chain->verified;
    if (is_trusted(c->chain))
        check_pass(c->facts, "chain");
    else if (!verified.fault)
        check_fail(c->facts, "chain", "NVIDIA_ROOT_UNTRUSTED",
                   "the chain ends in a root that is neither NVIDIA's nor trusted by the caller");
    else if (verified.fault->failure == FAILURE_UNEXPECTED)
        check_fail(c->facts, "chain", "NVIDIA_CHAIN_INCOMPLETE", "%s", verified.fault->what);
    else
        check_fail(c->facts, "chain", "NVIDIA_CHAIN_BROKEN", "%s", verified.fault->what);
}

/* The leaf's key was made for one firmware, and the report names the one that runs. */
static void check_firmware(struct context *c)
{
    const slice reported = c->report->fields[NVIDIA_FWID];
    if (c->chain->fwid_read.fault)
        check_fail(c->facts, "firmware", "NVIDIA_CERTIFICATE_MALFORMED", "%s",
                   c->chain->fwid_read.fault->what);
    else if (!reported.data)
        check_skip(c->facts, "firmware", "NVIDIA_FWID_NOT_REPORTED",
                   "the report names no firmware; the certificate does");
    else if (slice_equal(reported, c->chain->fwid))
        check_pass(c->facts, "firmware");
    else
        check_fail(c->facts, "firmware", "NVIDIA_FWID_MISMATCH",
                   "the device's certificate was made for another firmware than the report's");
}

static void check_validity(struct context *c)
{
    const int64_t now_s = c->request->now_s;
    const char *reason = NULL;
    for (size_t i = 0; i < c->chain->count; i++) {
        const struct certificate *const link = c->chain->links[i];
        facts_rely_until(c->facts, link->not_after_s);
        if (!reason && !certificate_is_valid_at(link, now_s))
            reason = now_s < link->not_before_s ? "NVIDIA_CERTIFICATE_NOT_YET_VALID"
                                                : "NVIDIA_CERTIFICATE_EXPIRED";
    }
    if (reason)
        check_fail(c->facts, "validity", reason,
                   "a certificate of the device's chain is not in its dates");
    else
        check_pass(c->facts, "validity");
}

static bool names_its_list(const struct certificate *certificate)
{
    slice value;
    return certificate_extension(certificate, OID_CRL_DISTRIBUTION, &value).fault || value.size;
}

/* Of one link; NULL when its issuer's list is in its dates and leaves it alone. */
static const char *revocation_of(struct context *c, size_t index)
{
    struct crl_set crls = {0};
    const int64_t now_s = c->request->now_s;
    const struct certificate *const subject = c->chain->links[index];
    crl_set_gather(c->request->endorsements, c->chain->links[index + 1], subject,
                   SIGNATURE_ECDSA_SHA384, &crls);
    const struct crl *const crl = crl_set_at(&crls, now_s);
    if (!crl && crls.forged)
        return "NVIDIA_CRL_SIGNATURE_INVALID";
    if (!crl) /* the chip's own certificates are on no list, but with a service that is asked */
        return names_its_list(subject) ? "NVIDIA_CRL_MISSING" : NULL;
    if (crl_lists(crl, subject))
        return "NVIDIA_CERTIFICATE_REVOKED";
    if (now_s < crl->this_update_s)
        return "NVIDIA_CRL_NOT_YET_VALID";
    if (!crl_is_in_force(crl, now_s))
        return "NVIDIA_CRL_EXPIRED";
    facts_rely_until(c->facts, crl->next_update_s);
    return NULL;
}

/* A missing list is a fact for policy; a bad one anywhere fails. */
static void check_revocation(struct context *c)
{
    bool is_missing = false;
    if (!is_trusted(c->chain)) {
        check_skip(c->facts, "revocation", "NVIDIA_CHAIN_UNUSABLE", "the chain is not trusted");
        return;
    }
    for (size_t i = 0; i + 1 < c->chain->count; i++) {
        const char *const reason = revocation_of(c, i);
        if (reason && strcmp(reason, "NVIDIA_CRL_MISSING") != 0) {
            check_fail(c->facts, "revocation", reason,
                       "a certificate of the device's chain is revoked, or the list that should "
                       "say so is not usable");
            return;
        }
        is_missing |= reason != NULL;
    }
    if (is_missing)
        check_skip(c->facts, "revocation", "NVIDIA_CRL_MISSING",
                   "no CRL of an issuer above the device was given");
    else
        check_pass(c->facts, "revocation");
}

status nvidia_verify(const struct verification *request, const struct nvidia_report *report,
                     struct facts *facts, const struct nvidia_chain **out_chain)
{
    struct context c = {.request = request, .report = report, .facts = facts};
    const struct nvidia_chains *chains;
    TRY(nvidia_chains_of(request->endorsements, &chains));
    c.chain = nvidia_chain_for(chains, report);
    *out_chain = NULL;
    check_binding(&c);
    if (!c.chain) {
        skip_without_leaf(&c);
        return OK;
    }
    check_status(facts, "signature", "NVIDIA_SIGNATURE_INVALID", find_signer(&c, chains));
    nvidia_chain_follow(request->endorsements, c.chain);
    check_chain(&c);
    check_firmware(&c);
    check_validity(&c);
    check_revocation(&c);
    *out_chain = c.chain;
    return OK;
}
