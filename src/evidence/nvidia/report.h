/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What an NVIDIA GPU or NVSwitch answers when it is asked for its measurements: the request and the
 * response, one after the other, as its driver hands them over. Slices are borrowed.
 * spec: DSP0274 1.1, "GET_MEASUREMENTS request message", "MEASUREMENTS response message"
 */

#include "spdm/message/measurements.h"

enum {
    NVIDIA_REQUEST_SIZE = 37,
    NVIDIA_DIGEST_SIZE = 48,
    NVIDIA_SIGNATURE_SIZE = 96,
    NVIDIA_BLOCKS_MAX = 64,
    NVIDIA_FIELDS_MAX = 64, /* of opaque data, known or not */
};

/* The opaque data, by type: what each field is called. */
#define NVIDIA_FIELDS(X)                                                                           \
    X(1, "cert_issuer_name")                                                                       \
    X(2, "cert_authority_key_identifier")                                                          \
    X(3, "driver_version")                                                                         \
    X(4, "gpu_info")                                                                               \
    X(5, "sku")                                                                                    \
    X(6, "vbios_version")                                                                          \
    X(7, "manufacturer_id")                                                                        \
    X(8, "tamper_detection")                                                                       \
    X(9, "smc")                                                                                    \
    X(10, "vpr")                                                                                   \
    X(11, "nvdec0_status")                                                                         \
    X(12, "msrscnt")                                                                               \
    X(13, "cprinfo")                                                                               \
    X(14, "board_id")                                                                              \
    X(15, "chip_sku")                                                                              \
    X(16, "chip_sku_mod")                                                                          \
    X(17, "project")                                                                               \
    X(18, "project_sku")                                                                           \
    X(19, "project_sku_mod")                                                                       \
    X(20, "fwid")                                                                                  \
    X(21, "protected_pcie_status")                                                                 \
    X(22, "switch_pdi")                                                                            \
    X(23, "floorswept_ports")                                                                      \
    X(24, "position_id")                                                                           \
    X(25, "lock_switch_status")                                                                    \
    X(26, "field_26")                                                                              \
    X(32, "gpu_link_conn")                                                                         \
    X(33, "sys_enable_status")                                                                     \
    X(34, "opaque_data_version")                                                                   \
    X(35, "chip_info")                                                                             \
    X(36, "feature_flag")

enum nvidia_field {
    NVIDIA_DRIVER_VERSION = 3,
    NVIDIA_VBIOS_VERSION = 6,
    NVIDIA_NVDEC0_STATUS = 11,
    NVIDIA_FWID = 20,
};

struct nvidia_report {
    struct spdm_get_measurements request; /* whoever asked chose its nonce */
    struct spdm_measurements response;
    slice measurements[NVIDIA_BLOCKS_MAX]; /* by index, which begins at 1; empty where none is */
    slice fields[NVIDIA_FIELDS_MAX];       /* by type; data NULL where there is none */
    size_t unknown_field_count;            /* of larger types */
    slice signed_bytes;
};

/* True when `evidence` begins with both messages. Cheap. */
bool nvidia_report_begins(slice evidence);

/* UNSUPPORTED for another version of SPDM, or measurements of another kind. */
status nvidia_report_read(slice evidence, struct nvidia_report *out);
