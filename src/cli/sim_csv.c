/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sim.h"

#include "sim/csv.h"

#include <stdio.h>
#include <string.h>

enum { PATH_SIZE = 96 };

struct guest {
    struct sim_csv_settings settings;
    struct sim_csv_vendor vendor;
    struct sim_csv csv;
};

static const struct sim_option options[] = {{"generation", true},  {"registers", false},
                                            {"measurement", true}, {"debug", false},
                                            {"migratable", false}, {NULL, false}};

static bool read_settings(const struct sim_arguments *arguments, const struct sim_state *state,
                          void *memory)
{
    struct sim_csv_settings settings = sim_csv_defaults();
    unsigned long generation = settings.generation;
    (void)state;
    if (!sim_number(arguments, "generation", 3, &generation) ||
        !sim_hex(arguments, "measurement", settings.measurement, sizeof settings.measurement))
        return false;
    if (generation == 0)
        return sim_complain("generation", "1, 2 or 3");
    settings.generation = (unsigned)generation;
    settings.has_registers = sim_given(arguments, "registers");
    settings.debug = sim_given(arguments, "debug");
    settings.migratable = sim_given(arguments, "migratable");
    ((struct guest *)memory)->settings = settings;
    return true;
}

static status publish(const struct sim_home *home, const struct sim_csv_vendor *vendor)
{
    SCOPED(buffer) hsk_cek = {0};
    TRY(sim_csv_hsk_cek(vendor, &hsk_cek));
    TRY(sim_folder_publish(home->path, "endorsements", "csv-hsk-cek.cert", buffer_view(&hsk_cek)));
    return sim_folder_publish(home->path, "trust", "csv-root.cert", SLICE(vendor->hrk_certificate));
}

static status launch(const struct sim_home *home, void *memory)
{
    struct guest *const guest = memory;
    SCOPED(buffer) kept = {0};
    TRY(sim_folder_keep(home->path, "csv", sim_csv_vendor_make, &kept));
    TRY(sim_csv_vendor_read(buffer_view(&kept), &guest->vendor));
    TRY(publish(home, &guest->vendor));
    return sim_csv_launch(&guest->vendor, &guest->settings, &guest->csv);
}

static void clear(void *memory)
{
    sim_csv_vendor_clear(&((struct guest *)memory)->vendor);
}

static status evidence(void *memory, slice report_data, struct buffer *out_evidence,
                       struct buffer *out_endorsements)
{
    const struct guest *const guest = memory;
    uint8_t padded[SIM_REPORT_DATA_SIZE], mnonce[16];
    TRY(sim_pad(report_data, padded));
    TRY(random_bytes(mnonce, sizeof mnonce));
    TRY(sim_csv_report(&guest->csv, SLICE(padded), SLICE(mnonce), true, out_evidence));
    return sim_csv_hsk_cek(&guest->vendor, out_endorsements);
}

/* The certificates lie where Hygon's tools put them. */
static status furnish(void *memory, struct sim_stage *stage)
{
    struct guest *const guest = memory;
    char path[PATH_SIZE];
    SCOPED(buffer) hsk_cek = {0};
    TRY(sim_csv_hsk_cek(&guest->vendor, &hsk_cek));
    snprintf(path, sizeof path, "/opt/csv/hsk_cek/%s/hsk_cek.cert", guest->vendor.serial);
    TRY(sim_stage_file(stage, path, buffer_view(&hsk_cek)));
    guest->csv.faults = sim_faults_of(&stage->settings);
    guest->csv.delay_ms = stage->settings.delay_ms;
    const struct sim_device device = sim_csv_device(&guest->csv);
    return sim_stage_device(stage, &device);
}

const struct sim_platform sim_csv = {
    .name = "csv",
    .trust = "csv-root.cert",
    .usage = "  --generation N        1, 2 or 3 (default)\n"
             "  --registers           firmware with measurement registers: extended reports\n"
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
    .furnish = furnish,
};
