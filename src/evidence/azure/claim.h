/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What an HCL report and its runtime data claim, by the names of docs/claims.md. */

#include "evidence/azure/hcl.h"
#include "evidence/azure/runtime.h"
#include "evidence/claim_names.h"

/* `report_data` of the hardware: the hash of the runtime data, and no guest's choice. */
#define AZURE_HARDWARE_REPORT_DATA "hardware_report_data"

status azure_claim(const struct hcl_report *report, const struct hcl_runtime *runtime,
                   struct claims *out);

/* Rows of a platform's table, beside those of its hardware and of its TPM. The host gives a VM its
 * id, so that it tells VMs of one host apart and nothing more. */
#define AZURE_CLAIM_ROWS                                                                           \
    {"report_data", .kind = CLAIM_BYTES}, {"hcl_version", .kind = CLAIM_NUMBER},                   \
        {"hcl_report_type", .kind = CLAIM_NUMBER}, {"hcl_hash_type", .kind = CLAIM_NUMBER},        \
        {"hcl_user_data", CLAIM_BYTES, .size = HCL_USER_DATA_SIZE},                                \
        {"ak.key_digest", CLAIM_BYTES, .size = 32, .meaning = CLAIM_MEANS_INSTANCE, .pin = "ak"},  \
        {"vm_configuration.console_enabled", CLAIM_FLAG, .meaning = CLAIM_MEANS_CODE},             \
        {"vm_configuration.secure_boot", CLAIM_FLAG, .meaning = CLAIM_MEANS_CODE},                 \
        {"vm_configuration.tpm_enabled", CLAIM_FLAG, .meaning = CLAIM_MEANS_CODE},                 \
        {"vm_configuration.tpm_persisted", CLAIM_FLAG, .meaning = CLAIM_MEANS_CODE},               \
        {"vm_configuration.filtered_vpci_devices_allowed", CLAIM_FLAG,                             \
         .meaning = CLAIM_MEANS_CODE},                                                             \
        {"vm_configuration.root_cert_thumbprint", .kind = CLAIM_TEXT},                             \
    {                                                                                              \
        "vm_configuration.vm_unique_id", CLAIM_TEXT, .meaning = CLAIM_MEANS_INSTANCE               \
    }
