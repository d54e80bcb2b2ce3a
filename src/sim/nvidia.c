/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/nvidia.h"

#include "codec/text.h"
#include "codec/writer.h"
#include "crypto/der.h"
#include "spdm/message/measurement_block.h"
#include "spdm/message/measurements.h"

#include <string.h>

#define DAY_S ((int64_t)24 * 3600)
#define COMPOSITE_DEVICE_ID_OID "2.23.133.5.4.1"
#define SHA384_OID "2.16.840.1.101.3.4.2.2"

enum {
    SKEW_S = 3600,
    FIRST_SERIAL = 0x4e00,
    TAG_OCTET_STRING = 0x04,
    TAG_SEQUENCE = 0x30,
    BLOCK_SIZE = 4 + 3 + SIM_NVIDIA_DIGEST_SIZE,
    OPAQUE_SIZE_MAX = 256,
    MESSAGES_SIZE_MAX = 8 << 10,
    FIELD_DRIVER_VERSION = 3,
    FIELD_VBIOS_VERSION = 6,
    FIELD_NVDEC0_STATUS = 11,
    FIELD_FWID = 20,
    ENABLED = 0xaa,
};

/* 9999-12-31T23:59:59Z: they never expire. */
static const int64_t no_end_s = 253402300799;

struct sim_nvidia_settings sim_nvidia_defaults(void)
{
    struct sim_nvidia_settings settings = {
        .driver_version = "590.12",
        .vbios_version = {0x00, 0xa5, 0x00, 0x96, 0x01},
    };
    for (size_t i = 0; i < SIM_NVIDIA_BLOCKS; i++)
        memset(settings.measurements[i], (int)i + 1, SIM_NVIDIA_DIGEST_SIZE);
    memset(settings.fwid, 0xf1, sizeof settings.fwid);
    memset(settings.certified_fwid, 0xf1, sizeof settings.certified_fwid);
    return settings;
}

void sim_nvidia_clear(struct sim_nvidia *device)
{
    for (size_t i = 0; i < SIM_NVIDIA_KEYS; i++) {
        private_key_clear(&device->keys[i]);
        certificate_clear(&device->certificates[i]);
    }
    *device = (struct sim_nvidia){0};
}

/* ---- certificates ---- */

static const char *const subjects[SIM_NVIDIA_KEYS] = {
    [SIM_NVIDIA_ROOT] = "CN=Device Identity CA/O=cix simulator",
    [SIM_NVIDIA_MODEL] = "CN=GH100 Identity/O=cix simulator",
    [SIM_NVIDIA_PROVISIONER] = "CN=GH100 Provisioner ICA 1/O=cix simulator/C=US",
    [SIM_NVIDIA_DEVICE] = "serialNumber=SIMULATED/C=US/O=cix simulator/CN=GH100 A01 GSP BROM",
    [SIM_NVIDIA_FIRMWARE] = "serialNumber=SIMULATED/C=US/O=cix simulator/CN=GH100 A01 GSP FMC LF",
};

/* { 1, the device's key, { SHA-384, the firmware's digest } } */
static status write_composite(const struct sim_nvidia *device, struct buffer *out)
{
    SCOPED(buffer) content = {0};
    SCOPED(buffer) fwid = {0};
    SCOPED(public_key) key = {0};
    TRY(der_write_uint(&content, 1));
    TRY(private_key_public(&device->keys[SIM_NVIDIA_DEVICE], &key));
    SCOPED(buffer) spki = {0};
    TRY(public_key_spki(&key, &spki));
    TRY(buffer_append(&content, buffer_view(&spki)));
    TRY(der_write_oid(&fwid, SHA384_OID));
    TRY(der_write(&fwid, TAG_OCTET_STRING, SLICE(device->settings.certified_fwid)));
    TRY(der_write(&content, TAG_SEQUENCE, buffer_view(&fwid)));
    return der_write(out, TAG_SEQUENCE, buffer_view(&content));
}

static status issue(struct sim_nvidia *device, enum sim_nvidia_key which, int64_t now_s)
{
    const bool is_root = which == SIM_NVIDIA_ROOT;
    const bool is_leaf = which == SIM_NVIDIA_FIRMWARE;
    SCOPED(buffer) composite = {0};
    SCOPED(public_key) key = {0};
    if (is_leaf)
        TRY(write_composite(device, &composite));
    const struct certificate_extension_entry extension = {.oid = COMPOSITE_DEVICE_ID_OID,
                                                          .value = buffer_view(&composite)};
    const struct certificate_request request = {
        .subject = subjects[which],
        .serial = FIRST_SERIAL + which,
        .not_before_s = now_s - SKEW_S,
        .not_after_s = no_end_s,
        .is_ca = !is_leaf,
        .path_length = -1,
        .extensions = &extension,
        .extension_count = is_leaf,
    };
    if (!device->keys[which].pkey)
        TRY(private_key_generate(CURVE_P384, &device->keys[which]));
    TRY(private_key_public(&device->keys[which], &key));
    return certificate_issue(&request, &key, is_root ? NULL : &device->certificates[which - 1],
                             &device->keys[is_root ? which : which - 1], SIGNATURE_ECDSA_SHA384,
                             &device->certificates[which]);
}

status sim_nvidia_make(int64_t now_s, const struct sim_nvidia_settings *settings,
                       struct private_key *root, struct sim_nvidia *out)
{
    SCOPED(sim_nvidia) device = {.settings = *settings};
    device.keys[SIM_NVIDIA_ROOT] = *root;
    *root = (struct private_key){0};
    for (enum sim_nvidia_key which = SIM_NVIDIA_ROOT; which < SIM_NVIDIA_KEYS; which++)
        TRY(issue(&device, which, now_s));
    *out = device;
    device = (struct sim_nvidia){0}; /* handed over */
    return OK;
}

status sim_nvidia_chain(const struct sim_nvidia *device, struct buffer *out_pem)
{
    SCOPED(buffer) chain = {0};
    for (size_t i = SIM_NVIDIA_KEYS; i > 0; i--) {
        SCOPED(buffer) der = {0};
        SCOPED(buffer) pem = {0};
        TRY(certificate_der(&device->certificates[i - 1], &der));
        TRY(pem_write("CERTIFICATE", buffer_view(&der), &pem));
        TRY(buffer_append(&chain, buffer_view(&pem)));
    }
    *out_pem = buffer_take(&chain);
    return OK;
}

/* ---- measurements ---- */

static const struct spdm_shape shape = {.version = SPDM_1_1};

static void write_request(struct writer *writer, slice nonce)
{
    struct spdm_get_measurements request = {.asks_signature = true,
                                            .operation = SPDM_MEASUREMENTS_ALL};
    memcpy(request.nonce, nonce.data, sizeof request.nonce);
    spdm_get_measurements_write(writer, &shape, &request);
}

static void write_blocks(struct writer *writer, const struct sim_nvidia_settings *settings)
{
    for (size_t i = 0; i < SIM_NVIDIA_BLOCKS; i++)
        spdm_measurement_block_write(writer,
                                     &(struct spdm_measurement_block){
                                         .index = (uint8_t)(i + 1),
                                         .specification = SPDM_MEASUREMENT_SPECIFICATION_DMTF,
                                         .kind = SPDM_MEASURED_FIRMWARE,
                                         .value = SLICE(settings->measurements[i]),
                                     });
}

static void write_field(struct writer *writer, uint16_t type, slice value)
{
    write_le16(writer, type);
    write_le16(writer, (uint16_t)value.size);
    write_bytes(writer, value);
}

static void write_opaque(struct writer *fields, const struct sim_nvidia_settings *settings)
{
    static const uint8_t enabled = ENABLED;
    const slice driver = {(const uint8_t *)settings->driver_version,
                          strlen(settings->driver_version) + 1}; /* its NUL belongs to it */
    write_field(fields, FIELD_VBIOS_VERSION, SLICE(settings->vbios_version));
    write_field(fields, FIELD_DRIVER_VERSION, driver);
    write_field(fields, FIELD_NVDEC0_STATUS, (slice){&enabled, 1});
    write_field(fields, FIELD_FWID, SLICE(settings->fwid));
}

static status write_response(struct writer *writer, const struct sim_nvidia_settings *settings)
{
    uint8_t record_space[SIM_NVIDIA_BLOCKS * BLOCK_SIZE], opaque_space[OPAQUE_SIZE_MAX];
    struct writer record = writer_over(record_space, sizeof record_space);
    struct writer opaque = writer_over(opaque_space, sizeof opaque_space);
    struct spdm_measurements response = {.block_count = SIM_NVIDIA_BLOCKS, .is_signed = true};
    write_blocks(&record, settings);
    write_opaque(&opaque, settings);
    TRY(writer_finish(&record, &response.record));
    TRY(writer_finish(&opaque, &response.opaque));
    TRY(random_bytes(response.nonce, sizeof response.nonce));
    spdm_measurements_write(writer, &shape, &response);
    return OK;
}

status sim_nvidia_measure(const struct sim_nvidia *device, slice nonce, struct buffer *out)
{
    uint8_t space[MESSAGES_SIZE_MAX];
    struct writer writer = writer_over(space, sizeof space);
    slice messages;
    SCOPED(buffer) evidence = {0};
    SCOPED(buffer) signature = {0};
    if (nonce.size != SIM_NVIDIA_NONCE_SIZE)
        return FAIL(MALFORMED, "a nonce for measurements has 32 bytes");
    write_request(&writer, nonce);
    TRY(write_response(&writer, &device->settings));
    TRY(writer_finish(&writer, &messages));
    TRY(ecdsa_sign(&device->keys[SIM_NVIDIA_FIRMWARE], CURVE_P384, HASH_SHA384, messages,
                   &signature));
    TRY(buffer_append(&evidence, messages));
    TRY(buffer_append(&evidence, buffer_view(&signature)));
    *out = buffer_take(&evidence);
    return OK;
}
