/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What DCAP evidence of any TEE claims, by the names of docs/claims.md. */

#include "evidence/claim_names.h"
#include "evidence/dcap/pck.h"
#include "evidence/dcap/quote.h"

void dcap_claim_quote(struct claims *claims, const struct dcap_quote *quote);
void dcap_claim_qe_report(struct claims *claims, const struct sgx_report *report);
void dcap_claim_pck(struct claims *claims, const struct certificate *leaf,
                    const struct pck_extension *extension);
void dcap_claim_tcb_info(struct claims *claims, const struct tcb_info *info);

/* All advisories and the oldest date of the levels reached; NULL stands where none was. */
void dcap_claim_verdicts(struct claims *claims, const struct tcb_verdict *const *verdicts,
                         size_t count);

/*
 * Rows of a platform's table of claims. `statuses` is the NULL-ended list of TCB statuses. What a
 * quote says to be certified by comes after what a certificate says: hints name the first.
 */
#define DCAP_CLAIM_NAMES(statuses)                                                                 \
    {"quote_version", .kind = CLAIM_NUMBER}, {"tee_type", .kind = CLAIM_TEXT},                     \
        {"att_key_type", .kind = CLAIM_NUMBER}, {"qe_vendor_id", CLAIM_BYTES, .size = 16},         \
        {"user_data", CLAIM_BYTES, .size = 20}, {"cert_data_type", .kind = CLAIM_NUMBER},          \
        {"body_type", .kind = CLAIM_NUMBER}, {"trailing_bytes", .kind = CLAIM_NUMBER},             \
        {"qe_report.cpusvn", CLAIM_BYTES, .size = 16},                                             \
        {"qe_report.miscselect", CLAIM_BYTES, .size = 4},                                          \
        {"qe_report.attributes", CLAIM_BYTES, .size = 16},                                         \
        {"qe_report.mrenclave", CLAIM_BYTES, .size = 32},                                          \
        {"qe_report.mrsigner", CLAIM_BYTES, .size = 32},                                           \
        {"qe_report.config_id", CLAIM_BYTES, .size = 64},                                          \
        {"qe_report.isvprodid", .kind = CLAIM_NUMBER},                                             \
        {"qe_report.isvsvn", CLAIM_NUMBER, .meaning = CLAIM_MEANS_TCB},                            \
        {"qe_report.configsvn", .kind = CLAIM_NUMBER},                                             \
        {"qe_report.report_data", CLAIM_BYTES, .size = 64},                                        \
        {"pck.ppid", CLAIM_BYTES, .size = 16, .meaning = CLAIM_MEANS_INSTANCE, .pin = "ppid"},     \
        {"pck.piid", CLAIM_BYTES, .size = 16, .meaning = CLAIM_MEANS_INSTANCE,                     \
         .pin = "platform_instance_id"},                                                           \
        {"pck.pcesvn", CLAIM_NUMBER, .meaning = CLAIM_MEANS_TCB},                                  \
        {"pck.cpusvn", CLAIM_BYTES, .size = 16},                                                   \
        {"pck.comps", CLAIM_NUMBERS, .size = 16, .meaning = CLAIM_MEANS_TCB},                      \
        {"pck.pceid", CLAIM_BYTES, .size = 2},                                                     \
        {"pck.fmspc", CLAIM_BYTES, .size = 6, .meaning = CLAIM_MEANS_INSTANCE},                    \
        {"pck.sgxtype", .kind = CLAIM_NUMBER}, {"pck.config.1", CLAIM_BYTES, .size = 1},           \
        {"pck.config.2", CLAIM_BYTES, .size = 1}, {"pck.config.3", CLAIM_BYTES, .size = 1},        \
        {"fmspc", CLAIM_BYTES, .size = 6}, {"pck_issuer", .kind = CLAIM_TEXT},                     \
        {"pck_validity", .kind = CLAIM_TEXTS}, {"tcb_info.id", .kind = CLAIM_TEXT},                \
        {"tcb_info.version", .kind = CLAIM_NUMBER}, {"tcb_info.issueDate", .kind = CLAIM_TEXT},    \
        {"tcb_info.nextUpdate", .kind = CLAIM_TEXT}, {"tcb_info.fmspc", CLAIM_BYTES, .size = 6},   \
        {"tcb_evaluation_data_number", CLAIM_NUMBER, .meaning = CLAIM_MEANS_TCB},                  \
        {"advisory_ids", .kind = CLAIM_TEXTS}, {"tcb_status", CLAIM_TEXT, .values = (statuses)},   \
        {"platform_status", .kind = CLAIM_TEXT}, {"qe_status", .kind = CLAIM_TEXT},                \
        {"tcb_date", .kind = CLAIM_TEXT}, {"certification.ppid", CLAIM_BYTES, .size = 16},         \
        {"certification.encrypted_ppid", CLAIM_BYTES, .size = 256, .other_size = 384},             \
        {"certification.cpusvn", CLAIM_BYTES, .size = 16},                                         \
        {"certification.pcesvn", .kind = CLAIM_NUMBER},                                            \
        {"certification.pceid", CLAIM_BYTES, .size = 2},                                           \
    {                                                                                              \
        "collateral_not_yet_valid", CLAIM_FLAG, .meaning = CLAIM_MEANS_NOT_YET_VALID               \
    }
