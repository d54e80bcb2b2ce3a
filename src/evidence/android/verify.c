/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/android/verify.h"

#include "evidence/android/revocation.h"

struct context {
    const struct verification *request;
    const struct android_chain *chain;
    const struct android_issuers *issuers;
    struct facts *facts;
};

/* Whoever holds an attested key can certify anything with it, so what is said above counts, and
 * whatever is below was not said by the device. */
static void check_description(struct context *c)
{
    if (c->chain->description_count > 1)
        check_fail(c->facts, "key_description", "ANDROID_KEY_DESCRIPTION_REPEATED",
                   "more than one certificate of the chain says that its key is attested");
    else if (c->chain->described != 0)
        check_fail(c->facts, "key_description", "ANDROID_KEY_DESCRIPTION_MISPLACED",
                   "an attested key certified another one, for which no device vouches");
    else
        check_pass(c->facts, "key_description");
}

static void check_binding(struct context *c, slice challenge)
{
    const slice binding = c->request->binding;
    if (binding.size == 0)
        check_skip(c->facts, "binding", "ANDROID_BINDING_NOT_ASKED",
                   "no report data to compare with");
    else if (equal_in_constant_time(binding, challenge))
        check_pass(c->facts, "binding");
    else
        check_fail(c->facts, "binding", "ANDROID_BINDING_MISMATCH",
                   "the challenge is not the binding");
}

/* Returns whether what is said of the chain can be relied on. */
static bool check_chain(struct context *c)
{
    const struct android_issuers *const issuers = c->issuers;
    check_status(c->facts, "signature", "ANDROID_SIGNATURE_INVALID",
                 android_leaf_verify(c->chain, issuers->root));
    if (!issuers->root)
        check_fail(c->facts, "chain", "ANDROID_CHAIN_INCOMPLETE", "%s",
                   issuers->verified.fault->what);
    else if (issuers->verified.fault)
        check_fail(c->facts, "chain", "ANDROID_CHAIN_BROKEN", "%s", issuers->verified.fault->what);
    else if (issuers->trust == ROOT_UNTRUSTED)
        check_fail(c->facts, "chain", "ANDROID_ROOT_UNTRUSTED",
                   "the chain ends in a root that is neither Google's nor trusted by the caller");
    else
        check_pass(c->facts, "chain");
    return facts_check(c->facts, "chain")->result == CHECK_PASS;
}

/* The certificate at `index`, behind the last one of the chain the root; NULL past that. */
static const struct certificate *certificate_at(const struct context *c, size_t index)
{
    if (index < c->chain->count)
        return &c->chain->certificates[index];
    return index == c->chain->count ? c->issuers->root : NULL;
}

static void check_validity(struct context *c)
{
    const struct certificate *late = NULL, *certificate;
    for (size_t i = 0; (certificate = certificate_at(c, i)); i++) {
        facts_rely_until(c->facts, certificate->not_after_s);
        if (!late && !certificate_is_valid_at(certificate, c->request->now_s))
            late = certificate;
    }
    if (!late)
        check_pass(c->facts, "validity");
    else if (c->request->now_s < late->not_before_s)
        check_fail(c->facts, "validity", "ANDROID_CERTIFICATE_NOT_YET_VALID",
                   "a certificate of the chain is not yet valid");
    else
        check_fail(c->facts, "validity", "ANDROID_CERTIFICATE_EXPIRED",
                   "a certificate of the chain has expired");
}

static void check_revocation(struct context *c, bool chain_is_trusted)
{
    if (!chain_is_trusted) {
        check_skip(c->facts, "revocation", "ANDROID_CHAIN_UNUSABLE", "the chain is not trusted");
        return;
    }
    switch (android_revocation_of(c->chain, c->issuers->root, c->request->endorsements)) {
    case ANDROID_REVOCATION_NONE:
        check_skip(c->facts, "revocation", "ANDROID_CRL_MISSING",
                   "Google's list of revoked certificates was not given");
        break;
    case ANDROID_REVOCATION_UNLISTED:
        check_pass(c->facts, "revocation");
        break;
    case ANDROID_REVOCATION_LISTED:
        check_fail(c->facts, "revocation", "ANDROID_CERTIFICATE_REVOKED",
                   "a certificate of the chain is revoked or suspended");
        break;
    case ANDROID_REVOCATION_MALFORMED:
        check_fail(c->facts, "revocation", "ANDROID_CRL_MALFORMED",
                   "the list of revoked certificates cannot be read");
        break;
    }
}

void android_verify(const struct verification *request, struct android_known *known,
                    const struct android_key_description *description, struct facts *facts)
{
    struct context c = {
        .request = request,
        .chain = &known->chain,
        .issuers = &known->issuers,
        .facts = facts,
    };
    check_description(&c);
    check_binding(&c, description->challenge);
    const bool chain_is_trusted = check_chain(&c);
    check_validity(&c);
    check_revocation(&c, chain_is_trusted);
    if (facts_authentic(facts))
        android_chain_keep(known, request->endorsements);
}
