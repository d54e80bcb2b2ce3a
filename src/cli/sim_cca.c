/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sim.h"

#include "sim/cca.h"

struct guest {
    struct sim_cca_settings settings;
    struct sim_cca realm;
};

static const struct sim_option options[] = {
    {"measurement", true}, {"host-data", true}, {"rem0", true},   {"rem1", true},
    {"rem2", true},        {"rem3", true},      {"debug", false}, {"old-profile", false},
    {"wrapped", false},    {"lifecycle", true}, {NULL, false},
};

static bool read_settings(const struct sim_arguments *arguments, const struct sim_state *state,
                          void *memory)
{
    enum { RECOVERABLE_DEBUG = 0x5000 };
    static const char *const rems[SIM_CCA_REMS] = {"rem0", "rem1", "rem2", "rem3"};
    struct sim_cca_settings settings = sim_cca_defaults();
    unsigned long lifecycle =
        sim_given(arguments, "debug") ? RECOVERABLE_DEBUG : settings.lifecycle;
    (void)state;
    if (!sim_number(arguments, "lifecycle", UINT16_MAX, &lifecycle) ||
        !sim_hex(arguments, "measurement", settings.measurement, sizeof settings.measurement) ||
        !sim_hex(arguments, "host-data", settings.personalisation_value,
                 sizeof settings.personalisation_value))
        return false;
    for (size_t i = 0; i < SIM_CCA_REMS; i++)
        if (!sim_hex(arguments, rems[i], settings.rems[i], sizeof settings.rems[i]))
            return false;
    settings.lifecycle = (uint16_t)lifecycle;
    settings.is_old = sim_given(arguments, "old-profile");
    settings.is_wrapped = sim_given(arguments, "wrapped");
    ((struct guest *)memory)->settings = settings;
    return true;
}

static status launch(const struct sim_home *home, void *memory)
{
    struct guest *const guest = memory;
    SCOPED(private_key) cpak = {0};
    TRY(sim_kept_key(home, "cca", CURVE_P384, &cpak));
    TRY(sim_publish_key(home, "cca-root.pem", &cpak));
    return sim_cca_launch(&cpak, &guest->settings, &guest->realm);
}

static void clear(void *memory)
{
    sim_cca_clear(&((struct guest *)memory)->realm);
}

static status evidence(void *memory, slice report_data, struct buffer *out_evidence,
                       struct buffer *out_endorsements)
{
    uint8_t padded[SIM_REPORT_DATA_SIZE];
    (void)out_endorsements; /* there are none */
    TRY(sim_pad(report_data, padded));
    return sim_cca_token(&((struct guest *)memory)->realm, SLICE(padded), out_evidence);
}

static const struct sim_machine *machine(void *memory)
{
    return &((struct guest *)memory)->realm.machine;
}

const struct sim_platform sim_cca = {
    .name = "cca",
    .trust = "cca-root.pem",
    .usage = "  --measurement HEX     32 bytes: the realm's initial measurement\n"
             "  --host-data HEX       64 bytes: the personalisation value\n"
             "  --rem0 .. --rem3 HEX  32 bytes each\n"
             "  --debug               a platform that can be debugged\n"
             "  --lifecycle N         of the platform; default 12288, secured\n"
             "  --old-profile         tokens as of 2022\n"
             "  --wrapped             in a conceptual message wrapper's collection\n",
    .options = options,
    .has_own_keys = true,
    .guest_size = sizeof(struct guest),
    .clear = clear,
    .read = read_settings,
    .launch = launch,
    .evidence = evidence,
    .machine = machine,
};
