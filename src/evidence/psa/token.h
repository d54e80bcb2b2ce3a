/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The initial attestation token of a PSA device, in the first profile and the second (and RFC
 * 9783's, which is the second by another name).
 * spec: RFC 9783, "PSA Claims" and "Backwards Compatibility Considerations"
 */

#include "evidence/arm/components.h"
#include "evidence/cose.h"

enum psa_field {
    PSA_NONCE,
    PSA_CLIENT_ID,
    PSA_LIFECYCLE,
    PSA_IMPLEMENTATION_ID,
    PSA_INSTANCE_ID,
    PSA_BOOT_SEED,
    PSA_CERTIFICATION_REFERENCE,
    PSA_VERIFICATION_SERVICE,
    PSA_COMPONENTS,
    PSA_NO_COMPONENTS, /* the first profile's, in place of them */
    PSA_FIELDS,
};

/* Slices are borrowed from the evidence. */
struct psa_token {
    struct cose_message message;
    unsigned profile; /* 1 or 2 */
    slice profile_name;
    struct token_value values[PSA_FIELDS];
    struct arm_components components;
};

/* True when the bytes begin as one; cheap. */
bool psa_token_begins(slice bytes);

/* Reads a COSE_Mac0 too: what it claims can be looked at, though not be believed. */
status psa_token_read(slice bytes, struct psa_token *out);

void psa_token_claim(struct claims *claims, const struct psa_token *token);
