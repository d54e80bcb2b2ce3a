/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/hints.h"

#include "test.h"

static bool hints_at(const char *reason, const char *what)
{
    const char *const hint = hint_for(reason);
    const bool does = hint && strstr(hint, what);
    if (!does)
        printf("  %s: %s\n", reason, hint ? hint : "nothing");
    return does;
}

TEST(the_most_particular_hint_is_told)
{
    EXPECT(hints_at("TDX_ROOT_UNTRUSTED", "--trust"));
    EXPECT(hints_at("TDX_CRL_EXPIRED", "fresh"));
    EXPECT(hints_at("TDX_TCB_INFO_SIGNATURE_INVALID", "another key"));
    EXPECT(hints_at("TDX_TCB_INFO_MISMATCH", "one machine"));
    EXPECT(hints_at("SNP_TCB_MISMATCH", "one machine"));
    EXPECT(hints_at("SNP_TCB_BELOW_MINIMUM", "firmware"));
    EXPECT(hints_at("TDX_TCB_STATUS_NOT_ACCEPTED", "firmware"));
    EXPECT(hints_at("TDX_TCB_REVOKED", "withdrew"));
    EXPECT(hints_at("SNP_DEBUG_ALLOWED", "debugging"));
    EXPECT(hints_at("SNP_MEASUREMENT_NOT_ACCEPTED", "build's"));
    EXPECT(hints_at("TDX_BODY_RTMR1_NOT_ACCEPTED", "cix inspect"));
    EXPECT(hints_at("SNP_CERTIFICATE_MISSING", "--endorsements"));
    EXPECT(hints_at("EVIDENCE_UNREADABLE", "name"));
}

TEST(where_there_is_nothing_to_add_nothing_is_told)
{
    EXPECT(!hint_for("EVIDENCE_MALFORMED"));
    EXPECT(!hint_for(""));
}
