/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The runtime data of an HCL report: the keys of the VM's TPM, how the VM was configured, and what
 * the guest wrote into the TPM's NV memory for the next report. The hardware's report vouches for
 * all of it by a hash.
 */

#include "codec/json.h"
#include "crypto/key.h"

enum { HCL_KEYS_MAX = 8, HCL_USER_DATA_SIZE = 64, HCL_CONFIGURATION_TEXT_MAX = 128 };

struct hcl_runtime {
    struct json json;
    struct public_key attestation_key; /* HCLAkPub: the one that signs the TPM's quotes */
    const json_t *configuration;       /* an object; borrowed from `json` */
    uint8_t user_data[HCL_USER_DATA_SIZE];
    bool has_user_data; /* the oldest reports have none */
};
void hcl_runtime_clear(struct hcl_runtime *runtime);

/* MALFORMED when a member is missing or of another type, or there is not exactly one such key. */
status hcl_runtime_read(slice text, struct hcl_runtime *out);
