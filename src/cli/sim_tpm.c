/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sim.h"

#include "codec/text.h"
#include "evidence/tpm/collect.h"
#include "sim/tpm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct guest {
    struct sim_tpm_extension extension;
    struct sim_tpm_authority authority;
    struct sim_tpm tpm;
};

static const struct sim_option options[] = {{"extend", true}, {NULL, false}};

/* "4=0a1b...": a register and what it is extended with. */
static bool read_settings(const struct sim_arguments *arguments, const struct sim_state *state,
                          void *memory)
{
    struct sim_tpm_extension *const extension = &((struct guest *)memory)->extension;
    const char *const text = sim_text(arguments, "extend");
    char *end;
    (void)state;
    if (!text)
        return true;
    const unsigned long pcr = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || pcr >= TPM_PCR_COUNT || *end != '=' ||
        hex_read_exactly(slice_of_text(end + 1), extension->digest, sizeof extension->digest).fault)
        return sim_complain("extend", "a register, an equal sign and 32 bytes in hex");
    extension->pcr = pcr;
    extension->is_wanted = true;
    return true;
}

static status make_authority(struct buffer *out)
{
    return sim_tpm_authority_make(time(NULL), out);
}

static status publish(const struct sim_home *home, const struct sim_tpm_authority *authority)
{
    SCOPED(buffer) der = {0};
    SCOPED(buffer) pem = {0};
    SCOPED(buffer) crl = {0};
    TRY(certificate_der(&authority->root, &der));
    TRY(pem_write("CERTIFICATE", buffer_view(&der), &pem));
    TRY(sim_tpm_authority_crl(authority, home->now_s, &crl));
    TRY(sim_folder_publish(home->path, "endorsements", "tpm.crl", buffer_view(&crl)));
    return sim_folder_publish(home->path, "trust", "tpm-root.pem", buffer_view(&pem));
}

static status launch(const struct sim_home *home, void *memory)
{
    struct guest *const guest = memory;
    SCOPED(buffer) kept = {0};
    TRY(sim_folder_keep(home->path, "tpm", make_authority, &kept));
    TRY(sim_tpm_authority_read(buffer_view(&kept), &guest->authority));
    TRY(publish(home, &guest->authority));
    return sim_tpm_start(&guest->authority, home->now_s, &guest->extension, &guest->tpm);
}

static void clear(void *memory)
{
    struct guest *const guest = memory;
    sim_tpm_clear(&guest->tpm);
    sim_tpm_authority_clear(&guest->authority);
}

static status evidence(void *memory, slice report_data, struct buffer *out_evidence,
                       struct buffer *out_endorsements)
{
    char tcti[SIM_TPM_TCTI_SIZE];
    uint8_t padded[SIM_REPORT_DATA_SIZE];
    TRY(sim_pad(report_data, padded));
    sim_tpm_tcti(&((struct guest *)memory)->tpm, tcti);
    const struct collection request = {.tcti = tcti, .binding = SLICE(padded)};
    return tpm_collect(&request, out_evidence, out_endorsements);
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

const struct sim_platform sim_tpm = {
    .name = "tpm",
    .trust = "tpm-root.pem",
    .usage = "  --extend N=HEX        extends PCR N with 32 bytes before anybody asks\n",
    .options = options,
    .has_own_keys = true,
    .guest_size = sizeof(struct guest),
    .clear = clear,
    .read = read_settings,
    .launch = launch,
    .evidence = evidence,
    .furnish = furnish,
};
