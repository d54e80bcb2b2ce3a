/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Faults that a driver, a host or a second program can cause, on purpose. */

#include <stdbool.h>

enum sim_fault {
    SIM_FAULT_NONE,
    SIM_FAULT_SECOND_WRITER, /* somebody else writes to the request before each report */
    SIM_FAULT_BUSY,          /* an earlier request is still in flight, or the host throttles */
    SIM_FAULT_INTERRUPTED,
    SIM_FAULT_TIMED_OUT,  /* the quoting service does not answer */
    SIM_FAULT_FAILED,     /* the quoting service or the firmware answers that it failed */
    SIM_FAULT_GONE,       /* no driver is there when a request is made */
    SIM_FAULT_UNLOADED,   /* the driver goes away while a request is open */
    SIM_FAULT_OLD_REPORT, /* the report of an earlier request comes back */
    SIM_FAULT_OVERSIZED,  /* the report is larger than the kernel's limit */
    SIM_FAULT_EMPTY,      /* the report is empty */
    SIM_FAULT_END,
};
const char *sim_fault_name(enum sim_fault fault); /* "second-writer" */

/* How an interface to evidence behaves: configfs-tsm or a device. */
struct sim_tsm_settings {
    unsigned delay_ms;   /* of each report */
    unsigned timeout_ms; /* after which the driver gives up; the quote stays in flight */
    enum sim_fault fault;
    unsigned fault_count;      /* times it happens; 0: always */
    bool (*interrupted)(void); /* whether the caller's wait was interrupted; may be NULL */
};

/* The faults of one interface, counted. */
struct sim_faults {
    enum sim_fault fault;
    unsigned left;
};
struct sim_faults sim_faults_of(const struct sim_tsm_settings *settings);

/* True each time this one should happen. */
bool sim_fault_happens(struct sim_faults *faults, enum sim_fault fault);
