/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the cache keeps: one thing a vendor published, in one file, together with the certificates
 * that vouch for it up to a trusted root. Whatever does not verify is no object.
 */

#include "evidence/endorsements.h"

enum { OBJECT_NAME_SIZE = 224, OBJECTS_MAX = 256 };

enum object_kind {
    OBJECT_NONE,
    OBJECT_AMD_CHAIN, /* intermediate and root of a product's VCEKs or VLEKs */
    OBJECT_AMD_CRL,
    OBJECT_AMD_KEY, /* a VCEK or VLEK */
    OBJECT_INTEL_ROOT_CRL,
    OBJECT_INTEL_PCK_CRL, /* of the processor or the platform CA */
    OBJECT_INTEL_PCK,     /* the certificate of one machine at one TCB */
    OBJECT_INTEL_TCB_INFO,
    OBJECT_INTEL_QE_IDENTITY,
    OBJECT_HYGON_KEYS,         /* HSK and CEK of one chip */
    OBJECT_ANDROID_REVOCATION, /* which nobody signs: it is what the caller's address answers */
};

/* Of what has no end, and of a list that does not say when the next one comes. */
#define OBJECT_ENDLESS_S INT64_C(253402300799) /* the end of the year 9999 */
enum { ANDROID_REVOCATION_FRESH_S = 86400 };

struct object {
    enum object_kind kind;
    char name[OBJECT_NAME_SIZE]; /* of its file; says what it is for */
    struct buffer bytes;         /* PEM, or a bundle in JSON (evidence/bundle.h) */
    enum root_trust trust;
    int64_t issued_s;
    int64_t next_update_s; /* of certificates: the end of the first that ends */
    uint64_t edition;      /* Intel's tcbEvaluationDataNumber; else 0 */
};
void object_clear(struct object *object);

struct objects {
    struct object *items;
    size_t count;
};
void objects_clear(struct objects *objects);

/* Takes `object`. A name that is there already keeps whichever is the newer. */
status objects_add(struct objects *objects, struct object *object);
const struct object *objects_named(const struct objects *objects, const char *name);

/*
 * Adds every object that can be made of `pool` and ends in a root that is pinned or that `pool`
 * trusts. What does not verify is left out: if it was wanted, it is missed. EXHAUSTED past a limit.
 */
status objects_read(const struct endorsements *pool, struct objects *out);

/* Whether `next` may take the place of `stored`: not under a lesser root, not of an earlier
 * edition, and not issued earlier. */
bool object_supersedes(const struct object *next, const struct object *stored);

/* ---- for the readers of this room, one for each vendor ---- */

status objects_read_amd(const struct endorsements *pool, struct objects *out);
status objects_read_intel(const struct endorsements *pool, struct objects *out);
status objects_read_hygon(const struct endorsements *pool, struct objects *out);
status objects_read_android(const struct endorsements *pool, struct objects *out);

/* The certificates of a pool, its trust anchors too; NULL where there is none at this index. */
size_t pool_size(const struct endorsements *pool);
const struct certificate *pool_certificate(const struct endorsements *pool, size_t index);
bool is_named(const struct certificate *certificate, const char *common_name);

/* Append one PEM block; a certificate also ends the object where it ends first. */
status object_append_certificate(struct object *object, const struct certificate *certificate);
status object_append_crl(struct object *object, slice der);
