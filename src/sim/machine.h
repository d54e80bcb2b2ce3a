/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A running simulated guest, as its kernel's driver sees it: somebody who answers report data. */

#include "base/bytes.h"

enum { SIM_REPORT_DATA_SIZE = 64 };

struct sim_machine {
    const char *provider; /* what configfs-tsm calls it: "sev_guest" */
    bool has_privlevels;  /* SEV's VMPLs */
    unsigned privlevel_floor;
    bool has_certificates; /* offers auxblob */
    status (*report)(const struct sim_machine *machine, unsigned privlevel, slice report_data,
                     struct buffer *out_report);
    slice certificates; /* what auxblob shows; may be empty */

    /* Who runs above the kernel, with a vTPM; NULL: nobody. Reports of the highest level. */
    status (*service_report)(const struct sim_machine *machine, slice report_data,
                             struct buffer *out_report);
    slice manifest; /* what that service says of itself */
};
