/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A simulated SEV-SNP guest: reports in the exact format of the firmware, under a private root. */

#include "sim/amd.h"
#include "sim/machine.h"

/* What a host and a guest owner would decide. */
struct sim_snp_settings {
    enum sim_product product;
    uint32_t report_version; /* 2 (not on Turin), 3 or 5 */
    uint32_t guest_svn;
    uint32_t vmpl; /* of the guest's kernel: its reports are of this level or a lesser one */
    bool debug;
    bool migratable;
    bool masks_chip_id;
    struct sim_snp_tcb tcb;
    uint8_t measurement[48];
    uint8_t host_data[32];
    uint8_t chip_id[SIM_CHIP_ID_SIZE];
};

/* The settings of an ordinary, up-to-date guest on this state's chip. */
struct sim_snp_settings sim_snp_defaults(const struct sim_state *state, enum sim_product product);

/* `state` outlives the guest. `machine` is its driver's view. */
struct sim_snp {
    struct sim_machine machine;
    const struct sim_state *state;
    struct sim_snp_settings settings;
    uint8_t report_id[32];
    struct buffer certificate_table;
    struct buffer manifest; /* of the SVSM's vTPM, when the kernel runs below VMPL 0 */
};
void sim_snp_clear(struct sim_snp *guest);

/* Launches a guest: issues its chip's certificate. UNSUPPORTED when no such hardware exists. */
status sim_snp_launch(const struct sim_state *state, const struct sim_snp_settings *settings,
                      struct sim_snp *out);

/* A report of the guest's own VMPL over 64 bytes. */
status sim_snp_report(const struct sim_snp *guest, slice report_data, struct buffer *out_report);
