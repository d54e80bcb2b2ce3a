/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What was proved: a decision, its reasons, and everything that was found on the way. A verdict
 * never changes; whatever its functions return is borrowed from it.
 */

#include "cix/context.h"

#ifdef __cplusplus
extern "C" {
#endif

struct cix_verdict;

/* Zero refuses. */
enum cix_decision {
    CIX_DECISION_NONE = 0,
    CIX_DECISION_MALFORMED = 1,   /* not evidence that we can read */
    CIX_DECISION_UNAUTHENTIC = 2, /* a signature, chain, revocation or binding failed */
    CIX_DECISION_DENIED = 3,      /* authentic, and policy says no */
    CIX_DECISION_ACCEPTED = 4,
};

/* What the evidence was tied to. */
enum cix_binding {
    CIX_BINDING_NONE = 0,    /* nothing was compared */
    CIX_BINDING_GIVEN = 1,   /* the bytes that the caller of cix_verify() gave */
    CIX_BINDING_CHANNEL = 2, /* this channel's session, both its keys, direction and round */
};

/* NULL counts as a verdict that refuses. */
CIX_API enum cix_decision cix_verdict_decision(const struct cix_verdict *verdict);
CIX_API enum cix_binding cix_verdict_binding(const struct cix_verdict *verdict);

/* Whether a nonce of ours is in the evidence: true for channels. */
CIX_API bool cix_verdict_is_fresh(const struct cix_verdict *verdict);

/* The n-th stable reason code (docs/reasons.md), most telling first; NULL past the last. */
CIX_API const char *cix_verdict_reason(const struct cix_verdict *verdict, size_t index);

/* "tdx", "tdx-quote-v4"; NULL when it was not found out. */
CIX_API const char *cix_verdict_platform(const struct cix_verdict *verdict);
CIX_API const char *cix_verdict_format(const struct cix_verdict *verdict);

/* From 1 on channels; 0 elsewhere. */
CIX_API uint32_t cix_verdict_round(const struct cix_verdict *verdict);

/* Unix time up to which everything that was relied on is good; 0 unless accepted. */
CIX_API int64_t cix_verdict_valid_until_s(const struct cix_verdict *verdict);

/* SHA-384 over what was measured, and over what names the instance; empty unless accepted. */
CIX_API struct cix_slice cix_verdict_measurement(const struct cix_verdict *verdict);
CIX_API struct cix_slice cix_verdict_instance(const struct cix_verdict *verdict);

/* Numbers keep their meaning; later versions may add some. */
enum cix_claim_kind {
    CIX_CLAIM_NONE = 0,
    CIX_CLAIM_BYTES = 1,
    CIX_CLAIM_NUMBER = 2,
    CIX_CLAIM_FLAG = 3,    /* `number` is 0 or 1 */
    CIX_CLAIM_TEXT = 4,    /* not NUL-terminated */
    CIX_CLAIM_TEXTS = 5,   /* texts, each ended by a NUL */
    CIX_CLAIM_NUMBERS = 6, /* one byte each */
};

struct cix_claim {
    const char *name; /* docs/claims.md */
    enum cix_claim_kind kind;
    uint64_t number;
    struct cix_slice value;
};

/* False past the last, and when there is no claim of that name. Claims are facts only when the
 * decision is ACCEPTED or DENIED: before that, nobody vouches for them. */
CIX_API bool cix_verdict_claim(const struct cix_verdict *verdict, size_t index,
                               struct cix_claim *out);
CIX_API bool cix_verdict_claim_named(const struct cix_verdict *verdict, const char *name,
                                     struct cix_claim *out);

enum cix_check_result { CIX_CHECK_FAIL = 0, CIX_CHECK_PASS = 1, CIX_CHECK_SKIPPED = 2 };

struct cix_check {
    const char *name; /* "signature"; docs/checks.md */
    enum cix_check_result result;
    const char *detail; /* for people; printable ASCII; may be empty */
};
CIX_API bool cix_verdict_check(const struct cix_verdict *verdict, size_t index,
                               struct cix_check *out);

/*
 * Verifies evidence (as the vendor's tools write it, in hex, base64 or PEM, or as CMW) under the
 * context's policy as of `now_s` (Unix time); without a policy it judges authenticity only.
 *
 * `binding` is the bytes that the evidence must carry; empty: nothing is compared, and the verdict
 * says so. A refusal is a result, not a failure: the answer is CIX_OK and the verdict says why.
 * `endorsements` came with the evidence and are trusted no more than it; may be empty.
 * `out` is the caller's; cix_verdict_free() it. Blocks for about a millisecond. Thread-safe.
 * spec: RFC 9334, "Verifier"
 */
CIX_API CIX_MUST_USE enum cix_result cix_verify(const struct cix_context *context,
                                                struct cix_slice evidence, struct cix_slice binding,
                                                struct cix_slice endorsements, int64_t now_s,
                                                struct cix_verdict **out);

/* Only for verdicts of cix_verify(). NULL is allowed. */
CIX_API void cix_verdict_free(struct cix_verdict *verdict);

#ifdef __cplusplus
}
#endif
