/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cca.h"

#include "evidence/cose.h"
#include "sim/arm.h"
#include "sim/cose.h"

#include <string.h>

enum {
    TAG_COLLECTION = 399,
    TAG_WRAPPER = 907,
    CONTENT_FORMAT = 263,
    KEY_PLATFORM = 44234,
    KEY_REALM = 44241,
    COORDINATE_SIZE = 48,
    POINT_SIZE = 97,
    P384_SPKI_SIZE = 120,
    RAK_SIZE_MAX = 128,
    TOKEN_SIZE_MAX = 4096,
};

static status token_from_driver(const struct sim_machine *machine, unsigned privlevel,
                                slice report_data, struct buffer *out_report);

struct sim_cca_settings sim_cca_defaults(void)
{
    struct sim_cca_settings settings = {.lifecycle = SIM_ARM_SECURED};
    struct digest digest = {0};
    if (!digest_of(HASH_SHA256, slice_of_text("cix simulated realm image"), &digest).fault)
        memcpy(settings.measurement, digest.data, sizeof settings.measurement);
    return settings;
}

void sim_cca_clear(struct sim_cca *realm)
{
    private_key_clear(&realm->cpak);
    private_key_clear(&realm->rak);
    buffer_clear(&realm->platform);
    *realm = (struct sim_cca){0};
}

/* 0x04, x, y: the end of a SubjectPublicKeyInfo. */
static status point_of(const struct private_key *key, uint8_t out[POINT_SIZE])
{
    SCOPED(public_key) public = {0};
    SCOPED(buffer) spki = {0};
    TRY(private_key_public(key, &public));
    TRY(public_key_spki(&public, &spki));
    if (spki.size != P384_SPKI_SIZE)
        return FAIL(MALFORMED, "a simulated realm key is not on P-384");
    memcpy(out, spki.data + P384_SPKI_SIZE - POINT_SIZE, POINT_SIZE);
    return OK;
}

/* The RAK as the realm's token carries it: by profile a point or a COSE_Key. */
static status write_rak(const struct private_key *rak, bool is_old, uint8_t space[RAK_SIZE_MAX],
                        slice *out)
{
    struct writer writer = writer_over(space, RAK_SIZE_MAX);
    uint8_t point[POINT_SIZE];
    TRY(point_of(rak, point));
    if (is_old) {
        write_bytes(&writer, SLICE(point));
        return writer_finish(&writer, out);
    }
    cbor_write_map(&writer, 4);
    sim_arm_write_number(&writer, 1, 2);  /* EC2 */
    sim_arm_write_number(&writer, -1, 2); /* P-384 */
    sim_arm_write_bytes(&writer, -2, (slice){point + 1, COORDINATE_SIZE});
    sim_arm_write_bytes(&writer, -3, (slice){point + 1 + COORDINATE_SIZE, COORDINATE_SIZE});
    return writer_finish(&writer, out);
}

static status rak_digest(const struct sim_cca *realm, struct digest *out)
{
    uint8_t space[RAK_SIZE_MAX];
    slice rak;
    TRY(write_rak(realm->settings.unbound ? &realm->cpak : &realm->rak, realm->settings.is_old,
                  space, &rak));
    return digest_of(HASH_SHA256, rak, out);
}

static status sign_platform(struct sim_cca *realm)
{
    static const uint8_t implementation_id[32] = "cix simulated CCA platform";
    static const uint8_t configuration[4] = {0xcf, 0xcf, 0xcf, 0xcf};
    uint8_t space[TOKEN_SIZE_MAX], instance_id[SIM_ARM_INSTANCE_ID_SIZE];
    struct writer writer = writer_over(space, sizeof space);
    struct digest challenge;
    slice payload;
    TRY(rak_digest(realm, &challenge));
    TRY(sim_arm_instance_id(&realm->cpak, instance_id));
    cbor_write_map(&writer, 9);
    sim_arm_write_text(&writer, 265,
                       realm->settings.is_old ? "http://arm.com/CCA-SSD/1.0.0"
                                              : "tag:arm.com,2023:cca_platform#1.0.0");
    sim_arm_write_bytes(&writer, 10, (slice){challenge.data, challenge.size});
    sim_arm_write_bytes(&writer, 2396, SLICE(implementation_id));
    sim_arm_write_bytes(&writer, 256, SLICE(instance_id));
    sim_arm_write_bytes(&writer, 2401, SLICE(configuration));
    sim_arm_write_number(&writer, 2395, realm->settings.lifecycle);
    sim_arm_write_text(&writer, 2402, "sha-256");
    sim_arm_write_text(&writer, 2400, "https://simulated.invalid");
    TRY(sim_arm_write_components(&writer, 2399));
    TRY(writer_finish(&writer, &payload));
    return sim_cose_sign(COSE_ES384, true, &realm->cpak, payload, &realm->platform);
}

static void write_rems(struct writer *writer, const struct sim_cca_settings *settings)
{
    cbor_write_uint(writer, 44239);
    cbor_write_array(writer, SIM_CCA_REMS);
    for (size_t i = 0; i < SIM_CCA_REMS; i++)
        cbor_write_bytes(writer, SLICE(settings->rems[i]));
}

static status sign_realm(const struct sim_cca *realm, slice challenge, struct buffer *out)
{
    const struct sim_cca_settings *const settings = &realm->settings;
    uint8_t space[TOKEN_SIZE_MAX], rak_space[RAK_SIZE_MAX];
    struct writer writer = writer_over(space, sizeof space);
    slice rak, payload;
    TRY(write_rak(&realm->rak, settings->is_old, rak_space, &rak));
    cbor_write_map(&writer, settings->is_old ? 7 : 8);
    if (!settings->is_old)
        sim_arm_write_text(&writer, 265, "tag:arm.com,2023:realm#1.0.0");
    sim_arm_write_bytes(&writer, 10, challenge);
    sim_arm_write_text(&writer, 44236, "sha-256");
    sim_arm_write_text(&writer, 44240, "sha-256");
    sim_arm_write_bytes(&writer, 44235, SLICE(settings->personalisation_value));
    sim_arm_write_bytes(&writer, 44237, rak);
    sim_arm_write_bytes(&writer, 44238, SLICE(settings->measurement));
    write_rems(&writer, settings);
    TRY(writer_finish(&writer, &payload));
    return sim_cose_sign(COSE_ES384, true, &realm->rak, payload, out);
}

static void write_member(struct writer *writer, uint64_t key, bool is_wrapped, slice token)
{
    cbor_write_uint(writer, key);
    if (is_wrapped) {
        cbor_write_array(writer, 2);
        cbor_write_uint(writer, CONTENT_FORMAT);
    }
    cbor_write_bytes(writer, token);
}

status sim_cca_token(const struct sim_cca *realm, slice challenge, struct buffer *out)
{
    const bool is_wrapped = realm->settings.is_wrapped;
    uint8_t space[2 * TOKEN_SIZE_MAX];
    struct writer writer = writer_over(space, sizeof space);
    SCOPED(buffer) token = {0};
    slice written;
    if (challenge.size != SIM_REPORT_DATA_SIZE)
        return FAIL(MALFORMED, "a realm's challenge has 64 bytes");
    TRY(sign_realm(realm, challenge, &token));
    cbor_write_tag(&writer, is_wrapped ? TAG_WRAPPER : TAG_COLLECTION);
    cbor_write_map(&writer, 2);
    write_member(&writer, KEY_PLATFORM, is_wrapped, buffer_view(&realm->platform));
    write_member(&writer, KEY_REALM, is_wrapped, buffer_view(&token));
    TRY(writer_finish(&writer, &written));
    return buffer_append(out, written);
}

static status token_from_driver(const struct sim_machine *machine, unsigned privlevel,
                                slice report_data, struct buffer *out_report)
{
    (void)privlevel;
    /* `machine` is the first member of its realm. */
    return sim_cca_token((const struct sim_cca *)(const void *)machine, report_data, out_report);
}

status sim_cca_launch(struct private_key *cpak, const struct sim_cca_settings *settings,
                      struct sim_cca *out)
{
    SCOPED(sim_cca)
    realm = {
        .machine = {.provider = "arm_cca_guest", .report = token_from_driver},
        .settings = *settings,
        .cpak = *cpak,
    };
    *cpak = (struct private_key){0};
    TRY(private_key_generate(CURVE_P384, &realm.rak));
    TRY(sign_platform(&realm));
    *out = realm;
    realm = (struct sim_cca){0};
    return OK;
}
