/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is trusted, what is accepted, and who we are: built once, shared by every thread, never
 * changed. A new policy is a new context; channels keep the one they were opened with.
 */

#include "cix/result.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Zero is refused: whoever builds a context says what it is for. */
enum cix_use {
    CIX_USE_NONE = 0,
    CIX_USE_CHANNELS = 1,  /* channels, and cix_verify() */
    CIX_USE_VERIFYING = 2, /* cix_verify() only: the policy need not pin anything, or be there */
};

/*
 * Everything is copied; nothing is read from files but what cix_collect() reads. All zero, with
 * `size` set, is refused. Fields may be added at the end; `size` says which the caller knows.
 */
struct cix_config {
    size_t size; /* sizeof(struct cix_config) */
    enum cix_use use;
    int64_t now_s; /* Unix time: dates the certificate that is made here */

    /*
     * YAML text (docs/policy.md), or the name of a built-in policy. For channels it must pin a
     * measurement and an identity, or say insecure_any_measurement / insecure_any_instance.
     * Its trust: and endorsements: may name no files: their content goes below.
     */
    struct cix_slice policy;

    /* Without a policy: channels accept whoever connects. One-way attestation needs it on the
     * side that proves; anywhere else it is what its name says. */
    bool insecure_skip_appraisal;

    /* Each PEM or DER: roots besides the pinned vendor roots, for simulators and tests. */
    const struct cix_slice *trust;
    size_t trust_count;

    /* Each a certificate, CRL, AMD certificate table or Intel JSON, told by content. */
    const struct cix_slice *endorsements;
    size_t endorsement_count;

    /* How often the peer proves itself again; 0: when what its verdict relied on runs out. */
    uint32_t reattest_s;

    /* The platform to prove with ("snp", "tdx"); NULL: have no evidence to give. */
    const char *attest;

    /* configfs-tsm's report folder, for cix_collect(); NULL: the kernel's. */
    const char *tsm_root;

    /* Both empty: a P-256 key made here and known to nobody else, which is best inside a TEE. */
    struct cix_slice certificate_pem;
    struct cix_slice key_pem;
};

struct cix_context;

enum { CIX_PROBLEM_SIZE = 320 };

/*
 * Builds a context. `out_problem`, when not NULL, holds CIX_PROBLEM_SIZE bytes and is told in words
 * what is wrong whenever the answer is not CIX_OK ("policy, line 4: ...").
 *
 * Fails CIX_INVALID for a config that contradicts itself, CIX_MALFORMED for a policy, trust
 * anchor or endorsement that cannot be read, CIX_DENIED for a policy that may not guard channels,
 * CIX_UNSUPPORTED for a platform or kind of key that this build does not have.
 * `out` is the caller's; cix_context_free() it. Thread-safe.
 */
CIX_API CIX_MUST_USE enum cix_result cix_context_build(const struct cix_config *config,
                                                       struct cix_context **out, char *out_problem);

/* Lets go of it; it ends with its last channel. NULL is allowed. Thread-safe. */
CIX_API void cix_context_free(struct cix_context *context);

/* SHA-384 of our own public key (DER SubjectPublicKeyInfo): what peers pin as identity: key. */
CIX_API CIX_MUST_USE enum cix_result cix_context_key_digest(const struct cix_context *context,
                                                            uint8_t out[48]);

/* Bytes that the library made; cix_bytes_clear() them. All zero is empty. */
struct cix_bytes {
    uint8_t *data;
    size_t size;
};
CIX_API void cix_bytes_clear(struct cix_bytes *bytes);

/*
 * Collects evidence over `binding` from the hardware, of the context's platform.
 *
 * BLOCKS, from milliseconds to some seconds: never call it on an event loop. UNAVAILABLE when the
 * hardware or its quoting service does not answer, UNSUPPORTED when the context names no platform.
 * `out_endorsements` stays empty where the platform gives none. Thread-safe.
 */
CIX_API CIX_MUST_USE enum cix_result cix_collect(const struct cix_context *context,
                                                 const uint8_t binding[CIX_BINDING_SIZE],
                                                 struct cix_bytes *out_evidence,
                                                 struct cix_bytes *out_endorsements);

#ifdef __cplusplus
}
#endif
