/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/android/chain.h"

#include "crypto/der.h"

#include <stdlib.h>
#include <string.h>

enum { TAG_SEQUENCE = 0x30 };

/* Google's key was certified several times, and another joined it.
 * spec: Google, "Hardware attestation root certificates"; compare docs/vendor-roots.md */
static const struct pinned_root roots[] = {
    {"Google hardware attestation (RSA)",
     "937c667321056613a1407bb7f5093cf433d2c2db7ecab4ec110a9a902ccc9a79"
     "ca7063d29510e5c6714904a265127e52"},
    {"Google Key Attestation CA1",
     "bb65264cdb139198c1801d9cf87b69370d452cf8c35dcbefadec7369e27d47f1"
     "d9463bcf2ffc9eedc5496f99e811b848"},
};

/* ANDROID_KEY_DESCRIPTION_OID, as certificates have it. */
static const uint8_t description_oid[] = {0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04,
                                          0x01, 0xd6, 0x79, 0x02, 0x01, 0x11};

void android_chain_clear(struct android_chain *chain)
{
    for (size_t i = 0; i < chain->count; i++)
        certificate_clear(&chain->certificates[i]);
    *chain = (struct android_chain){0};
}

/* Takes the first certificate of the row. */
static status take(slice *row, slice *out)
{
    struct reader reader = reader_of(*row);
    slice content;
    TRY(der_expect(&reader, TAG_SEQUENCE, &content));
    *out = (slice){row->data, row->size - reader.left.size};
    *row = reader.left;
    return OK;
}

bool android_chain_begins(slice evidence)
{
    slice leaf;
    return !take(&evidence, &leaf).fault && leaf.size <= CERTIFICATE_SIZE_MAX &&
           memmem(leaf.data, leaf.size, description_oid, sizeof description_oid);
}

/* The one that was put behind the last. */
static status count_in(struct android_chain *chain)
{
    slice extension;
    const struct certificate *const certificate = &chain->certificates[chain->count++];
    TRY(certificate_extension(certificate, ANDROID_KEY_DESCRIPTION_OID, &extension));
    if (extension.size) {
        chain->described = chain->count - 1;
        chain->description_count++;
        chain->extension = extension;
    }
    return OK;
}

static status add(slice der, struct android_chain *chain)
{
    if (chain->count == ANDROID_CHAIN_MAX)
        return FAIL(EXHAUSTED, "more certificates in the chain than we read");
    TRY(certificate_read(der, &chain->certificates[chain->count]));
    return count_in(chain);
}

status android_chain_read(slice evidence, struct android_chain *out)
{
    SCOPED(android_chain) chain = {0};
    do {
        slice der;
        TRY(take(&evidence, &der));
        TRY(add(der, &chain));
    } while (evidence.size);
    if (!chain.description_count)
        return FAIL(MALFORMED, "no certificate of the chain says that its key is attested");
    *out = chain;
    chain = (struct android_chain){0}; /* handed over */
    return OK;
}

static bool issued(const struct certificate *subject, const struct certificate *issuer,
                   size_t depth)
{
    return issuer->x509 &&
           !certificate_issued_by(subject, issuer, certificate_scheme(subject), (int)depth).fault;
}

/* The certificate that issued the last one: itself, or one that the caller gave. */
static const struct certificate *find_root(const struct android_chain *chain,
                                           const struct endorsements *endorsements)
{
    const size_t depth = chain->count - 1;
    const struct certificate *const last = &chain->certificates[depth];
    if (certificate_is_self_issued(last))
        return last;
    for (size_t i = 0; i < endorsements->count; i++)
        if (endorsements->items[i].kind == ENDORSEMENT_CERTIFICATE &&
            issued(last, &endorsements->items[i].certificate, depth))
            return &endorsements->items[i].certificate;
    for (size_t i = 0; i < endorsements->anchor_count; i++)
        if (issued(last, &endorsements->anchors[i].certificate, depth))
            return &endorsements->anchors[i].certificate;
    return NULL;
}

static const struct certificate *issuer_of(const struct android_chain *chain, size_t index,
                                           const struct certificate *root)
{
    return index + 1 < chain->count ? &chain->certificates[index + 1] : root;
}

static status verify_link(const struct android_chain *chain, size_t index,
                          const struct certificate *root)
{
    const struct certificate *const subject = &chain->certificates[index];
    const struct certificate *const issuer = issuer_of(chain, index, root);
    const enum signature_scheme scheme = certificate_scheme(subject);
    if (!issuer)
        return FAIL(UNAUTHENTIC, "the root that issued the last certificate is missing");
    if (scheme == SIGNATURE_NONE)
        return FAIL(UNAUTHENTIC, "a certificate is signed in a way that we do not use");
    if (issuer != subject && certificate_is_self_issued(subject))
        return FAIL(UNAUTHENTIC, "a root stands before the end of the chain");
    /* A root that issued itself is no certificate below itself. */
    return certificate_issued_by(subject, issuer, scheme, issuer == subject ? 0 : (int)index);
}

status android_leaf_verify(const struct android_chain *chain, const struct certificate *root)
{
    return verify_link(chain, 0, root);
}

static status verify_above(const struct android_chain *chain, const struct certificate *root)
{
    for (size_t i = 1; i < chain->count; i++)
        TRY(verify_link(chain, i, root));
    return root ? OK : FAIL(UNAUTHENTIC, "the root that issued the last certificate is missing");
}

static struct android_issuers examine(const struct android_chain *chain,
                                      const struct endorsements *endorsements)
{
    const char *name;
    struct android_issuers found = {.root = find_root(chain, endorsements)};
    found.verified = verify_above(chain, found.root);
    if (found.root)
        found.trust = endorsements_root(endorsements, roots, sizeof roots / sizeof roots[0],
                                        found.root, &name);
    return found;
}

/* ---- what is remembered ---- */

static const struct memory_kind kind = RECOLLECTIONS;

static void known_free(struct recollection *recollection)
{
    struct android_known *const known = (struct android_known *)recollection;
    buffer_clear(&known->leaf);
    android_chain_clear(&known->chain);
    free(known);
}

void android_chain_release(struct android_known *known)
{
    if (known)
        recollection_release(&known->recollection);
}

void android_chain_keep(struct android_known *known, const struct endorsements *endorsements)
{
    if (known->recollection.bytes.size) /* without an issuer of its own it is nobody's device */
        recollection_keep(endorsements, &kind, &known->recollection);
}

static const struct certificate *own_root(const struct android_chain *chain)
{
    return &chain->certificates[chain->count - 1];
}

/* A chain with another leaf below the same issuers. */
static status read_below(const struct android_known *above, slice leaf, struct android_known *out)
{
    struct android_chain *const chain = &out->chain;
    TRY(add(leaf, chain));
    for (size_t i = 1; i < above->chain.count; i++) {
        certificate_share(&above->chain.certificates[i], &chain->certificates[i]);
        TRY(count_in(chain));
    }
    if (!chain->description_count)
        return FAIL(MALFORMED, "no certificate of the chain says that its key is attested");
    out->issuers = above->issuers;
    if (above->issuers.root == own_root(&above->chain))
        out->issuers.root = own_root(chain);
    return OK;
}

static status read_known(slice evidence, const struct endorsements *endorsements,
                         const struct android_known *above, struct android_known *out)
{
    slice leaf, row = evidence;
    TRY(take(&row, &leaf));
    TRY(buffer_append(&out->leaf, leaf));
    TRY(buffer_append(&out->recollection.bytes, row));
    if (above)
        return read_below(above, leaf, out);
    TRY(android_chain_read(evidence, &out->chain));
    out->issuers = examine(&out->chain, endorsements);
    return OK;
}

static status acquire(slice evidence, const struct endorsements *endorsements,
                      const struct android_known *above, struct android_known **out)
{
    struct android_known *const fresh =
        (struct android_known *)recollection_new(sizeof *fresh, known_free);
    if (!fresh)
        return FAIL(EXHAUSTED, "no memory for a certificate chain");
    const status read = read_known(evidence, endorsements, above, fresh);
    if (read.fault)
        android_chain_release(fresh);
    else
        *out = fresh;
    return read;
}

status android_chain_acquire(slice evidence, const struct endorsements *endorsements,
                             struct android_known **out)
{
    slice leaf, row = evidence;
    TRY(take(&row, &leaf));
    struct android_known *const known =
        (struct android_known *)recollection_find(endorsements, &kind, row);
    if (known && slice_equal(buffer_view(&known->leaf), leaf)) {
        *out = known;
        return OK;
    }
    const status acquired = acquire(evidence, endorsements, known, out);
    android_chain_release(known);
    return acquired;
}
