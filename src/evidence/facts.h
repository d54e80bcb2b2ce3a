/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What verification found: claims, and every check with its result. Facts, never a verdict: whether
 * an out-of-date TCB is acceptable is appraisal's to say, from written policy.
 */

#include "evidence/claims.h"

enum { CHECKS_MAX = 48, CHECK_DETAIL_SIZE = 128, TCB_STATUS_SIZE = 48 };

/* Of what has no end: the last second of 9999, as X.509 writes it. */
#define NO_END_S INT64_C(253402300799)

/* Zero is failure: a check nobody ran lets nobody in. */
enum check_result { CHECK_FAIL, CHECK_PASS, CHECK_SKIPPED };

struct check {
    const char *name;   /* a constant, like "signature" (docs/checks.md) */
    const char *reason; /* the stable code when it fails or is skipped: "SNP_SIGNATURE_INVALID" */
    enum check_result result;
    char detail[CHECK_DETAIL_SIZE]; /* for people; printable ASCII */
};

struct facts {
    const char *platform; /* "snp", "tdx" */
    const char *format;   /* "snp-report-v3", "tdx-quote-v4" */
    struct claims claims;
    struct check checks[CHECKS_MAX];
    size_t check_count;
    bool overflowed;
    int64_t
        valid_until_s; /* the earliest end of what was relied on: certificates, CRLs, TCB info */
};

/* The verdict holds only until the first thing it rests on ends. */
void facts_rely_until(struct facts *facts, int64_t end_s);

void check_pass(struct facts *facts, const char *name);
void check_fail(struct facts *facts, const char *name, const char *reason, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Not decided here: nothing to check against, or a matter of policy. */
void check_skip(struct facts *facts, const char *name, const char *reason, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Passes when `result` is OK; fails with its constant phrase otherwise. */
void check_status(struct facts *facts, const char *name, const char *reason, status result);
/* A check of other evidence, under a name of ours; `reason` replaces its own, unless it is NULL. */
void check_copy(struct facts *facts, const char *name, const char *reason,
                const struct check *check);
const struct check *facts_check(const struct facts *facts, const char *name);

/* True when at least "signature", "chain" and "binding"-if-asked passed and no check failed. */
bool facts_authentic(const struct facts *facts);
