/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The report of Azure's paravisor (HCL), as it stands in NV memory of the VM's TPM: the hardware's
 * report, and the runtime data whose hash that report carries.
 * spec: Microsoft, "Azure confidential VMs, guest attestation", "HCL report"
 */

#include "crypto/hash.h"

enum {
    HCL_REPORT_SIZE_MAX = 16 << 10,
    HCL_HARDWARE_SIZE = 1184,
    HCL_TD_REPORT_SIZE = 1024, /* the rest of the hardware's area is zero */
};

enum hcl_hardware { HCL_HARDWARE_NONE, HCL_SNP = 2, HCL_TDX = 4 };

/* Slices are borrowed from the evidence. */
struct hcl_report {
    uint32_t version; /* 1 or 2 */
    enum hcl_hardware kind;
    enum hash hash;
    slice hardware; /* an SNP report or a TDREPORT */
    slice runtime;  /* JSON, exactly the bytes that are hashed */
};

/* UNSUPPORTED when it is of another version, hardware or hash. Only zeros may follow it. */
status hcl_report_read(slice bytes, struct hcl_report *out);

/* The hash as the number of its kind in the report: 1, 2, 3. */
unsigned hcl_hash_type(enum hash hash);

/* What the hardware's report data must be: the hash of the runtime data, then zeros. */
status hcl_expected_report_data(const struct hcl_report *report, uint8_t out[64]);
