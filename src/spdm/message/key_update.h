/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * KEY_UPDATE and KEY_UPDATE_ACK: new keys for a session's records. The answer repeats the request.
 * spec: DSP0274 1.4, "KEY_UPDATE request and KEY_UPDATE_ACK response messages"
 */

#include "spdm/message/header.h"

enum spdm_key_operation {
    SPDM_UPDATE_KEY = 1,  /* of whoever asks */
    SPDM_UPDATE_ALL_KEYS, /* of both directions */
    SPDM_VERIFY_NEW_KEY,
};

struct spdm_key_update {
    uint8_t operation; /* enum spdm_key_operation */
    uint8_t tag;       /* tells a request from the one before it */
};

/* MALFORMED for any other operation. */
status spdm_key_update_read(struct reader *reader, struct spdm_key_update *out);
void spdm_key_update_write(struct writer *writer, const struct spdm_shape *shape,
                           const struct spdm_key_update *request);

status spdm_key_update_ack_read(struct reader *reader, struct spdm_key_update *out);
void spdm_key_update_ack_write(struct writer *writer, const struct spdm_shape *shape,
                               const struct spdm_key_update *response);
