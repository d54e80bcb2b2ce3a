/* SPDX-License-Identifier: Apache-2.0 */

/* Arm CCA: a realm's token, signed with a key that its platform's token vouches for. */

#include "evidence/arm/lifecycle.h"
#include "evidence/arm/signer.h"
#include "evidence/cca/claim_names.h"
#include "evidence/cca/collect.h"
#include "evidence/cca/rak.h"

static const struct arm_signer_words words = {
    .check = "platform_signature",
    .key = "CPAK",
    .untrusted = "CCA_ROOT_UNTRUSTED",
    .algorithm = "CCA_SIGNATURE_ALGORITHM_UNSUPPORTED",
    .invalid = "CCA_PLATFORM_SIGNATURE_INVALID",
};

static status report_data(slice evidence, slice *out)
{
    struct cca_token token;
    TRY(cca_token_read(evidence, &token));
    *out = token.realm_values[CCA_CHALLENGE].bytes;
    return OK;
}

static void claim(struct facts *facts, const struct cca_token *token)
{
    facts->platform = "cca";
    facts->format = "cca-token";
    claim_number(&facts->claims, "collection_tag", token->collection_tag);
    cca_token_claim(&facts->claims, token);
}

static status inspect(slice bytes, const struct endorsements *endorsements, struct facts *out)
{
    struct cca_token token;
    (void)endorsements; /* the token brings all that there is */
    TRY(cca_token_read(bytes, &token));
    claim(out, &token);
    return claims_finish(&out->claims);
}

static void check_binding(const struct verification *request, const struct cca_token *token,
                          struct facts *facts)
{
    if (request->binding.size == 0)
        check_skip(facts, "binding", "CCA_BINDING_NOT_ASKED", "no challenge to compare with");
    else if (binding_is(token->realm_values[CCA_CHALLENGE].bytes, request->binding))
        check_pass(facts, "binding");
    else
        check_fail(facts, "binding", "CCA_BINDING_MISMATCH",
                   "the realm's challenge is not the binding");
}

static status is_signed_by_rak(const struct cca_token *token)
{
    SCOPED(public_key) rak = {0};
    TRY(cca_rak_read(token->realm_values[CCA_RAK].bytes, &rak));
    return cose_verify(&token->realm, &rak);
}

/* Three links: the caller trusts the CPAK, it signed for the RAK, and that signed for the realm. */
static void check_signatures(const struct verification *request, const struct cca_token *token,
                             struct facts *facts)
{
    check_status(facts, "signature", "CCA_SIGNATURE_INVALID", is_signed_by_rak(token));
    check_status(facts, "attestation_key", "CCA_RAK_UNBOUND", cca_rak_is_bound(token));
    arm_signer_check(request->endorsements, &token->platform, &words, facts);
}

static status verify_with(const struct verification *request, struct facts *out)
{
    struct cca_token token;
    TRY(cca_token_read(request->evidence, &token));
    claim(out, &token);
    check_binding(request, &token, out);
    check_signatures(request, &token, out);
    arm_lifecycle_check(out, token.platform_values[CCA_LIFECYCLE].number, "CCA_LIFECYCLE_DEBUG",
                        "CCA_LIFECYCLE_NOT_SECURED");
    out->valid_until_s = NO_END_S; /* neither the tokens nor the keys have dates */
    return claims_finish(&out->claims);
}

static status verify(const struct verification *request, struct facts *out)
{
    return verification_endorsed(request, verify_with, out);
}

const struct platform cca_platform = {
    .name = "cca",
    .title = "a realm of the Arm Confidential Compute Architecture",
    .claims = cca_claim_names,
    .recognises = cca_token_begins,
    .report_data = report_data,
    .binding_mismatch = "CCA_BINDING_MISMATCH",
    .inspect = inspect,
    .verify = verify,
    .is_here = cca_is_here,
    .collect = cca_collect,
};
