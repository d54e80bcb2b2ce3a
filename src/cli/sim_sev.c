/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sim.h"

#include "sim/sev.h"

struct guest {
    struct sim_sev_settings settings;
    bool shows_pdh;
    struct sim_sev_vendor vendor;
};

static const struct sim_option options[] = {{"no-es", false},      {"pdh", false},
                                            {"measurement", true}, {"debug", false},
                                            {"migratable", false}, {NULL, false}};

static bool read_settings(const struct sim_arguments *arguments, const struct sim_state *state,
                          void *memory)
{
    struct guest *const guest = memory;
    struct sim_sev_settings settings = sim_sev_defaults();
    (void)state;
    if (!sim_hex(arguments, "measurement", settings.measurement, sizeof settings.measurement))
        return false;
    settings.encrypted_state = !sim_given(arguments, "no-es");
    settings.debug = sim_given(arguments, "debug");
    settings.migratable = sim_given(arguments, "migratable");
    guest->settings = settings;
    guest->shows_pdh = sim_given(arguments, "pdh");
    return true;
}

static status launch(const struct sim_home *home, void *memory)
{
    struct guest *const guest = memory;
    SCOPED(buffer) kept = {0};
    SCOPED(buffer) certificates = {0};
    TRY(sim_folder_keep(home->path, "sev", sim_sev_vendor_make, &kept));
    TRY(sim_sev_vendor_read(buffer_view(&kept), &guest->vendor));
    TRY(sim_sev_endorsements(&guest->vendor, &certificates));
    TRY(sim_folder_publish(home->path, "endorsements", "sev-chain.cert",
                           buffer_view(&certificates)));
    return sim_folder_publish(home->path, "trust", "sev-root.cert",
                              buffer_view(&guest->vendor.certificates[SIM_SEV_ARK]));
}

static void clear(void *memory)
{
    sim_sev_vendor_clear(&((struct guest *)memory)->vendor);
}

static status evidence(void *memory, slice report_data, struct buffer *out_evidence,
                       struct buffer *out_endorsements)
{
    const struct guest *const guest = memory;
    uint8_t mnonce[16];
    if (!slice_is_zero(report_data))
        return FAIL(UNSUPPORTED, "SEV evidence has no room for report data");
    TRY(random_bytes(mnonce, sizeof mnonce));
    TRY(guest->shows_pdh
            ? buffer_append(out_evidence, buffer_view(&guest->vendor.certificates[SIM_SEV_PDH]))
            : sim_sev_report(&guest->vendor, &guest->settings, SLICE(mnonce), out_evidence));
    return sim_sev_endorsements(&guest->vendor, out_endorsements);
}

const struct sim_platform sim_sev = {
    .name = "sev",
    .trust = "sev-root.cert",
    .usage = "  --pdh                 the platform's PDH certificate, not a guest's report\n"
             "  --no-es               a guest of SEV, not of SEV-ES\n"
             "  --measurement HEX     32 bytes\n"
             "  --debug               a guest that its host may look into\n"
             "  --migratable          a guest that its host may send elsewhere\n",
    .options = options,
    .has_own_keys = true,
    .guest_size = sizeof(struct guest),
    .clear = clear,
    .read = read_settings,
    .launch = launch,
    .evidence = evidence,
};
