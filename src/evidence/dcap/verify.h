/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The checks that every DCAP quote gets, whatever its TEE: who signed it, who vouches for that, and
 * whether Intel's collateral for it is genuine and in force.
 * spec: Intel SGX and TDX DCAP Quote Verification Library, "Quote verification"
 */

#include "evidence/dcap/chain.h"
#include "evidence/dcap/quote.h"
#include "evidence/platform.h"

/* Why a check failed. Each platform spells them with its own prefix: "TDX_SIGNATURE_INVALID". */
#define DCAP_REASONS(REASON)                                                                       \
    REASON(QE_VENDOR_UNKNOWN)                                                                      \
    REASON(CERTIFICATION_UNSUPPORTED)                                                              \
    REASON(PCK_CHAIN_MISSING)                                                                      \
    REASON(CHAIN_MALFORMED)                                                                        \
    REASON(CHAIN_BROKEN)                                                                           \
    REASON(ROOT_UNTRUSTED)                                                                         \
    REASON(CERTIFICATE_EXPIRED)                                                                    \
    REASON(PCK_EXTENSION_INVALID)                                                                  \
    REASON(CRL_MISSING)                                                                            \
    REASON(CRL_SIGNATURE_INVALID)                                                                  \
    REASON(CRL_EXPIRED)                                                                            \
    REASON(CRL_NOT_YET_VALID)                                                                      \
    REASON(CERTIFICATE_REVOKED)                                                                    \
    REASON(QE_REPORT_SIGNATURE_INVALID)                                                            \
    REASON(ATTESTATION_KEY_UNBOUND)                                                                \
    REASON(SIGNATURE_INVALID)                                                                      \
    REASON(BINDING_MISMATCH)                                                                       \
    REASON(BINDING_NOT_ASKED)                                                                      \
    REASON(TRAILING_BYTES)                                                                         \
    REASON(CHAIN_UNUSABLE)                                                                         \
    REASON(COLLATERAL_MISSING)                                                                     \
    REASON(TCB_INFO_MALFORMED)                                                                     \
    REASON(TCB_INFO_MISMATCH)                                                                      \
    REASON(TCB_INFO_SIGNATURE_INVALID)                                                             \
    REASON(TCB_INFO_EXPIRED)                                                                       \
    REASON(QE_IDENTITY_MALFORMED)                                                                  \
    REASON(QE_IDENTITY_MISMATCH)                                                                   \
    REASON(QE_IDENTITY_SIGNATURE_INVALID)                                                          \
    REASON(QE_IDENTITY_EXPIRED)                                                                    \
    REASON(TCB_SIGNER_EXPIRED)                                                                     \
    REASON(TCB_SIGNER_REVOKED)                                                                     \
    REASON(MODULE_MISMATCH)                                                                        \
    REASON(TCB_UNKNOWN)                                                                            \
    REASON(TCB_REVOKED)                                                                            \
    REASON(TCB_NOT_SUPPORTED)                                                                      \
    REASON(TCB_NOT_UP_TO_DATE)

#define DCAP_REASON_ENUMERATOR(name) DCAP_##name,
enum dcap_reason { DCAP_REASONS(DCAP_REASON_ENUMERATOR) DCAP_REASON_COUNT };

struct dcap_verification {
    const struct verification *request;
    const struct dcap_quote *quote;
    const char *const *reasons; /* DCAP_REASON_COUNT texts */
    enum tcb_info_kind tcb_info_kind;
    enum qe_kind qe_kind;
    slice report_data; /* what the binding is compared with */
    struct facts *facts;

    /* Filled by dcap_verify(); NULL where the checks did not get that far. */
    struct sgx_report qe_report;
    status chain_found;
    struct dcap_chain *chain;
    const struct tcb_info *tcb_info;
    const struct qe_identity *qe_identity;
    bool not_yet_valid; /* something relied on begins only after now */
};
void dcap_verification_clear(struct dcap_verification *verification);

/* Whether `root` is Intel's, or one that the caller trusts. Not whether it signed itself. */
enum root_trust dcap_root_trust(const struct endorsements *endorsements,
                                const struct certificate *root);

/* Runs the checks up to, and without, the TCB level. Fails only for want of memory. */
status dcap_verify(struct dcap_verification *verification);

/* Records a TCB level that was reached: passed, left to policy, or revoked. */
void dcap_report_level(struct dcap_verification *verification, enum tcb_status tcb,
                       bool any_revoked);
