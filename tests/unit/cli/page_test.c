/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/page.h"

#include "test.h"

#include <stdlib.h>

extern const struct platform snp_platform, tdx_platform, nvidia_platform;

/* The page of these claims. */
static const char *page_of(const struct platform *platform, const struct claims *claims)
{
    static char text[16384];
    struct facts *const facts = calloc(1, sizeof *facts);
    FILE *const out = fmemopen(text, sizeof text, "w");
    facts->format = "a-format";
    facts->claims = *claims;
    page_print(out, platform, facts);
    fclose(out);
    free(facts);
    return text;
}

static bool says(const char *page, const char *line)
{
    const bool found = strstr(page, line) != NULL;
    if (!found)
        printf("  not said: %s\n%s", line, page);
    return found;
}

TEST(a_page_says_what_the_evidence_is_of_and_that_nobody_judged_it)
{
    for (size_t i = 0; platform_at(i); i++) {
        const struct claims none = {0};
        const char *const page = page_of(platform_at(i), &none);
        EXPECT(says(page, platform_at(i)->title));
        EXPECT(says(page, "(a-format)"));
        EXPECT(says(page, "not judged"));
        EXPECT(says(page, "no measurement"));
    }
}

TEST(an_ordinary_guest_has_nothing_unusual)
{
    static const uint8_t bytes[48] = {1};
    struct claims claims = {0};
    claim_bytes(&claims, "measurement", SLICE(bytes));
    claim_bytes(&claims, "report_data", SLICE(bytes));
    claim_flag(&claims, "debug", false);
    claim_text(&claims, "tcb_status", "UpToDate");
    claim_text(&claims, "platform.unknown_bits", "0x0");
    EXPECT(says(page_of(&snp_platform, &claims), "unusual\n  nothing\n"));
}

TEST(what_a_policy_would_want_to_know_comes_first)
{
    static const uint8_t zeros[64];
    struct claims claims = {0};
    claim_bytes(&claims, "measurement", (slice){(const uint8_t *)"\1\2", 2});
    claim_bytes(&claims, "report_data", SLICE(zeros));
    claim_flag(&claims, "debug", true);
    claim_flag(&claims, "migratable", true);
    claim_text(&claims, "tcb_status", "OutOfDate");
    claim_number(&claims, "trailing_bytes", 12);
    claim_flag(&claims, "collateral_not_yet_valid", true);
    const char *const page = page_of(&tdx_platform, &claims);
    EXPECT(says(page, "  report_data: (64 zero bytes): nobody asked"));
    EXPECT(says(page, "  debug: true: somebody outside may look"));
    EXPECT(says(page, "  migratable: true: somebody may move it"));
    EXPECT(says(page, "  tcb_status: OutOfDate: its vendor wants"));
    EXPECT(says(page, "  trailing_bytes: 12: bytes follow"));
    EXPECT(says(page, "  collateral_not_yet_valid: true: something"));
    EXPECT(strstr(page, "unusual") < strstr(page, "claims"));
    EXPECT(!strstr(page, "  nothing\n"));
}

TEST(evidence_of_a_device_is_told_to_carry_no_link)
{
    const struct claims none = {0};
    EXPECT(says(page_of(&nvidia_platform, &none), "no link can rest on it alone"));
    EXPECT(!strstr(page_of(&snp_platform, &none), "no link"));
}

TEST(claims_of_one_group_stand_below_its_name_which_is_said_once)
{
    struct claims claims = {0};
    claim_number(&claims, "vmpl", 1);
    claim_number(&claims, "reported_tcb.snp", 24);
    claim_number(&claims, "reported_tcb.tee", 0);
    claim_number(&claims, "body.list.first", 7);
    claim_number(&claims, "body.list.second", 8);
    claim_number(&claims, "body.other", 9);
    claim_bytes(&claims, "family_id", (slice){0});
    EXPECT(says(page_of(&snp_platform, &claims), "claims\n"
                                                 "  vmpl                           1\n"
                                                 "  reported_tcb\n"
                                                 "    snp                          24\n"
                                                 "    tee                          0\n"
                                                 "  body\n"
                                                 "    list\n"
                                                 "      first                      7\n"
                                                 "      second                     8\n"
                                                 "    other                        9\n"
                                                 "  family_id                      (empty)\n"));
}

/* O2 */
TEST(O2_a_stranger_cannot_move_the_cursor_or_begin_a_line)
{
    struct claims claims = {0};
    claim_text(&claims, "tcb_status", "\x1b[2J\nunusual");
    const char *const page = page_of(&tdx_platform, &claims);
    EXPECT(says(page, "\\x1b[2J\\x0aunusual: its vendor"));
    EXPECT(!strchr(page, '\x1b'));
}
