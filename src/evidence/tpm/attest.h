/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a TPM signs when it is asked for a quote.
 * spec: TCG Trusted Platform Module Library, Part 2, "TPMS_ATTEST"
 */

#include "evidence/tpm/pcrs.h"

/* Begins only what the TPM made itself: it signs no stranger's bytes that begin so. */
#define TPM_GENERATED 0xff544347u

enum {
    TPM_ST_ATTEST_QUOTE = 0x8018,
    TPM_SELECTIONS_MAX = 8, /* a TPM answers with one for each bank that was asked for */
};

/* Slices are borrowed from the evidence. */
struct tpm_attest {
    slice signed_bytes; /* all of it, as received */
    uint32_t magic;
    slice qualified_signer; /* the name of the key below its parents */
    slice extra_data;       /* what the caller asked to have signed */
    uint64_t clock;         /* milliseconds the TPM has had power, over its life */
    uint32_t reset_count, restart_count;
    bool safe; /* the clock cannot have been higher before */
    uint64_t firmware_version;
    struct tpm_pcr_selection selections[TPM_SELECTIONS_MAX];
    size_t selection_count;
    slice pcr_digest;
};

/* UNSUPPORTED when it is another attestation than a quote. The magic is not judged here. */
status tpm_attest_read(slice bytes, struct tpm_attest *out);
