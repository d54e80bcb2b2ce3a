/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Google's list of attestation certificates that are no longer believed, by serial number. Nobody
 * signs it: it is what the caller says it is, so a list that a peer sends along counts for nothing.
 * spec: Android Open Source Project, "Verify hardware-backed key pairs", "Certificate revocation"
 */

#include "evidence/android/chain.h"

enum { ANDROID_REVOCATION_SIZE_MAX = ENDORSEMENT_SIZE_MAX };

/* The size of the list that a file is; 0 when it is none. */
size_t android_revocation_size(slice file);

/* What the caller's lists say of a chain, and of the root that it may have left out. */
enum android_revocation {
    ANDROID_REVOCATION_NONE,      /* there is no list */
    ANDROID_REVOCATION_UNLISTED,  /* no certificate is listed */
    ANDROID_REVOCATION_LISTED,    /* one is, revoked or suspended, or no list could name it */
    ANDROID_REVOCATION_MALFORMED, /* a list cannot be read */
};
enum android_revocation android_revocation_of(const struct android_chain *chain,
                                              const struct certificate *root,
                                              const struct endorsements *endorsements);
