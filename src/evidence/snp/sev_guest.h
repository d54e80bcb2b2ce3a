/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The guest's own device, /dev/sev-guest: for kernels without configfs-tsm, and for the keys that
 * the firmware derives for a guest.
 * spec: Linux, Documentation/virt/coco/sev-guest
 */

#include "base/bytes.h"

#define SNP_GUEST_DEVICE "/dev/sev-guest"

bool snp_device_is_here(void); /* whether or not this user may use it */

/*
 * A report over exactly 64 bytes, of the most privileged level that this guest may speak for, with
 * the host's certificate table, which may be empty. UNAVAILABLE with words about why not.
 */
status snp_device_report(slice report_data, struct buffer *out_report, struct buffer *out_table);

/* What a derived key depends on. */
enum snp_key_root { SNP_KEY_OF_CHIP, SNP_KEY_OF_MIGRATION }; /* VCEK, or VMRK */
enum snp_key_field {
    SNP_KEY_POLICY = 1 << 0,
    SNP_KEY_IMAGE_ID = 1 << 1,
    SNP_KEY_FAMILY_ID = 1 << 2,
    SNP_KEY_MEASUREMENT = 1 << 3,
    SNP_KEY_GUEST_SVN = 1 << 4,
    SNP_KEY_TCB = 1 << 5,
};
struct snp_key_request {
    enum snp_key_root root;
    unsigned fields; /* enum snp_key_field */
    uint32_t vmpl;
    uint32_t guest_svn; /* at most the guest's own */
    uint64_t tcb;       /* at most the committed one */
};

/* The 32 bytes that this guest, and nobody else, gets again for the same request on this chip. */
status snp_device_derive_key(const struct snp_key_request *request, struct secret *out);
