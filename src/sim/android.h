/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A simulated Android device: it attests keys as KeyMint does, with certificates as Google's remote
 * provisioning hands them out, under a private root.
 * spec: Android Open Source Project, "Key and ID attestation"
 */

#include "crypto/issue.h"

/* What the device and its owner would decide. */
struct sim_android_settings {
    unsigned attestation_version;
    unsigned security_level; /* 0 software, 1 TEE, 2 StrongBox */
    bool device_locked;
    unsigned verified_boot_state; /* 0 verified, 1 self-signed, 2 unverified, 3 failed */
    uint8_t verified_boot_key[32];
    uint8_t verified_boot_hash[32];
    unsigned os_version, os_patch_level, vendor_patch_level, boot_patch_level;
};

/* The settings of an ordinary, locked device. */
struct sim_android_settings sim_android_defaults(void);

enum sim_android_key {
    SIM_ANDROID_ROOT,
    SIM_ANDROID_CA,
    SIM_ANDROID_SERVER,      /* issues for devices, under the CA */
    SIM_ANDROID_ATTESTATION, /* in the device: certifies the keys that it makes */
    SIM_ANDROID_KEYS,
};

struct sim_android {
    struct sim_android_settings settings;
    int64_t made_s;
    struct private_key keys[SIM_ANDROID_KEYS];
    struct certificate certificates[SIM_ANDROID_KEYS];
};
void sim_android_clear(struct sim_android *device);

/* A new device. Takes the root's key, on P-384; one that is empty is made. */
status sim_android_make(int64_t now_s, const struct sim_android_settings *settings,
                        struct private_key *root, struct sim_android *out);

/* The content of the extension that describes a key made for this challenge. */
status sim_android_description(const struct sim_android *device, slice challenge,
                               struct buffer *out);

/* Makes a key for the challenge: its chain, DER, leaf first, root last. */
status sim_android_attest(const struct sim_android *device, slice challenge,
                          struct private_key *out_key, struct buffer *out_chain);
