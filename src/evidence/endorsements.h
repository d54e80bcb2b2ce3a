/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What vendors publish about their hardware, and whom the caller trusts besides the pinned roots.
 * Files are told apart by content; nothing in here is believed until it chains to a pinned or
 * trusted root.
 */

#include "codec/json.h"
#include "crypto/certificate.h"

enum { ENDORSEMENTS_MAX = 96, TRUST_ANCHORS_MAX = 16, ENDORSEMENT_SIZE_MAX = 4 << 20 };

enum endorsement_kind {
    ENDORSEMENT_NONE,
    ENDORSEMENT_CERTIFICATE, /* `certificate` is set */
    ENDORSEMENT_CRL,         /* `crl` is set */
    ENDORSEMENT_TCB_INFO,    /* Intel PCS JSON, {"tcbInfo":...,"signature":...} */
    ENDORSEMENT_QE_IDENTITY, /* {"enclaveIdentity":...,"signature":...} */

    /* In forms that only one vendor uses: evidence/vendor_forms.h. */
    ENDORSEMENT_SEV_CERTIFICATE,
    ENDORSEMENT_CSV_CERTIFICATE,
    ENDORSEMENT_ANDROID_REVOCATION, /* `json` is set, unless it cannot be read */
    ENDORSEMENT_EVENT_LOG,
};

struct endorsement {
    enum endorsement_kind kind;
    struct buffer bytes; /* as received */
    struct certificate certificate;
    struct crl crl;
    struct json json;
};

/*
 * Whom the caller trusts beside the pinned roots: the issuer of a chain, or a key that signs
 * evidence itself where no vendor has a root.
 */
struct trust_anchor {
    struct digest key;              /* SHA-384 of its SubjectPublicKeyInfo: this decides */
    struct public_key public_key;   /* empty when it is of a kind that we do not use */
    struct certificate certificate; /* empty when it came in another form than X.509 */
};

struct memory;

struct endorsements {
    struct endorsement items[ENDORSEMENTS_MAX];
    size_t count;
    struct trust_anchor anchors[TRUST_ANCHORS_MAX];
    size_t anchor_count;
    struct memory *memories; /* evidence/memory.h */

    struct extension_memory *extensions; /* what peers sent along: evidence/extension.h */

    /* Set by endorsements_extend(): the first items and all anchors are lent by it. */
    const struct endorsements *base;
    size_t lent_count;
};
void endorsements_clear(struct endorsements *endorsements);

/*
 * Starts `out` with all that `base` holds, lent: for what a peer sends along with its evidence,
 * which is then added to `out` and goes with it; `out` takes no trust anchors of its own. `base`
 * must outlive `out` and stay as it is. What `base` remembers (caches) may be used for whatever its
 * own items decide.
 */
void endorsements_extend(const struct endorsements *base, struct endorsements *out);

/*
 * Adds whatever `file` holds: PEM (any number of blocks), one DER certificate or CRL (also in hex,
 * as Intel's caching service writes CRLs), an AMD certificate table, Intel JSON, a bundle of
 * these in JSON (evidence/bundle.h), or objects in a vendor's own form, one after another. An
 * object already present is not added again. UNSUPPORTED when it is none of these, MALFORMED when
 * what it holds cannot be read, EXHAUSTED past the limits; then nothing of it is added. Unknown
 * objects inside a table or among PEM blocks are skipped.
 */
status endorsements_add(struct endorsements *endorsements, slice file);

/*
 * Adds what is in `file` as trust anchors: certificates (PEM or DER), a public key (PEM or DER), or
 * one in a vendor's own form (evidence/vendor_forms.h). UNSUPPORTED when it holds none.
 */
status endorsements_trust(struct endorsements *endorsements, slice file);

/* The SHA-384 of the SubjectPublicKeyInfo of a vendor root, pinned from the vendor's publication.
 */
struct pinned_root {
    const char *name; /* "ARK-Milan" */
    const char *spki_sha384_hex;
};

enum root_trust { ROOT_UNTRUSTED, ROOT_PINNED, ROOT_BY_CALLER };

/*
 * Whether `root` is one of `pinned` or an anchor of the caller's. `out_name` is the pinned
 * name, or "trusted by the caller". Decided by key, never by name.
 */
enum root_trust endorsements_root(const struct endorsements *endorsements,
                                  const struct pinned_root *pinned, size_t pinned_count,
                                  const struct certificate *root, const char **out_name);
enum root_trust endorsements_root_key(const struct endorsements *endorsements,
                                      const struct pinned_root *pinned, size_t pinned_count,
                                      const struct public_key *root, const char **out_name);
