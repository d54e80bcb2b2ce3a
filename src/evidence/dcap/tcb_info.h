/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Intel's TCB info, version 3, and 2 of SGX: which SVNs of a processor family are worth what. */

#include "evidence/dcap/document.h"

enum { FMSPC_SIZE = 6, PCEID_SIZE = 2, MRSIGNERSEAM_SIZE = 48, SEAM_ATTRIBUTES_SIZE = 8 };

enum tcb_info_kind { TCB_INFO_NONE, TCB_INFO_SGX, TCB_INFO_TDX };

struct tdx_module {
    uint8_t major; /* the number in its id, "TDX_01"; 0 for the one without an id and levels */
    uint8_t mrsigner[MRSIGNERSEAM_SIZE];
    uint8_t attributes[SEAM_ATTRIBUTES_SIZE];
    uint8_t attributes_mask[SEAM_ATTRIBUTES_SIZE];
    struct svn_level levels[SVN_LEVELS_MAX];
    size_t level_count;
};

struct tcb_info {
    struct signed_document document;
    enum tcb_info_kind kind;
    uint8_t fmspc[FMSPC_SIZE];
    uint8_t pceid[PCEID_SIZE];
    struct tdx_module module;                   /* of modules whose major version is 0 */
    struct tdx_module modules[TDX_MODULES_MAX]; /* and of the others */
    size_t module_count;
    struct tcb_level levels[TCB_LEVELS_MAX];
    size_t level_count;
};
void tcb_info_clear(struct tcb_info *info);

/* UNSUPPORTED for another version or id. Large: keep `out` off the stack. */
status tcb_info_read(slice text, struct tcb_info *out);

/* The module identity for this major version; NULL when it is not listed. */
const struct tdx_module *tcb_info_module(const struct tcb_info *info, uint8_t major);
