/* SPDX-License-Identifier: Apache-2.0 */

/* PSA devices: a token that the device signed with its initial attestation key. */

#include "evidence/arm/lifecycle.h"
#include "evidence/arm/signer.h"
#include "evidence/platform.h"
#include "evidence/psa/claim_names.h"
#include "evidence/psa/token.h"

static const struct arm_signer_words words = {
    .check = "signature",
    .key = "IAK",
    .untrusted = "PSA_ROOT_UNTRUSTED",
    .algorithm = "PSA_SIGNATURE_ALGORITHM_UNSUPPORTED",
    .invalid = "PSA_SIGNATURE_INVALID",
};

static status report_data(slice evidence, slice *out)
{
    struct psa_token token;
    TRY(psa_token_read(evidence, &token));
    *out = token.values[PSA_NONCE].bytes;
    return OK;
}

static void claim(struct facts *facts, const struct psa_token *token)
{
    facts->platform = "psa";
    facts->format = token->profile == 1 ? "psa-token-profile-1" : "psa-token-profile-2";
    psa_token_claim(&facts->claims, token);
}

static status inspect(slice bytes, const struct endorsements *endorsements, struct facts *out)
{
    struct psa_token token;
    (void)endorsements; /* there are none of PSA devices */
    TRY(psa_token_read(bytes, &token));
    claim(out, &token);
    return claims_finish(&out->claims);
}

static void check_binding(const struct verification *request, const struct psa_token *token,
                          struct facts *facts)
{
    if (request->binding.size == 0)
        check_skip(facts, "binding", "PSA_BINDING_NOT_ASKED", "no nonce to compare with");
    else if (equal_in_constant_time(request->binding, token->values[PSA_NONCE].bytes))
        check_pass(facts, "binding");
    else
        check_fail(facts, "binding", "PSA_BINDING_MISMATCH", "the nonce is not the binding");
}

static status verify_with(const struct verification *request, struct facts *out)
{
    struct psa_token token;
    TRY(psa_token_read(request->evidence, &token));
    if (token.message.is_mac)
        return FAIL(UNSUPPORTED, "a COSE_Mac0 is vouched for only to who shares its secret");
    claim(out, &token);
    check_binding(request, &token, out);
    arm_signer_check(request->endorsements, &token.message, &words, out);
    arm_lifecycle_check(out, token.values[PSA_LIFECYCLE].number, "PSA_LIFECYCLE_DEBUG",
                        "PSA_LIFECYCLE_NOT_SECURED");
    out->valid_until_s = NO_END_S; /* neither the token nor the key has dates */
    return claims_finish(&out->claims);
}

static status verify(const struct verification *request, struct facts *out)
{
    return verification_endorsed(request, verify_with, out);
}

const struct platform psa_platform = {
    .name = "psa",
    .title = "a device with a PSA root of trust",
    .claims = psa_claim_names,
    .recognises = psa_token_begins,
    .report_data = report_data,
    .binding_mismatch = "PSA_BINDING_MISMATCH",
    .inspect = inspect,
    .verify = verify,
};
