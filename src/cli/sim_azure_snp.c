/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sim.h"

#include "evidence/azure/collect.h"
#include "sim/azure.h"

#include <errno.h>

struct guest {
    struct sim_snp_settings settings;
    struct sim_snp snp;
    struct sim_tpm_authority authority;
    struct sim_tpm tpm;
};

static const struct sim_option options[] = {
    {"product", true}, {"measurement", true}, {"debug", false}, {NULL, false}};

static bool read_settings(const struct sim_arguments *arguments, const struct sim_state *state,
                          void *memory)
{
    const char *const product = sim_text(arguments, "product");
    struct sim_snp_settings settings =
        sim_snp_defaults(state, product ? sim_product_named(product) : SIM_GENOA);
    if (settings.product == SIM_PRODUCT_NONE)
        return sim_complain("product", "Milan, Genoa or Turin");
    if (!sim_hex(arguments, "measurement", settings.measurement, sizeof settings.measurement))
        return false;
    settings.debug = sim_given(arguments, "debug");
    ((struct guest *)memory)->settings = settings;
    return true;
}

/* swtpm's key is certified by a cloud whose root nobody is given: the hardware vouches for ours. */
static status start_tpm(const struct sim_home *home, struct guest *guest)
{
    static const struct sim_tpm_extension nothing;
    SCOPED(buffer) authority = {0};
    TRY(sim_tpm_authority_make(home->now_s, &authority));
    TRY(sim_tpm_authority_read(buffer_view(&authority), &guest->authority));
    return sim_tpm_start(&guest->authority, home->now_s, &nothing, &guest->tpm);
}

static status launch(const struct sim_home *home, void *memory)
{
    struct guest *const guest = memory;
    TRY(sim_snp_launch(home->state, &guest->settings, &guest->snp));
    TRY(start_tpm(home, guest));
    return sim_azure_provision(&guest->tpm, &guest->snp);
}

static void clear(void *memory)
{
    struct guest *const guest = memory;
    sim_tpm_clear(&guest->tpm);
    sim_tpm_authority_clear(&guest->authority);
    sim_snp_clear(&guest->snp);
}

static status evidence(void *memory, slice report_data, struct buffer *out_evidence,
                       struct buffer *out_endorsements)
{
    const struct guest *const guest = memory;
    char tcti[SIM_TPM_TCTI_SIZE];
    uint8_t padded[SIM_REPORT_DATA_SIZE];
    TRY(sim_pad(report_data, padded));
    sim_tpm_tcti(&guest->tpm, tcti);
    const struct collection request = {.tcti = tcti, .binding = SLICE(padded)};
    TRY(azure_collect(HCL_SNP, &request, out_evidence));
    return buffer_append(out_endorsements, buffer_view(&guest->snp.certificate_table));
}

static int connect_device(const struct sim_device *device, int flags)
{
    const int file = sim_tpm_connect(device->model, flags);
    return file >= 0 ? file : -errno;
}

static status furnish(void *memory, struct sim_stage *stage)
{
    struct guest *const guest = memory;
    const struct sim_device device = {
        .path = "/dev/tpmrm0", .model = &guest->tpm, .descriptor = connect_device};
    return sim_stage_device(stage, &device);
}

const struct sim_platform sim_azure_snp = {
    .name = "azure_snp",
    .trust = "snp-root.pem",
    .usage = "  --product NAME        Milan, Genoa (default) or Turin\n"
             "  --measurement HEX     48 bytes: of the paravisor\n"
             "  --debug               a guest that its host may look into\n",
    .options = options,
    .guest_size = sizeof(struct guest),
    .clear = clear,
    .read = read_settings,
    .launch = launch,
    .evidence = evidence,
    .furnish = furnish,
};
