/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/nvidia/claim.h"

#include "crypto/hash.h"
#include "evidence/nvidia/claim_names.h"

#include <stdio.h>

enum {
    TEXT_SIZE_MAX = 128,
    SUBJECT_SIZE_MAX = 256,
    PACKED_VBIOS_SIZE = 8,
    NVDEC0_BLOCK = 36, /* measures a decoder, when that is enabled */
    NVDEC0_DISABLED = 0x55,
};

static const char *const block_names[NVIDIA_BLOCKS_MAX] = {
#define BLOCK(index) [index - 1] = "measurements." #index,
    NVIDIA_BLOCKS(BLOCK)
#undef BLOCK
};

static const char *const field_names[NVIDIA_FIELDS_MAX] = {
#define FIELD(type, name) [type] = ("opaque." name),
    NVIDIA_FIELDS(FIELD)
#undef FIELD
};

static bool is_printable(slice bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        if (bytes.data[i] < ' ' || bytes.data[i] > '~')
            return false;
    return bytes.size > 0;
}

/* Up to the first NUL, if it is a text at all. */
static bool claim_if_text(struct claims *claims, const char *name, slice field)
{
    char text[TEXT_SIZE_MAX];
    size_t size = 0;
    while (size < field.size && field.data[size])
        size++;
    if (!is_printable((slice){field.data, size}) || size >= sizeof text)
        return false;
    snprintf(text, sizeof text, "%.*s", (int)size, (const char *)field.data);
    claim_text(claims, name, text);
    return true;
}

/* A switch writes it as text, a GPU as numbers: the first four bytes backwards, then the fifth. */
static void claim_vbios(struct claims *claims, slice field)
{
    char text[sizeof "00.00.00.00.00"];
    const uint8_t *const byte = field.data;
    if (field.size != PACKED_VBIOS_SIZE) {
        claim_if_text(claims, "vbios_version", field);
        return;
    }
    snprintf(text, sizeof text, "%02X.%02X.%02X.%02X.%02X", byte[3], byte[2], byte[1], byte[0],
             byte[4]);
    claim_text(claims, "vbios_version", text);
}

/* All digests, one after another, but for that of a decoder which is off: it means nothing then. */
static status claim_measurement(struct claims *claims, const struct nvidia_report *report)
{
    const slice nvdec0 = report->fields[NVIDIA_NVDEC0_STATUS];
    const bool is_disabled = nvdec0.size == 1 && nvdec0.data[0] == NVDEC0_DISABLED;
    SCOPED(buffer) all = {0};
    struct digest digest;
    for (size_t i = 0; i < NVIDIA_BLOCKS_MAX; i++)
        if (!is_disabled || i + 1 != NVDEC0_BLOCK)
            TRY(buffer_append(&all, report->measurements[i]));
    TRY(digest_of(HASH_SHA384, buffer_view(&all), &digest));
    claim_bytes(claims, "measurement", (slice){digest.data, digest.size});
    return OK;
}

static void claim_fields(struct claims *claims, const struct nvidia_report *report)
{
    size_t unknown = report->unknown_field_count;
    for (size_t type = 0; type < NVIDIA_FIELDS_MAX; type++) {
        const slice field = report->fields[type];
        if (field.data && field_names[type])
            claim_bytes(claims, field_names[type], field);
        else if (field.data)
            unknown++;
    }
    if (unknown)
        claim_number(claims, "unknown_fields", unknown);
}

status nvidia_claim_report(struct claims *claims, const struct nvidia_report *report)
{
    TRY(claim_measurement(claims, report));
    claim_bytes(claims, "report_data", SLICE(report->request.nonce));
    claim_bytes(claims, "responder_nonce", SLICE(report->response.nonce));
    claim_number(claims, "slot", report->request.slot);
    claim_if_text(claims, "driver_version", report->fields[NVIDIA_DRIVER_VERSION]);
    claim_vbios(claims, report->fields[NVIDIA_VBIOS_VERSION]);
    if (report->fields[NVIDIA_FWID].size == NVIDIA_FWID_SIZE)
        claim_bytes(claims, "fwid", report->fields[NVIDIA_FWID]);
    claim_number(claims, "measurement_blocks", report->response.block_count);
    for (size_t i = 0; i < NVIDIA_BLOCKS_MAX; i++)
        if (report->measurements[i].size)
            claim_bytes(claims, block_names[i], report->measurements[i]);
    claim_fields(claims, report);
    return OK;
}

status nvidia_claim_chain(struct claims *claims, const struct nvidia_chain *chain)
{
    char subject[SUBJECT_SIZE_MAX];
    struct digest digest;
    certificate_subject_text(chain->links[0], subject, sizeof subject);
    claim_text(claims, "leaf_subject", subject);
    if (chain->count < 2)
        return OK;
    TRY(certificate_spki_digest(chain->links[1], HASH_SHA384, &digest));
    claim_bytes(claims, "device_key", (slice){digest.data, digest.size});
    return OK;
}
