/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The blocks of a measurement record, which a device's report has outside SPDM, too.
 *   struct reader blocks = reader_of(record);
 *   while (blocks.left.size)
 *       TRY(spdm_measurement_block_read(&blocks, &block));
 * spec: DSP0274 1.4, "Measurement block", "DMTF specification for the Measurement field of a
 * measurement block"
 */

#include "spdm/message/svh.h"

enum { SPDM_MEASUREMENT_SPECIFICATION_DMTF = 1 };

enum spdm_measurement_kind {
    SPDM_MEASURED_ROM,
    SPDM_MEASURED_FIRMWARE,
    SPDM_MEASURED_HARDWARE_CONFIGURATION,
    SPDM_MEASURED_FIRMWARE_CONFIGURATION,
    SPDM_MEASUREMENT_MANIFEST,
    SPDM_MEASURED_DEVICE_MODE,
    SPDM_MEASURED_VERSION,
    SPDM_MEASURED_SECURITY_VERSION,
    SPDM_MEASURED_HASH_EXTEND, /* 1.3, as the two that follow */
    SPDM_MEASURED_INFORMATION,
    SPDM_STRUCTURED_MEASUREMENT_MANIFEST,
};

enum {
    SPDM_INDEX_MANIFEST = 0xFD,
    SPDM_INDEX_DEVICE_MODE = 0xFE,
    SPDM_MEASUREMENT_VALUE_SIZE_MAX = 0xFFFF - 3,
    SPDM_DEVICE_MODE_SIZE = 16,
};

struct spdm_measurement_block {
    uint8_t index; /* 1 to 0xFE */
    uint8_t specification;
    slice whole;       /* with its header: what a summary hash takes in */
    slice measurement; /* in the form of its specification */
    bool is_raw;       /* this and the next two: DMTF's; the value itself, not its digest */
    uint8_t kind;      /* enum spdm_measurement_kind, or a newer one */
    slice value;
};

/* The next block; MALFORMED when it is none, TRUNCATED when it does not end. */
status spdm_measurement_block_read(struct reader *reader, struct spdm_measurement_block *out);
/* DMTF's from its last three fields, another from `measurement`. */
void spdm_measurement_block_write(struct writer *writer,
                                  const struct spdm_measurement_block *block);

struct spdm_device_mode {
    uint32_t operational_capabilities;
    uint32_t operational_state;
    uint32_t mode_capabilities;
    uint32_t mode_state;
};

/* Of a raw value of kind SPDM_MEASURED_DEVICE_MODE. */
status spdm_device_mode_read(slice value, struct spdm_device_mode *out);

/* Of a raw value of kind SPDM_STRUCTURED_MEASUREMENT_MANIFEST. */
struct spdm_structured_manifest {
    struct spdm_svh format;
    slice manifest;
};

status spdm_structured_manifest_read(slice value, struct spdm_structured_manifest *out);
