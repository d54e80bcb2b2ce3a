/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sim.h"

#include "sim/tdx.h"
#include "sim/tdx_guest.h"

#include <linux/vm_sockets.h>
#include <stdio.h>

enum { QGS_PORT = 4050 };

struct guest {
    bool shows_measurements;
    struct sim_tdx_settings settings;
    struct sim_tdx td;
    struct sim_tdx_guest device;
};

static const struct sim_option options[] = {
    {"quote-version", true}, {"measurement", true}, {"host-data", true},     {"debug", false},
    {"tcb", true},           {"instance", true},    {"rtmr0", true},         {"rtmr1", true},
    {"rtmr2", true},         {"rtmr3", true},       {"measurements", false}, {NULL, false},
};

static bool read_settings(const struct sim_arguments *arguments, const struct sim_state *state,
                          void *guest)
{
    struct sim_tdx_settings settings = sim_tdx_defaults(state);
    unsigned long version = settings.quote_version;
    if (sim_given(arguments, "tcb"))
        settings.tcb_status = sim_text(arguments, "tcb");
    if (sim_intel_svn_of_status(settings.tcb_status) == 0)
        return sim_complain("tcb", "a status as Intel spells it, such as UpToDate or OutOfDate");
    if (!sim_number(arguments, "quote-version", 5, &version) ||
        !sim_hex(arguments, "measurement", settings.mrtd, sizeof settings.mrtd) ||
        !sim_hex(arguments, "host-data", settings.mr_config_id, sizeof settings.mr_config_id) ||
        !sim_hex(arguments, "instance", settings.platform_instance,
                 sizeof settings.platform_instance))
        return false;
    for (int i = 0; i < SIM_RTMR_COUNT; i++) {
        char name[8];
        snprintf(name, sizeof name, "rtmr%d", i);
        if (!sim_hex(arguments, name, settings.rtmr[i], sizeof settings.rtmr[i]))
            return false;
    }
    settings.quote_version = (uint16_t)version;
    settings.debug = sim_given(arguments, "debug");
    ((struct guest *)guest)->settings = settings;
    ((struct guest *)guest)->shows_measurements = sim_given(arguments, "measurements");
    return true;
}

static status launch(const struct sim_home *home, void *memory)
{
    struct guest *const guest = memory;
    return sim_tdx_launch(home->state, &guest->settings, &guest->td);
}

static void clear(void *memory)
{
    sim_tdx_clear(&((struct guest *)memory)->td);
}

static status evidence(void *memory, slice report_data, struct buffer *out_evidence,
                       struct buffer *out_endorsements)
{
    const struct guest *const guest = memory;
    uint8_t padded[SIM_REPORT_DATA_SIZE];
    (void)out_endorsements; /* the quote has its certificates in it */
    TRY(sim_pad(report_data, padded));
    return sim_tdx_quote(&guest->td, SLICE(padded), out_evidence);
}

static const struct sim_machine *machine(void *memory)
{
    return &((struct guest *)memory)->td.machine;
}

/* The host's quoting service is where Intel's library looks for it. */
static status furnish(void *memory, struct sim_stage *stage)
{
    struct guest *const guest = memory;
    guest->device = sim_tdx_guest_of(&guest->td, &stage->settings);
    const struct sim_device device = sim_tdx_guest_device(&guest->device);
    TRY(sim_stage_device(stage, &device));
    TRY(sim_stage_service(stage, "qgs", sim_tdx_quoting_service, &guest->device));
    TRY(sim_stage_port(stage, VMADDR_CID_HOST, QGS_PORT, "qgs"));
    TRY(sim_stage_file(stage, "/etc/tdx-attest.conf", slice_of_text("port=4050\n")));
    if (guest->shows_measurements) /* every read of the command then costs a detour */
        TRY(sim_tdx_guest_show_measurements(&guest->device, stage));
    return sim_stage_cpu_flag(stage, "tdx_guest");
}

const struct sim_platform sim_tdx = {
    .name = "tdx",
    .trust = "tdx-root.pem",
    .usage = "  --quote-version N     4 (default) or 5\n"
             "  --measurement HEX     48 bytes: MRTD\n"
             "  --host-data HEX       48 bytes: MRCONFIGID\n"
             "  --debug               a TD that its host may look into\n"
             "  --tcb STATUS          as Intel spells it, such as OutOfDate\n"
             "  --instance HEX        16 bytes: the platform instance in the PCK certificate\n"
             "  --rtmr0 .. --rtmr3 HEX\n"
             "  --measurements        with COMMAND: a kernel that shows and extends registers\n",
    .options = options,
    .guest_size = sizeof(struct guest),
    .clear = clear,
    .read = read_settings,
    .launch = launch,
    .evidence = evidence,
    .machine = machine,
    .furnish = furnish,
};
