/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The attestation report of an SNP guest, versions 2 to 5, as the firmware wrote it.
 * spec: AMD SEV Secure Nested Paging Firmware ABI Specification, "ATTESTATION_REPORT"
 */

#include "base/bytes.h"

enum {
    SNP_REPORT_SIZE = 1184,
    SNP_SIGNED_SIZE = 0x2a0,
    SNP_SIGNATURE_NUMBER_SIZE = 72, /* of R and of S: 48 bytes, little-endian, then zeros */
    SNP_CHIP_ID_SIZE = 64,
    SNP_CHIP_ID_SIZE_TURIN = 8,
    SNP_SIGNATURE_ECDSA_P384_SHA384 = 1,
    SNP_VMPL_MAX = 3,
};

/* A VMPL that means: the host asked for the report, not the guest. */
#define SNP_VMPL_HYPERVISOR UINT32_MAX

/* Which root vouches for it, and how it writes a TCB. Genoa is also Bergamo and Siena. */
enum snp_product { SNP_PRODUCT_UNKNOWN, SNP_MILAN, SNP_GENOA, SNP_TURIN, SNP_PRODUCT_END };
const char *snp_product_name(enum snp_product product); /* "Milan"; NULL when unknown */
enum snp_product snp_product_named(slice name);

enum snp_signing_key { SNP_KEY_VCEK = 0, SNP_KEY_VLEK = 1, SNP_KEY_NONE = 7 };

/* Security patch levels; wider than the report has them, for certificates can say more. */
enum snp_component { SNP_FMC, SNP_BOOT_LOADER, SNP_TEE, SNP_SNP, SNP_MICROCODE, SNP_COMPONENTS };
struct snp_tcb {
    uint64_t levels[SNP_COMPONENTS]; /* FMC only on Turin, else 0 */
};
bool snp_tcb_equal(const struct snp_tcb *a, const struct snp_tcb *b);
/* Component by component: a TCB may be neither at most nor at least another. */
bool snp_tcb_is_at_most(const struct snp_tcb *a, const struct snp_tcb *b);

struct snp_firmware {
    uint8_t build, minor, major;
};

/* Slices are borrowed from the evidence. */
struct snp_report {
    uint32_t version;
    uint32_t guest_svn;
    uint64_t policy;
    slice family_id, image_id;
    uint32_t vmpl;
    uint32_t signature_algorithm;
    uint64_t platform_info;
    uint32_t key_flags;
    slice report_data, measurement, host_data;
    slice id_key_digest, author_key_digest;
    slice report_id, report_id_ma;
    bool has_cpuid; /* from version 3 on */
    uint8_t family, model, stepping;
    enum snp_product product; /* by CPUID; unknown in version 2 */
    struct snp_tcb current, reported, committed, launch;
    slice chip_id;
    struct snp_firmware current_firmware, committed_firmware;
    bool has_mitigations; /* from version 5 on */
    slice launch_mitigations, current_mitigations;
    bool reserved_is_zero; /* every reserved byte, signed or not */
    slice signed_bytes;
    slice signature_r, signature_s;
};

/* TRUNCATED or MALFORMED when it is of another size, UNSUPPORTED when of another version. */
status snp_report_read(slice bytes, struct snp_report *out);

/* The bits of POLICY. */
enum {
    SNP_POLICY_ONE = 1 << 17, /* reserved and always set */
    SNP_POLICY_MIGRATE = 1 << 18,
    SNP_POLICY_DEBUG = 1 << 19,
    SNP_POLICY_KNOWN = (1 << 26) - 1,
};

enum snp_signing_key snp_report_signing_key(const struct snp_report *report);
bool snp_report_masks_chip_id(const struct snp_report *report);  /* it is zero */
bool snp_report_is_provisional(const struct snp_report *report); /* committed below current */
