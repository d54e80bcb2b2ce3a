/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The attestation report of a guest of SEV or SEV-ES, 208 bytes. It has no room for anything that
 * the guest chose: its nonce is the host's, so it cannot be bound to a channel.
 * spec: AMD Secure Encrypted Virtualization API, "ATTESTATION", "Guest Policy Structure"
 */

#include "base/bytes.h"

enum { SEV_REPORT_SIZE = 208, SEV_REPORT_SIGNED_SIZE = 0x34, SEV_DIGEST_SIZE = 32 };

enum {
    SEV_POLICY_NODBG = 1 << 0,
    SEV_POLICY_NOKS = 1 << 1,
    SEV_POLICY_ES = 1 << 2,
    SEV_POLICY_NOSEND = 1 << 3,
    SEV_POLICY_DOMAIN = 1 << 4,
    SEV_POLICY_SEV = 1 << 5,
};

/* Slices are borrowed from the evidence. */
struct sev_report {
    slice mnonce;
    slice measurement;
    uint32_t policy;
    uint32_t signature_algorithm;
    uint32_t reserved;
    slice signed_bytes, signature;
};

/* TRUNCATED or MALFORMED when it is of another size, UNSUPPORTED when no PEK signed it: that its
 * signature is of one, which nobody signed, is all that tells it from other bytes. */
status sev_report_read(slice bytes, struct sev_report *out);
