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

/* One request: the message is written to `draft` between the two. */
struct spdm_saying {
    struct spdm_session *session;
    struct writer *out;
    struct writer draft;
    struct spdm_wrapping wrapping;
};

/* OK when a new thing may be asked, and the responder has a bit of `flag` (0: needs none). */
status spdm_may_ask(const struct spdm_requester *requester, uint32_t flag);
struct spdm_saying spdm_say_begin(struct spdm_requester *requester, struct spdm_session *session,
                                  struct writer *out);
slice spdm_said(const struct spdm_saying *saying);
status spdm_say_end(struct spdm_requester *requester, struct moment now, struct spdm_saying *saying,
                    const struct spdm_step *step);

/* The accepted chain of `slot`. UNEXPECTED when there is none. */
status spdm_accepted_chain(const struct spdm_requester *requester, uint8_t slot,
                           const struct spdm_chain **out);
/* Of the responder's slot that is under way. */
status spdm_verify_response(const struct spdm_requester *requester, enum spdm_signature signature,
                            const struct digest *transcript, slice bytes);

/* A session is about to be asked for: what an earlier attempt left is gone. */
void spdm_prepare_opening(struct spdm_requester *requester, uint8_t summary);

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
status spdm_begin_mutual(struct spdm_taking *taking);
status spdm_ask_finish(struct spdm_taking *taking);
