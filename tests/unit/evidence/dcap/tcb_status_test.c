/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/dcap/tcb_status.h"

#include "test.h"

static const enum tcb_status every_status[] = {
    TCB_REVOKED,
    TCB_OUT_OF_DATE,
    TCB_OUT_OF_DATE_CONFIGURATION_NEEDED,
    TCB_CONFIGURATION_NEEDED,
    TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED,
    TCB_SW_HARDENING_NEEDED,
    TCB_UP_TO_DATE,
};
enum { STATUSES = sizeof every_status / sizeof *every_status };

TEST(every_status_that_a_level_may_have_is_read_as_it_is_written)
{
    for (size_t i = 0; i < STATUSES; i++)
        EXPECT(tcb_status_of_name(slice_of_text(tcb_status_name(every_status[i]))) ==
               every_status[i]);
}

TEST(no_other_text_is_a_status_of_a_level)
{
    static const char *const others[] = {
        "",
        "uptodate",
        "UpToDate ",
        "UpToDat",
        "NotSupported",
        "Unknown",
        "TDRelaunchAdvised",
        "TDRelaunchAdvisedConfigurationNeeded",
        "OutofDate",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        EXPECT(tcb_status_of_name(slice_of_text(others[i])) == TCB_UNKNOWN);
}

/* E28. The rules are those of Intel's library, "convergeTcbStatus". */
TEST(an_out_of_date_part_makes_the_platform_out_of_date_and_keeps_its_other_needs)
{
    static const struct {
        enum tcb_status platform, converged;
    } rows[] = {
        {TCB_UP_TO_DATE, TCB_OUT_OF_DATE},
        {TCB_SW_HARDENING_NEEDED, TCB_OUT_OF_DATE},
        {TCB_CONFIGURATION_NEEDED, TCB_OUT_OF_DATE_CONFIGURATION_NEEDED},
        {TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED, TCB_OUT_OF_DATE_CONFIGURATION_NEEDED},
        {TCB_OUT_OF_DATE, TCB_OUT_OF_DATE},
        {TCB_OUT_OF_DATE_CONFIGURATION_NEEDED, TCB_OUT_OF_DATE_CONFIGURATION_NEEDED},
        {TCB_REVOKED, TCB_REVOKED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        EXPECT(tcb_status_converge(rows[i].platform, TCB_OUT_OF_DATE) == rows[i].converged);
}

TEST(an_up_to_date_part_changes_nothing_and_a_revoked_one_revokes)
{
    for (size_t i = 0; i < STATUSES; i++) {
        EXPECT(tcb_status_converge(every_status[i], TCB_UP_TO_DATE) == every_status[i]);
        EXPECT(tcb_status_converge(every_status[i], TCB_REVOKED) == TCB_REVOKED);
        EXPECT(tcb_status_converge(every_status[i], TCB_NOT_SUPPORTED) == TCB_NOT_SUPPORTED);
        EXPECT(tcb_status_converge(TCB_NOT_SUPPORTED, every_status[i]) == TCB_NOT_SUPPORTED);
    }
}

static bool is_out_of_date(enum tcb_status tcb)
{
    return tcb == TCB_OUT_OF_DATE || tcb == TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
}

static bool is_fresh(enum tcb_status tcb)
{
    return tcb == TCB_UP_TO_DATE || tcb == TCB_SW_HARDENING_NEEDED ||
           tcb == TCB_CONFIGURATION_NEEDED || tcb == TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED;
}

static bool wants_configuration(enum tcb_status tcb)
{
    return tcb == TCB_CONFIGURATION_NEEDED || tcb == TCB_OUT_OF_DATE_CONFIGURATION_NEEDED ||
           tcb == TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED;
}

TEST(a_relaunch_is_advised_exactly_where_it_would_help)
{
    for (size_t i = 0; i < STATUSES; i++)
        for (size_t j = 0; j < STATUSES; j++) {
            const enum tcb_status launch = every_status[i], now = every_status[j];
            const bool configure = wants_configuration(launch) || wants_configuration(now);
            const enum tcb_status expected = !is_out_of_date(launch) || !is_fresh(now) ? launch
                                             : configure ? TCB_RELAUNCH_ADVISED_CONFIGURATION_NEEDED
                                                         : TCB_RELAUNCH_ADVISED;
            EXPECT(tcb_status_relaunch(launch, now) == expected);
        }
    EXPECT(tcb_status_relaunch(TCB_UP_TO_DATE, TCB_NOT_SUPPORTED) == TCB_NOT_SUPPORTED);
    EXPECT(tcb_status_relaunch(TCB_NOT_SUPPORTED, TCB_UP_TO_DATE) == TCB_NOT_SUPPORTED);
}

/* One level that asks for 5 of everything, above one that asks for nothing. */
static struct tcb_level levels[2];

static void make_levels(void)
{
    for (size_t i = 0; i < TCB_COMPONENTS; i++) {
        levels[0].sgx[i] = levels[0].tdx[i] = 5;
        levels[1].sgx[i] = levels[1].tdx[i] = 0;
    }
    levels[0].pcesvn = 5;
    levels[1].pcesvn = 0;
}

/* E24 */
TEST(one_component_below_a_level_is_enough_to_miss_it)
{
    uint8_t sgx[TCB_COMPONENTS], tdx[TCB_COMPONENTS];
    struct tcb_svns svns = {sgx, tdx, 5};
    make_levels();
    memset(sgx, 5, sizeof sgx);
    memset(tdx, 5, sizeof tdx);
    tdx[1] = 0; /* the module has no identity: all 16 components count */
    levels[0].tdx[1] = 0;
    EXPECT(tcb_level_match(levels, 2, &svns) == &levels[0]);
    for (size_t i = 0; i < TCB_COMPONENTS; i++) {
        sgx[i] = 4;
        EXPECT(tcb_level_match(levels, 2, &svns) == &levels[1]);
        sgx[i] = 5;
        if (i == 1)
            continue;
        tdx[i] = 4;
        EXPECT(tcb_level_match(levels, 2, &svns) == &levels[1]);
        tdx[i] = 5;
    }
    svns.pcesvn = 4;
    EXPECT(tcb_level_match(levels, 2, &svns) == &levels[1]);
}

TEST(a_module_with_an_identity_is_not_judged_by_the_platforms_levels)
{
    uint8_t sgx[TCB_COMPONENTS], tdx[TCB_COMPONENTS];
    const struct tcb_svns svns = {sgx, tdx, 5};
    make_levels();
    memset(sgx, 5, sizeof sgx);
    memset(tdx, 5, sizeof tdx);
    tdx[0] = 0;
    tdx[1] = 1; /* below the level's 5, as its minor version is */
    EXPECT(tcb_level_match(levels, 2, &svns) == &levels[0]);
    tdx[2] = 4;
    EXPECT(tcb_level_match(levels, 2, &svns) == &levels[1]);
}

TEST(components_above_255_are_out_of_everybodys_reach)
{
    uint8_t sgx[TCB_COMPONENTS];
    const struct tcb_svns svns = {sgx, NULL, UINT16_MAX};
    make_levels();
    memset(sgx, 255, sizeof sgx);
    EXPECT(tcb_level_match(levels, 1, &svns) == &levels[0]);
    levels[0].sgx[7] = 256;
    EXPECT(tcb_level_match(levels, 1, &svns) == NULL);
}

TEST(no_level_matches_where_none_is_low_enough)
{
    static const struct svn_level svn_levels[] = {{.isvsvn = 5}, {.isvsvn = 3}};
    EXPECT(svn_level_match(svn_levels, 2, 6) == &svn_levels[0]);
    EXPECT(svn_level_match(svn_levels, 2, 5) == &svn_levels[0]);
    EXPECT(svn_level_match(svn_levels, 2, 4) == &svn_levels[1]);
    EXPECT(svn_level_match(svn_levels, 2, 2) == NULL);
    EXPECT(svn_level_match(svn_levels, 0, 9) == NULL);
}
