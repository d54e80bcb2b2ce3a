/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/android.h"

#include "crypto/der.h"

#include <string.h>

#define DAY_S ((int64_t)24 * 3600)
#define DESCRIPTION_OID "1.3.6.1.4.1.11129.2.1.17"
#define PROVISIONING_OID "1.3.6.1.4.1.11129.2.1.30"

enum {
    SKEW_S = 3600,
    FIRST_SERIAL = 0x5100,
    TAG_BOOLEAN = 0x01,
    TAG_INTEGER = 0x02,
    TAG_OCTET_STRING = 0x04,
    TAG_NULL = 0x05,
    TAG_ENUMERATED = 0x0a,
    TAG_SEQUENCE = 0x30,
    TAG_SET = 0x31,
    BOOT_HASH_SINCE = 3,
};

/* 1970 to 2048, as devices write the dates of keys. */
static const int64_t leaf_end_s = 2461449600;

struct sim_android_settings sim_android_defaults(void)
{
    struct sim_android_settings settings = {
        .attestation_version = 400,
        .security_level = 1,
        .device_locked = true,
        .os_version = 160000,
        .os_patch_level = 202601,
        .vendor_patch_level = 20260105,
        .boot_patch_level = 20260105,
    };
    memset(settings.verified_boot_key, 0x5b, sizeof settings.verified_boot_key);
    memset(settings.verified_boot_hash, 0xb5, sizeof settings.verified_boot_hash);
    return settings;
}

void sim_android_clear(struct sim_android *device)
{
    for (size_t i = 0; i < SIM_ANDROID_KEYS; i++) {
        private_key_clear(&device->keys[i]);
        certificate_clear(&device->certificates[i]);
    }
    *device = (struct sim_android){0};
}

/* ---- what is said of a key ---- */

static status write_small(struct buffer *out, uint8_t tag, unsigned value)
{
    const uint8_t content = (uint8_t)value;
    return der_write(out, tag, (slice){&content, 1});
}

/* "[tag] EXPLICIT" around what `value` holds, which is emptied. */
static status take_explicit(struct buffer *out, unsigned tag, struct buffer *value)
{
    const status written = der_write_explicit(out, tag, buffer_view(value));
    buffer_clear(value);
    return written;
}

static status write_number(struct buffer *out, unsigned tag, uint64_t number)
{
    SCOPED(buffer) value = {0};
    TRY(der_write_uint(&value, number));
    return take_explicit(out, tag, &value);
}

static status write_set(struct buffer *out, unsigned tag, unsigned member)
{
    SCOPED(buffer) set = {0};
    SCOPED(buffer) value = {0};
    TRY(der_write_uint(&set, member));
    TRY(der_write(&value, TAG_SET, buffer_view(&set)));
    return take_explicit(out, tag, &value);
}

static status write_null(struct buffer *out, unsigned tag)
{
    SCOPED(buffer) value = {0};
    TRY(der_write(&value, TAG_NULL, (slice){0}));
    return take_explicit(out, tag, &value);
}

static status write_root_of_trust(const struct sim_android_settings *settings, struct buffer *out)
{
    SCOPED(buffer) content = {0};
    SCOPED(buffer) value = {0};
    TRY(der_write(&content, TAG_OCTET_STRING, SLICE(settings->verified_boot_key)));
    TRY(write_small(&content, TAG_BOOLEAN, settings->device_locked ? 0xff : 0));
    TRY(write_small(&content, TAG_ENUMERATED, settings->verified_boot_state));
    if (settings->attestation_version >= BOOT_HASH_SINCE)
        TRY(der_write(&content, TAG_OCTET_STRING, SLICE(settings->verified_boot_hash)));
    TRY(der_write(&value, TAG_SEQUENCE, buffer_view(&content)));
    return take_explicit(out, 704, &value);
}

/* A key on P-256 that signs, made by the hardware. */
static status write_hardware_list(const struct sim_android_settings *settings, struct buffer *out)
{
    SCOPED(buffer) list = {0};
    TRY(write_set(&list, 1, 2));      /* purpose: sign */
    TRY(write_number(&list, 2, 3));   /* algorithm: EC */
    TRY(write_number(&list, 3, 256)); /* key size */
    TRY(write_set(&list, 5, 4));      /* digest: SHA-256 */
    TRY(write_number(&list, 10, 1));  /* curve: P-256 */
    TRY(write_null(&list, 503));      /* no authentication required */
    TRY(write_number(&list, 702, 0)); /* origin: generated */
    TRY(write_root_of_trust(settings, &list));
    TRY(write_number(&list, 705, settings->os_version));
    TRY(write_number(&list, 706, settings->os_patch_level));
    TRY(write_number(&list, 718, settings->vendor_patch_level));
    TRY(write_number(&list, 719, settings->boot_patch_level));
    return der_write(out, TAG_SEQUENCE, buffer_view(&list));
}

static status write_software_list(const struct sim_android *device, struct buffer *out)
{
    SCOPED(buffer) list = {0};
    TRY(write_number(&list, 701, (uint64_t)device->made_s * 1000)); /* created, in ms */
    return der_write(out, TAG_SEQUENCE, buffer_view(&list));
}

status sim_android_description(const struct sim_android *device, slice challenge,
                               struct buffer *out)
{
    const struct sim_android_settings *const settings = &device->settings;
    SCOPED(buffer) content = {0};
    TRY(der_write_uint(&content, settings->attestation_version));
    TRY(write_small(&content, TAG_ENUMERATED, settings->security_level));
    TRY(der_write_uint(&content, settings->attestation_version)); /* of KeyMint */
    TRY(write_small(&content, TAG_ENUMERATED, settings->security_level));
    TRY(der_write(&content, TAG_OCTET_STRING, challenge));
    TRY(der_write(&content, TAG_OCTET_STRING, (slice){0})); /* no unique id */
    TRY(write_software_list(device, &content));
    TRY(write_hardware_list(settings, &content));
    return der_write(out, TAG_SEQUENCE, buffer_view(&content));
}

/* ---- certificates ---- */

/* Who issues whom, and how, from the root down. */
static const struct authority {
    const char *subject;
    enum curve curve;
    enum signature_scheme scheme; /* of its certificate */
    int days;
} authorities[SIM_ANDROID_KEYS] = {
    [SIM_ANDROID_ROOT] = {"C=US/O=cix simulator/OU=Android/CN=Key Attestation CA", CURVE_P384,
                          SIGNATURE_ECDSA_SHA384, 3650},
    [SIM_ANDROID_CA] = {"CN=Droid CA2/O=cix simulator", CURVE_P384, SIGNATURE_ECDSA_SHA384, 1095},
    [SIM_ANDROID_SERVER] = {"CN=Droid CA3/O=cix simulator", CURVE_P256, SIGNATURE_ECDSA_SHA384, 70},
    [SIM_ANDROID_ATTESTATION] = {"CN=SIMULATED/O=TEE", CURVE_P256, SIGNATURE_ECDSA_SHA256, 14},
};

/* A map of one pair: one certificate was issued. */
static const uint8_t provisioning[] = {0xa1, 0x01, 0x01};

static status issue_authority(struct sim_android *device, enum sim_android_key which)
{
    const struct authority *const authority = &authorities[which];
    const struct certificate_extension_entry provisioned = {.oid = PROVISIONING_OID,
                                                            .value = SLICE(provisioning)};
    const struct certificate_request request = {
        .subject = authority->subject,
        .serial = FIRST_SERIAL + which,
        .not_before_s = device->made_s - SKEW_S,
        .not_after_s = device->made_s + authority->days * DAY_S,
        .is_ca = true,
        .path_length = -1,
        .extensions = &provisioned,
        .extension_count = which == SIM_ANDROID_ATTESTATION,
    };
    SCOPED(public_key) key = {0};
    if (!device->keys[which].pkey)
        TRY(private_key_generate(authority->curve, &device->keys[which]));
    TRY(private_key_public(&device->keys[which], &key));
    const bool is_root = which == SIM_ANDROID_ROOT;
    return certificate_issue(&request, &key, is_root ? NULL : &device->certificates[which - 1],
                             &device->keys[is_root ? which : which - 1], authority->scheme,
                             &device->certificates[which]);
}

status sim_android_make(int64_t now_s, const struct sim_android_settings *settings,
                        struct private_key *root, struct sim_android *out)
{
    SCOPED(sim_android) device = {.settings = *settings, .made_s = now_s};
    device.keys[SIM_ANDROID_ROOT] = *root;
    *root = (struct private_key){0};
    for (enum sim_android_key which = SIM_ANDROID_ROOT; which < SIM_ANDROID_KEYS; which++)
        TRY(issue_authority(&device, which));
    *out = device;
    device = (struct sim_android){0}; /* handed over */
    return OK;
}

static status issue_leaf(const struct sim_android *device, slice description,
                         const struct private_key *key, struct certificate *out)
{
    const struct certificate_extension_entry extension = {.oid = DESCRIPTION_OID,
                                                          .value = description};
    const struct certificate_request request = {
        .subject = "CN=Android Keystore Key",
        .serial = 1,
        .not_after_s = leaf_end_s,
        .path_length = -1,
        .extensions = &extension,
        .extension_count = 1,
    };
    SCOPED(public_key) public = {0};
    TRY(private_key_public(key, &public));
    return certificate_issue(&request, &public, &device->certificates[SIM_ANDROID_ATTESTATION],
                             &device->keys[SIM_ANDROID_ATTESTATION], SIGNATURE_ECDSA_SHA256, out);
}

status sim_android_attest(const struct sim_android *device, slice challenge,
                          struct private_key *out_key, struct buffer *out_chain)
{
    SCOPED(private_key) key = {0};
    SCOPED(certificate) leaf = {0};
    SCOPED(buffer) description = {0};
    SCOPED(buffer) chain = {0};
    TRY(private_key_generate(CURVE_P256, &key));
    TRY(sim_android_description(device, challenge, &description));
    TRY(issue_leaf(device, buffer_view(&description), &key, &leaf));
    TRY(certificate_der(&leaf, &chain));
    for (size_t i = SIM_ANDROID_KEYS; i > 0; i--)
        TRY(certificate_der(&device->certificates[i - 1], &chain));
    *out_chain = buffer_take(&chain);
    *out_key = key;
    key = (struct private_key){0}; /* handed over */
    return OK;
}
