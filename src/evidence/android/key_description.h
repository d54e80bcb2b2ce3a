/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the certificate of an attested key says about the key and its device: the extension
 * KeyDescription, in strict DER. Slices are borrowed from it.
 * spec: Android Open Source Project, "Key and ID attestation", "Schema"
 */

#include "codec/reader.h"

#define ANDROID_KEY_DESCRIPTION_OID "1.3.6.1.4.1.11129.2.1.17"

enum {
    ANDROID_NUMBERS_MAX = 32, /* in one set of small numbers */
    ANDROID_PACKAGES_MAX = 64,
    ANDROID_SIGNATURES_MAX = 64,
    ANDROID_CHALLENGE_SIZE_MAX = 128,
    ANDROID_TEXT_SIZE_MAX = 256,
    ANDROID_SIGNATURE_SIZE_MAX = 64,
};

/* Each member of an AuthorizationList that is one plain value: its tag, its kind, what else it
 * means to appraisal where hardware enforces it, and what it is called. */
#define ANDROID_AUTHORIZATIONS(X)                                                                  \
    X(1, NUMBERS, ITSELF, "purpose")                                                               \
    X(2, NUMBER, ITSELF, "algorithm")                                                              \
    X(3, NUMBER, ITSELF, "key_size")                                                               \
    X(4, NUMBERS, ITSELF, "block_mode")                                                            \
    X(5, NUMBERS, ITSELF, "digest")                                                                \
    X(6, NUMBERS, ITSELF, "padding")                                                               \
    X(7, FLAG, ITSELF, "caller_nonce")                                                             \
    X(8, NUMBER, ITSELF, "min_mac_length")                                                         \
    X(10, NUMBER, ITSELF, "ec_curve")                                                              \
    X(11, NUMBER, ITSELF, "ml_dsa_variant")                                                        \
    X(200, NUMBER, ITSELF, "rsa_public_exponent")                                                  \
    X(203, NUMBERS, ITSELF, "mgf_digest")                                                          \
    X(303, FLAG, ITSELF, "rollback_resistance")                                                    \
    X(305, FLAG, ITSELF, "early_boot_only")                                                        \
    X(400, NUMBER, ITSELF, "active_date_time")                                                     \
    X(401, NUMBER, ITSELF, "origination_expire_date_time")                                         \
    X(402, NUMBER, ITSELF, "usage_expire_date_time")                                               \
    X(405, NUMBER, ITSELF, "usage_count_limit")                                                    \
    X(502, NUMBER, ITSELF, "user_secure_id")                                                       \
    X(503, FLAG, ITSELF, "no_auth_required")                                                       \
    X(504, NUMBER, ITSELF, "user_auth_type")                                                       \
    X(505, NUMBER, ITSELF, "auth_timeout")                                                         \
    X(506, FLAG, ITSELF, "allow_while_on_body")                                                    \
    X(507, FLAG, ITSELF, "trusted_user_presence_required")                                         \
    X(508, FLAG, ITSELF, "trusted_confirmation_required")                                          \
    X(509, FLAG, ITSELF, "unlocked_device_required")                                               \
    X(600, FLAG, ITSELF, "all_applications")                                                       \
    X(601, BYTES, ITSELF, "application_id")                                                        \
    X(701, NUMBER, ITSELF, "creation_date_time")                                                   \
    X(702, NUMBER, ITSELF, "origin")                                                               \
    X(703, FLAG, ITSELF, "rollback_resistant")                                                     \
    X(705, NUMBER, TCB, "os_version")                                                              \
    X(706, NUMBER, TCB, "os_patch_level")                                                          \
    X(710, TEXT, ITSELF, "brand")                                                                  \
    X(711, TEXT, ITSELF, "device")                                                                 \
    X(712, TEXT, ITSELF, "product")                                                                \
    X(713, TEXT, INSTANCE, "serial")                                                               \
    X(714, TEXT, INSTANCE, "imei")                                                                 \
    X(715, TEXT, INSTANCE, "meid")                                                                 \
    X(716, TEXT, ITSELF, "manufacturer")                                                           \
    X(717, TEXT, ITSELF, "model")                                                                  \
    X(718, NUMBER, TCB, "vendor_patch_level")                                                      \
    X(719, NUMBER, TCB, "boot_patch_level")                                                        \
    X(720, FLAG, ITSELF, "device_unique_attestation")                                              \
    X(723, TEXT, INSTANCE, "second_imei")                                                          \
    X(724, BYTES, ITSELF, "module_hash")

#define ANDROID_ONE_MORE(tag, kind, meaning, name) +1
enum { ANDROID_AUTHORIZATION_COUNT = 0 ANDROID_AUTHORIZATIONS(ANDROID_ONE_MORE) };

/* Zero: the evidence does not have it. */
struct android_authorization {
    bool is_present;
    uint64_t number;
    slice bytes;
    uint8_t numbers[ANDROID_NUMBERS_MAX];
    size_t number_count;
};

enum android_boot_state {
    ANDROID_BOOT_VERIFIED,
    ANDROID_BOOT_SELF_SIGNED,
    ANDROID_BOOT_UNVERIFIED,
    ANDROID_BOOT_FAILED,
    ANDROID_BOOT_STATE_END,
};

struct android_root_of_trust {
    bool is_present;
    slice verified_boot_key; /* may be empty, on devices that are not locked */
    bool device_locked;
    enum android_boot_state verified_boot_state;
    slice verified_boot_hash; /* empty before version 3 */
};

/* The application that asked for the key, in the words of the Android that runs. */
struct android_application {
    bool is_present;
    slice der;
    struct {
        slice name;
        uint64_t version;
    } packages[ANDROID_PACKAGES_MAX];
    size_t package_count;
    slice signatures[ANDROID_SIGNATURES_MAX]; /* digests of the certificates that signed it */
    size_t signature_count;
};

struct android_authorizations {
    struct android_authorization plain[ANDROID_AUTHORIZATION_COUNT]; /* in the order above */
    struct android_root_of_trust root_of_trust;
    struct android_application application;
    size_t unknown_tag_count;
};

enum android_security_level {
    ANDROID_SOFTWARE,
    ANDROID_TRUSTED_ENVIRONMENT,
    ANDROID_STRONG_BOX,
    ANDROID_SECURITY_LEVEL_END,
};

struct android_key_description {
    uint64_t attestation_version;
    enum android_security_level attestation_security_level;
    uint64_t keymint_version;
    enum android_security_level keymint_security_level;
    slice challenge;
    slice unique_id;
    struct android_authorizations software, hardware;
};

/*
 * UNSUPPORTED for versions and levels that nobody described; MALFORMED for all that is not DER, and
 * for tags out of order or there twice.
 */
status android_key_description_read(slice extension, struct android_key_description *out);
