/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The attestation token of an Arm CCA realm: a collection of two signed tokens, the platform's,
 * made once a boot, and the realm's, whose key (RAK) the platform's vouches for.
 * spec: Realm Management Monitor specification (DEN0137), "Realm attestation";
 * draft-ffm-rats-cca-token
 */

#include "evidence/arm/components.h"
#include "evidence/cose.h"

enum { CCA_CHALLENGE_SIZE = 64 };

enum cca_platform_field {
    CCA_PLATFORM_PROFILE,
    CCA_PLATFORM_CHALLENGE, /* the hash of the RAK */
    CCA_IMPLEMENTATION_ID,
    CCA_INSTANCE_ID,
    CCA_CONFIGURATION,
    CCA_LIFECYCLE,
    CCA_HASH_ALGORITHM,
    CCA_VERIFICATION_SERVICE,
    CCA_COMPONENTS,
    CCA_PLATFORM_FIELDS,
};

enum cca_realm_field {
    CCA_REALM_PROFILE,
    CCA_CHALLENGE,
    CCA_PERSONALISATION_VALUE,
    CCA_REALM_HASH_ALGORITHM,
    CCA_RAK,
    CCA_INITIAL_MEASUREMENT,
    CCA_EXTENSIBLE_MEASUREMENTS,
    CCA_RAK_HASH_ALGORITHM,
    CCA_REALM_INSTANCE_ID, /* from the second realm profile on, as the next */
    CCA_REALM_CLAIM_44243,
    CCA_REALM_FIELDS,
};

enum { CCA_REMS = 4 }; /* extensible measurements of a realm */

/* Slices are borrowed from the evidence. */
struct cca_token {
    uint64_t collection_tag; /* 399, or 907 for a conceptual message wrapper */
    struct cose_message platform, realm;
    struct token_value platform_values[CCA_PLATFORM_FIELDS];
    struct token_value realm_values[CCA_REALM_FIELDS];
    slice rems[CCA_REMS];
    struct arm_components components;
};

/* True when the bytes begin as one; cheap. */
bool cca_token_begins(slice bytes);

status cca_token_read(slice bytes, struct cca_token *out);

void cca_token_claim(struct claims *claims, const struct cca_token *token);
