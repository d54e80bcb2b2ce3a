/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Vectors that cover what reality does not: every status, every mismatch, revocation and expiry.
 * Their manifests hold the verdicts of Intel's own library.
 */

#include "dcap_samples.h"

static void compare(const char *id, const struct sample *sample)
{
    (void)id;
    compare_with_intel(&tdx_platform, sample);
}

TEST(every_synthetic_vector_is_judged_as_intels_library_did)
{
    if (samples_are_absent("synthetic TDX vectors"))
        return;
    EXPECT(samples_each("synthetic-dcap", "tdx-", compare) == 53);
}

static void refuse(const char *id, const struct sample *sample)
{
    (void)id;
    refuse_under_intels_root(&tdx_platform, sample);
}

/* E18 */
TEST(E18_no_synthetic_vector_passes_under_intels_root_alone)
{
    if (samples_are_absent("synthetic TDX vectors"))
        return;
    samples_each("synthetic-dcap", "tdx-", refuse);
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
