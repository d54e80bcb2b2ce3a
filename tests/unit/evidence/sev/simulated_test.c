/* SPDX-License-Identifier: Apache-2.0 */

/* The simulated platform's evidence, against what verification says of it. */

#include "evidence/platform.h"
#include "sim/sev.h"

#include "test.h"

extern const struct platform sev_platform;

static void judge(const struct sim_sev_vendor *vendor, slice evidence, bool trusted)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(endorsements) endorsements = {0};
    SCOPED(buffer) certificates = {0};
    const struct verification request = {
        .evidence = evidence, .endorsements = &endorsements, .now_s = 1767225600};
    EXPECT_OK(sim_sev_endorsements(vendor, &certificates));
    EXPECT_OK(endorsements_add(&endorsements, buffer_view(&certificates)));
    EXPECT(endorsements.count == 4); /* ASK, CEK, OCA, PEK */
    if (trusted)
        EXPECT_OK(
            endorsements_trust(&endorsements, buffer_view(&vendor->certificates[SIM_SEV_ARK])));
    EXPECT(sev_platform.recognises(evidence));
    EXPECT_OK(sev_platform.verify(&request, facts));
    EXPECT(facts_authentic(facts) == trusted);
    for (size_t i = 0; trusted && i < facts->check_count; i++)
        if (facts->checks[i].result == CHECK_FAIL)
            printf("  failed: %s (%s)\n", facts->checks[i].name, facts->checks[i].detail);
    free(facts);
}

TEST(reports_and_the_pdh_are_authentic_under_the_private_root_only)
{
    static const uint8_t mnonce[16] = {1};
    const struct sim_sev_settings settings = sim_sev_defaults();
    SCOPED(sim_sev_vendor) vendor = {0};
    SCOPED(buffer) text = {0};
    SCOPED(buffer) report = {0};
    EXPECT_OK(sim_sev_vendor_make(&text));
    EXPECT_OK(sim_sev_vendor_read(buffer_view(&text), &vendor));
    EXPECT_OK(sim_sev_report(&vendor, &settings, SLICE(mnonce), &report));
    for (int trusted = 0; trusted < 2; trusted++) {
        judge(&vendor, buffer_view(&report), trusted);
        judge(&vendor, buffer_view(&vendor.certificates[SIM_SEV_PDH]), trusted);
    }
    EXPECT_FAIL(MALFORMED, sim_sev_report(&vendor, &settings, (slice){mnonce, 15}, &report));
}
