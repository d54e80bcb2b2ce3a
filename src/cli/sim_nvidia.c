/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sim.h"

#include "codec/text.h"
#include "sim/nvidia.h"

#include <string.h>

static bool read_settings(const struct sim_arguments *arguments, const struct sim_state *state,
                          void *memory)
{
    (void)arguments;
    (void)state;
    (void)memory;
    return true;
}

static status launch(const struct sim_home *home, void *memory)
{
    const struct sim_nvidia_settings settings = sim_nvidia_defaults();
    struct sim_nvidia *const device = memory;
    SCOPED(private_key) root = {0};
    SCOPED(buffer) der = {0};
    SCOPED(buffer) pem = {0};
    TRY(sim_kept_key(home, "nvidia-root", CURVE_P384, &root));
    TRY(sim_nvidia_make(home->now_s, &settings, &root, device));
    TRY(certificate_der(&device->certificates[SIM_NVIDIA_ROOT], &der));
    TRY(pem_write("CERTIFICATE", buffer_view(&der), &pem));
    return sim_folder_publish(home->path, "trust", "nvidia-root.pem", buffer_view(&pem));
}

static void clear(void *memory)
{
    sim_nvidia_clear(memory);
}

static status evidence(void *memory, slice report_data, struct buffer *out_evidence,
                       struct buffer *out_endorsements)
{
    uint8_t nonce[SIM_NVIDIA_NONCE_SIZE] = {0};
    if (report_data.size > sizeof nonce)
        return FAIL(UNSUPPORTED, "the nonce of a device has at most 32 bytes");
    memcpy(nonce, report_data.data, report_data.size);
    TRY(sim_nvidia_chain(memory, out_endorsements));
    return sim_nvidia_measure(memory, SLICE(nonce), out_evidence);
}

const struct sim_platform sim_nvidia = {
    .name = "nvidia",
    .trust = "nvidia-root.pem",
    .usage =
        "  (--report-data is the nonce of at most 32 bytes, zeros behind it; the device's chain\n"
        "  goes to --endorsements-out)\n",
    .has_own_keys = true,
    .guest_size = sizeof(struct sim_nvidia),
    .clear = clear,
    .read = read_settings,
    .launch = launch,
    .evidence = evidence,
};
