/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A simulated PSA device: tokens in the exact format of either profile, under a private key.
 * spec: RFC 9783, "PSA Claims"
 */

#include "crypto/key.h"

struct sim_psa_settings {
    unsigned profile; /* 1 or 2 */
    uint16_t lifecycle;
    int32_t client_id;
};

/* The settings of an ordinary device. */
struct sim_psa_settings sim_psa_defaults(void);

/* A token over a nonce of 32, 48 or 64 bytes, signed by the device's key, which is on P-256. */
status sim_psa_token(const struct sim_psa_settings *settings, const struct private_key *iak,
                     slice nonce, struct buffer *out);
