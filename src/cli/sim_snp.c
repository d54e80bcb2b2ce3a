/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sim.h"

#include "sim/sev_guest.h"
#include "sim/snp.h"

#include <stdlib.h>
#include <string.h>

struct guest {
    struct sim_snp_settings settings;
    struct sim_snp snp;
    struct sim_sev_guest device;
};

static const struct sim_option options[] = {
    {"product", true},   {"report-version", true}, {"measurement", true},
    {"host-data", true}, {"debug", false},         {"tcb", true},
    {"chip-id", true},   {"mask-chip-id", false},  {"vmpl", true},
    {"guest-svn", true}, {"migratable", false},    {NULL, false},
};

/* "bl=4,snp=24": the levels named, the rest as they are. */
static bool read_tcb(const char *text, struct sim_snp_tcb *tcb)
{
    const struct {
        const char *name;
        uint8_t *level;
    } rows[] = {{"fmc", &tcb->fmc},
                {"bl", &tcb->boot_loader},
                {"tee", &tcb->tee},
                {"snp", &tcb->snp},
                {"ucode", &tcb->microcode}};
    while (text && *text) {
        bool found = false;
        for (size_t i = 0; i < sizeof rows / sizeof *rows && !found; i++) {
            const size_t size = strlen(rows[i].name);
            if (strncmp(text, rows[i].name, size) != 0 || text[size] != '=')
                continue;
            char *end;
            const unsigned long level = strtoul(text + size + 1, &end, 10);
            if (end == text + size + 1 || level > UINT8_MAX || (*end && *end != ','))
                return sim_complain("tcb", "patch levels up to 255");
            *rows[i].level = (uint8_t)level;
            text = *end ? end + 1 : end;
            found = true;
        }
        if (!found)
            return sim_complain("tcb", "bl=N,tee=N,snp=N,ucode=N,fmc=N");
    }
    return true;
}

static bool read_chip_id(const struct sim_arguments *arguments, struct sim_snp_settings *settings)
{
    if (!sim_given(arguments, "chip-id"))
        return true;
    memset(settings->chip_id, 0, sizeof settings->chip_id);
    return sim_hex(arguments, "chip-id", settings->chip_id,
                   settings->product == SIM_TURIN ? 8 : SIM_CHIP_ID_SIZE);
}

static bool read_settings(const struct sim_arguments *arguments, const struct sim_state *state,
                          void *guest)
{
    const char *const product = sim_text(arguments, "product");
    struct sim_snp_settings settings =
        sim_snp_defaults(state, product ? sim_product_named(product) : SIM_GENOA);
    unsigned long version = settings.report_version, vmpl = 0, guest_svn = 0;
    if (settings.product == SIM_PRODUCT_NONE)
        return sim_complain("product", "Milan, Genoa or Turin");
    if (!sim_number(arguments, "report-version", 5, &version) ||
        !sim_number(arguments, "vmpl", 3, &vmpl) ||
        !sim_number(arguments, "guest-svn", UINT32_MAX, &guest_svn) ||
        !sim_hex(arguments, "measurement", settings.measurement, sizeof settings.measurement) ||
        !sim_hex(arguments, "host-data", settings.host_data, sizeof settings.host_data) ||
        !read_chip_id(arguments, &settings) || !read_tcb(sim_text(arguments, "tcb"), &settings.tcb))
        return false;
    settings.report_version = (uint32_t)version;
    settings.vmpl = (uint32_t)vmpl;
    settings.guest_svn = (uint32_t)guest_svn;
    settings.debug = sim_given(arguments, "debug");
    settings.masks_chip_id = sim_given(arguments, "mask-chip-id");
    settings.migratable = sim_given(arguments, "migratable");
    ((struct guest *)guest)->settings = settings;
    return true;
}

static status launch(const struct sim_home *home, void *memory)
{
    struct guest *const guest = memory;
    return sim_snp_launch(home->state, &guest->settings, &guest->snp);
}

static void clear(void *memory)
{
    struct guest *const guest = memory;
    sim_snp_clear(&guest->snp);
    wipe(guest->device.secret, sizeof guest->device.secret);
}

static status evidence(void *memory, slice report_data, struct buffer *out_evidence,
                       struct buffer *out_endorsements)
{
    const struct guest *const guest = memory;
    uint8_t padded[SIM_REPORT_DATA_SIZE];
    TRY(sim_pad(report_data, padded));
    TRY(sim_snp_report(&guest->snp, SLICE(padded), out_evidence));
    return buffer_append(out_endorsements, buffer_view(&guest->snp.certificate_table));
}

static const struct sim_machine *machine(void *memory)
{
    return &((struct guest *)memory)->snp.machine;
}

static status furnish(void *memory, struct sim_stage *stage)
{
    struct guest *const guest = memory;
    TRY(sim_sev_guest_make(&guest->snp.machine, &stage->settings, &guest->device));
    const struct sim_device device = sim_sev_guest_device(&guest->device);
    return sim_stage_device(stage, &device);
}

const struct sim_platform sim_snp = {
    .name = "snp",
    .trust = "snp-root.pem",
    .usage = "  --product NAME        Milan, Genoa (default) or Turin\n"
             "  --report-version N    2, 3 (default) or 5\n"
             "  --measurement HEX     48 bytes\n"
             "  --host-data HEX       32 bytes\n"
             "  --debug               a guest that its host may look into\n"
             "  --tcb TCB             bl=N,tee=N,snp=N,ucode=N,fmc=N (any of them)\n"
             "  --chip-id HEX         64 bytes; Turin: 8\n"
             "  --mask-chip-id        a host that hides the chip's id\n"
             "  --vmpl N              the level the guest's kernel runs at\n"
             "  --guest-svn N\n"
             "  --migratable          a guest with a migration agent allowed\n",
    .options = options,
    .guest_size = sizeof(struct guest),
    .clear = clear,
    .read = read_settings,
    .launch = launch,
    .evidence = evidence,
    .machine = machine,
    .furnish = furnish,
};
