/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sim.h"

#include "codec/text.h"
#include "sim/android.h"

struct guest {
    struct sim_android_settings settings;
    struct sim_android device;
};

static const struct sim_option options[] = {{"attestation-version", true},
                                            {"security-level", true},
                                            {"boot-state", true},
                                            {"unlocked", false},
                                            {NULL, false}};

static bool read_settings(const struct sim_arguments *arguments, const struct sim_state *state,
                          void *memory)
{
    struct sim_android_settings settings = sim_android_defaults();
    unsigned long version = settings.attestation_version, level = settings.security_level;
    unsigned long boot_state = settings.verified_boot_state;
    (void)state;
    if (!sim_number(arguments, "attestation-version", 500, &version) ||
        !sim_number(arguments, "security-level", 2, &level) ||
        !sim_number(arguments, "boot-state", 3, &boot_state))
        return false;
    settings.attestation_version = (unsigned)version;
    settings.security_level = (unsigned)level;
    settings.verified_boot_state = (unsigned)boot_state;
    settings.device_locked = !sim_given(arguments, "unlocked");
    ((struct guest *)memory)->settings = settings;
    return true;
}

static status launch(const struct sim_home *home, void *memory)
{
    struct guest *const guest = memory;
    SCOPED(private_key) root = {0};
    SCOPED(buffer) der = {0};
    SCOPED(buffer) pem = {0};
    TRY(sim_kept_key(home, "android-root", CURVE_P384, &root));
    TRY(sim_android_make(home->now_s, &guest->settings, &root, &guest->device));
    TRY(certificate_der(&guest->device.certificates[SIM_ANDROID_ROOT], &der));
    TRY(pem_write("CERTIFICATE", buffer_view(&der), &pem));
    return sim_folder_publish(home->path, "trust", "android-root.pem", buffer_view(&pem));
}

static void clear(void *memory)
{
    sim_android_clear(&((struct guest *)memory)->device);
}

/* The key itself is of no use here, and forgotten. */
static status evidence(void *memory, slice report_data, struct buffer *out_evidence,
                       struct buffer *out_endorsements)
{
    const struct guest *const guest = memory;
    SCOPED(private_key) key = {0};
    (void)out_endorsements; /* the chain is the evidence */
    return sim_android_attest(&guest->device, report_data, &key, out_evidence);
}

const struct sim_platform sim_android = {
    .name = "android",
    .trust = "android-root.pem",
    .usage = "  --attestation-version N  default 400\n"
             "  --security-level N    0 software, 1 TEE (default), 2 StrongBox\n"
             "  --boot-state N        0 verified (default), 1 self-signed, 2 unverified, 3 failed\n"
             "  --unlocked            a device whose owner may start any system\n"
             "  (--report-data is the challenge; with --evidence-out only)\n",
    .options = options,
    .has_own_keys = true,
    .guest_size = sizeof(struct guest),
    .clear = clear,
    .read = read_settings,
    .launch = launch,
    .evidence = evidence,
};
