/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sim.h"

#include "sim/gramine.h"
#include "sim/occlum.h"

struct guest {
    struct sim_sgx_settings settings;
    bool under_occlum;
    struct sim_sgx enclave;
    struct sim_gramine gramine;
    struct sim_occlum occlum;
};

static const struct sim_option options[] = {
    {"quote-version", true}, {"measurement", true}, {"signer", true},
    {"host-data", true},     {"debug", false},      {"tcb", true},
    {"instance", true},      {"occlum", false},     {NULL, false},
};

static bool read_settings(const struct sim_arguments *arguments, const struct sim_state *state,
                          void *memory)
{
    struct guest *const guest = memory;
    struct sim_sgx_settings settings = sim_sgx_defaults(state);
    unsigned long version = settings.quote_version;
    if (sim_given(arguments, "tcb"))
        settings.tcb_status = sim_text(arguments, "tcb");
    if (sim_intel_svn_of_status(settings.tcb_status) == 0)
        return sim_complain("tcb", "a status as Intel spells it, such as UpToDate or OutOfDate");
    if (!sim_number(arguments, "quote-version", 5, &version) ||
        !sim_hex(arguments, "measurement", settings.mrenclave, sizeof settings.mrenclave) ||
        !sim_hex(arguments, "signer", settings.mrsigner, sizeof settings.mrsigner) ||
        !sim_hex(arguments, "host-data", settings.config_id, sizeof settings.config_id) ||
        !sim_hex(arguments, "instance", settings.platform_instance,
                 sizeof settings.platform_instance))
        return false;
    settings.quote_version = (uint16_t)version;
    settings.debug = sim_given(arguments, "debug");
    guest->settings = settings;
    guest->under_occlum = sim_given(arguments, "occlum");
    return true;
}

static status launch(const struct sim_home *home, void *memory)
{
    struct guest *const guest = memory;
    return sim_sgx_launch(home->state, &guest->settings, &guest->enclave);
}

static void clear(void *memory)
{
    struct guest *const guest = memory;
    sim_gramine_clear(&guest->gramine);
    sim_sgx_clear(&guest->enclave);
}

static status evidence(void *memory, slice report_data, struct buffer *out_evidence,
                       struct buffer *out_endorsements)
{
    const struct guest *const guest = memory;
    uint8_t padded[SIM_REPORT_DATA_SIZE];
    (void)out_endorsements; /* the quote has its certificates in it */
    TRY(sim_pad(report_data, padded));
    return sim_sgx_quote(&guest->enclave, SLICE(padded), out_evidence);
}

static status furnish_occlum(struct guest *guest, struct sim_stage *stage)
{
    guest->occlum = sim_occlum_make(&guest->enclave, &stage->settings);
    const struct sim_device device = sim_occlum_device(&guest->occlum);
    return sim_stage_device(stage, &device);
}

static status furnish_gramine(struct guest *guest, struct sim_stage *stage)
{
    struct sim_device files[SIM_GRAMINE_FILES];
    guest->gramine = sim_gramine_make(&guest->enclave, &stage->settings);
    sim_gramine_files(&guest->gramine, files);
    for (size_t i = 0; i < SIM_GRAMINE_FILES; i++)
        TRY(sim_stage_device(stage, &files[i]));
    return OK;
}

static status furnish(void *memory, struct sim_stage *stage)
{
    struct guest *const guest = memory;
    return guest->under_occlum ? furnish_occlum(guest, stage) : furnish_gramine(guest, stage);
}

const struct sim_platform sim_sgx = {
    .name = "sgx",
    .trust = "sgx-root.pem",
    .usage = "  --quote-version N     3 (default), 4 or 5\n"
             "  --measurement HEX     32 bytes: MRENCLAVE\n"
             "  --signer HEX          32 bytes: MRSIGNER\n"
             "  --host-data HEX       64 bytes: CONFIGID\n"
             "  --debug               an enclave that its host may look into\n"
             "  --tcb STATUS          as Intel spells it, such as OutOfDate\n"
             "  --instance HEX        16 bytes: the platform instance in the PCK certificate\n"
             "  --occlum              under Occlum instead of Gramine\n",
    .options = options,
    .guest_size = sizeof(struct guest),
    .clear = clear,
    .read = read_settings,
    .launch = launch,
    .evidence = evidence,
    .furnish = furnish,
};
