/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A simulated TD: quotes in the exact format of Intel's quoting enclave, under a private root. */

#include "sim/intel.h"
#include "sim/machine.h"

enum { SIM_RTMR_COUNT = 4, SIM_TDREPORT_SIZE = 1024 };

struct sim_tdx_settings {
    uint16_t quote_version; /* 4, or 5 with a TD 1.5 body */
    const char *tcb_status; /* as Intel spells it: "UpToDate" */
    bool debug;
    uint8_t mrtd[48];
    uint8_t mr_config_id[48];
    uint8_t rtmr[SIM_RTMR_COUNT][48];
    uint8_t platform_instance[16];
};

/* The settings of an ordinary, up-to-date TD on this state's platform. */
struct sim_tdx_settings sim_tdx_defaults(const struct sim_state *state);

/* `state` outlives the TD. `machine` is its driver's view. */
struct sim_tdx {
    struct sim_machine machine;
    const struct sim_state *state;
    struct sim_tdx_settings settings;
    struct buffer certification; /* all of a quote after the attestation key */
    uint8_t mac_key[32];         /* of this CPU's reports */
    uint8_t (*registers)[48];    /* RTMRs, shared with processes that are forked */
};
void sim_tdx_clear(struct sim_tdx *td);

/* Launches a TD: certifies its platform and the quoting enclave's attestation key. */
status sim_tdx_launch(const struct sim_state *state, const struct sim_tdx_settings *settings,
                      struct sim_tdx *out);

/* A quote over 64 bytes. */
status sim_tdx_quote(const struct sim_tdx *td, slice report_data, struct buffer *out_quote);

/* Extends one run-time register, in every process that has this TD. */
status sim_tdx_extend(const struct sim_tdx *td, size_t index, slice digest);

/* The TD's report over 64 bytes, as its module makes it. */
status sim_tdx_report(const struct sim_tdx *td, slice report_data, struct buffer *out_report);

/* What the quoting enclave does with a report: UNAUTHENTIC when it is not of this CPU. */
status sim_tdx_quote_of_report(const struct sim_tdx *td, slice report, struct buffer *out_quote);
