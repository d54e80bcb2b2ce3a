/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/azure/azure.h"

#include "evidence/azure/claim.h"
#include "evidence/merge.h"
#include "evidence/tpm/ak.h"
#include "evidence/tpm/logs.h"

#include <stdlib.h>
#include <string.h>

/* Borrowed from the evidence, but for what has to be cleared. */
struct contents {
    struct tpm_evidence tpm;
    struct tpm_quotes quotes;
    struct hcl_report hcl;
    struct hcl_runtime runtime;
    slice hardware; /* an SNP report, or a TD quote */
};

static void contents_clear(struct contents *contents)
{
    hcl_runtime_clear(&contents->runtime);
}

bool azure_recognises(const struct azure_kind *kind, slice bytes)
{
    struct tpm_evidence evidence;
    struct hcl_report hcl;
    return tpm_evidence_form(bytes) == TPM_FORM_AZURE &&
           !tpm_evidence_read(bytes, &evidence).fault &&
           !hcl_report_read(evidence.hcl_report, &hcl).fault && hcl.kind == kind->hardware;
}

status azure_report_data(slice bytes, slice *out)
{
    struct tpm_evidence evidence;
    struct tpm_attest attest;
    TRY(tpm_evidence_read(bytes, &evidence));
    TRY(tpm_attest_read(evidence.quotes[0].attest, &attest));
    *out = attest.extra_data;
    return OK;
}

/* The SNP report is in the HCL report; a TDREPORT convinces nobody but its own machine, which has
 * exchanged it for a quote. */
static status find_hardware(struct contents *contents)
{
    const slice apart = contents->tpm.hardware;
    contents->hardware = contents->hcl.kind == HCL_SNP ? contents->hcl.hardware : apart;
    if (contents->hcl.kind == HCL_SNP && apart.size)
        return FAIL(MALFORMED, "the evidence has a second hardware report");
    return contents->hardware.size ? OK : FAIL(MALFORMED, "the evidence lacks the TD quote");
}

static status read_contents(const struct azure_kind *kind, slice bytes, struct contents *out)
{
    if (tpm_evidence_form(bytes) != TPM_FORM_AZURE)
        return FAIL(MALFORMED, "no evidence of a confidential VM on Azure in our container");
    TRY(tpm_evidence_read(bytes, &out->tpm));
    TRY(tpm_quotes_read(&out->tpm, &out->quotes));
    TRY(hcl_report_read(out->tpm.hcl_report, &out->hcl));
    if (out->hcl.kind != kind->hardware)
        return FAIL(UNSUPPORTED, "the HCL report is of the other kind of hardware");
    TRY(find_hardware(out));
    return hcl_runtime_read(out->hcl.runtime, &out->runtime);
}

/* ---- what the hardware says ---- */

/* The quote says what the guest asked to have signed; the hardware's report data are the HCL's. */
static const struct renaming hardware_claims[] = {
    {.from = "report_data", .to = AZURE_HARDWARE_REPORT_DATA}, {0}};
static const struct renaming hardware_checks[] = {
    {"binding", "runtime_data", "AZURE_RUNTIME_DATA_UNBOUND"},
    {"event_log", "hardware_event_log", NULL},
    {"runtime_log", "hardware_runtime_log", NULL},
    {0}};

/* What came inside the evidence is believed no more than what came beside it. Where there is none,
 * what the others remember of their chains holds on. */
static status endorse(const struct contents *contents, const struct endorsements *given,
                      struct endorsements *space, const struct endorsements **out)
{
    *out = given;
    if (contents->tpm.endorsement_count == 0)
        return OK;
    endorsements_extend(given, space);
    *out = space;
    for (size_t i = 0; i < contents->tpm.endorsement_count; i++) {
        const status added = endorsements_add(space, contents->tpm.endorsements[i]);
        if (added.fault && added.fault->failure == FAILURE_INTERNAL)
            return added;
    }
    return OK;
}

static status inspect_hardware(const struct azure_kind *kind, const struct contents *contents,
                               const struct endorsements *given, struct facts *out)
{
    SCOPED(endorsements) none = {0};
    SCOPED(endorsements) space = {0};
    const struct endorsements *endorsements;
    TRY(endorse(contents, given ? given : &none, &space, &endorsements));
    return kind->inside->inspect(contents->hardware, endorsements, out);
}

static status verify_hardware(const struct azure_kind *kind, const struct contents *contents,
                              const struct verification *request, struct facts *out)
{
    uint8_t expected[BINDING_SIZE];
    SCOPED(endorsements) space = {0};
    const struct endorsements *endorsements;
    TRY(hcl_expected_report_data(&contents->hcl, expected));
    TRY(endorse(contents, request->endorsements, &space, &endorsements));
    const struct verification inside = {.evidence = contents->hardware,
                                        .binding = SLICE(expected),
                                        .endorsements = endorsements,
                                        .now_s = request->now_s};
    return kind->inside->verify(&inside, out);
}

/* `facts` are the hardware's alone, on the heap for their size. */
static status take_hardware(const struct azure_kind *kind, const struct contents *contents,
                            const struct verification *request,
                            const struct endorsements *endorsements, struct facts *out)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    if (!facts)
        return FAIL(EXHAUSTED, "no memory for the facts of the hardware");
    const status taken = request ? verify_hardware(kind, contents, request, facts)
                                 : inspect_hardware(kind, contents, endorsements, facts);
    if (!taken.fault)
        facts_merge(out, facts, hardware_claims, hardware_checks);
    free(facts);
    return taken;
}

/* ---- what the TPM says ---- */

/* The certificate says again whose key it is: nothing rests on it, but it may not be wrong. That
 * nobody gave a revocation list for it leaves nothing open. */
static const struct renaming ak_checks[] = {{"chain", "ak_chain", NULL},
                                            {"certificate", "ak_certificate", NULL},
                                            {"validity", "ak_validity", NULL},
                                            {"revocation", "ak_revocation", NULL},
                                            {0}};

static void drop_open_checks(struct facts *facts)
{
    size_t kept = 0;
    for (size_t i = 0; i < facts->check_count; i++)
        if (facts->checks[i].result != CHECK_SKIPPED)
            facts->checks[kept++] = facts->checks[i];
    facts->check_count = kept;
}

static bool none_failed(const struct facts *facts)
{
    for (size_t i = 0; i < facts->check_count; i++)
        if (facts->checks[i].result == CHECK_FAIL)
            return false;
    return true;
}

static status check_ak(struct tpm_ak *ak, const struct contents *contents,
                       const struct endorsements *endorsements, int64_t now_s, struct facts *out)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    if (!facts)
        return FAIL(EXHAUSTED, "no memory for the facts of the AK's certificate");
    tpm_chain_check(ak, endorsements, now_s, facts);
    if (none_failed(facts))
        tpm_ak_keep(ak, endorsements);
    drop_open_checks(facts);
    facts_merge(out, facts, ak_checks, ak_checks);
    free(facts);
    if (!public_key_equal(&ak->key, &contents->runtime.attestation_key))
        check_fail(out, "ak_key", "AZURE_AK_CERTIFICATE_MISMATCH",
                   "the AK's certificate is of another key than the runtime data name");
    else
        check_pass(out, "ak_key");
    return OK;
}

static status check_ak_certificate(const struct contents *contents,
                                   const struct verification *request, struct facts *out)
{
    SCOPED(endorsements) space = {0};
    const struct endorsements *endorsements;
    struct tpm_ak *ak;
    if (contents->tpm.certificate_count == 0)
        return OK;
    struct tpm_evidence evidence = contents->tpm;
    evidence.ak_public = (slice){0};
    TRY(endorse(contents, request->endorsements, &space, &endorsements));
    TRY(tpm_ak_acquire(&evidence, endorsements, &ak));
    const status checked = check_ak(ak, contents, endorsements, request->now_s, out);
    tpm_ak_release(ak);
    return checked;
}

/* The quote was made for the TDREPORT that the paravisor got, and for no other. */
static void check_td_report(const struct contents *contents, slice quoted, struct facts *out)
{
    enum { TD_REPORT_DATA_OFFSET = 128 }; /* REPORTMACSTRUCT, "REPORTDATA" */
    const slice reported = {contents->hcl.hardware.data + TD_REPORT_DATA_OFFSET, BINDING_SIZE};
    if (contents->hcl.kind != HCL_TDX)
        return;
    if (slice_equal(reported, quoted))
        check_pass(out, "td_report");
    else
        check_fail(out, "td_report", "AZURE_TD_REPORT_MISMATCH",
                   "the quote carries other report data than the TDREPORT in the HCL report");
}

/* ---- the platform ---- */

static status claim(const struct azure_kind *kind, const struct contents *contents,
                    struct facts *out)
{
    out->platform = kind->name;
    out->format = contents->hcl.version == 1 ? "azure-hcl-v1" : "azure-hcl-v2";
    claim_bytes(&out->claims, "report_data", contents->quotes.attests[0].extra_data);
    TRY(azure_claim(&contents->hcl, &contents->runtime, &out->claims));
    tpm_quotes_claim(&contents->quotes, &out->claims);
    return claims_finish(&out->claims);
}

status azure_inspect(const struct azure_kind *kind, slice bytes,
                     const struct endorsements *endorsements, struct facts *out)
{
    SCOPED(contents) contents = {0};
    TRY(read_contents(kind, bytes, &contents));
    TRY(take_hardware(kind, &contents, NULL, endorsements, out));
    return claim(kind, &contents, out);
}

status azure_verify(const struct azure_kind *kind, const struct verification *request,
                    struct facts *out)
{
    SCOPED(contents) contents = {0};
    TRY(read_contents(kind, request->evidence, &contents));
    TRY(take_hardware(kind, &contents, request, NULL, out));
    check_td_report(&contents, claims_bytes(&out->claims, AZURE_HARDWARE_REPORT_DATA), out);
    tpm_quotes_check(&contents.quotes, &contents.runtime.attestation_key, request->binding,
                     "tpm_signature", out);
    tpm_logs_check(&contents.quotes, out);
    TRY(check_ak_certificate(&contents, request, out));
    return claim(kind, &contents, out);
}
