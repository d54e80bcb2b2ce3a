/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The simulated quoting enclave: what it adds to the reports of enclaves and TDs to make them
 * quotes, in Intel's exact format.
 * spec: Intel TDX DCAP Quoting Library API, "Quote Format"
 */

#include "codec/writer.h"
#include "sim/intel.h"

enum sim_tee { SIM_TEE_SGX, SIM_TEE_TDX };

struct sim_quoting {
    enum sim_tee tee;
    uint16_t version;       /* of quotes: 3 to 5 */
    const char *tcb_status; /* of the platform, as Intel spells it */
    uint8_t platform_instance[16];
};

/* All of a quote after the attestation key: the same in every quote of a machine. */
status sim_quoting_certify(const struct sim_state *state, const struct sim_quoting *quoting,
                           struct buffer *out);

/* The first 48 bytes; version 5 has the type and size of the body next. */
void sim_quoting_write_header(struct writer *writer, const struct sim_quoting *quoting);

/* `signed_bytes` are header and body. */
status sim_quoting_sign(const struct sim_state *state, slice signed_bytes, slice certification,
                        struct buffer *out_quote);
