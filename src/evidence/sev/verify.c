/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/sev/verify.h"

enum { PEKS_TRIED_MAX = 16 /* each costs a signature */ };

struct context {
    const struct verification *request;
    const struct sev_evidence *evidence;
    struct sev_chain *chain;
    struct facts *facts;
};

status sev_evidence_read(slice bytes, struct sev_evidence *out)
{
    struct sev_evidence evidence = {.is_report = bytes.size <= SEV_REPORT_SIZE};
    if (evidence.is_report)
        TRY(sev_report_read(bytes, &evidence.report));
    else
        TRY(sev_certificate_read(bytes, &evidence.pdh));
    if (!evidence.is_report && evidence.pdh.usage != SEV_USAGE_PDH)
        return FAIL(UNSUPPORTED, "an SEV certificate that is no evidence: not a PDH");
    *out = evidence;
    return OK;
}

static status is_signed_by(const struct sev_evidence *evidence, const struct sev_chain *chain)
{
    const struct sev_report *const report = &evidence->report;
    TRY(chain->key_read);
    if (!evidence->is_report)
        return sev_certificate_signed_by(&evidence->pdh, SEV_USAGE_PEK, &chain->key);
    return sev_ecdsa_verify(&chain->key, report->signature_algorithm, report->signed_bytes,
                            report->signature);
}

struct sev_chain *sev_chain_for(const struct sev_chains *chains,
                                const struct sev_evidence *evidence, status *out_signed)
{
    *out_signed = FAIL(UNAUTHENTIC, "there is no PEK to check it with");
    for (size_t i = chains->count, tried = 0; i > 0 && tried < PEKS_TRIED_MAX; i--, tried++) {
        *out_signed = is_signed_by(evidence, chains->chains[i - 1]);
        if (!out_signed->fault)
            return chains->chains[i - 1];
    }
    return chains->count ? chains->chains[chains->count - 1] : NULL;
}

/* Nobody signed these. */
static void check_unsigned(struct context *c)
{
    const struct sev_report *const report = &c->evidence->report;
    if (!c->evidence->is_report)
        return;
    if (report->reserved == 0)
        check_pass(c->facts, "reserved");
    else
        check_fail(c->facts, "reserved", "SEV_RESERVED_NOT_ZERO",
                   "bytes of the report that must be zero are not");
    if (report->signature_algorithm == SEV_ECDSA_SHA256 ||
        report->signature_algorithm == SEV_ECDSA_SHA384)
        check_pass(c->facts, "signature_algorithm");
    else
        check_fail(c->facts, "signature_algorithm", "SEV_SIGNATURE_ALGORITHM_UNSUPPORTED",
                   "signature algorithm %xh is not ECDSA", report->signature_algorithm);
}

static void check_binding(struct context *c)
{
    if (c->request->binding.size == 0)
        check_skip(c->facts, "binding", "SEV_BINDING_NOT_ASKED", "SEV evidence can carry none");
    else
        check_fail(c->facts, "binding", "SEV_BINDING_IMPOSSIBLE",
                   "nothing in SEV evidence is of the guest's choosing");
}

static void check_chain(struct context *c)
{
    const struct sev_chain *const chain = c->chain;
    if (!chain)
        check_fail(c->facts, "chain", "SEV_CERTIFICATE_MISSING",
                   "there is no PEK among the endorsements");
    else if (chain->verified.fault && chain->is_incomplete)
        check_fail(c->facts, "chain", "SEV_CHAIN_INCOMPLETE", "%s", chain->verified.fault->what);
    else if (chain->verified.fault)
        check_fail(c->facts, "chain", "SEV_CHAIN_BROKEN", "%s", chain->verified.fault->what);
    else if (chain->trust == ROOT_UNTRUSTED)
        check_fail(c->facts, "chain", "SEV_ROOT_UNTRUSTED",
                   "the chain ends in a root that is neither AMD's nor trusted by the caller");
    else
        check_pass(c->facts, "chain");
}

static void check_usage(struct context *c)
{
    if (!c->chain)
        check_skip(c->facts, "usage", "SEV_CERTIFICATE_MISSING", "there is no PEK");
    else if (c->chain->usages_fit)
        check_pass(c->facts, "usage");
    else
        check_fail(c->facts, "usage", "SEV_USAGE_MISMATCH",
                   "a key was used for what its certificate is not for");
}

/* AMD vouches for the chip; this is about whose machine it is. */
static void check_owner(struct context *c)
{
    if (!c->chain || c->chain->owner == SEV_OWNER_UNKNOWN)
        check_skip(c->facts, "owner", "SEV_OWNER_UNKNOWN", "the owner's OCA was not given");
    else if (c->chain->owner == SEV_OWNER_SIGNED)
        check_pass(c->facts, "owner");
    else
        check_fail(c->facts, "owner", "SEV_OWNER_SIGNATURE_INVALID",
                   "the OCA given did not sign the PEK");
}

status sev_verify(const struct verification *request, const struct sev_evidence *evidence,
                  struct facts *facts, const struct sev_chain **out_chain)
{
    struct context c = {.request = request, .evidence = evidence, .facts = facts};
    const struct sev_chains *chains;
    status is_signed;
    TRY(sev_chains_of(request->endorsements, &chains));
    c.chain = sev_chain_for(chains, evidence, &is_signed);
    if (c.chain)
        sev_chain_examine(request->endorsements, c.chain);
    check_binding(&c);
    check_unsigned(&c);
    check_status(facts, "signature", "SEV_SIGNATURE_INVALID", is_signed);
    check_chain(&c);
    check_usage(&c);
    check_owner(&c);
    facts->valid_until_s = NO_END_S; /* these certificates carry no dates */
    *out_chain = c.chain;
    return OK;
}
