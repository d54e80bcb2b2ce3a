/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A simulated AWS Nitro enclave: documents in the exact format of the hypervisor, under a private
 * root.
 * spec: AWS Nitro Enclaves User Guide, "Verifying the root of trust"
 */

#include "crypto/issue.h"

enum {
    SIM_NITRO_PCRS = 16,
    SIM_NITRO_PCR_SIZE = 48,
    SIM_NITRO_MODULE_ID_SIZE = 64,
    SIM_NITRO_CERTIFICATES = 3, /* of the root, the region and the instance */
};

struct sim_nitro_settings {
    bool debug; /* nothing is measured: PCR0 to PCR2 are zero */
    uint8_t pcrs[SIM_NITRO_PCRS][SIM_NITRO_PCR_SIZE];
    char module_id[SIM_NITRO_MODULE_ID_SIZE];
};

/* The settings of an ordinary enclave. */
struct sim_nitro_settings sim_nitro_defaults(void);

struct sim_nitro {
    struct sim_nitro_settings settings;
    struct private_key keys[SIM_NITRO_CERTIFICATES];
    struct certificate certificates[SIM_NITRO_CERTIFICATES]; /* the root first */
    struct private_key document_key;
};
void sim_nitro_clear(struct sim_nitro *enclave);

/* Takes the root's key, which is on P-384, and leaves it empty. */
status sim_nitro_launch(struct private_key *root, int64_t now_s,
                        const struct sim_nitro_settings *settings, struct sim_nitro *out);

/* A document made at `now_s`; what is empty was not asked for. Its certificate lives three hours.
 */
status sim_nitro_document(const struct sim_nitro *enclave, int64_t now_s, slice user_data,
                          slice nonce, slice public_key, struct buffer *out);
