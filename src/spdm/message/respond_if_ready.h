/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * RESPOND_IF_READY: asks for the response that ERROR ResponseNotReady put off.
 * spec: DSP0274 1.4, "RESPOND_IF_READY request message format"
 */

#include "spdm/message/header.h"

struct spdm_respond_if_ready {
    uint8_t request_code; /* of the request that was put off */
    uint8_t token;
};

status spdm_respond_if_ready_read(struct reader *reader, struct spdm_respond_if_ready *out);
void spdm_respond_if_ready_write(struct writer *writer, const struct spdm_shape *shape,
                                 const struct spdm_respond_if_ready *request);
