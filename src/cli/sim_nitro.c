/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sim.h"

#include "codec/text.h"
#include "sim/nsm.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

struct guest {
    struct sim_nitro_settings settings;
    struct sim_nitro enclave;
    struct sim_nsm nsm;
};

static const struct sim_option options[] = {
    {"measurement", true}, {"pcr1", true},      {"pcr2", true},   {"pcr3", true}, {"pcr4", true},
    {"pcr8", true},        {"module-id", true}, {"debug", false}, {NULL, false},
};

static bool read_pcrs(const struct sim_arguments *arguments, struct sim_nitro_settings *settings)
{
    static const struct {
        const char *name;
        size_t index;
    } rows[] = {{"measurement", 0}, {"pcr1", 1}, {"pcr2", 2},
                {"pcr3", 3},        {"pcr4", 4}, {"pcr8", 8}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (!sim_hex(arguments, rows[i].name, settings->pcrs[rows[i].index], SIM_NITRO_PCR_SIZE))
            return false;
    return true;
}

static bool read_settings(const struct sim_arguments *arguments, const struct sim_state *state,
                          void *memory)
{
    struct sim_nitro_settings settings = sim_nitro_defaults();
    const char *const module_id = sim_text(arguments, "module-id");
    (void)state;
    if (!read_pcrs(arguments, &settings))
        return false;
    if (module_id && (!*module_id || strlen(module_id) >= sizeof settings.module_id))
        return sim_complain("module-id", "1 to 63 characters");
    if (module_id)
        snprintf(settings.module_id, sizeof settings.module_id, "%s", module_id);
    settings.debug = sim_given(arguments, "debug");
    ((struct guest *)memory)->settings = settings;
    return true;
}

static status publish(const struct sim_home *home, const struct sim_nitro *enclave)
{
    SCOPED(buffer) der = {0};
    SCOPED(buffer) pem = {0};
    TRY(certificate_der(&enclave->certificates[0], &der));
    TRY(pem_write("CERTIFICATE", buffer_view(&der), &pem));
    return sim_folder_publish(home->path, "trust", "nitro-root.pem", buffer_view(&pem));
}

static status launch(const struct sim_home *home, void *memory)
{
    struct guest *const guest = memory;
    SCOPED(private_key) root = {0};
    TRY(sim_kept_key(home, "nitro", CURVE_P384, &root));
    TRY(sim_nitro_launch(&root, home->now_s, &guest->settings, &guest->enclave));
    return publish(home, &guest->enclave);
}

static void clear(void *memory)
{
    sim_nitro_clear(&((struct guest *)memory)->enclave);
}

static int64_t now_s(void)
{
    return time(NULL);
}

static status evidence(void *memory, slice report_data, struct buffer *out_evidence,
                       struct buffer *out_endorsements)
{
    (void)out_endorsements; /* the document brings its chain */
    return sim_nitro_document(&((struct guest *)memory)->enclave, now_s(), report_data, (slice){0},
                              (slice){0}, out_evidence);
}

static status furnish(void *memory, struct sim_stage *stage)
{
    struct guest *const guest = memory;
    guest->nsm = sim_nsm_of(&guest->enclave, now_s, &stage->settings);
    const struct sim_device device = sim_nsm_device(&guest->nsm);
    return sim_stage_device(stage, &device);
}

const struct sim_platform sim_nitro = {
    .name = "nitro",
    .trust = "nitro-root.pem",
    .usage = "  --measurement HEX     48 bytes: PCR0\n"
             "  --pcr1 .. --pcr4, --pcr8 HEX\n"
             "                        48 bytes each\n"
             "  --module-id TEXT      the enclave on its parent instance\n"
             "  --debug               an enclave in debug mode: PCR0 to PCR2 are zero\n",
    .options = options,
    .has_own_keys = true,
    .guest_size = sizeof(struct guest),
    .clear = clear,
    .read = read_settings,
    .launch = launch,
    .evidence = evidence,
    .furnish = furnish,
};
