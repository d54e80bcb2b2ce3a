/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * PSK_EXCHANGE and PSK_EXCHANGE_RSP: open a session with a key that both have.
 * spec: DSP0274 1.4, "PSK_EXCHANGE request and PSK_EXCHANGE_RSP response messages"
 */

#include "spdm/message/header.h"
#include "spdm/message/session_policy.h"

enum {
    SPDM_PSK_HINT_SIZE_MAX = 256,
    SPDM_PSK_CONTEXT_SIZE_MIN = 32, /* of the requester's, in which its nonce is */
    SPDM_PSK_CONTEXT_SIZE_MAX = 256,
    SPDM_PSK_CONTEXT_SIZE = SPDM_HASH_SIZE_MAX, /* of ours */
};

struct spdm_psk_exchange {
    uint8_t summary; /* enum spdm_summary */
    struct spdm_session_policy policy;
    uint16_t session_id; /* the low half: the requester's */
    slice hint;          /* which key is meant; may be empty */
    slice context;
    slice opaque;
};

struct spdm_psk_exchange_rsp {
    uint8_t heartbeat_s; /* 0: no heartbeat is needed */
    uint16_t session_id; /* the high half: the responder's */
    slice summary_hash;  /* of the measurements asked for; empty when none were */
    slice context;       /* empty unless shape->psk_has_context */
    slice opaque;
    slice verify_data; /* when writing, empty while what it covers is being written */
};

/* EXHAUSTED past SPDM_OPAQUE_SIZE_MAX and the sizes above, as in the response. */
status spdm_psk_exchange_read(struct reader *reader, const struct spdm_shape *shape,
                              struct spdm_psk_exchange *out);
void spdm_psk_exchange_write(struct writer *writer, const struct spdm_shape *shape,
                             const struct spdm_psk_exchange *request);

/* `has_summary`: the request asked for one. */
status spdm_psk_exchange_rsp_read(struct reader *reader, const struct spdm_shape *shape,
                                  bool has_summary, struct spdm_psk_exchange_rsp *out);
void spdm_psk_exchange_rsp_write(struct writer *writer, const struct spdm_shape *shape,
                                 const struct spdm_psk_exchange_rsp *response);
