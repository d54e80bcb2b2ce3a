/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Measurements that a device signed over SPDM, kept so that somebody else can verify them: what was
 * negotiated, the device's certificates, and the one request and response. From 1.2 on, where the
 * signature covers the negotiation.
 * spec: docs/evidence-forms.md, "Measurements over SPDM"; DSP0274 1.4, "MEASUREMENTS"
 */

#include "base/bytes.h"
#include "spdm/algorithms.h"
#include "spdm/message/measurement_block.h"
#include "spdm/message/measurements.h"

enum {
    SPDM_REPORT_MESSAGES_SIZE_MAX = 1024, /* of the negotiation */
    SPDM_REPORT_CHAIN_SIZE_MAX = 64 << 10,
    SPDM_REPORT_RESPONSE_SIZE_MAX = 128 << 10,
    SPDM_REPORT_BLOCKS_MAX = 64,
};

/* Slices are borrowed. */
struct spdm_report {
    slice negotiation; /* GET_VERSION to ALGORITHMS */
    slice chain;       /* of certificates, as CERTIFICATE gives it */
    slice request;
    slice response; /* its signature at the end */

    /* What is in them. */
    struct spdm_shape shape;
    struct spdm_suite suite;
    struct spdm_get_measurements asked;
    struct spdm_measurements measurements;
    struct spdm_measurement_block blocks[SPDM_REPORT_BLOCKS_MAX];
    size_t block_count;
};

/* Cheap. */
bool spdm_report_begins(slice evidence);

/* UNSUPPORTED for a version before 1.2, or measurements that are not all or not signed. */
status spdm_report_read(slice evidence, struct spdm_report *out);

/* From the four slices. EXHAUSTED past their limits. */
status spdm_report_write(const struct spdm_report *report, struct buffer *out);
