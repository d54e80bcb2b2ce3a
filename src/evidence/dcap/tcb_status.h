/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Intel's TCB statuses and the arithmetic on them: which level a platform reaches, and what several
 * statuses come to together. No bytes and no trust here.
 * spec: Intel SGX and TDX DCAP Quote Verification Library, "TCB evaluation";
 *       Intel PCS API, "Get TDX TCB Info", "How to determine the status of a platform's TCB"
 */

#include "base/bytes.h"

#include <jansson.h>

enum tcb_status {
    TCB_UNKNOWN,       /* a spelling we do not know */
    TCB_NOT_SUPPORTED, /* no level matches */
    TCB_REVOKED,
    TCB_OUT_OF_DATE,
    TCB_OUT_OF_DATE_CONFIGURATION_NEEDED,
    TCB_CONFIGURATION_NEEDED,
    TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED,
    TCB_SW_HARDENING_NEEDED,
    TCB_UP_TO_DATE,
    TCB_RELAUNCH_ADVISED, /* only ever concluded, never written in a level */
    TCB_RELAUNCH_ADVISED_CONFIGURATION_NEEDED,
};

/* As Intel spells it: "UpToDate"; "NotSupported" where no level matched. */
const char *tcb_status_name(enum tcb_status tcb);

/* The status a level may carry; TCB_UNKNOWN for any other text. */
enum tcb_status tcb_status_of_name(slice name);

enum {
    TCB_COMPONENTS = 16,
    TCB_LEVELS_MAX = 64,
    SVN_LEVELS_MAX = 32,
    TDX_MODULES_MAX = 32,
    ADVISORIES_MAX = 48,
    ADVISORY_SIZE_MAX = 32,
};

/* What both kinds of level say about whoever reaches them. */
struct tcb_verdict {
    enum tcb_status status;
    int64_t date_s;
    const json_t *advisory_ids; /* an array of short texts, or NULL; borrowed from the document */
};

struct tcb_level {
    uint16_t sgx[TCB_COMPONENTS];
    uint16_t tdx[TCB_COMPONENTS];
    uint16_t pcesvn;
    struct tcb_verdict verdict;
};

/* A level with one number: of a quoting enclave or of a TDX module. */
struct svn_level {
    uint16_t isvsvn;
    struct tcb_verdict verdict;
};

/* What a platform has: components and PCESVN of its PCK certificate, TEE_TCB_SVN of its TD report.
 */
struct tcb_svns {
    const uint8_t *sgx; /* TCB_COMPONENTS bytes each */
    const uint8_t *tdx; /* NULL for SGX */
    uint16_t pcesvn;
};

/*
 * The first level that the platform reaches in every component, NULL when there is none. The first
 * two TDX components are the module's own; where the module has an identity (its major version is
 * not 0) that identity judges them, not the level.
 */
const struct tcb_level *tcb_level_match(const struct tcb_level *levels, size_t count,
                                        const struct tcb_svns *svns);
const struct svn_level *svn_level_match(const struct svn_level *levels, size_t count,
                                        uint16_t isvsvn);

/* NotSupported where no level matched. */
enum tcb_status tcb_level_status(const struct tcb_level *level);
enum tcb_status svn_level_status(const struct svn_level *level);

/* What the platform's status becomes beside that of its TDX module or quoting enclave. */
enum tcb_status tcb_status_converge(enum tcb_status platform, enum tcb_status component);

/* The status at launch, given what the same TD would have if it were launched again now. */
enum tcb_status tcb_status_relaunch(enum tcb_status launch, enum tcb_status current);
