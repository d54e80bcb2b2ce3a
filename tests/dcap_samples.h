/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the samples of DCAP quotes are compared with, whatever their TEE: the verdicts of Intel's
 * own library, whose codes are translated here, and what must be refused.
 */

#include "manifest_claims.h"

static const struct {
    const char *intel;
    const char *reason;
} translations[] = {
    {"STATUS_SGX_INTERMEDIATE_CA_REVOKED", "CERTIFICATE_REVOKED"},
    {"STATUS_SGX_PCK_REVOKED", "CERTIFICATE_REVOKED"},
    {"STATUS_SGX_CRL_EXPIRED", "CRL_EXPIRED"},
    {"STATUS_SGX_CRL_INVALID_SIGNATURE", "CRL_SIGNATURE_INVALID"},
    {"STATUS_SGX_PCK_CERT_CHAIN_EXPIRED", "CERTIFICATE_EXPIRED"},
    {"STATUS_SGX_PCK_INVALID_ISSUER", "CHAIN_BROKEN"},
    {"STATUS_SGX_PCK_INVALID_EXTENSIONS", "PCK_EXTENSION_INVALID"},
    {"STATUS_TCB_INFO_INVALID_SIGNATURE", "TCB_INFO_SIGNATURE_INVALID"},
    {"STATUS_SGX_TCB_INFO_EXPIRED", "TCB_INFO_EXPIRED"},
    {"STATUS_SGX_ENCLAVE_IDENTITY_EXPIRED", "QE_IDENTITY_EXPIRED"},
    {"STATUS_INVALID_QE_REPORT_DATA", "ATTESTATION_KEY_UNBOUND"},
    {"STATUS_QE_IDENTITY_MISMATCH", "QE_IDENTITY_MISMATCH"},
    {"STATUS_TDX_MODULE_MISMATCH", "MODULE_MISMATCH"},
    {"STATUS_TCB_INFO_MISMATCH", "TCB_INFO_MISMATCH"},
    {"STATUS_TCB_REVOKED", "TCB_REVOKED"},
    {"STATUS_SGX_TCB_SIGNING_CERT_REVOKED", "TCB_SIGNER_REVOKED"},
    {"STATUS_SGX_ENCLAVE_IDENTITY_INVALID_SIGNATURE", "QE_IDENTITY_SIGNATURE_INVALID"},
    /* Consequences of what the chain's own status says. */
    {"STATUS_PCK_REVOKED", "CERTIFICATE_REVOKED"},
    {"STATUS_INVALID_PCK_CERT", "PCK_EXTENSION_INVALID"},
};

/* The statuses that leave the evidence authentic, whatever policy makes of them. */
static inline bool is_level(const char *status_name)
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

static inline const char *translated(const char *intel)
{
    for (size_t i = 0; i < sizeof translations / sizeof translations[0]; i++)
        if (strcmp(translations[i].intel, intel) == 0)
            return translations[i].reason;
    return NULL;
}

static inline bool failed_for(const struct facts *facts, const char *reason)
{
    for (size_t i = 0; i < facts->check_count; i++)
        if (facts->checks[i].result == CHECK_FAIL &&
            strcmp(strchr(facts->checks[i].reason, '_') + 1, reason) == 0)
            return true;
    return false;
}

/* Each of the four stages of Intel's library that refused is a failed check of ours. */
static inline size_t compare_refusals(const struct facts *facts, const json_t *intel)
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

static inline void verify_synthetic(const struct platform *platform, const struct sample *sample,
                                    bool trusted, struct facts *facts, status *out)
{
    SCOPED(endorsements) endorsements = {0};
    const json_t *const at = json_object_get(sample->manifest.root, "verification_time");
    endorse_with_set(&endorsements, sample, "collateral-1");
    if (trusted)
        trust_file(&endorsements, sample->folder, "trustedRootCaCert.pem");
    *out = verify_at(platform, buffer_view(&sample->evidence), &endorsements,
                     time_of(text_of(at, "at")), facts);
}

static inline void compare_with_intel(const struct platform *platform, const struct sample *sample)
{
    const json_t *const expected = json_object_get(sample->manifest.root, "expected");
    const json_t *const intel = json_object_get(expected, "intel_qvl");
    const char *const verdict = text_of(expected, "verdict");
    struct facts *const facts = calloc(1, sizeof *facts);
    status result;
    verify_synthetic(platform, sample, true, facts, &result);

    if (strcmp(text_of(intel, "quote"), "STATUS_UNSUPPORTED_QUOTE_FORMAT") == 0) {
        EXPECT(result.fault || failed_for(facts, "QE_VENDOR_UNKNOWN"));
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

static inline void refuse_under_intels_root(const struct platform *platform,
                                            const struct sample *sample)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    status result;
    verify_synthetic(platform, sample, false, facts, &result);
    EXPECT(result.fault || !facts_authentic(facts));
    if (!result.fault)
        EXPECT(*failure_of(facts, "chain"));
    EXPECT(result.fault || !claims_find(&facts->claims, "tcb_status"));
    free(facts);
}

static inline bool is_null_or(const struct facts *facts, const char *name, const json_t *expected)
{
    return json_is_string(expected) ? claim_is_text(facts, name, json_string_value(expected))
                                    : !claims_find(&facts->claims, name);
}

/* Platform, module and quoting enclave may wait for the same advisory: manifests repeat it for a
 * module and not for an enclave, we never do. */
static inline json_t *each_once(json_t *list)
{
    json_t *const once = json_array();
    for (size_t i = 0; i < json_array_size(list); i++) {
        size_t seen = 0;
        while (seen < json_array_size(once) &&
               !json_equal(json_array_get(once, seen), json_array_get(list, i)))
            seen++;
        if (seen == json_array_size(once))
            json_array_append(once, json_array_get(list, i));
    }
    return once;
}

static inline void compare_status(const struct facts *facts, const json_t *expected)
{
    json_t *const advisories = each_once(json_object_get(expected, "advisories"));
    const struct claim *const claim = claims_find(&facts->claims, "advisory_ids");
    EXPECT(claim_is_text(facts, "tcb_status", text_of(expected, "final")));
    EXPECT(claim_is_text(facts, "platform_status", text_of(expected, "platform_status")));
    EXPECT(claim_is_text(facts, "qe_status", text_of(expected, "qe_status")));
    EXPECT(is_null_or(facts, "tdx_module_id", json_object_get(expected, "tdx_module_id")));
    EXPECT(is_null_or(facts, "tdx_module_status", json_object_get(expected, "tdx_module_status")));
    EXPECT(json_array_size(advisories) ? claim && same_list(facts, claim, advisories) : !claim);
    json_decref(advisories);
}

/* A sample with its first collateral, trusted as production hardware is. */
struct bench {
    const struct platform *platform;
    struct sample sample;
    struct endorsements endorsements;
    int64_t at_s;
    struct facts facts;
};

static inline struct bench *bench_open(const struct platform *platform, const char *id)
{
    struct bench *const bench = calloc(1, sizeof *bench);
    bench->platform = platform;
    bench->sample = sample_open(id);
    const json_t *const set =
        json_array_get(json_object_get(bench->sample.manifest.root, "collateral_sets"), 0);
    bench->at_s = time_of(text_of(set, "verify_at"));
    endorse_with_set(&bench->endorsements, &bench->sample, text_of(set, "dir"));
    return bench;
}

static inline void bench_free(struct bench *bench)
{
    sample_clear(&bench->sample);
    endorsements_clear(&bench->endorsements);
    free(bench);
}

static inline status bench_verify(struct bench *bench, slice evidence)
{
    return verify_at(bench->platform, evidence, &bench->endorsements, bench->at_s, &bench->facts);
}

static inline bool is_refused(struct bench *bench, slice evidence)
{
    return bench_verify(bench, evidence).fault || !facts_authentic(&bench->facts);
}

/* Which check must fail for each kind of mutation; empty: the quote is not read at all. */
static const struct {
    const char *expect;
    const char *check;
} causes[] = {
    {"version", ""},
    {"attestation key type", ""},
    {"TEE type", ""},
    {"QE vendor id", "qe_vendor"},
    {"user data", "signature"},
    {"report_data", "signature"},
    {"quote signature", "signature"},
    {"attestation key: binding", "attestation_key"},
    {"QE report: PCK signature", "qe_report_signature"},
    {"QE report data: AK binding", "attestation_key"},
    {"QE report signature", "qe_report_signature"},
    {"QE authentication data", "attestation_key"},
    {"PCK leaf certificate", "chain"},
};

static inline const char *check_for(const char *expect)
{
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++)
        if (strncmp(expect, causes[i].expect, strlen(causes[i].expect)) == 0)
            return causes[i].check;
    return NULL;
}

static inline void apply_mutation(const struct platform *platform, const json_t *mutation)
{
    struct bench *const bench = bench_open(platform, text_of(mutation, "sample"));
    const size_t offset = (size_t)json_integer_value(json_object_get(mutation, "offset"));
    const char *const check = check_for(text_of(mutation, "expect"));
    uint8_t flip;
    EXPECT_OK(hex_read_exactly(slice_of_text(text_of(mutation, "xor")), &flip, 1));
    EXPECT(!is_refused(bench, buffer_view(&bench->sample.evidence)));

    bench->sample.evidence.data[offset] ^= flip;
    const status result = bench_verify(bench, buffer_view(&bench->sample.evidence));
    EXPECT(check);
    if (check && !*check)
        EXPECT(result.fault);
    else if (check)
        EXPECT(!result.fault && *failure_of(&bench->facts, check));
    EXPECT(result.fault || !facts_authentic(&bench->facts));
    bench_free(bench);
}

/* Applies all of the platform's; tells how many. */
static inline size_t apply_mutations(const struct platform *platform, const char *prefix)
{
    size_t index, count = 0;
    json_t *mutation;
    SCOPED(json) mutations = json_of_file(samples_root(), "MUTATIONS.json");
    json_array_foreach(json_object_get(mutations.root, "mutations"), index, mutation)
    {
        if (strncmp(text_of(mutation, "sample"), prefix, strlen(prefix)) != 0)
            continue;
        const int before = test_failures;
        apply_mutation(platform, mutation);
        if (test_failures != before)
            printf("  %s: %s\n", text_of(mutation, "sample"), text_of(mutation, "expect"));
        count++;
    }
    return count;
}

/* None of the bits of the first `size` bytes may be another one. */
static inline void flip_every_bit(const struct platform *platform, const char *id, size_t size)
{
    struct bench *const bench = bench_open(platform, id);
    slice evidence = buffer_view(&bench->sample.evidence);
    size_t accepted = 0;
    EXPECT(!is_refused(bench, evidence));
    for (size_t bit = 0; bit < 8 * size; bit++) {
        bench->sample.evidence.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (!is_refused(bench, evidence))
            accepted++;
        bench->sample.evidence.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    EXPECT(accepted == 0);
    EXPECT(!is_refused(bench, evidence));
    bench_free(bench);
}

static inline void refuse_cuts(struct bench *bench)
{
    const slice evidence = buffer_view(&bench->sample.evidence);
    for (size_t size = 0; size < evidence.size; size++) {
        uint8_t *const exact = malloc(size ? size : 1); /* so that reading past the end is seen */
        memcpy(exact, evidence.data, size);
        EXPECT_FAIL(TRUNCATED, bench_verify(bench, (slice){exact, size}));
        free(exact);
    }
}

static inline void refuse_lengths(struct bench *bench, size_t offset, size_t size)
{
    static const uint32_t wrong[] = {0, 1, 0x7fff, 0xffff, 0x7fffffff, 0xfffffffe, 0xffffffff};
    uint8_t *const field = bench->sample.evidence.data + offset;
    uint8_t right[4];
    memcpy(right, field, size);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        for (size_t at = 0; at < size; at++)
            field[at] = (uint8_t)(wrong[i] >> 8 * at);
        EXPECT(bench_verify(bench, buffer_view(&bench->sample.evidence)).fault);
    }
    for (int change = -1; change <= 1; change += 2) { /* inner and outer disagree by one */
        memcpy(field, right, size);
        field[0] = (uint8_t)(field[0] + change);
        EXPECT(bench_verify(bench, buffer_view(&bench->sample.evidence)).fault);
    }
    memcpy(field, right, size);
}

static inline void check_time(const struct platform *platform, const json_t *vector)
{
    SCOPED(sample) sample = sample_open(text_of(vector, "sample"));
    SCOPED(endorsements) endorsements = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    endorse_with_set(&endorsements, &sample, text_of(vector, "collateral"));

    EXPECT_OK(verify_at(platform, buffer_view(&sample.evidence), &endorsements,
                        time_of(text_of(vector, "at")), facts));
    const bool accepted = facts_authentic(facts);
    const bool strictly = accepted && claim_is_flag(facts, "collateral_not_yet_valid", false);
    EXPECT(accepted == json_is_true(json_object_get(vector, "accept_time")));
    EXPECT(strictly == json_is_true(json_object_get(vector, "strict_time")));
    if (!accepted && !failed_for(facts, "CRL_NOT_YET_VALID"))
        EXPECT(facts->valid_until_s < time_of(text_of(vector, "at")));
    free(facts);
}

/* Verifies at each of the platform's times; tells how many. */
static inline size_t check_times(const struct platform *platform, const char *prefix)
{
    size_t index, count = 0;
    json_t *vector;
    SCOPED(json) times = json_of_file(samples_root(), "TIMES.json");
    json_array_foreach(json_object_get(times.root, "vectors"), index, vector)
    {
        if (strncmp(text_of(vector, "sample"), prefix, strlen(prefix)) != 0)
            continue;
        const int before = test_failures;
        check_time(platform, vector);
        if (test_failures != before)
            printf("  %s %s\n", text_of(vector, "sample"), text_of(vector, "case"));
        count++;
    }
    return count;
}
