/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The standards body or vendor header: who defined what follows it.
 * spec: DSP0274 1.4, "Standards body or vendor-defined header"
 */

#include "codec/reader.h"
#include "codec/writer.h"

struct spdm_svh {
    uint8_t body;    /* in DSP0274's registry: 0 DMTF, 3 PCI-SIG ... */
    slice vendor_id; /* empty for DMTF */
};

/* The reader remembers when the bytes ended too soon; whoever called looks. */
struct spdm_svh spdm_svh_read(struct reader *reader);
void spdm_svh_write(struct writer *writer, const struct spdm_svh *svh);
