/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * PSK_FINISH and PSK_FINISH_RSP: end the handshake that PSK_EXCHANGE began, where the responder's
 * part in the keys (shape->psk_has_context) has to be confirmed.
 * spec: DSP0274 1.4, "PSK_FINISH request and PSK_FINISH_RSP response messages"
 */

#include "spdm/message/header.h"

struct spdm_psk_finish {
    slice opaque;      /* 1.4 */
    slice verify_data; /* when writing, empty while what it covers is being written */
};

struct spdm_psk_finish_rsp {
    slice opaque; /* 1.4 */
};

/* EXHAUSTED past SPDM_OPAQUE_SIZE_MAX, as in the response. */
status spdm_psk_finish_read(struct reader *reader, const struct spdm_shape *shape,
                            struct spdm_psk_finish *out);
void spdm_psk_finish_write(struct writer *writer, const struct spdm_shape *shape,
                           const struct spdm_psk_finish *request);

status spdm_psk_finish_rsp_read(struct reader *reader, const struct spdm_shape *shape,
                                struct spdm_psk_finish_rsp *out);
void spdm_psk_finish_rsp_write(struct writer *writer, const struct spdm_shape *shape,
                               const struct spdm_psk_finish_rsp *response);
