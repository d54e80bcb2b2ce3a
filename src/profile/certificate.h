/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Certificates that a responder makes for itself inside its TEE. Nobody vouches for them but the
 * evidence: they give SPDM the form that it wants around a key.
 * spec: RFC 5280, "Certificate and Certificate Extensions Profile"; DSP0274 1.4, "Leaf
 *       certificate"; docs/spdm-cpu-tee-profile.md, "Certificates"
 */

#include "crypto/issue.h"
#include "evidence/platform.h"

struct profile_certificate {
    const char *name; /* the leaf's common name, without '/' or '=' */
    int64_t not_before_s;
    int64_t not_after_s;
    slice tagged; /* key-bound evidence for the key (evidence/tagged.h); may be empty */
};

/*
 * The claims that name the key, and the report data that evidence for them must carry: what is
 * collected over it, and given to tagged_write() with the claims.
 */
status profile_key_claims(const struct private_key *key, struct buffer *out_claims,
                          uint8_t out_binding[BINDING_SIZE]);

/* Root and leaf in DER, for spdm_chain_write(). The root's key is made for the leaf's sake and
 * forgotten. */
status profile_certificate_chain(const struct profile_certificate *request,
                                 const struct private_key *key, struct buffer *out_certificates);

/* One self-signed certificate, as the draft has it. The key is on P-256 or P-384. */
status profile_certificate_alone(const struct profile_certificate *request,
                                 const struct private_key *key, struct buffer *out_certificate);
