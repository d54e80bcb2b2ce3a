/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * KEY_EXCHANGE and KEY_EXCHANGE_RSP: open a session with ephemeral keys and a certificate.
 * spec: DSP0274 1.4, "KEY_EXCHANGE request and KEY_EXCHANGE_RSP response messages"
 */

#include "spdm/message/header.h"
#include "spdm/message/session_policy.h"

/* How the responder wants the requester to authenticate itself. */
enum spdm_mutual {
    SPDM_MUTUAL_NONE = 0,
    SPDM_MUTUAL_KNOWN_CHAIN = 1,      /* the responder has the chain: FINISH is signed at once */
    SPDM_MUTUAL_ENCAPSULATED = 2,     /* it asks for the chain in encapsulated requests */
    SPDM_MUTUAL_IMPLICIT_DIGESTS = 4, /* the same, and GET_DIGESTS goes without saying */
};

struct spdm_key_exchange {
    uint8_t summary;     /* enum spdm_summary */
    uint8_t slot;        /* or SPDM_SLOT_RAW_KEY */
    uint16_t session_id; /* the low half: the requester's */
    struct spdm_session_policy policy;
    uint8_t random[SPDM_NONCE_SIZE];
    slice exchange; /* shape->request_exchange_size bytes */
    slice opaque;
};

struct spdm_key_exchange_rsp {
    uint8_t heartbeat_s;    /* 0: no heartbeat is needed */
    uint16_t session_id;    /* the high half: the responder's */
    uint8_t mutual;         /* enum spdm_mutual */
    uint8_t requester_slot; /* for SPDM_MUTUAL_KNOWN_CHAIN, or SPDM_SLOT_RAW_KEY; else 0 */
    uint8_t random[SPDM_NONCE_SIZE];
    slice exchange;     /* shape->response_exchange_size bytes */
    slice summary_hash; /* of the measurements asked for; empty when none were */
    slice opaque;
    slice signature;   /* when writing, empty while what it covers is being written; */
    slice verify_data; /* and so is this; none when the handshake is in the clear */
};

/* EXHAUSTED past SPDM_OPAQUE_SIZE_MAX, as in the response. */
status spdm_key_exchange_read(struct reader *reader, const struct spdm_shape *shape,
                              struct spdm_key_exchange *out);
void spdm_key_exchange_write(struct writer *writer, const struct spdm_shape *shape,
                             const struct spdm_key_exchange *request);

/* `has_summary`: the request asked for one. */
status spdm_key_exchange_rsp_read(struct reader *reader, const struct spdm_shape *shape,
                                  bool has_summary, struct spdm_key_exchange_rsp *out);
void spdm_key_exchange_rsp_write(struct writer *writer, const struct spdm_shape *shape,
                                 const struct spdm_key_exchange_rsp *response);
