/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which claims a platform's evidence can make: a policy that names any other is a mistake, and is
 * told so before it meets evidence. Appraisal learns here what a claim is about, so that it knows
 * no platform by name.
 */

#include "evidence/claims.h"

enum claim_meaning {
    CLAIM_MEANS_ITSELF, /* only what a policy writes about it */

    /* The same in every round of a link. */
    CLAIM_MEANS_MEASUREMENT, /* the code; what `measurement:` in a policy pins */
    CLAIM_MEANS_CODE,        /* more about the code and how it was launched */
    CLAIM_MEANS_INSTANCE,    /* this chip, platform or guest and no other */

    CLAIM_MEANS_TCB, /* a version, or bytes of one each: may only rise during a link */

    /* True is denied, unless a policy allows it by an insecure_ key. */
    CLAIM_MEANS_DEBUG,       /* somebody outside may look into the TEE */
    CLAIM_MEANS_MIGRATION,   /* somebody may move the TEE to another machine */
    CLAIM_MEANS_PROVISIONAL, /* the firmware may still be rolled back */

    CLAIM_MEANS_NOT_YET_VALID, /* true: some of the collateral begins only after now */
};

struct claim_name {
    const char *name; /* NULL ends a table */
    enum claim_kind kind;
    size_t size;       /* of BYTES, or how many NUMBERS; 0: it varies */
    size_t other_size; /* BYTES that come in two sizes; 0: they do not */
    enum claim_meaning meaning;
    const char *pin;           /* its key under `identity:` in policies; NULL: it names nobody */
    const char *const *values; /* every TEXT a policy may ask for, NULL-ended; NULL: any */
};
