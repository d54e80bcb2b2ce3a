/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/hints.h"

#include <stddef.h>
#include <string.h>

/* By what every platform's codes have in common; the first that fits is told. */
static const struct {
    const char *part, *hint;
} hints[] = {
    {"ROOT_UNTRUSTED", "no vendor's root: name a simulator's or test root with --trust, if it is "
                       "meant to count"},
    {"BINDING_MISMATCH", "made for other report data than --report-data: somebody else's, or an "
                         "earlier one"},
    {"SIGNATURE_INVALID", "changed after it was signed, or signed by another key: collect it "
                          "again"},
    {"CRL_MISSING", "give the vendor's revocation lists with --endorsements"},
    {"COLLATERAL_MISSING", "give Intel's TCB info and QE identity with --endorsements"},
    {"CERTIFICATE_MISSING", "give the vendor's certificates with --endorsements"},
    {"CHAIN_INCOMPLETE", "give the vendor's certificates with --endorsements"},
    {"NOT_YET_VALID", "the clock is wrong, or --at is too early"},
    {"EXPIRED", "fetch fresh ones, or judge as of another time with --at"},
    {"REVOKED", "the vendor withdrew it: do not use this machine"},
    {"CHIP_ID_MASKED", "names no particular chip: pin the guest otherwise, or unmask the id"},
    {"DEBUG", "its host can look into it: start the guest without debugging"},
    {"MIGRA", "a migration agent can take it elsewhere: start the guest without one"},
    {"VMPL", "asked from another privilege level than the policy wants"},
    {"TCB", "update the platform's firmware, or accept this level in the policy"},
    {"MEASUREMENT", "other code than the policy pins: compare the measurement with the build's"},
    {"EVIDENCE_TRUNCATED", "the file was cut"},
    {"EVIDENCE_UNREADABLE", "check the file's name and rights"},
};

const char *hint_for(const char *reason)
{
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
        if (strstr(reason, hints[i].part))
            return hints[i].hint;
    return NULL;
}
