/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * END_SESSION and END_SESSION_ACK.
 * spec: DSP0274 1.4, "END_SESSION request and END_SESSION_ACK response messages"
 */

#include "spdm/message/header.h"

struct spdm_end_session {
    bool clears_negotiated_state; /* which a responder with CACHE_CAP would keep */
};

status spdm_end_session_read(struct reader *reader, struct spdm_end_session *out);
void spdm_end_session_write(struct writer *writer, const struct spdm_shape *shape,
                            const struct spdm_end_session *request);

status spdm_end_session_ack_read(struct reader *reader);
void spdm_end_session_ack_write(struct writer *writer, const struct spdm_shape *shape);
