/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A simulated NVIDIA GPU: it answers for its measurements as Hopper does, with certificates of the
 * same profile under a private root.
 * spec: DSP0274 1.1, "MEASUREMENTS response message"
 */

#include "crypto/issue.h"

enum { SIM_NVIDIA_BLOCKS = 64, SIM_NVIDIA_DIGEST_SIZE = 48, SIM_NVIDIA_NONCE_SIZE = 32 };

struct sim_nvidia_settings {
    uint8_t measurements[SIM_NVIDIA_BLOCKS][SIM_NVIDIA_DIGEST_SIZE];
    uint8_t fwid[SIM_NVIDIA_DIGEST_SIZE]; /* of the firmware that runs */
    uint8_t certified_fwid[SIM_NVIDIA_DIGEST_SIZE];
    const char *driver_version; /* shorter than 64 characters */
    uint8_t vbios_version[8];
};

/* The settings of an ordinary GPU, whose certificate is of the firmware that runs. */
struct sim_nvidia_settings sim_nvidia_defaults(void);

enum sim_nvidia_key {
    SIM_NVIDIA_ROOT,
    SIM_NVIDIA_MODEL,       /* of one kind of GPU */
    SIM_NVIDIA_PROVISIONER, /* issues for chips */
    SIM_NVIDIA_DEVICE,      /* burnt into the chip */
    SIM_NVIDIA_FIRMWARE,    /* made at boot, for one firmware: signs measurements */
    SIM_NVIDIA_KEYS,
};

struct sim_nvidia {
    struct sim_nvidia_settings settings;
    struct private_key keys[SIM_NVIDIA_KEYS];
    struct certificate certificates[SIM_NVIDIA_KEYS];
};
void sim_nvidia_clear(struct sim_nvidia *device);

/* A new device. Takes the root's key, on P-384; one that is empty is made. */
status sim_nvidia_make(int64_t now_s, const struct sim_nvidia_settings *settings,
                       struct private_key *root, struct sim_nvidia *out);

/* Its chain in PEM, leaf first, root last. */
status sim_nvidia_chain(const struct sim_nvidia *device, struct buffer *out_pem);

/* The request with this nonce, of 32 bytes, and the signed response. */
status sim_nvidia_measure(const struct sim_nvidia *device, slice nonce, struct buffer *out);
