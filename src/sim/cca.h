/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A simulated Arm CCA realm: tokens in the exact format of a monitor, under a private platform key.
 * spec: Realm Management Monitor specification (DEN0137), "Realm attestation"
 */

#include "crypto/key.h"
#include "sim/machine.h"

enum { SIM_CCA_REMS = 4 };

struct sim_cca_settings {
    bool is_old;     /* the profiles of 2022: the RAK as a point, and no profile of the realm */
    bool is_wrapped; /* in a conceptual message wrapper's collection */
    uint16_t lifecycle;
    bool unbound; /* the platform's token is of another RAK */
    uint8_t measurement[32];
    uint8_t rems[SIM_CCA_REMS][32];
    uint8_t personalisation_value[64];
};

/* The settings of an ordinary realm. */
struct sim_cca_settings sim_cca_defaults(void);

struct sim_cca {
    struct sim_machine machine;
    struct sim_cca_settings settings;
    struct private_key cpak, rak;
    struct buffer platform; /* its token, signed once */
};
void sim_cca_clear(struct sim_cca *realm);

/* Takes the platform's key, which is on P-384, and leaves it empty. */
status sim_cca_launch(struct private_key *cpak, const struct sim_cca_settings *settings,
                      struct sim_cca *out);

/* The token for a challenge of 64 bytes. */
status sim_cca_token(const struct sim_cca *realm, slice challenge, struct buffer *out);
