/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * HEARTBEAT and HEARTBEAT_ACK: keep a session that has nothing else to say.
 * spec: DSP0274 1.4, "HEARTBEAT request and HEARTBEAT_ACK response messages"
 */

#include "spdm/message/header.h"

status spdm_heartbeat_read(struct reader *reader);
void spdm_heartbeat_write(struct writer *writer, const struct spdm_shape *shape);

status spdm_heartbeat_ack_read(struct reader *reader);
void spdm_heartbeat_ack_write(struct writer *writer, const struct spdm_shape *shape);
