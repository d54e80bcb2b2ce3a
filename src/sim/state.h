/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The simulated vendors: their keys, their certificates and one chip of each. Made once, kept
 * between runs, and trusted by nobody who was not told to.
 */

#include "crypto/issue.h"

enum { SIM_CHIP_ID_SIZE = 64, SIM_STATE_SIZE_MAX = 128 << 10 };

enum sim_product { SIM_PRODUCT_NONE, SIM_MILAN, SIM_GENOA, SIM_TURIN, SIM_PRODUCT_END };

struct sim_keys {
    struct private_key ark, ask, vcek;                                    /* AMD's side */
    struct private_key intel_root, pck_ca, tcb_signing, pck, attestation; /* Intel's side */
};
void sim_keys_clear(struct sim_keys *keys);

/* Takes seconds: two of the keys are RSA-4096. `progress`, when set, is called after each key. */
status sim_keys_generate(void (*progress)(void), struct sim_keys *out);

/* Every private key in `pem`, in the order of struct sim_keys: for tests that must start fast. */
status sim_keys_read(const char *const pem[8], struct sim_keys *out);

struct sim_state {
    int64_t made_s; /* Unix time */
    uint8_t chip_id[SIM_CHIP_ID_SIZE];
    struct sim_keys keys;
    struct certificate ark[SIM_PRODUCT_END], ask[SIM_PRODUCT_END]; /* by product */
    struct certificate intel_root, pck_ca, tcb_signing;
};
void sim_state_clear(struct sim_state *state);

/*
 * "<before>SIMULATED 0a1b2c3d<after>": every state has names of its own, so that the revocation
 * lists of two simulators beside one another are not taken for forgeries.
 */
enum { SIM_SUBJECT_SIZE = 160 };
void sim_state_subject(const struct sim_state *state, const char *before, const char *after,
                       char out[SIM_SUBJECT_SIZE]);

/* A new state in memory, with a random chip. Takes `keys`, and leaves them empty. */
status sim_state_make(struct sim_keys *keys, int64_t now_s, struct sim_state *out);

/*
 * As text with a checksum, and back. The reader fails MALFORMED when any byte changed or a
 * certificate is not of its key, UNSUPPORTED when another version of cix wrote it.
 */
status sim_state_write(const struct sim_state *state, struct buffer *out_text);
status sim_state_read(slice text, struct sim_state *out);
