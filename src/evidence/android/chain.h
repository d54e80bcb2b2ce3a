/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The certificates that a device hands out for a key: DER, one after another, that of the key
 * first. Links are asked about one by one, so that a key of a kind that we cannot use (ML-DSA) may
 * be attested: only what issues certificates needs a key that we can verify with.
 */

#include "evidence/android/key_description.h"
#include "evidence/recollection.h"

enum { ANDROID_CHAIN_MAX = 10 };

struct android_chain {
    struct certificate certificates[ANDROID_CHAIN_MAX]; /* leaf first */
    size_t count;
    size_t described; /* whose key is attested: the one nearest to the root that says so */
    size_t description_count;
    slice extension; /* of that one */
};
void android_chain_clear(struct android_chain *chain);

/* True when `evidence` begins with a certificate that has the extension. Cheap. */
bool android_chain_begins(slice evidence);

/* MALFORMED when it is not a row of certificates, or none has the extension. */
status android_chain_read(slice evidence, struct android_chain *out);

/* What is true of a chain above its leaf, whoever the leaf is. */
struct android_issuers {
    const struct certificate *root; /* of the chain, or the caller's; NULL: missing */
    enum root_trust trust;
    status verified; /* each certificate from the leaf's issuer on was issued by the next */
};

struct android_known {
    struct recollection recollection; /* by what is above the leaf */
    struct buffer leaf;
    struct android_chain chain;
    struct android_issuers issuers;
};

/*
 * Reads a chain and looks at what is above its leaf, unless endorsements remember it: a device seen
 * before costs only the signature on its key's certificate. They must not change while a
 * verification under them is running. Fails as android_chain_read().
 */
status android_chain_acquire(slice evidence, const struct endorsements *endorsements,
                             struct android_known **out);
void android_chain_release(struct android_known *known); /* may be NULL */

/* For who found it good, its leaf included: for each device, the last leaf is remembered too. */
void android_chain_keep(struct android_known *known, const struct endorsements *endorsements);

/* Whether the leaf was issued by the certificate above it, or by `root` when it is alone. */
status android_leaf_verify(const struct android_chain *chain, const struct certificate *root);
