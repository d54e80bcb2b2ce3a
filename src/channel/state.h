/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Inside channel/ only: what a channel remembers, and the parts its machine is made of. */

#include "channel/frames.h"
#include "channel/lane_proof.h"
#include "channel/proof.h"

enum phase {
    PHASE_HANDSHAKE, /* the session's */
    PHASE_SETUP,     /* until both verdicts, or until the lane joined */
    PHASE_OPEN,
    PHASE_OVER,
};

/* Our judging of the peer. */
struct judging {
    uint32_t round; /* the last that we asked for */
    uint32_t accepted_round;
    uint8_t nonce[NONCE_SIZE];
    bool is_waiting;      /* for the evidence of `round` */
    int64_t answer_by_ms; /* INT64_MAX: no deadline but the setup's */
    int64_t next_ms;      /* INT64_MAX: not again */
    struct judgement
        *judgement; /* of the last round, refused only when the channel is over; NULL: none */
};

enum proving_step {
    PROVING_IDLE,
    PROVING_HELD,       /* asked too soon: waits for `not_before_ms` */
    PROVING_ASKED,      /* to be told by WANT_EVIDENCE, or answered that there is none */
    PROVING_COLLECTING, /* until channel_give_evidence() */
    PROVING_SENT,       /* until the verdict */
};

/* Our proving to the peer. */
struct proving {
    enum proving_step step;
    uint32_t round; /* the last that the peer asked for */
    uint32_t accepted_round;
    bool wants_evidence; /* in the first round, and so in all */
    bool has_evidence;   /* that the request accepts */
    uint8_t nonce[NONCE_SIZE];
    int64_t not_before_ms;
    int64_t verdict_by_ms; /* INT64_MAX: no deadline but the setup's */
    struct buffer side_claims;
};

enum joining_step { JOINING_BEGUN, JOINING_TO_TELL, JOINING_TOLD, JOINING_SENT };

/* A lane's way into its link. */
struct joining {
    enum joining_step step;
    bool has_keys;
    struct link_keys keys;
    uint32_t lane_number;
    struct lane_message message; /* the client's, on a server */
};

struct channel {
    const struct channel_context *context;
    enum role role;
    enum purpose purpose;
    enum phase phase;
    struct session session;
    struct frames frames;
    struct buffer message; /* of the exchange, until its last part */
    struct nonce_log nonces;
    struct judging judging;
    struct proving proving;
    struct joining *joining; /* NULL unless a lane that is joining */
    int64_t setup_by_ms;     /* INT64_MAX once open */
    struct channel_end end;
    bool transport_ended, open_to_tell, round_to_tell, closed_to_tell;
};

struct proof_session channel_session(const struct channel *channel);

/* From now on application frames flow. */
void channel_set_open(struct channel *channel);

/* ---- rounds.c: the exchange ---- */

status rounds_begin(struct channel *channel, struct moment now);
status rounds_take(struct channel *channel, slice message, struct moment now);
/* What time brings: deadlines that passed end the channel, rounds that are due begin. */
status rounds_look(struct channel *channel, struct moment now);
int64_t rounds_deadline_ms(const struct channel *channel);
/* Fills in WANT_EVIDENCE or ROUND when there is one to tell. */
status rounds_tell(struct channel *channel, struct channel_event *out);
status rounds_send(struct channel *channel, const struct exchange_message *message);

/* ---- joining.c: lanes ---- */

status joining_begin(struct channel *channel);
status joining_take(struct channel *channel, slice payload);
void joining_tell(struct channel *channel, struct channel_event *out);
void joining_drop(struct channel *channel);

/* ---- ending.c ---- */

/* Each tells the peer why, where it can be told, and closes the session. */
void end_for(struct channel *channel, const char *reason, const char *detail);
void end_by_fault(struct channel *channel, const struct fault *fault);
void end_by_appraisal(struct channel *channel, const struct appraisal *appraisal);
void end_by_peer(struct channel *channel, const struct exchange_verdict *verdict);
/* Without a word to the peer: there is no session to say it over. */
void end_by_transport(struct channel *channel, const char *detail);
void end_orderly(struct channel *channel, const char *detail);
