/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The launch digest that AMD's firmware will measure of a guest: what a policy pins as
 * `measurement:`, computed from the files a guest is started with.
 * spec: AMD SEV-SNP Firmware ABI, "Launch Digest"; AMD SEV API, "LAUNCH_MEASURE"; edk2 OvmfPkg
 */

#include "crypto/hash.h"

enum {
    LAUNCH_FIRMWARE_SIZE_MAX = 16 << 20,
    LAUNCH_FILE_SIZE_MAX = 512 << 20, /* of a kernel or an initrd */
    LAUNCH_VCPUS_MAX = 512,
};

enum launch_mode { LAUNCH_NONE, LAUNCH_SEV, LAUNCH_SEV_ES, LAUNCH_SNP };
enum launch_vmm { LAUNCH_QEMU, LAUNCH_EC2, LAUNCH_GCE }; /* who sets up the first registers */

struct launch {
    enum launch_mode mode;
    enum launch_vmm vmm;
    slice firmware;
    bool has_kernel; /* started directly: the hashes of the next three are measured */
    slice kernel, initrd;
    const char *command_line; /* NULL: empty */
    unsigned vcpus;
    uint32_t cpu_signature; /* CPUID 1 EAX of the processor type that the guest is shown */
    uint64_t features;      /* SEV_FEATURES, of SNP */
};

/* The signature of a processor type as QEMU names it ("EPYC-Milan"); 0 when unknown. */
uint32_t launch_cpu_signature(const char *name);
const char *launch_cpu_name(size_t index); /* NULL past the last */

/* SHA-384 for SNP, SHA-256 before. MALFORMED when the firmware has no place for what is given. */
status launch_digest(const struct launch *launch, struct digest *out);
