/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/hints.h"

#include <stddef.h>
#include <string.h>

/* By what every platform's codes have in common; the first that fits is told. */
static const struct {
    const char *part, *hint;
} hints[] = {
    {"ROOT_UNTRUSTED", "if a simulator's or test root is meant to count, name it with --trust"},
    {"BINDING_MISMATCH", "made for other report data: somebody else's evidence, or an earlier one"},
    {"SIGNATURE_INVALID",
     "changed after it was signed, or signed by another key: collect it again"},
    {"CRL_MISSING", "give the vendor's revocation lists with --endorsements"},
    {"COLLATERAL_MISSING", "give Intel's TCB info and QE identity with --endorsements"},
    {"CERTIFICATE_MISSING", "give the vendor's certificates with --endorsements: `cix attest "
                            "--endorsements-out` keeps what the host has"},
    {"CHAIN_", "give the certificates up to the vendor's root with --endorsements"},
    {"NOT_YET_VALID", "the clock is wrong, or --at is too early"},
    {"EXPIRED", "fetch fresh ones, or judge as of another time with --at"},
    {"OUT_OF_DATE", "fetch fresh collateral"},
    {"REVOKED", "the vendor withdrew it: do not use this machine"},
    {"MISMATCH", "report, certificates and collateral are not of one machine"},
    {"CHIP_ID_MASKED", "have the host show the chip's id, or pin a key instead"},
    {"EVIDENCE_NOT_FRESH", "ask for fresh evidence: docs/spdm-cpu-tee-profile.md"},
    {"DEBUG", "its host can look into it: start the guest without debugging"},
    {"MIGRATION", "somebody can take it elsewhere: start the guest without a migration agent"},
    {"PROVISIONAL", "the host's firmware can still be rolled back: have it committed"},
    {"VMPL", "asked from another privilege level than the policy wants"},
    {"PLATFORM_NOT_ACCEPTED", "the policy has no entry for this platform"},
    {"KEY_NOT_PROVED", "the policy pins a key, which only a link can prove"},
    {"MEASUREMENT_NOT_ACCEPTED", "other code than the policy pins: compare with the build's"},
    {"TCB_", "update the platform's firmware, or accept this level in the policy"},
    {"_NOT_ACCEPTED", "compare `cix inspect` with what the policy pins"},
    {"EVIDENCE_TRUNCATED", "the file was cut"},
    {"EVIDENCE_UNSUPPORTED", "see docs/evidence-forms.md for what can be read"},
    {"EVIDENCE_UNREADABLE", "check the file's name and rights"},
};

const char *hint_for(const char *reason)
{
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
        if (strstr(reason, hints[i].part))
            return hints[i].hint;
    return NULL;
}
