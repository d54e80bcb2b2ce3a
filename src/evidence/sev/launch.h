/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The measurement that firmware gives to a guest's owner before the guest starts: a MAC under a key
 * (TIK) that the two share, so that nobody else can check it or needs to.
 * spec: AMD Secure Encrypted Virtualization API, "LAUNCH_MEASURE"
 */

#include "crypto/hash.h"

enum { SEV_TIK_SIZE = 16, SEV_LAUNCH_NONCE_SIZE = 16 };

/* What is measured. `digest` is the launch digest, 32 bytes. */
struct sev_launch {
    uint8_t api_major, api_minor, build; /* of the firmware */
    uint32_t policy;
    slice digest;
    slice mnonce; /* the firmware's, sent behind the measurement */
};

/* `tik` is secret. MALFORMED when anything is of another size. */
status sev_launch_measure(const struct sev_launch *launch, slice tik, struct digest *out);

/*
 * Whether `measurement` (32 bytes, as LAUNCH_MEASURE returns them) is of this launch. UNAUTHENTIC
 * when not.
 */
status sev_launch_verify(const struct sev_launch *launch, slice tik, slice measurement);
