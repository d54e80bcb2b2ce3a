/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Facts made by hand: an authentic TD that every ordinary policy likes, and how to spoil it. */

#include "appraisal/appraise.h"
#include "codec/text.h"

#include "test.h"

enum { NOW_S = 1750000000, LATER_S = NOW_S + 86400 };

#define MRTD_HEX                                                                                   \
    "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"                             \
    "2122232425262728292a2b2c2d2e2f30"
#define OTHER_MRTD_HEX                                                                             \
    "ff02030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"                             \
    "2122232425262728292a2b2c2d2e2f30"
#define PIID_HEX "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
#define OTHER_PIID_HEX "b0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
#define PPID_HEX "c0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
#define KEY_HEX                                                                                    \
    "d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1"                             \
    "d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1"

#define TDX_ENTRY "accept:\n  - platform: tdx\n    measurement: \"" MRTD_HEX "\"\n"
#define TDX_POLICY TDX_ENTRY "    identity: { platform_instance_id: \"" PIID_HEX "\" }\n"

/* What a TD's evidence says, as far as the tests vary it. */
struct td {
    const char *tcb_status;
    uint8_t mrtd_first, piid_first;
    uint8_t rtmr[4]; /* every byte of each */
    uint8_t components[16];
    uint64_t pcesvn, evaluation_number;
    bool debug, profiling, migratable, not_yet_valid;
    bool has_no_piid;
};

__attribute__((unused)) static struct td good_td(void)
{
    return (struct td){.tcb_status = "UpToDate",
                       .mrtd_first = 0x01,
                       .piid_first = 0xa0,
                       .rtmr = {1, 2, 3, 4},
                       .components = {7, 7, 2, 2, 3, 1, 0, 3},
                       .pcesvn = 13,
                       .evaluation_number = 17};
}

static void claim_counting(struct claims *claims, const char *name, uint8_t first, uint8_t from,
                           size_t size)
{
    uint8_t bytes[64];
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(from + i);
    bytes[0] = first;
    claim_bytes(claims, name, (slice){bytes, size});
}

static void claim_rtmrs(struct claims *claims, const struct td *td)
{
    static const char *const names[] = {"body.rtmr0", "body.rtmr1", "body.rtmr2", "body.rtmr3"};
    uint8_t bytes[48];
    for (size_t i = 0; i < 4; i++) {
        memset(bytes, td->rtmr[i], sizeof bytes);
        claim_bytes(claims, names[i], SLICE(bytes));
    }
}

/* Freed by the caller; every check passed, but for what policy decides. */
__attribute__((unused)) static struct facts *facts_of(const struct td *td)
{
    static const char *const passed[] = {
        "qe_vendor",  "binding",  "trailing_bytes", "signature", "chain",      "validity",
        "revocation", "tcb_info", "qe_identity",    "qe_report", "tdx_module", "pck_extension"};
    struct facts *const facts = calloc(1, sizeof *facts);
    struct claims *const claims = &facts->claims;
    facts->platform = "tdx";
    facts->format = "tdx-quote-v4";
    facts->valid_until_s = LATER_S;
    claim_counting(claims, "measurement", td->mrtd_first, 0x01, 48);
    claim_flag(claims, "debug", td->debug);
    claim_flag(claims, "profiling", td->profiling);
    claim_flag(claims, "migratable", td->migratable);
    claim_rtmrs(claims, td);
    claim_counting(claims, "pck.ppid", 0xc0, 0xc0, 16);
    if (!td->has_no_piid)
        claim_counting(claims, "pck.piid", td->piid_first, 0xa0, 16);
    claim_number(claims, "pck.pcesvn", td->pcesvn);
    claim_numbers(claims, "pck.comps", SLICE(td->components));
    claim_number(claims, "tcb_evaluation_data_number", td->evaluation_number);
    claim_text(claims, "tcb_status", td->tcb_status);
    claim_flag(claims, "collateral_not_yet_valid", td->not_yet_valid);
    for (size_t i = 0; i < sizeof passed / sizeof passed[0]; i++)
        check_pass(facts, passed[i]);
    if (strcmp(td->tcb_status, "UpToDate") == 0)
        check_pass(facts, "tcb_level");
    else
        check_skip(facts, "tcb_level", "TDX_TCB_NOT_UP_TO_DATE", "policy decides");
    return facts;
}

__attribute__((unused)) static void set_check(struct facts *facts, const char *name,
                                              enum check_result result, const char *reason)
{
    for (size_t i = 0; i < facts->check_count; i++)
        if (strcmp(facts->checks[i].name, name) == 0) {
            facts->checks[i].result = result;
            facts->checks[i].reason = reason;
            return;
        }
    EXPECT(facts->check_count < CHECKS_MAX);
    facts->checks[facts->check_count++] =
        (struct check){.name = name, .reason = reason, .result = result};
}

__attribute__((unused)) static struct policy *policy_of(const char *text)
{
    struct policy *policy = NULL;
    struct problem problem = {0};
    const status read = policy_read(slice_of_text(text), &policy, &problem);
    if (read.fault)
        printf("  line %d: %s\n", problem.line, problem.text);
    EXPECT_OK(read);
    return policy;
}

__attribute__((unused)) static bool has_reason(const struct appraisal *appraisal,
                                               const char *reason)
{
    for (size_t i = 0; i < appraisal->reason_count; i++)
        if (strcmp(appraisal->reasons[i], reason) == 0)
            return true;
    return false;
}

__attribute__((unused)) static void print_reasons(const struct appraisal *appraisal)
{
    printf("  %s:", verdict_name(appraisal->verdict));
    for (size_t i = 0; i < appraisal->reason_count; i++)
        printf(" %s", appraisal->reasons[i]);
    printf("\n");
}
