/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/faults.h"

#include <limits.h>
#include <stddef.h>

static const char *const names[SIM_FAULT_END] = {
    [SIM_FAULT_NONE] = "none",
    [SIM_FAULT_SECOND_WRITER] = "second-writer",
    [SIM_FAULT_BUSY] = "busy",
    [SIM_FAULT_INTERRUPTED] = "interrupted",
    [SIM_FAULT_TIMED_OUT] = "timed-out",
    [SIM_FAULT_FAILED] = "failed",
    [SIM_FAULT_GONE] = "gone",
    [SIM_FAULT_UNLOADED] = "unloaded",
    [SIM_FAULT_OLD_REPORT] = "old-report",
    [SIM_FAULT_OVERSIZED] = "oversized",
    [SIM_FAULT_EMPTY] = "empty",
};

const char *sim_fault_name(enum sim_fault fault)
{
    return fault < SIM_FAULT_END ? names[fault] : NULL;
}

struct sim_faults sim_faults_of(const struct sim_tsm_settings *settings)
{
    return (struct sim_faults){settings->fault,
                               settings->fault_count ? settings->fault_count : UINT_MAX};
}

bool sim_fault_happens(struct sim_faults *faults, enum sim_fault fault)
{
    if (faults->fault != fault || faults->left == 0)
        return false;
    if (faults->left != UINT_MAX)
        faults->left--;
    return true;
}
