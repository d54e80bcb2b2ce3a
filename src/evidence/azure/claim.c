/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/azure/claim.h"

#include <string.h>

/* What is known of a VM's configuration; what Azure adds later is signed too, and not claimed. */
static const struct setting {
    const char *key, *claim;
    enum claim_kind kind;
} settings[] = {
    {"console-enabled", "vm_configuration.console_enabled", CLAIM_FLAG},
    {"secure-boot", "vm_configuration.secure_boot", CLAIM_FLAG},
    {"tpm-enabled", "vm_configuration.tpm_enabled", CLAIM_FLAG},
    {"tpm-persisted", "vm_configuration.tpm_persisted", CLAIM_FLAG},
    {"filtered-vpci-devices-allowed", "vm_configuration.filtered_vpci_devices_allowed", CLAIM_FLAG},
    {"root-cert-thumbprint", "vm_configuration.root_cert_thumbprint", CLAIM_TEXT},
    {"vmUniqueId", "vm_configuration.vm_unique_id", CLAIM_TEXT},
};
enum { SETTINGS = sizeof settings / sizeof *settings };

static bool is_printable(const char *text)
{
    for (; *text; text++)
        if (*text < ' ' || *text > '~')
            return false;
    return true;
}

static status claim_setting(const struct setting *setting, const json_t *value, struct claims *out)
{
    const char *const text = json_string_value(value);
    if (setting->kind == CLAIM_FLAG && json_is_boolean(value))
        claim_flag(out, setting->claim, json_is_true(value));
    else if (setting->kind == CLAIM_TEXT && text && is_printable(text) &&
             strlen(text) <= HCL_CONFIGURATION_TEXT_MAX)
        claim_text(out, setting->claim, text);
    else
        return FAIL(MALFORMED, "the VM's configuration has a setting of another type");
    return OK;
}

static status claim_configuration(const json_t *configuration, struct claims *out)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        const json_t *const value = json_object_get(configuration, settings[i].key);
        if (value)
            TRY(claim_setting(&settings[i], value, out));
    }
    return OK;
}

status azure_claim(const struct hcl_report *report, const struct hcl_runtime *runtime,
                   struct claims *out)
{
    struct digest key;
    TRY(public_key_spki_digest(&runtime->attestation_key, HASH_SHA256, &key));
    claim_number(out, "hcl_version", report->version);
    claim_number(out, "hcl_report_type", (uint64_t)report->kind);
    claim_number(out, "hcl_hash_type", hcl_hash_type(report->hash));
    if (runtime->has_user_data)
        claim_bytes(out, "hcl_user_data", SLICE(runtime->user_data));
    claim_bytes(out, "ak.key_digest", (slice){key.data, key.size});
    return claim_configuration(runtime->configuration, out);
}
