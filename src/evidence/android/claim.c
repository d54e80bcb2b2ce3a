/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/android/claim.h"

#include "codec/cbor.h"
#include "codec/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PROVISIONING_OID "1.3.6.1.4.1.11129.2.1.30"

enum {
    PROVISIONING_KEYS_MAX = 16,
    CERTIFICATES_ISSUED = 1, /* keys of that map */
    MANUFACTURER = 3,
};

static const char *const levels[] = {[ANDROID_SOFTWARE] = "Software",
                                     [ANDROID_TRUSTED_ENVIRONMENT] = "TrustedEnvironment",
                                     [ANDROID_STRONG_BOX] = "StrongBox"};
static const char *const boot_states[] = {[ANDROID_BOOT_VERIFIED] = "verified",
                                          [ANDROID_BOOT_SELF_SIGNED] = "self-signed",
                                          [ANDROID_BOOT_UNVERIFIED] = "unverified",
                                          [ANDROID_BOOT_FAILED] = "failed"};

/* What one of the two lists calls its members. */
struct list_names {
    const char *plain[ANDROID_AUTHORIZATION_COUNT];
    const char *boot_key, *locked, *boot_state, *boot_hash;
    const char *digest, *packages, *versions, *signatures;
    const char *unknown_tags;
};

#define STRUCTURES(list)                                                                           \
    .boot_key = list ".root_of_trust.verified_boot_key",                                           \
    .locked = list ".root_of_trust.device_locked",                                                 \
    .boot_state = list ".root_of_trust.verified_boot_state",                                       \
    .boot_hash = list ".root_of_trust.verified_boot_hash",                                         \
    .digest = list ".attestation_application_id.digest",                                           \
    .packages = list ".attestation_application_id.packages",                                       \
    .versions = list ".attestation_application_id.versions",                                       \
    .signatures = list ".attestation_application_id.signatures",                                   \
    .unknown_tags = list ".unknown_tags"
#define BY_SOFTWARE(tag, kind, meaning, name) ("software_enforced." name),
#define BY_HARDWARE(tag, kind, meaning, name) ("hardware_enforced." name),

static const struct list_names software = {.plain = {ANDROID_AUTHORIZATIONS(BY_SOFTWARE)},
                                           STRUCTURES("software_enforced")};
static const struct list_names hardware = {.plain = {ANDROID_AUTHORIZATIONS(BY_HARDWARE)},
                                           STRUCTURES("hardware_enforced")};

static const enum claim_kind kinds[ANDROID_AUTHORIZATION_COUNT] = {
#define KIND(tag, kind, meaning, name) CLAIM_##kind,
    ANDROID_AUTHORIZATIONS(KIND)
#undef KIND
};

/* Without what a terminal or a log could take for its own. Gives the size. */
static size_t keep_printable(slice value, char text[ANDROID_TEXT_SIZE_MAX + 1])
{
    size_t size = 0;
    for (; size < value.size && size < ANDROID_TEXT_SIZE_MAX; size++)
        text[size] =
            value.data[size] < ' ' || value.data[size] > '~' ? '?' : (char)value.data[size];
    text[size] = '\0';
    return size;
}

static void append_text(struct claims *claims, const char *name, slice value)
{
    char text[ANDROID_TEXT_SIZE_MAX + 1];
    const size_t size = keep_printable(value, text);
    claim_texts_append(claims, name, (slice){(const uint8_t *)text, size});
}

static void claim_plain(struct claims *claims, const char *name, enum claim_kind kind,
                        const struct android_authorization *value)
{
    char text[ANDROID_TEXT_SIZE_MAX + 1];
    if (kind == CLAIM_NUMBER)
        claim_number(claims, name, value->number);
    else if (kind == CLAIM_NUMBERS)
        claim_numbers(claims, name, (slice){value->numbers, value->number_count});
    else if (kind == CLAIM_FLAG)
        claim_flag(claims, name, true);
    else if (kind == CLAIM_BYTES)
        claim_bytes(claims, name, value->bytes);
    else if (keep_printable(value->bytes, text) <= ANDROID_TEXT_SIZE_MAX)
        claim_text(claims, name, text);
}

static void claim_root_of_trust(struct claims *claims, const struct list_names *names,
                                const struct android_root_of_trust *root)
{
    claim_bytes(claims, names->boot_key, root->verified_boot_key);
    claim_flag(claims, names->locked, root->device_locked);
    claim_text(claims, names->boot_state, boot_states[root->verified_boot_state]);
    if (root->verified_boot_hash.size)
        claim_bytes(claims, names->boot_hash, root->verified_boot_hash);
}

static status claim_application(struct claims *claims, const struct list_names *names,
                                const struct android_application *application)
{
    struct digest digest;
    char text[2 * ANDROID_SIGNATURE_SIZE_MAX + 1];
    TRY(digest_of(HASH_SHA256, application->der, &digest));
    claim_bytes(claims, names->digest, (slice){digest.data, digest.size});
    for (size_t i = 0; i < application->package_count; i++)
        append_text(claims, names->packages, application->packages[i].name);
    for (size_t i = 0; i < application->package_count; i++) {
        snprintf(text, sizeof text, "%" PRIu64, application->packages[i].version);
        append_text(claims, names->versions, slice_of_text(text));
    }
    for (size_t i = 0; i < application->signature_count; i++) {
        hex_write(application->signatures[i], text);
        append_text(claims, names->signatures, slice_of_text(text));
    }
    return OK;
}

static status claim_list(struct claims *claims, const struct list_names *names,
                         const struct android_authorizations *list)
{
    for (size_t i = 0; i < ANDROID_AUTHORIZATION_COUNT; i++)
        if (list->plain[i].is_present)
            claim_plain(claims, names->plain[i], kinds[i], &list->plain[i]);
    if (list->root_of_trust.is_present)
        claim_root_of_trust(claims, names, &list->root_of_trust);
    if (list->unknown_tag_count)
        claim_number(claims, names->unknown_tags, list->unknown_tag_count);
    return list->application.is_present ? claim_application(claims, names, &list->application) : OK;
}

/*
 * Somebody outside may have chosen what runs, or look into it: the device is not locked, its system
 * did not verify, nobody says in what state it is, or all this is the word of software. A system
 * that the owner signed, on a device locked to that key, is verified: which one it is, is a claim.
 */
static bool is_open(const struct android_key_description *description)
{
    const struct android_root_of_trust *const root = &description->hardware.root_of_trust;
    return description->attestation_security_level == ANDROID_SOFTWARE ||
           description->keymint_security_level == ANDROID_SOFTWARE || !root->is_present ||
           !root->device_locked || root->verified_boot_state >= ANDROID_BOOT_UNVERIFIED;
}

status android_claim_description(struct claims *claims,
                                 const struct android_key_description *description)
{
    const struct android_root_of_trust *const root = &description->hardware.root_of_trust;
    if (root->is_present && root->verified_boot_hash.size)
        claim_bytes(claims, "measurement", root->verified_boot_hash);
    if (root->is_present)
        claim_bytes(claims, "verified_boot_key", root->verified_boot_key);
    claim_bytes(claims, "report_data", description->challenge);
    claim_flag(claims, "debug", is_open(description));
    claim_number(claims, "attestation_version", description->attestation_version);
    claim_text(claims, "attestation_security_level",
               levels[description->attestation_security_level]);
    claim_number(claims, "keymint_version", description->keymint_version);
    claim_text(claims, "keymint_security_level", levels[description->keymint_security_level]);
    claim_bytes(claims, "unique_id", description->unique_id);
    TRY(claim_list(claims, &software, &description->software));
    return claim_list(claims, &hardware, &description->hardware);
}

static void claim_key_kind(struct claims *claims, const struct certificate *leaf)
{
    static const struct {
        const char *oid, *name;
    } kinds_of_key[] = {{"1.2.840.113549.1.1.1", "RSA"},
                        {"1.2.840.10045.2.1", "EC"},
                        {"1.3.101.112", "Ed25519"},
                        {"1.3.101.110", "X25519"},
                        {"2.16.840.1.101.3.4.3.18", "ML-DSA-65"},
                        {"2.16.840.1.101.3.4.3.19", "ML-DSA-87"}};
    char oid[OID_TEXT_SIZE];
    const char *name = oid;
    certificate_key_algorithm(leaf, oid);
    for (size_t i = 0; i < sizeof kinds_of_key / sizeof kinds_of_key[0]; i++)
        if (strcmp(kinds_of_key[i].oid, oid) == 0)
            name = kinds_of_key[i].name;
    claim_text(claims, "leaf_key", name);
}

static status claim_provisioned(struct claims *claims, slice map)
{
    struct reader reader = reader_of(map);
    size_t count;
    TRY(cbor_read_map(&reader, PROVISIONING_KEYS_MAX, &count));
    for (size_t i = 0; i < count; i++) {
        uint64_t key, number;
        slice value;
        TRY(cbor_read_uint(&reader, UINT32_MAX, &key));
        if (key == CERTIFICATES_ISSUED) {
            TRY(cbor_read_uint(&reader, UINT64_MAX, &number));
            claim_number(claims, "provisioning.certificates_issued", number);
        } else if (key == MANUFACTURER) {
            char text[ANDROID_TEXT_SIZE_MAX + 1];
            TRY(cbor_read_text(&reader, ANDROID_TEXT_SIZE_MAX, &value));
            keep_printable(value, text);
            claim_text(claims, "provisioning.manufacturer", text);
        } else {
            TRY(cbor_skip(&reader, &value));
        }
    }
    return reader_finish(&reader);
}

/* Says that the certificates of this device came over the network, and not from the factory. */
static status claim_provisioning(struct claims *claims, const struct android_chain *chain)
{
    for (size_t i = 1; i < chain->count; i++) {
        slice info;
        TRY(certificate_extension(&chain->certificates[i], PROVISIONING_OID, &info));
        if (!info.size)
            continue;
        claim_number(claims, "provisioning.certificate", i);
        claim_bytes(claims, "provisioning.info", info);
        return claim_provisioned(claims, info);
    }
    return OK;
}

status android_claim_chain(struct claims *claims, const struct android_chain *chain)
{
    const struct certificate *const described = &chain->certificates[chain->described];
    struct digest leaf, root;
    TRY(certificate_spki_digest(described, HASH_SHA256, &leaf));
    TRY(certificate_spki_digest(&chain->certificates[chain->count - 1], HASH_SHA256, &root));
    claim_number(claims, "chain_length", chain->count);
    claim_key_kind(claims, described);
    claim_bytes(claims, "leaf_spki_sha256", (slice){leaf.data, leaf.size});
    claim_bytes(claims, "root_spki_sha256", (slice){root.data, root.size});
    return claim_provisioning(claims, chain);
}
