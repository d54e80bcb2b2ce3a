/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Quotes that carry no PCK chain: it has to come with the endorsements, and what is missing is
 * said. They parse, so they are not malformed; they cannot be verified, so they are not authentic.
 */

#include "dcap_samples.h"

enum { CERTIFICATION_TYPE = 48 + 384 + 4 + 64 + 64 + 384 + 64 + 2 + 32 };

static const char *chain_detail(const struct facts *facts)
{
    const struct check *const check = facts_check(facts, "chain");
    return check ? check->detail : "";
}

TEST(a_quote_with_an_encrypted_ppid_alone_says_that_the_pck_certificate_is_missing)
{
    if (samples_are_absent("a quote without a chain"))
        return;
    SCOPED(sample) sample = sample_open("sgx/certdata-type3-raw-tcb");
    struct facts *const facts = calloc(1, sizeof *facts);
    EXPECT_OK(verify_at(&sgx_platform, buffer_view(&sample.evidence), NULL, 0, facts));
    EXPECT(!facts_authentic(facts));
    EXPECT(strcmp(result_name(facts, "signature"), "pass") == 0);
    EXPECT(strcmp(result_name(facts, "attestation_key"), "pass") == 0);
    EXPECT(strcmp(result_name(facts, "qe_report_signature"), "skipped") == 0);
    EXPECT(strcmp(failure_of(facts, "chain"), "SGX_PCK_CHAIN_MISSING") == 0);
    EXPECT(strcmp(chain_detail(facts),
                  "certification data of type 3: the PCK certificate is not there") == 0);
    /* What Intel's service is asked with. */
    EXPECT(claims_bytes(&facts->claims, "certification.encrypted_ppid").size == 384);
    EXPECT(same_bytes(claims_bytes(&facts->claims, "certification.cpusvn"),
                      "05050205ff8001000000000000000000"));
    EXPECT(same_bytes(claims_bytes(&facts->claims, "certification.pceid"), "0000"));
    expect_known_claims(&sgx_platform, facts);
    free(facts);
}

/*
 * Intel's sample of its own library: signatures and chain are good under the root beside it. Its
 * body is zeros and its QE identity is of another enclave.
 */
TEST(a_pck_certificate_among_the_endorsements_is_found_by_its_key)
{
    static const char *const good[] = {"signature",  "attestation_key", "qe_report_signature",
                                       "chain",      "validity",        "pck_extension",
                                       "revocation", "tcb_info",        "tcb_info_signer"};
    if (samples_are_absent("a quote under its own root"))
        return;
    SCOPED(sample) sample = sample_open("sgx/intel-sample-own-root");
    SCOPED(endorsements) endorsements = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    const int64_t at_s = time_of("2024-06-01T00:00:00Z");
    endorse_with_set(&endorsements, &sample, "");

    EXPECT_OK(verify_at(&sgx_platform, buffer_view(&sample.evidence), &endorsements, at_s, facts));
    EXPECT(!facts_authentic(facts));
    EXPECT(strcmp(failure_of(facts, "chain"), "SGX_ROOT_UNTRUSTED") == 0);

    trust_file(&endorsements, sample.folder, "trustedRootCaCert.pem");
    EXPECT_OK(verify_at(&sgx_platform, buffer_view(&sample.evidence), &endorsements, at_s, facts));
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        EXPECT(strcmp(result_name(facts, good[i]), "pass") == 0);
    print_failures(facts);
    expect_known_claims(&sgx_platform, facts);
    free(facts);
}

static void verify_without(const struct sample *sample, const char *unwanted, struct facts *facts)
{
    SCOPED(endorsements) endorsements = {0};
    endorse_with_folder(&endorsements, sample->folder, unwanted);
    EXPECT_OK(verify_at(&sgx_platform, buffer_view(&sample->evidence), &endorsements,
                        time_of("2024-06-01T00:00:00Z"), facts));
    EXPECT(!facts_authentic(facts));
    EXPECT(strcmp(failure_of(facts, "chain"), "SGX_PCK_CHAIN_MISSING") == 0);
}

TEST(what_is_missing_of_a_chain_is_said)
{
    if (samples_are_absent("a quote under its own root"))
        return;
    SCOPED(sample) sample = sample_open("sgx/intel-sample-own-root");
    struct facts *const facts = calloc(1, sizeof *facts);
    verify_without(&sample, "pckCert", facts);
    EXPECT(strstr(chain_detail(facts), "the PCK certificate is not there"));
    verify_without(&sample, "pckSignChain", facts);
    EXPECT(strstr(chain_detail(facts), "the PCK CA is not there"));
    free(facts);
}

/* The quote with its chain replaced by `certification` of `type`. */
static struct buffer with_certification(const struct sample *sample, uint8_t type,
                                        slice certification)
{
    struct buffer quote = {0};
    const uint32_t outer = CERTIFICATION_TYPE + 6 - 436 + (uint32_t)certification.size;
    EXPECT_OK(buffer_append(&quote, (slice){sample->evidence.data, CERTIFICATION_TYPE + 6}));
    EXPECT_OK(buffer_append(&quote, certification));
    for (size_t i = 0; i < 4; i++) {
        quote.data[432 + i] = (uint8_t)(outer >> 8 * i);
        quote.data[CERTIFICATION_TYPE + 2 + i] = (uint8_t)(certification.size >> 8 * i);
    }
    quote.data[CERTIFICATION_TYPE] = type;
    return quote;
}

static slice pem_of_leaf(const struct sample *sample)
{
    static const char end[] = "-----END CERTIFICATE-----";
    const slice chain = {sample->evidence.data + CERTIFICATION_TYPE + 6,
                         sample->evidence.size - CERTIFICATION_TYPE - 6};
    const uint8_t *const found = memmem(chain.data, chain.size, end, sizeof end - 1);
    EXPECT(found);
    return (slice){chain.data, (size_t)(found - chain.data) + sizeof end - 1};
}

static void verify_as(const struct bench *bench, uint8_t type, slice certification,
                      struct facts *facts)
{
    SCOPED(buffer) quote = with_certification(&bench->sample, type, certification);
    EXPECT_OK(
        verify_at(&sgx_platform, buffer_view(&quote), &bench->endorsements, bench->at_s, facts));
}

TEST(a_pck_certificate_alone_is_completed_from_the_endorsements)
{
    if (samples_are_absent("a quote with its PCK certificate alone"))
        return;
    struct bench *const bench = bench_open(&sgx_platform, "sgx/phala-dcapqvl");
    verify_as(bench, 4, pem_of_leaf(&bench->sample), &bench->facts);
    print_failures(&bench->facts);
    EXPECT(facts_authentic(&bench->facts));
    EXPECT(claims_bytes(&bench->facts.claims, "pck.ppid").size == 16);
    verify_as(bench, 4, slice_of_text("no certificate"), &bench->facts);
    EXPECT(strcmp(failure_of(&bench->facts, "chain"), "SGX_CHAIN_MALFORMED") == 0);
    endorsements_clear(&bench->endorsements);
    verify_as(bench, 4, pem_of_leaf(&bench->sample), &bench->facts);
    EXPECT(strcmp(failure_of(&bench->facts, "chain"), "SGX_PCK_CHAIN_MISSING") == 0);
    EXPECT(!facts_authentic(&bench->facts));
    bench_free(bench);
}

TEST(every_other_type_names_a_machine_or_is_unsupported)
{
    static const uint8_t data[404];
    if (samples_are_absent("certification data of every type"))
        return;
    struct bench *const bench = bench_open(&sgx_platform, "sgx/phala-dcapqvl");
    EXPECT_OK(endorsements_add(&bench->endorsements, pem_of_leaf(&bench->sample)));
    for (uint8_t type = 0; type < 10; type++) {
        const bool names_machine = (type >= 1 && type <= 3) || type == 7;
        if (type == 4 || type == 5)
            continue;
        verify_as(bench, type, SLICE(data), &bench->facts);
        EXPECT(facts_authentic(&bench->facts) == names_machine);
        if (!names_machine)
            EXPECT(strcmp(failure_of(&bench->facts, "chain"), "SGX_CERTIFICATION_UNSUPPORTED") ==
                   0);
        expect_known_claims(&sgx_platform, &bench->facts);
    }
    bench_free(bench);
}
