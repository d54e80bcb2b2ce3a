/* SPDX-License-Identifier: Apache-2.0 */

/*
 * AMD SEV and SEV-ES, before SNP. Nothing in its evidence is of the guest's choosing, so that no
 * channel can be bound to it: it can be appraised, and no link can rest on it.
 */

#include "evidence/sev/claim.h"
#include "evidence/sev/claim_names.h"

static bool recognises(slice bytes)
{
    struct sev_evidence evidence;
    if (sev_evidence_read(bytes, &evidence).fault)
        return false;
    return !evidence.is_report || (evidence.report.reserved == 0 &&
                                   (evidence.report.signature_algorithm == SEV_ECDSA_SHA256 ||
                                    evidence.report.signature_algorithm == SEV_ECDSA_SHA384));
}

static status inspect(slice bytes, const struct endorsements *endorsements, struct facts *out)
{
    struct sev_evidence evidence;
    struct sev_chain *chain = NULL;
    TRY(sev_evidence_read(bytes, &evidence));
    if (endorsements) {
        const struct sev_chains *chains;
        status is_signed;
        TRY(sev_chains_of(endorsements, &chains));
        chain = sev_chain_for(chains, &evidence, &is_signed);
    }
    if (chain)
        sev_chain_examine(endorsements, chain);
    sev_claim(out, &evidence, chain);
    return claims_finish(&out->claims);
}

static status verify_with(const struct verification *request, struct facts *out)
{
    struct sev_evidence evidence;
    const struct sev_chain *chain;
    TRY(sev_evidence_read(request->evidence, &evidence));
    TRY(sev_verify(request, &evidence, out, &chain));
    sev_claim(out, &evidence, chain);
    return claims_finish(&out->claims);
}

static status verify(const struct verification *request, struct facts *out)
{
    return verification_endorsed(request, verify_with, out);
}

const struct platform sev_platform = {
    .name = "sev",
    .title = "a guest of AMD SEV or SEV-ES",
    .claims = sev_claim_names,
    .recognises = recognises,
    .inspect = inspect,
    .verify = verify,
};
