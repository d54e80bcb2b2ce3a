/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What OVMF says about itself at the end of its image: where a guest's secrets, CPUID and kernel
 * hashes go, and where other processors start.
 * spec: edk2 OvmfPkg, ResetVector, "GUIDed structure"
 */

#include "codec/reader.h"

enum { FIRMWARE_SECTIONS_MAX = 64 };

enum firmware_section_kind {
    SECTION_SEC_MEMORY = 1,
    SECTION_SECRETS = 2,
    SECTION_CPUID = 3,
    SECTION_SVSM_CAA = 4,
    SECTION_KERNEL_HASHES = 0x10,
};

struct firmware_section {
    uint32_t address, size, kind;
};

struct firmware {
    slice image;               /* ends at 4 GiB */
    uint32_t kernel_hashes_at; /* 0: no place for them */
    uint32_t reset_at;         /* where further processors start; 0: not said */
    struct firmware_section sections[FIRMWARE_SECTIONS_MAX];
    size_t section_count;
};

/* MALFORMED when the table is not there or does not hold together. */
status firmware_read(slice image, struct firmware *out);
