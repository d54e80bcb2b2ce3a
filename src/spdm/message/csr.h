/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * GET_CSR and CSR (1.2): a certificate signing request for one of the responder's keys.
 * spec: DSP0274 1.4, "GET_CSR request and CSR response messages"
 */

#include "spdm/message/header.h"

enum { SPDM_CSR_TRACKING_TAG_MAX = 7 };

struct spdm_get_csr {
    uint8_t key_pair_id;       /* 1.3, as the next three */
    uint8_t certificate_model; /* spdm/message/digests.h */
    uint8_t tracking_tag;      /* what a reset was asked for with; 0 for a new request */
    bool overwrites;           /* a request that awaits its reset may be dropped for this one */
    slice requester_info;      /* DER: PKCS #10's CertificationRequestInfo, or empty */
    slice opaque;
};

struct spdm_csr {
    slice request; /* DER: PKCS #10 */
};

/* EXHAUSTED past SPDM_OPAQUE_SIZE_MAX. */
status spdm_get_csr_read(struct reader *reader, const struct spdm_shape *shape,
                         struct spdm_get_csr *out);
void spdm_get_csr_write(struct writer *writer, const struct spdm_shape *shape,
                        const struct spdm_get_csr *request);

/* MALFORMED when it is empty. */
status spdm_csr_read(struct reader *reader, struct spdm_csr *out);
void spdm_csr_write(struct writer *writer, const struct spdm_shape *shape,
                    const struct spdm_csr *response);
