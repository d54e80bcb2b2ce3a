/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/psa.h"

#include "evidence/cose.h"
#include "sim/arm.h"
#include "sim/cose.h"

enum { TOKEN_SIZE_MAX = 4096, CLAIMS = 10 };

/* Each profile's keys. */
static const struct keys {
    int64_t profile, nonce, client_id, lifecycle, implementation_id, instance_id, boot_seed,
        certification_reference, verification_service, components;
    const char *name;
} profiles[] = {
    {-75000, -75008, -75001, -75002, -75003, -75009, -75004, -75005, -75010, -75006,
     "PSA_IOT_PROFILE_1"},
    {265, 10, 2394, 2395, 2396, 256, 2397, 2398, 2400, 2399, "http://arm.com/psa/2.0.0"},
};

struct sim_psa_settings sim_psa_defaults(void)
{
    return (struct sim_psa_settings){.profile = 2, .lifecycle = SIM_ARM_SECURED, .client_id = -1};
}

status sim_psa_token(const struct sim_psa_settings *settings, const struct private_key *iak,
                     slice nonce, struct buffer *out)
{
    static const uint8_t implementation_id[32] = "cix simulated PSA device";
    static const uint8_t boot_seed[32] = "cix simulated boot";
    uint8_t space[TOKEN_SIZE_MAX], instance_id[SIM_ARM_INSTANCE_ID_SIZE];
    struct writer writer = writer_over(space, sizeof space);
    slice payload;
    if (settings->profile < 1 || settings->profile > 2)
        return FAIL(UNSUPPORTED, "PSA tokens are simulated in profiles 1 and 2");
    if (nonce.size != 32 && nonce.size != 48 && nonce.size != 64)
        return FAIL(MALFORMED, "a PSA nonce has 32, 48 or 64 bytes");
    const struct keys *const keys = &profiles[settings->profile - 1];
    TRY(sim_arm_instance_id(iak, instance_id));
    cbor_write_map(&writer, CLAIMS);
    sim_arm_write_bytes(&writer, keys->nonce, nonce);
    sim_arm_write_bytes(&writer, keys->boot_seed, SLICE(boot_seed));
    sim_arm_write_bytes(&writer, keys->instance_id, SLICE(instance_id));
    sim_arm_write_bytes(&writer, keys->implementation_id, SLICE(implementation_id));
    sim_arm_write_number(&writer, keys->client_id, settings->client_id);
    sim_arm_write_number(&writer, keys->lifecycle, settings->lifecycle);
    TRY(sim_arm_write_components(&writer, keys->components));
    sim_arm_write_text(&writer, keys->verification_service, "https://simulated.invalid");
    sim_arm_write_text(&writer, keys->profile, keys->name);
    sim_arm_write_text(&writer, keys->certification_reference, "0000000000000-00000");
    TRY(writer_finish(&writer, &payload));
    return sim_cose_sign(COSE_ES256, true, iak, payload, out);
}
