/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * SET_CERTIFICATE and SET_CERTIFICATE_RSP (1.2): put a certificate chain into a slot, or empty it.
 * spec: DSP0274 1.4, "SET_CERTIFICATE request and SET_CERTIFICATE_RSP response messages"
 */

#include "spdm/message/header.h"

struct spdm_set_certificate {
    uint8_t slot;
    uint8_t certificate_model; /* 1.3, as the next two; spdm/message/digests.h */
    bool erases;
    uint8_t key_pair_id; /* 0 unless in a multi-key connection */
    slice chain;         /* with the header that has its length; empty when it is to be erased */
};

/*
 * The chain's own header says where it ends: MALFORMED when it is too short for that header,
 * EXHAUSTED past SPDM_CHAIN_SIZE_MAX. What is in the chain is not looked at.
 */
status spdm_set_certificate_read(struct reader *reader, const struct spdm_shape *shape,
                                 struct spdm_set_certificate *out);
void spdm_set_certificate_write(struct writer *writer, const struct spdm_shape *shape,
                                const struct spdm_set_certificate *request);

status spdm_set_certificate_rsp_read(struct reader *reader, uint8_t *out_slot);
void spdm_set_certificate_rsp_write(struct writer *writer, const struct spdm_shape *shape,
                                    uint8_t slot);
