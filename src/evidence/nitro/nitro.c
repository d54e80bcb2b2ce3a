/* SPDX-License-Identifier: Apache-2.0 */

/* AWS Nitro Enclaves: a document that the hypervisor signed with a key certified for hours. */

#include "evidence/nitro/chain.h"
#include "evidence/nitro/claim_names.h"
#include "evidence/nitro/collect.h"
#include "evidence/token.h"

struct context {
    const struct verification *request;
    const struct nitro_document *document;
    const struct nitro_chain *chain;
    struct facts *facts;
};

static status report_data(slice evidence, slice *out)
{
    struct nitro_document document;
    TRY(nitro_document_read(evidence, &document));
    *out = document.user_data;
    return OK;
}

/* What the enclave did not ask for is empty, and not claimed. */
static void claim_given(struct claims *claims, const char *name, slice value)
{
    if (value.size)
        claim_bytes(claims, name, value);
}

static void claim(struct facts *facts, const struct nitro_document *document)
{
    struct claims *const claims = &facts->claims;
    facts->platform = "nitro";
    facts->format = "nitro-attestation-document";
    claim_bytes(claims, "measurement", document->pcrs[0]);
    claim_given(claims, "report_data", document->user_data);
    claim_flag(claims, "debug", nitro_document_is_debug(document));
    token_claim_text(claims, "module_id", document->module_id);
    claim_text(claims, "digest", "SHA384"); /* others are not read */
    claim_number(claims, "timestamp", document->timestamp_ms);
    claim_given(claims, "nonce", document->nonce);
    claim_given(claims, "public_key", document->public_key);
    for (size_t i = 0; i < NITRO_PCRS_MAX; i++)
        claim_given(claims, nitro_pcr_names[i], document->pcrs[i]);
}

/* User data has any size up to its limit. Where it has that of a binding, as ours has, a shorter
 * one is followed by zeros. */
static bool carries(slice user_data, slice binding)
{
    return equal_in_constant_time(binding, user_data) ||
           (user_data.size == BINDING_SIZE && binding_is(user_data, binding));
}

static void check_binding(const struct context *c)
{
    const slice binding = c->request->binding;
    if (binding.size == 0)
        check_skip(c->facts, "binding", "NITRO_BINDING_NOT_ASKED", "no user data to compare with");
    else if (carries(c->document->user_data, binding))
        check_pass(c->facts, "binding");
    else
        check_fail(c->facts, "binding", "NITRO_BINDING_MISMATCH",
                   "the user data is not the binding");
}

static void check_signature(const struct context *c)
{
    const struct cose_message *const message = &c->document->message;
    if (message->algorithm == COSE_ES384)
        check_pass(c->facts, "signature_algorithm");
    else
        check_fail(c->facts, "signature_algorithm", "NITRO_SIGNATURE_ALGORITHM_UNSUPPORTED",
                   "the document is not signed with ES384");
    if (message->algorithm == COSE_ES384 && !c->chain->read.fault)
        check_status(c->facts, "signature", "NITRO_SIGNATURE_INVALID",
                     cose_verify(message, &c->chain->key));
    else
        check_skip(c->facts, "signature", "NITRO_CHAIN_UNUSABLE",
                   "there is no algorithm or no key to check it with");
}

static void check_chain(const struct context *c)
{
    const struct nitro_chain *const chain = c->chain;
    if (chain->read.fault)
        check_fail(c->facts, "chain", "NITRO_CHAIN_MALFORMED", "%s", chain->read.fault->what);
    else if (chain->verified.fault)
        check_fail(c->facts, "chain", "NITRO_CHAIN_BROKEN", "%s", chain->verified.fault->what);
    else if (chain->trust == ROOT_UNTRUSTED)
        check_fail(c->facts, "chain", "NITRO_ROOT_UNTRUSTED",
                   "the chain ends in a root that is neither AWS's nor trusted by the caller");
    else
        check_pass(c->facts, "chain");
}

/* The leaf lives for three hours: a document is looked at when it is made, or as of then. */
static void check_validity(const struct context *c)
{
    const struct certificate *outside = NULL;
    for (size_t i = c->chain->count; i > 0; i--) {
        const struct certificate *const certificate = &c->chain->certificates[i - 1];
        facts_rely_until(c->facts, certificate->not_after_s);
        if (!outside && !certificate_is_valid_at(certificate, c->request->now_s))
            outside = certificate;
    }
    if (!outside && c->chain->count)
        check_pass(c->facts, "validity");
    else if (!outside)
        check_skip(c->facts, "validity", "NITRO_CHAIN_UNUSABLE", "there is no chain");
    else if (c->request->now_s < outside->not_before_s)
        check_fail(c->facts, "validity", "NITRO_CERTIFICATE_NOT_YET_VALID",
                   "a certificate of the chain is not yet valid");
    else
        check_fail(c->facts, "validity", "NITRO_CERTIFICATE_EXPIRED",
                   "a certificate of the chain has expired");
}

static status inspect(slice bytes, const struct endorsements *endorsements, struct facts *out)
{
    struct nitro_document document;
    (void)endorsements; /* the document brings its chain */
    TRY(nitro_document_read(bytes, &document));
    claim(out, &document);
    return claims_finish(&out->claims);
}

static status verify_with(const struct verification *request, struct facts *out)
{
    struct nitro_document document;
    struct nitro_chain *chain;
    TRY(nitro_document_read(request->evidence, &document));
    TRY(nitro_chain_acquire(request->endorsements, &document, &chain));
    const struct context context = {request, &document, chain, out};
    claim(out, &document);
    check_binding(&context);
    check_signature(&context);
    check_chain(&context);
    check_validity(&context);
    nitro_chain_release(chain);
    return claims_finish(&out->claims);
}

static status verify(const struct verification *request, struct facts *out)
{
    return verification_endorsed(request, verify_with, out);
}

const struct platform nitro_platform = {
    .name = "nitro",
    .title = "an AWS Nitro enclave",
    .claims = nitro_claim_names,
    .recognises = nitro_document_begins,
    .report_data = report_data,
    .binding_mismatch = "NITRO_BINDING_MISMATCH",
    .inspect = inspect,
    .verify = verify,
    .is_here = nitro_is_here,
    .collect = nitro_collect,
};
