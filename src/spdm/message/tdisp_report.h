/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a device says of the interface that is locked, put together from the portions of
 * DEVICE_INTERFACE_REPORT.
 * spec: PCI Express Base Specification 6.1, "DEVICE_INTERFACE_REPORT"
 */

#include "spdm/message/tdisp.h"

enum spdm_tdisp_interface_info {
    SPDM_TDISP_NO_UPDATE_WHILE_LOCKED = 1,
    SPDM_TDISP_DMA_WITHOUT_PASID = 1 << 1,
    SPDM_TDISP_DMA_WITH_PASID = 1 << 2,
    SPDM_TDISP_ATS = 1 << 3,
    SPDM_TDISP_PRS = 1 << 4,
};

enum { SPDM_TDISP_RANGES_MAX = 256 };

struct spdm_tdisp_report {
    uint16_t interface_info; /* enum spdm_tdisp_interface_info */
    uint16_t msix_control;
    uint16_t lnr_control;
    uint32_t tph_control;
    uint32_t range_count;
    slice ranges; /* that many, for spdm_tdisp_range_read() */
    slice device_specific;
};

/* All of `report`; EXHAUSTED past SPDM_TDISP_RANGES_MAX ranges. */
status spdm_tdisp_report_read(slice report, struct spdm_tdisp_report *out);
void spdm_tdisp_report_write(struct writer *writer, const struct spdm_tdisp_report *report);

/* The reader remembers when the bytes ended too soon. */
struct spdm_tdisp_range spdm_tdisp_range_read(struct reader *reader);
void spdm_tdisp_range_write(struct writer *writer, const struct spdm_tdisp_range *range);
