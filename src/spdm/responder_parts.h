/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Inside the responder only: one request while it is answered, and who answers which. */

#include "spdm/message/error.h"
#include "spdm/responder.h"
#include "spdm/signing.h"

struct spdm_asking {
    struct spdm_responder *responder;
    struct spdm_connection *connection;
    struct spdm_session *session;    /* the request came in; NULL: outside sessions */
    struct spdm_session *subject;    /* ... and is about: differs for a handshake in the clear */
    struct spdm_encapsulation *flow; /* which it may be part of */
    struct moment now;
    slice request; /* as it arrived, perhaps with a transport's padding */
    struct reader reader;
    struct writer *out;      /* the answer begins where it stands when its function is called */
    size_t whole;            /* where the message of the frame begins, ... */
    size_t begin;            /* ... and the answer to `request`, which may be in it */
    bool is_carried;         /* the request was in another one, or was put off ... */
    bool is_exact;           /* ... or came in pieces, which no transport pads */
    struct spdm_error error; /* `code` 0: the failure says which */
    enum spdm_afterwards afterwards;
};

/* The request without padding, once all its fields were read. MALFORMED when more than padding is
 * left over. */
status spdm_asked(const struct spdm_asking *asking, slice *out);
/* What was written of the response so far. */
slice spdm_answered(const struct spdm_asking *asking);
/* Fails, and has this ERROR answered. */
status spdm_refuse(struct spdm_asking *asking, uint8_t code, uint8_t data);

/* Answers the request that another one carried, or was put off. */
status spdm_answer_carried(struct spdm_asking *asking, slice request);
/* Appends the response that was written elsewhere, or says how it is fetched. */
status spdm_hand_over(struct spdm_asking *asking, slice response);
/* There is no way to: a handshake cannot go on behind an answer that was not given. */
void spdm_leave_unanswered(struct spdm_asking *asking);
/* Keeps the request, and has the requester told to ask again. */
void spdm_put_off(struct spdm_asking *asking);
void spdm_drop_put_off(struct spdm_connection *connection);

/* The digest of the measurements that `summary` means; empty for none. */
status spdm_summarise(struct spdm_asking *asking, uint8_t summary, struct digest *out);
/* Signs `transcript` with the key of `slot` and appends the signature. */
status spdm_append_signature(struct spdm_asking *asking, enum spdm_signature signature,
                             uint8_t slot, const struct digest *transcript);

/* Refuses with UnexpectedRequest what does not come from where `provisioning` allows. */
status spdm_may_provision(struct spdm_asking *asking, bool is_for_slot_0);
/* One of our key pairs. UNEXPECTED when there is no such. */
status spdm_find_key_pair(const struct spdm_asking *asking, uint8_t key_pair_id,
                          struct spdm_key_pair_info *out);
/* What became of it, as it is to be answered: an ERROR, or OK when it is done. */
status spdm_ordered(struct spdm_asking *asking, status done, const struct spdm_pending *pending,
                    uint32_t reset_flag);

/* A session's place is taken: it is the `subject`. */
status spdm_begin_session(struct spdm_asking *asking, enum spdm_session_kind kind,
                          uint16_t requester_id, struct spdm_session_policy policy);
/* Of the versions of secured messages that were `offered` the highest that we speak, for the
 * session and as the `opaque` field of the response. */
status spdm_choose_secured(struct spdm_asking *asking, slice offered, struct writer *opaque);
/* The responder's half of its id. */
uint16_t spdm_own_session_id(const struct spdm_session *session);

/* Our encapsulated requests, by their codes: `ask` appends one, `take` reads what answers it and
 * says which is `next` in the flow. */
struct spdm_inquiry {
    uint8_t request;
    uint8_t response;
    uint32_t needs;  /* of the requester's flags, at least one bit */
    bool in_session; /* only there */
    status (*ask)(struct spdm_asking *asking);
    status (*take)(struct spdm_asking *asking);
};
/* The request that is answered, as it was kept. */
slice spdm_inquired(const struct spdm_asking *asking);
/* Its response at its true length, once all fields were read. */
status spdm_delivered(const struct spdm_asking *asking, slice *out);

status spdm_ask_digests(struct spdm_asking *asking);
status spdm_take_digests(struct spdm_asking *asking);
status spdm_ask_certificate(struct spdm_asking *asking);
status spdm_take_certificate(struct spdm_asking *asking);
status spdm_ask_challenge(struct spdm_asking *asking);
status spdm_take_challenge_auth(struct spdm_asking *asking);
status spdm_ask_key_update(struct spdm_asking *asking);
status spdm_take_key_update_ack(struct spdm_asking *asking);
status spdm_ask_send_event(struct spdm_asking *asking);
status spdm_take_event_ack(struct spdm_asking *asking);
status spdm_ask_endpoint_info(struct spdm_asking *asking);
status spdm_take_endpoint_info(struct spdm_asking *asking);

/* Who the requester was known to be before it said anything. */
status spdm_recall(struct spdm_asking *asking, uint8_t *out_slot, struct spdm_shown *out);

/* How KEY_EXCHANGE_RSP asks the requester to authenticate itself, and what follows from that. */
status spdm_begin_mutual(struct spdm_asking *asking);
/* Whether CHALLENGE_AUTH asks it; then the flow begins once that is signed. */
bool spdm_challenges_back(const struct spdm_asking *asking);
void spdm_begin_basic(struct spdm_asking *asking);

status spdm_answer_version(struct spdm_asking *asking);
status spdm_answer_capabilities(struct spdm_asking *asking);
status spdm_answer_algorithms(struct spdm_asking *asking);
status spdm_answer_digests(struct spdm_asking *asking);
status spdm_answer_certificate(struct spdm_asking *asking);
status spdm_answer_challenge(struct spdm_asking *asking);
status spdm_answer_measurements(struct spdm_asking *asking);
status spdm_answer_key_exchange(struct spdm_asking *asking);
status spdm_answer_finish(struct spdm_asking *asking);
status spdm_answer_psk_exchange(struct spdm_asking *asking);
status spdm_answer_psk_finish(struct spdm_asking *asking);
status spdm_answer_heartbeat(struct spdm_asking *asking);
status spdm_answer_key_update(struct spdm_asking *asking);
status spdm_answer_end_session(struct spdm_asking *asking);
status spdm_answer_encapsulated(struct spdm_asking *asking);
status spdm_answer_delivered(struct spdm_asking *asking);
status spdm_answer_chunk_send(struct spdm_asking *asking);
status spdm_answer_chunk_get(struct spdm_asking *asking);
status spdm_answer_respond_if_ready(struct spdm_asking *asking);
status spdm_answer_measurement_log(struct spdm_asking *asking);
status spdm_answer_endpoint_info(struct spdm_asking *asking);
status spdm_answer_vendor_defined(struct spdm_asking *asking);
status spdm_answer_csr(struct spdm_asking *asking);
status spdm_answer_set_certificate(struct spdm_asking *asking);
status spdm_answer_key_pair_info(struct spdm_asking *asking);
status spdm_answer_set_key_pair_info(struct spdm_asking *asking);
status spdm_answer_event_types(struct spdm_asking *asking);
status spdm_answer_subscribe(struct spdm_asking *asking);
