/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Inside the requester only: one request while it is written, and its response while it is read. */

#include "spdm/requester.h"
#include "spdm/signing.h"

/* One response. */
struct spdm_taking {
    struct spdm_requester *requester;
    struct spdm_connection *connection;
    struct moment now;
    slice response; /* as it arrived, perhaps with a transport's padding */
    struct reader reader;
    struct writer *out; /* for the next request */
    bool is_exact;      /* it came in pieces, which no transport pads */
};

/* Which response is awaited, and who takes it. It may ask on: then another step is awaited. */
struct spdm_step {
    uint8_t code;
    status (*take)(struct spdm_taking *taking);
};

/* The response without padding, once all its fields were read. MALFORMED when more than padding is
 * left over. */
status spdm_took(const struct spdm_taking *taking, slice *out);
/* The request that it answers. */
slice spdm_request_of(const struct spdm_taking *taking);

/* One request: the message is written to `draft` between the two, where there is space for large
 * messages into that. */
struct spdm_saying {
    struct spdm_session *session;
    struct writer *out;
    struct writer draft;
    struct spdm_wrapping wrapping;
};

/* OK when a new thing may be asked, and the responder has a bit of `flag` (0: needs none). */
status spdm_may_ask(const struct spdm_requester *requester, uint32_t flag);
/* The same in an established session. */
status spdm_may_ask_in(const struct spdm_requester *requester, const struct spdm_session *session,
                       uint32_t flag);
struct spdm_saying spdm_say_begin(struct spdm_requester *requester, struct spdm_session *session,
                                  struct writer *out);
slice spdm_said(const struct spdm_saying *saying);
status spdm_say_end(struct spdm_requester *requester, struct moment now, struct spdm_saying *saying,
                    const struct spdm_step *step);

/* The same for a message that is part of the exchange only, and always in its frame. */
struct spdm_saying spdm_say_directly(struct spdm_requester *requester, struct spdm_session *session,
                                     struct writer *out);
/* How long it may be. */
size_t spdm_room_of(struct spdm_requester *requester, const struct spdm_saying *saying);
status spdm_send(struct spdm_requester *requester, struct moment now, struct spdm_saying *saying);
/* The request that was kept: whole, or the first piece of it. */
status spdm_send_request(struct spdm_requester *requester, struct spdm_session *session,
                         struct moment now, struct writer *out);
status spdm_send_in_pieces(struct spdm_requester *requester, struct spdm_session *session,
                           struct moment now, struct writer *out);
/* What was said last, and found the responder busy. */
status spdm_repeat(struct spdm_requester *requester, struct moment now, struct writer *out);

/* What comes instead of the response of `step`, or on the way to it. */
status spdm_take_response(struct spdm_taking *taking, const struct spdm_step *step);
/* `step` NULL: nothing is tried again. */
status spdm_take_error(struct spdm_taking *taking, const struct spdm_step *step);
status spdm_take_piece_ack(struct spdm_taking *taking, const struct spdm_step *step);
status spdm_fetch_response(struct spdm_taking *taking, const struct spdm_step *step,
                           uint8_t handle);
status spdm_take_piece(struct spdm_taking *taking, const struct spdm_step *step);
status spdm_wait_until_ready(struct spdm_taking *taking, const struct spdm_step *step,
                             const struct spdm_not_ready *told);
status spdm_wait_while_busy(struct spdm_taking *taking, const struct spdm_step *step);
/* Nothing of what was under way is left. */
enum spdm_progress spdm_fail(struct spdm_requester *requester, status failed);

/* Who signs as one of the responder's slots. */
struct spdm_signer {
    const struct public_key *key;
    struct digest digest; /* that stands for it in transcripts */
};
/* The accepted chain's or key's. UNEXPECTED when there is none, or it is for other uses. */
status spdm_accepted_signer(const struct spdm_requester *requester, enum spdm_signature signature,
                            uint8_t slot, struct spdm_signer *out);
/* Of the responder's slot that is under way. */
status spdm_verify_response(const struct spdm_requester *requester, enum spdm_signature signature,
                            const struct digest *transcript, slice bytes);

/* A session is about to be asked for: what an earlier attempt left is gone. */
status spdm_prepare_opening(struct spdm_requester *requester, uint8_t summary,
                            struct spdm_session_policy policy);

/* What the responses to KEY_EXCHANGE and PSK_EXCHANGE both say. */
struct spdm_offered_session {
    enum spdm_session_kind kind;
    uint16_t session_id; /* the responder's half */
    uint8_t heartbeat_s;
    slice opaque;
};
/* The session's place is taken: it is `opening`, with the transcript that the request began. */
status spdm_begin_opening(struct spdm_taking *taking, const struct spdm_offered_session *offered);
/* The handshake is over: `opening` is `opened`. */
status spdm_opening_is_done(struct spdm_taking *taking);

/* The summary of measurements is authentic. */
void spdm_keep_summary(struct spdm_requester *requester, slice summary_hash);

/* The session in its handshake, or NULL when that is in the clear. */
struct spdm_session *spdm_handshake_way(const struct spdm_requester *requester);
/* What a handshake that did not come to its end has left. */
void spdm_end_opening(struct spdm_requester *requester);
status spdm_ask_finish(struct spdm_taking *taking);
/* Who we are was asked for: the flow of encapsulated requests begins, in the handshake or after the
 * challenge. */
status spdm_requester_begin_flow(struct spdm_taking *taking, enum spdm_encapsulated_flow flow);

/* One encapsulated request, which `taking`'s reader stands before, and the draft of its answer. */
struct spdm_serving {
    struct spdm_taking *taking;
    slice request; /* up to the end of what came */
    struct writer *draft;
    size_t begin; /* where the answer is in the draft */
};
/* The request at its true length, once all its fields were read. */
status spdm_served(const struct spdm_serving *serving, slice *out);
/* What was written of the answer so far. */
slice spdm_serving_draft(const struct spdm_serving *serving);

status spdm_show_digests(struct spdm_serving *serving);
status spdm_show_certificate(struct spdm_serving *serving);
status spdm_show_challenge_auth(struct spdm_serving *serving);
status spdm_show_key_update(struct spdm_serving *serving);
status spdm_show_event_ack(struct spdm_serving *serving);
status spdm_show_endpoint_info(struct spdm_serving *serving);
/* Signs `transcript` with the key of our `slot` and appends the signature. */
status spdm_serving_sign(const struct spdm_serving *serving, enum spdm_signature signature,
                         uint8_t slot, const struct digest *transcript);
/* GET_DIGESTS goes without saying. */
status spdm_write_own_digests(struct spdm_serving *serving);
