/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Tagged evidence of interoperable RA-TLS: evidence beside the claims whose hash it carries, first
 * among them the hash of a public key; by itself, or in an extension of a certificate of that key.
 * It is bound to that key and to no session: never evidence for a link of ours.
 * spec: CCC Attestation SIG, interoperable RA-TLS; TCG DICE Attestation Architecture, "Evidence"
 */

#include "crypto/hash.h"
#include "evidence/platform.h"

enum { TAGGED_CLAIMS_SIZE_MAX = 4 << 10, TAGGED_CLAIMS_MAX = 16 };

/* Slices are borrowed from what was read. */
struct tagged {
    uint64_t tag;
    slice evidence;
    slice claims; /* deterministic or not, its bytes are what was hashed; empty: nothing is bound */
};

bool tagged_begins(slice bytes);
status tagged_read(slice bytes, struct tagged *out);

/*
 * OK when the evidence is of a platform of this build and of the tag, and carries the hash of the
 * claims, SHA-256 or SHA-384, and no more. UNSUPPORTED and MALFORMED otherwise.
 */
status tagged_check(const struct tagged *tagged);

/* The hash of the claims that the evidence carries; MALFORMED when it carries neither. */
status tagged_binding(const struct tagged *tagged, const struct platform *platform,
                      struct digest *out);

/* The hash of a key that the claims name; HASH_NONE where they name none. */
status tagged_key_hash(const struct tagged *tagged, enum hash *out_hash, slice *out_digest);

/*
 * True when `der` is a certificate with tagged evidence in it; read by tagged_of_certificate(),
 * which fails UNAUTHENTIC when the claims name another key than the certificate's, and MALFORMED
 * when they name none: anybody could have put such evidence into it.
 */
bool tagged_certificate_begins(slice der);
status tagged_of_certificate(slice der, struct buffer *out_tagged);

/* ---- making it ---- */

/* Claims that name a key, by the SHA-256 of its SubjectPublicKeyInfo. */
status tagged_claims_write(slice spki, struct buffer *out);

/* UNSUPPORTED when no tag is registered for the platform. */
status tagged_write(const struct platform *platform, slice evidence, slice claims,
                    struct buffer *out);
