/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Vectors that cover what reality does not: every status, every mismatch, revocation and expiry.
 * Their manifests hold the verdicts of Intel's own library.
 */

#include "dcap_samples.h"

static void compare(const char *id, const struct sample *sample)
{
    (void)id;
    compare_with_intel(&sgx_platform, sample);
}

TEST(every_synthetic_vector_is_judged_as_intels_library_did)
{
    if (samples_are_absent("synthetic SGX vectors"))
        return;
    EXPECT(samples_each("synthetic-dcap", "sgx-", compare) == 32);
}

static void refuse(const char *id, const struct sample *sample)
{
    (void)id;
    refuse_under_intels_root(&sgx_platform, sample);
}

/* E18 */
TEST(E18_no_synthetic_vector_passes_under_intels_root_alone)
{
    if (samples_are_absent("synthetic SGX vectors"))
        return;
    samples_each("synthetic-dcap", "sgx-", refuse);
}

/* E14: a TD's quote handed over as an enclave's. */
static void refuse_tdx(const char *id, const struct sample *sample)
{
    (void)id;
    struct facts *const facts = calloc(1, sizeof *facts);
    EXPECT(!sgx_platform.recognises(buffer_view(&sample->evidence)));
    EXPECT_FAIL(UNSUPPORTED, sgx_platform.inspect(buffer_view(&sample->evidence), NULL, facts));
    free(facts);
}

/* E14 */
TEST(E14_quotes_of_tds_are_neither_recognised_nor_read)
{
    if (samples_are_absent("TDX vectors"))
        return;
    EXPECT(samples_each("synthetic-dcap", "tdx-", refuse_tdx) == 53);
}

static void expect_version(const char *id, unsigned version, const char *format)
{
    SCOPED(sample) sample = sample_open(id);
    struct facts *const facts = calloc(1, sizeof *facts);
    EXPECT_OK(sgx_platform.inspect(buffer_view(&sample.evidence), NULL, facts));
    const struct claim *const claim = claims_find(&facts->claims, "quote_version");
    EXPECT(claim && claim->number == version && strcmp(facts->format, format) == 0);
    EXPECT((claims_find(&facts->claims, "qe_svn") != NULL) == (version == 3));
    free(facts);
}

TEST(enclaves_are_quoted_in_versions_3_to_5)
{
    if (samples_are_absent("versions"))
        return;
    expect_version("synthetic-dcap/sgx-status-UpToDate", 3, "sgx-quote-v3");
    expect_version("synthetic-dcap/sgx-as-v4", 4, "sgx-quote-v4");
    expect_version("synthetic-dcap/sgx-as-v5", 5, "sgx-quote-v5");
}
