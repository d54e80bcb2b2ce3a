/* SPDX-License-Identifier: Apache-2.0 */

/* A TPM 2.0, discrete, in firmware or virtual: a quote of its registers, in our container. */

#include "evidence/platform.h"
#include "evidence/tpm/ak.h"
#include "evidence/tpm/claim_names.h"
#include "evidence/tpm/collect.h"
#include "evidence/tpm/logs.h"

static bool recognises(slice evidence)
{
    return tpm_evidence_form(evidence) == TPM_FORM_TPM;
}

/* What the evidence holds; slices are borrowed from it. */
struct contents {
    struct tpm_evidence evidence;
    struct tpm_quotes quotes;
    struct tpm_ak *ak;
};

static void contents_clear(struct contents *contents)
{
    tpm_ak_release(contents->ak);
}

static status read_contents(slice bytes, const struct endorsements *endorsements,
                            struct contents *out)
{
    if (!recognises(bytes))
        return FAIL(MALFORMED, "the evidence is no quote of a TPM in our container");
    TRY(tpm_evidence_read(bytes, &out->evidence));
    TRY(tpm_quotes_read(&out->evidence, &out->quotes));
    return tpm_ak_acquire(&out->evidence, endorsements, &out->ak);
}

static status report_data(slice bytes, slice *out)
{
    struct tpm_evidence evidence;
    struct tpm_attest attest;
    TRY(tpm_evidence_read(bytes, &evidence));
    TRY(tpm_attest_read(evidence.quotes[0].attest, &attest));
    *out = attest.extra_data;
    return OK;
}

static void claim(const struct contents *contents, struct facts *out)
{
    struct digest measurement;
    out->platform = "tpm";
    out->format = "tpm-quote";
    if (!tpm_quotes_measurement(&contents->quotes, &measurement).fault)
        claim_bytes(&out->claims, "measurement", (slice){measurement.data, measurement.size});
    claim_bytes(&out->claims, "report_data", contents->quotes.attests[0].extra_data);
    tpm_ak_claim(contents->ak, &out->claims);
    tpm_quotes_claim(&contents->quotes, &out->claims);
    tpm_logs_claim(&contents->evidence, &out->claims);
}

static status inspect(slice bytes, const struct endorsements *endorsements, struct facts *out)
{
    SCOPED(contents) contents = {0};
    TRY(read_contents(bytes, endorsements, &contents));
    claim(&contents, out);
    return claims_finish(&out->claims);
}

static status verify_with(const struct verification *request, struct facts *out)
{
    SCOPED(contents) contents = {0};
    TRY(read_contents(request->evidence, request->endorsements, &contents));
    const struct public_key *const key = contents.ak->key.pkey ? &contents.ak->key : NULL;
    tpm_quotes_check(&contents.quotes, key, request->binding, "signature", out);
    tpm_ak_check(contents.ak, &contents.quotes, request->endorsements, request->now_s, out);
    tpm_logs_check(&contents.quotes, out);
    if (facts_authentic(out))
        tpm_ak_keep(contents.ak, request->endorsements);
    claim(&contents, out);
    return claims_finish(&out->claims);
}

static status verify(const struct verification *request, struct facts *out)
{
    return verification_endorsed(request, verify_with, out);
}

const struct platform tpm_platform = {
    .name = "tpm",
    .title = "a machine with a TPM",
    .claims = tpm_claim_names,
    .recognises = recognises,
    .report_data = report_data,
    .is_bound = tpm_is_bound,
    .binding_mismatch = "TPM_BINDING_MISMATCH",
    .inspect = inspect,
    .verify = verify,
    .is_here = tpm_is_here,
    .collect = tpm_collect,
};
