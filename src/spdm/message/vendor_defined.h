/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * VENDOR_DEFINED_REQUEST and VENDOR_DEFINED_RESPONSE: a protocol of somebody else's inside SPDM.
 * spec: DSP0274 1.4, "VENDOR_DEFINED_REQUEST and VENDOR_DEFINED_RESPONSE messages"
 */

#include "spdm/message/header.h"

/* Who defines it: DSP0274's registry of standards bodies, also in a struct spdm_svh. */
enum spdm_body {
    SPDM_BODY_DMTF,
    SPDM_BODY_TCG,
    SPDM_BODY_USB,
    SPDM_BODY_PCI_SIG,
    SPDM_BODY_IANA,
    SPDM_BODY_HDBASET,
    SPDM_BODY_MIPI,
    SPDM_BODY_CXL,
    SPDM_BODY_JEDEC,
    SPDM_BODY_VESA,
    SPDM_BODY_IANA_CBOR,
    SPDM_BODY_DMTF_DSP,
};

struct spdm_vendor_defined {
    bool is_large; /* 1.4: the length of the payload has four bytes */
    uint16_t body; /* enum spdm_body */
    slice vendor_id;
    slice payload;
};

status spdm_vendor_defined_request_read(struct reader *reader, const struct spdm_shape *shape,
                                        struct spdm_vendor_defined *out);
void spdm_vendor_defined_request_write(struct writer *writer, const struct spdm_shape *shape,
                                       const struct spdm_vendor_defined *request);

status spdm_vendor_defined_response_read(struct reader *reader, const struct spdm_shape *shape,
                                         struct spdm_vendor_defined *out);
void spdm_vendor_defined_response_write(struct writer *writer, const struct spdm_shape *shape,
                                        const struct spdm_vendor_defined *response);
