/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Vectors that cover what reality does not: every status, every mismatch, revocation and expiry.
 * Their manifests hold the verdicts of Intel's own library, whose codes are translated here.
 */

#include "samples.h"

static const struct {
    const char *intel;
    const char *reason;
} translations[] = {
    {"STATUS_SGX_INTERMEDIATE_CA_REVOKED", "TDX_CERTIFICATE_REVOKED"},
    {"STATUS_SGX_PCK_REVOKED", "TDX_CERTIFICATE_REVOKED"},
    {"STATUS_SGX_CRL_EXPIRED", "TDX_CRL_EXPIRED"},
    {"STATUS_SGX_CRL_INVALID_SIGNATURE", "TDX_CRL_SIGNATURE_INVALID"},
    {"STATUS_SGX_PCK_CERT_CHAIN_EXPIRED", "TDX_CERTIFICATE_EXPIRED"},
    {"STATUS_SGX_PCK_INVALID_ISSUER", "TDX_CHAIN_BROKEN"},
    {"STATUS_SGX_PCK_INVALID_EXTENSIONS", "TDX_PCK_EXTENSION_INVALID"},
    {"STATUS_TCB_INFO_INVALID_SIGNATURE", "TDX_TCB_INFO_SIGNATURE_INVALID"},
    {"STATUS_SGX_TCB_INFO_EXPIRED", "TDX_TCB_INFO_EXPIRED"},
    {"STATUS_SGX_ENCLAVE_IDENTITY_EXPIRED", "TDX_QE_IDENTITY_EXPIRED"},
    {"STATUS_INVALID_QE_REPORT_DATA", "TDX_ATTESTATION_KEY_UNBOUND"},
    {"STATUS_QE_IDENTITY_MISMATCH", "TDX_QE_IDENTITY_MISMATCH"},
    {"STATUS_TDX_MODULE_MISMATCH", "TDX_MODULE_MISMATCH"},
    {"STATUS_TCB_INFO_MISMATCH", "TDX_TCB_INFO_MISMATCH"},
    {"STATUS_TCB_REVOKED", "TDX_TCB_REVOKED"},
    /* Consequences of what the chain's own status says. */
    {"STATUS_PCK_REVOKED", "TDX_CERTIFICATE_REVOKED"},
    {"STATUS_INVALID_PCK_CERT", "TDX_PCK_EXTENSION_INVALID"},
};

/* The statuses that leave the evidence authentic, whatever policy makes of them. */
static bool is_level(const char *status_name)
{
    static const char *const levels[] = {
        "STATUS_OK",
        "STATUS_TCB_OUT_OF_DATE",
        "STATUS_TCB_CONFIGURATION_NEEDED",
        "STATUS_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED",
        "STATUS_TCB_SW_HARDENING_NEEDED",
        "STATUS_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED",
        "STATUS_TCB_NOT_SUPPORTED",
        "STATUS_TCB_TD_RELAUNCH_ADVISED",
        "STATUS_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED",
    };
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if (strcmp(status_name, levels[i]) == 0)
            return true;
    return false;
}

static const char *translated(const char *intel)
{
    for (size_t i = 0; i < sizeof translations / sizeof translations[0]; i++)
        if (strcmp(translations[i].intel, intel) == 0)
            return translations[i].reason;
    return NULL;
}

static bool failed_for(const struct facts *facts, const char *reason)
{
    for (size_t i = 0; i < facts->check_count; i++)
        if (facts->checks[i].result == CHECK_FAIL && strcmp(facts->checks[i].reason, reason) == 0)
            return true;
    return false;
}

/* Each of the four stages of Intel's library that refused is a failed check of ours. */
static size_t compare_refusals(const struct facts *facts, const json_t *intel)
{
    static const char *const stages[] = {"pck_chain", "tcb_info", "qe_identity", "quote"};
    size_t refusals = 0;
    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
        const char *const code = text_of(intel, stages[i]);
        if (is_level(code))
            continue;
        const char *const reason = translated(code);
        EXPECT(reason && failed_for(facts, reason));
        refusals++;
    }
    return refusals;
}

static void verify_synthetic(const struct sample *sample, bool trusted, struct facts *facts,
                             status *out)
{
    SCOPED(endorsements) endorsements = {0};
    const json_t *const at = json_object_get(sample->manifest.root, "verification_time");
    endorse_with_set(&endorsements, sample, "collateral-1");
    if (trusted)
        trust_file(&endorsements, sample->folder, "trustedRootCaCert.pem");
    *out = tdx_verify_at(buffer_view(&sample->evidence), &endorsements, time_of(text_of(at, "at")),
                         facts);
}

static void compare_with_intel(const char *id, const struct sample *sample)
{
    (void)id;
    const json_t *const expected = json_object_get(sample->manifest.root, "expected");
    const json_t *const intel = json_object_get(expected, "intel_qvl");
    const char *const verdict = text_of(expected, "verdict");
    struct facts *const facts = calloc(1, sizeof *facts);
    status result;
    verify_synthetic(sample, true, facts, &result);

    if (strcmp(text_of(intel, "quote"), "STATUS_UNSUPPORTED_QUOTE_FORMAT") == 0) {
        EXPECT(result.fault);
    } else {
        EXPECT_OK(result);
        const size_t refusals = compare_refusals(facts, intel);
        EXPECT(facts_authentic(facts) == (refusals == 0));
        if (refusals == 0)
            print_failures(facts);
        if (strcmp(verdict, "reject") != 0)
            EXPECT(claim_is_text(facts, "tcb_status", verdict));
        EXPECT(claim_is_flag(facts, "debug", json_is_true(json_object_get(expected, "debug_bit"))));
        EXPECT(claim_is_flag(facts, "collateral_not_yet_valid",
                             strstr(text_of(expected, "strict_verdict"), "not yet valid") != NULL));
    }
    free(facts);
}

TEST(every_synthetic_vector_is_judged_as_intels_library_did)
{
    if (samples_are_absent("synthetic TDX vectors"))
        return;
    EXPECT(samples_each("synthetic-dcap", "tdx-", compare_with_intel) == 53);
}

static void refuse_under_intels_root(const char *id, const struct sample *sample)
{
    (void)id;
    struct facts *const facts = calloc(1, sizeof *facts);
    status result;
    verify_synthetic(sample, false, facts, &result);
    EXPECT(result.fault || !facts_authentic(facts));
    if (!result.fault)
        EXPECT(*failure_of(facts, "chain"));
    EXPECT(result.fault || !claims_find(&facts->claims, "tcb_status"));
    free(facts);
}

/* E18 */
TEST(E18_no_synthetic_vector_passes_under_intels_root_alone)
{
    if (samples_are_absent("synthetic TDX vectors"))
        return;
    samples_each("synthetic-dcap", "tdx-", refuse_under_intels_root);
}

/* E14: an SGX quote handed over as a TD's. */
static void refuse_sgx(const char *id, const struct sample *sample)
{
    (void)id;
    struct facts *const facts = calloc(1, sizeof *facts);
    EXPECT(!tdx_platform.recognises(buffer_view(&sample->evidence)));
    const status result = tdx_platform.inspect(buffer_view(&sample->evidence), NULL, facts);
    EXPECT(result.fault && (result.fault->failure == FAILURE_UNSUPPORTED ||
                            result.fault->failure == FAILURE_TRUNCATED));
    free(facts);
}

/* E14 */
TEST(E14_sgx_quotes_are_neither_recognised_nor_read)
{
    if (samples_are_absent("SGX vectors"))
        return;
    EXPECT(samples_each("synthetic-dcap", "sgx-", refuse_sgx) > 0);
}

static void recognise(const char *id, const struct sample *sample)
{
    (void)id;
    EXPECT(tdx_platform.recognises(buffer_view(&sample->evidence)) ||
           sample->evidence.data[2] != 2);
}

TEST(every_quote_of_a_td_is_recognised)
{
    if (samples_are_absent("TDX samples"))
        return;
    samples_each("tdx", "", recognise);
}
