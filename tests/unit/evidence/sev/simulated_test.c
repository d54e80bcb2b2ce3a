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

/* `owner` is whose OCA comes with the certificates of `vendor`. */
static void expect_failure(const struct sim_sev_vendor *vendor, const struct sim_sev_vendor *owner,
                           slice report, const char *check, const char *reason)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(endorsements) endorsements = {0};
    const struct verification request = {
        .evidence = report, .endorsements = &endorsements, .now_s = 1767225600};
    for (int i = SIM_SEV_ASK; i < SIM_SEV_PDH; i++) {
        const struct sim_sev_vendor *const from = i == SIM_SEV_OCA ? owner : vendor;
        EXPECT_OK(endorsements_add(&endorsements, buffer_view(&from->certificates[i])));
    }
    EXPECT_OK(endorsements_trust(&endorsements, buffer_view(&vendor->certificates[SIM_SEV_ARK])));
    EXPECT_OK(sev_platform.verify(&request, facts));
    const struct check *const found = facts_check(facts, check);
    EXPECT(found && found->result == CHECK_FAIL && strcmp(found->reason, reason) == 0);
    EXPECT(!facts_authentic(facts));
    free(facts);
}

static void make_vendor(struct sim_sev_vendor *out)
{
    SCOPED(buffer) text = {0};
    EXPECT_OK(sim_sev_vendor_make(&text));
    EXPECT_OK(sim_sev_vendor_read(buffer_view(&text), out));
}

TEST(what_nobody_signed_of_a_report_and_a_strangers_owner_are_refused)
{
    enum { ALGORITHM = 0x38, RESERVED = 0x3c };
    static const uint8_t mnonce[16] = {1};
    const struct sim_sev_settings settings = sim_sev_defaults();
    SCOPED(sim_sev_vendor) vendor = {0};
    SCOPED(sim_sev_vendor) stranger = {0};
    SCOPED(buffer) report = {0};
    make_vendor(&vendor);
    make_vendor(&stranger);
    EXPECT_OK(sim_sev_report(&vendor, &settings, SLICE(mnonce), &report));
    expect_failure(&vendor, &stranger, buffer_view(&report), "owner",
                   "SEV_OWNER_SIGNATURE_INVALID");
    report.data[RESERVED] = 1;
    expect_failure(&vendor, &vendor, buffer_view(&report), "reserved", "SEV_RESERVED_NOT_ZERO");
    report.data[RESERVED] = 0;
    report.data[ALGORITHM] = 1; /* RSA */
    expect_failure(&vendor, &vendor, buffer_view(&report), "signature_algorithm",
                   "SEV_SIGNATURE_ALGORITHM_UNSUPPORTED");
}
