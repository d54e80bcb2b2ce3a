/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/devices.h"

#include "codec/cbor.h"
#include "crypto/hash.h"

#include <stdlib.h>
#include <string.h>

#define DEVICE_LABEL "cix device 1"

enum {
    PLATFORM_NAME_SIZE_MAX = 32,
    DEVICE_MEMBERS = 2,     /* [platform, evidence] */
    HEADS_SIZE_MAX = 3 * 9, /* of the array and its members */
};

static status read_device(struct reader *reader, struct device *out)
{
    char name[PLATFORM_NAME_SIZE_MAX + 1] = {0};
    slice text, evidence;
    size_t count;
    TRY(cbor_read_array(reader, DEVICE_MEMBERS, &count));
    TRY(cbor_read_text(reader, PLATFORM_NAME_SIZE_MAX, &text));
    TRY(cbor_read_bytes(reader, EVIDENCE_SIZE_MAX, &evidence));
    if (count != DEVICE_MEMBERS)
        return FAIL(MALFORMED, "a device is a platform and its evidence");
    if (text.size)
        memcpy(name, text.data, text.size);
    const struct platform *const platform = platform_named(name);
    if (!platform)
        return FAIL(UNSUPPORTED, "a device of a platform that this build does not know");
    if (!platform->recognises(evidence))
        return FAIL(MALFORMED, "a device's evidence is of another platform than its name");
    *out = (struct device){platform, evidence};
    return OK;
}

status devices_read(slice side_claims, struct devices *out)
{
    struct devices devices = {0};
    struct reader reader = reader_of(side_claims);
    if (!side_claims.size) {
        *out = devices;
        return OK;
    }
    size_t count;
    TRY(cbor_read_array(&reader, DEVICES_MAX, &count));
    if (!count)
        return FAIL(MALFORMED, "a list of devices without any");
    while (devices.count < count)
        TRY(read_device(&reader, &devices.items[devices.count++]));
    TRY(reader_finish(&reader));
    *out = devices;
    return OK;
}

static void write_devices(struct writer *writer, const struct devices *devices)
{
    cbor_write_array(writer, devices->count);
    for (size_t i = 0; i < devices->count; i++) {
        cbor_write_array(writer, DEVICE_MEMBERS);
        cbor_write_text(writer, slice_of_text(devices->items[i].platform->name));
        cbor_write_bytes(writer, devices->items[i].evidence);
    }
}

static status append_devices(const struct devices *devices, struct buffer *space,
                             struct buffer *out)
{
    slice written;
    struct writer writer = writer_over(space->data, space->size);
    write_devices(&writer, devices);
    TRY(writer_finish(&writer, &written));
    return buffer_append(out, written);
}

status devices_write(const struct devices *devices, struct buffer *out_side_claims)
{
    SCOPED(buffer) space = {0};
    if (!devices->count)
        return OK;
    if (devices->count > DEVICES_MAX)
        return FAIL(EXHAUSTED, "more devices than one TEE vouches for");
    space.size = HEADS_SIZE_MAX;
    for (size_t i = 0; i < devices->count; i++)
        space.size += HEADS_SIZE_MAX + PLATFORM_NAME_SIZE_MAX + devices->items[i].evidence.size;
    space.data = malloc(space.size);
    if (!space.data)
        return FAIL(EXHAUSTED, "no memory for the evidence of devices");
    return append_devices(devices, &space, out_side_claims);
}

/* spec: docs/link-protocol.md, "Devices": SHA-256 over label, index and binding */
status device_nonce(slice binding, size_t index, uint8_t out[DEVICE_NONCE_SIZE])
{
    uint8_t space[sizeof DEVICE_LABEL - 1 + 1 + BINDING_SIZE];
    struct writer writer = writer_over(space, sizeof space);
    struct digest digest;
    slice written;
    if (binding.size != BINDING_SIZE || index >= DEVICES_MAX)
        return FAIL(INTERNAL, "a device's nonce needs a whole binding");
    write_bytes(&writer, slice_of_text(DEVICE_LABEL));
    write_u8(&writer, (uint8_t)index);
    write_bytes(&writer, binding);
    TRY(writer_finish(&writer, &written));
    TRY(digest_of(HASH_SHA256, written, &digest));
    memcpy(out, digest.data, DEVICE_NONCE_SIZE);
    return OK;
}
