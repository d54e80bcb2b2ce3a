/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/arm.h"

#include <string.h>

enum { TYPE = 1, MEASUREMENT = 2, VERSION = 4, SIGNER_ID = 5, HASH_ALG = 6, ID_IS_A_KEY_HASH = 1 };

static void write_number(struct writer *writer, int64_t number)
{
    if (number < 0)
        cbor_write_negative(writer, (uint64_t)(-1 - number));
    else
        cbor_write_uint(writer, (uint64_t)number);
}

void sim_arm_write_bytes(struct writer *writer, int64_t key, slice bytes)
{
    write_number(writer, key);
    cbor_write_bytes(writer, bytes);
}

void sim_arm_write_text(struct writer *writer, int64_t key, const char *text)
{
    write_number(writer, key);
    cbor_write_text(writer, slice_of_text(text));
}

void sim_arm_write_number(struct writer *writer, int64_t key, int64_t number)
{
    write_number(writer, key);
    write_number(writer, number);
}

static status write_component(struct writer *writer, const char *type)
{
    struct digest measurement, signer;
    TRY(digest_of(HASH_SHA256, slice_of_text(type), &measurement));
    TRY(digest_of(HASH_SHA256, slice_of_text("cix simulated firmware signer"), &signer));
    cbor_write_map(writer, 5);
    sim_arm_write_text(writer, TYPE, type);
    sim_arm_write_bytes(writer, SIGNER_ID, (slice){signer.data, signer.size});
    sim_arm_write_bytes(writer, MEASUREMENT, (slice){measurement.data, measurement.size});
    sim_arm_write_text(writer, VERSION, "1.0.0");
    sim_arm_write_text(writer, HASH_ALG, "sha-256");
    return OK;
}

status sim_arm_write_components(struct writer *writer, int64_t key)
{
    write_number(writer, key);
    cbor_write_array(writer, 2);
    TRY(write_component(writer, "cix simulated boot loader"));
    return write_component(writer, "cix simulated firmware");
}

status sim_arm_instance_id(const struct private_key *key, uint8_t out[SIM_ARM_INSTANCE_ID_SIZE])
{
    SCOPED(public_key) public = {0};
    struct digest digest;
    TRY(private_key_public(key, &public));
    TRY(public_key_spki_digest(&public, HASH_SHA256, &digest));
    out[0] = ID_IS_A_KEY_HASH;
    memcpy(out + 1, digest.data, SIM_ARM_INSTANCE_ID_SIZE - 1);
    return OK;
}
