/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Judges facts against policy. Knows no TEE and no channel. */

#include "appraisal/policy.h"
#include "evidence/facts.h"

enum { REASONS_MAX = 32, REASON_SIZE = 64 };

/* Zero refuses: a result nobody filled in lets nobody in. */
enum verdict {
    VERDICT_NONE,
    VERDICT_MALFORMED,
    VERDICT_UNAUTHENTIC,
    VERDICT_DENIED,
    VERDICT_ACCEPTED,
};
const char *verdict_name(enum verdict verdict); /* "accepted", as in `cix verify --json` */

/* What stays the same over a link's life; compared between rounds. */
struct identity {
    struct digest measurement; /* SHA-384 over the platform's name and its code claims */
    struct digest instance;    /* SHA-384 over the claims that name this machine or guest */
    /* Both: then over those of each device, in order. */
};

struct appraisal {
    enum verdict verdict;
    char reasons[REASONS_MAX][REASON_SIZE]; /* stable codes (docs/reasons.md), most telling first */
    size_t reason_count;
    int64_t valid_until_s; /* Unix time; 0 unless accepted */
    struct identity identity;
};

/* There is nothing to appraise, or no need: refused for this reason. */
void appraisal_refuse(struct appraisal *out, enum verdict verdict, const char *reason);

/*
 * Appraises `facts` under `policy` (NULL: authenticity only) as of `now_s` (Unix time).
 *
 * A denial is a result, not a failure: the call returns OK and `out` says why.
 * `peer_key_digest` is the SHA-384 of the SubjectPublicKeyInfo that the channel proved, for
 * policies that pin an enrolled key; empty outside a channel.
 * spec: RFC 9334, "Verifier"; docs/policy.md
 */
status appraise(const struct facts *facts, const struct policy *policy, slice peer_key_digest,
                int64_t now_s, struct appraisal *out);

/*
 * The same of a TEE with devices for which its evidence vouches. Each must be authentic and bound,
 * and fit another one of the `devices:` of the entry that accepts the TEE, all of which are wanted.
 */
status appraise_with_devices(const struct facts *facts, const struct facts *devices,
                             size_t device_count, const struct policy *policy,
                             slice peer_key_digest, int64_t now_s, struct appraisal *out);

/*
 * Appends to `out` the reasons why `later` may not follow `first` on one link: another measurement
 * or instance, or a TCB that went down. Turns `later` into a denial when there is one.
 */
void appraise_again(const struct facts *first, const struct appraisal *first_appraisal,
                    const struct facts *later, struct appraisal *later_appraisal);
