/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a requester wants of the session that it opens: a byte of KEY_EXCHANGE and of PSK_EXCHANGE.
 * spec: DSP0274 1.4, "Session policy"
 */

#include "spdm/shape.h"

struct spdm_session_policy {
    bool survives_update; /* 1.2: goes on when the responder's firmware is updated at run time */
    bool wants_events;    /* 1.3: subscribes to all events at once */
};

struct spdm_session_policy spdm_session_policy_of(uint8_t field, const struct spdm_shape *shape);
uint8_t spdm_session_policy_field(struct spdm_session_policy policy,
                                  const struct spdm_shape *shape);
