/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/dcap/tcb_status.h"

static const struct {
    enum tcb_status status;
    const char *name;
    bool in_levels;
} names[] = {
    {TCB_NOT_SUPPORTED, "NotSupported", false},
    {TCB_REVOKED, "Revoked", true},
    {TCB_OUT_OF_DATE, "OutOfDate", true},
    {TCB_OUT_OF_DATE_CONFIGURATION_NEEDED, "OutOfDateConfigurationNeeded", true},
    {TCB_CONFIGURATION_NEEDED, "ConfigurationNeeded", true},
    {TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED, "ConfigurationAndSWHardeningNeeded", true},
    {TCB_SW_HARDENING_NEEDED, "SWHardeningNeeded", true},
    {TCB_UP_TO_DATE, "UpToDate", true},
    {TCB_RELAUNCH_ADVISED, "TDRelaunchAdvised", false},
    {TCB_RELAUNCH_ADVISED_CONFIGURATION_NEEDED, "TDRelaunchAdvisedConfigurationNeeded", false},
};

enum { NAMES = sizeof names / sizeof names[0] };

const char *tcb_status_name(enum tcb_status tcb)
{
    for (size_t i = 0; i < NAMES; i++)
        if (names[i].status == tcb)
            return names[i].name;
    return "Unknown";
}

enum tcb_status tcb_status_of_name(slice name)
{
    for (size_t i = 0; i < NAMES; i++)
        if (names[i].in_levels && slice_equal(name, slice_of_text(names[i].name)))
            return names[i].status;
    return TCB_UNKNOWN;
}

static bool reaches(const uint8_t *have, const uint16_t *level, size_t first)
{
    for (size_t i = first; i < TCB_COMPONENTS; i++)
        if (have[i] < level[i])
            return false;
    return true;
}

const struct tcb_level *tcb_level_match(const struct tcb_level *levels, size_t count,
                                        const struct tcb_svns *svns)
{
    enum { MODULE_MAJOR = 1, AFTER_MODULE = 2 };
    const size_t first_tdx = svns->tdx && svns->tdx[MODULE_MAJOR] > 0 ? AFTER_MODULE : 0;

    for (size_t i = 0; i < count; i++)
        if (reaches(svns->sgx, levels[i].sgx, 0) && svns->pcesvn >= levels[i].pcesvn &&
            (!svns->tdx || reaches(svns->tdx, levels[i].tdx, first_tdx)))
            return &levels[i];
    return NULL;
}

const struct svn_level *svn_level_match(const struct svn_level *levels, size_t count,
                                        uint16_t isvsvn)
{
    for (size_t i = 0; i < count; i++)
        if (isvsvn >= levels[i].isvsvn)
            return &levels[i];
    return NULL;
}

enum tcb_status tcb_level_status(const struct tcb_level *level)
{
    return level ? level->verdict.status : TCB_NOT_SUPPORTED;
}

enum tcb_status svn_level_status(const struct svn_level *level)
{
    return level ? level->verdict.status : TCB_NOT_SUPPORTED;
}

enum tcb_status tcb_status_converge(enum tcb_status platform, enum tcb_status component)
{
    if (platform == TCB_NOT_SUPPORTED || component == TCB_NOT_SUPPORTED)
        return TCB_NOT_SUPPORTED;
    if (platform == TCB_REVOKED || component == TCB_REVOKED)
        return TCB_REVOKED;
    if (component != TCB_OUT_OF_DATE)
        return platform;
    switch (platform) {
    case TCB_UP_TO_DATE:
    case TCB_SW_HARDENING_NEEDED:
        return TCB_OUT_OF_DATE;
    case TCB_CONFIGURATION_NEEDED:
    case TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED:
        return TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
    default:
        return platform;
    }
}

static bool needs_configuration(enum tcb_status tcb)
{
    return tcb == TCB_CONFIGURATION_NEEDED || tcb == TCB_OUT_OF_DATE_CONFIGURATION_NEEDED ||
           tcb == TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED;
}

static bool is_out_of_date(enum tcb_status tcb)
{
    return tcb == TCB_OUT_OF_DATE || tcb == TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
}

enum tcb_status tcb_status_relaunch(enum tcb_status launch, enum tcb_status current)
{
    if (launch == TCB_NOT_SUPPORTED || current == TCB_NOT_SUPPORTED)
        return TCB_NOT_SUPPORTED;
    const bool current_is_fresh = current == TCB_UP_TO_DATE || current == TCB_SW_HARDENING_NEEDED ||
                                  current == TCB_CONFIGURATION_NEEDED ||
                                  current == TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED;
    if (!is_out_of_date(launch) || !current_is_fresh)
        return launch;
    return needs_configuration(launch) || needs_configuration(current)
               ? TCB_RELAUNCH_ADVISED_CONFIGURATION_NEEDED
               : TCB_RELAUNCH_ADVISED;
}
