/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sim.h"

#include "sim/psa.h"

struct guest {
    struct sim_psa_settings settings;
    struct private_key iak;
};

static const struct sim_option options[] = {
    {"profile", true}, {"client-id", true}, {"debug", false}, {"lifecycle", true}, {NULL, false}};

static bool read_settings(const struct sim_arguments *arguments, const struct sim_state *state,
                          void *memory)
{
    enum { RECOVERABLE_DEBUG = 0x5000 };
    struct sim_psa_settings settings = sim_psa_defaults();
    unsigned long profile = settings.profile, client_id = 0;
    unsigned long lifecycle =
        sim_given(arguments, "debug") ? RECOVERABLE_DEBUG : settings.lifecycle;
    (void)state;
    if (!sim_number(arguments, "profile", 2, &profile) ||
        !sim_number(arguments, "client-id", INT32_MAX, &client_id) ||
        !sim_number(arguments, "lifecycle", UINT16_MAX, &lifecycle))
        return false;
    if (profile == 0)
        return sim_complain("profile", "1 or 2");
    settings.profile = (unsigned)profile;
    settings.lifecycle = (uint16_t)lifecycle;
    if (sim_given(arguments, "client-id"))
        settings.client_id = (int32_t)client_id;
    ((struct guest *)memory)->settings = settings;
    return true;
}

static status launch(const struct sim_home *home, void *memory)
{
    struct guest *const guest = memory;
    TRY(sim_kept_key(home, "psa", CURVE_P256, &guest->iak));
    return sim_publish_key(home, "psa-root.pem", &guest->iak);
}

static void clear(void *memory)
{
    private_key_clear(&((struct guest *)memory)->iak);
}

static status evidence(void *memory, slice report_data, struct buffer *out_evidence,
                       struct buffer *out_endorsements)
{
    const struct guest *const guest = memory;
    (void)out_endorsements; /* there are none */
    return sim_psa_token(&guest->settings, &guest->iak, report_data, out_evidence);
}

const struct sim_platform sim_psa = {
    .name = "psa",
    .trust = "psa-root.pem",
    .usage = "  --profile N           1 or 2 (default)\n"
             "  --client-id N         a caller in the secure world; default: one outside, -1\n"
             "  --debug               a device that can be debugged\n"
             "  --lifecycle N         default 12288, secured\n"
             "  (--report-data is the nonce: 32, 48 or 64 bytes)\n",
    .options = options,
    .has_own_keys = true,
    .guest_size = sizeof(struct guest),
    .clear = clear,
    .read = read_settings,
    .launch = launch,
    .evidence = evidence,
};
