/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A peer that shakes hands properly and then says whatever a test wants it to: any frame, any
 * message of the exchange, evidence over any binding.
 */

#include "peers.h"

#include "atls/cmw.h"
#include "channel/frames.h"
#include "channel/proof.h"

struct liar {
    enum role role;
    const struct tls_identity *identity;
    struct session session;
    struct frames frames;
    bool is_ready, is_over;
    struct buffer read; /* pieces of a message */
    struct exchange_message heard[8];
    size_t heard_count;
    struct buffer messages[8];
    size_t lane_count; /* lane frames heard */
    uint8_t lane[LINK_ID_SIZE + 4 + 48];
};

static inline void liar_begin(struct liar *liar, enum role role,
                              const struct tls_identity *identity, const char *protocol)
{
    static const char *names[4][2];
    static size_t next;
    const char **const alpn = names[next++ % 4];
    alpn[0] = protocol;
    *liar = (struct liar){.role = role, .identity = identity};
    must(session_kind_of(PEERS_KIND)->open(identity, role, alpn, &liar->session));
    liar->frames.session = &liar->session;
}

static inline void liar_end(struct liar *liar)
{
    frames_clear(&liar->frames);
    session_free(&liar->session);
    for (size_t i = 0; i < liar->heard_count; i++)
        buffer_clear(&liar->messages[i]);
}

/* Whole messages only: what honest ends send in these tests fits one frame, or two. */
static inline void liar_hear(struct liar *liar, const struct frame *frame)
{
    if (frame->kind == FRAME_LANE && frame->payload.size == sizeof liar->lane) {
        memcpy(liar->lane, frame->payload.data, sizeof liar->lane);
        liar->lane_count++;
    }
    if (frame->kind != FRAME_EXCHANGE_END && frame->kind != FRAME_EXCHANGE_PART)
        return;
    must(buffer_append(&liar->read, frame->payload));
    if (frame->kind == FRAME_EXCHANGE_PART || liar->heard_count == 8)
        return;
    const size_t at = liar->heard_count++;
    liar->messages[at] = buffer_take(&liar->read);
    must(exchange_read(buffer_view(&liar->messages[at]), &liar->heard[at]));
}

static inline void liar_look(struct liar *liar, struct moment now)
{
    if (!liar->is_ready) {
        liar->is_ready = liar->session.kind->handshake(&liar->session, now.wall_s) == SESSION_READY;
        if (!liar->is_ready)
            return;
    }
    struct frame frame;
    enum frames_progress progress;
    while ((progress = frames_next(&liar->frames, &frame)) == FRAMES_READY)
        liar_hear(liar, &frame);
    liar->is_over = progress != FRAMES_AGAIN;
}

/* Carries bytes both ways until nobody says anything more. */
static inline void converse(struct liar *liar, struct end *end, struct moment now)
{
    const struct session_kind *const kind = liar->session.kind;
    bool moved = true;
    for (int i = 0; moved && i < 32; i++) {
        liar_look(liar, now);
        look(end, now);
        const slice said = kind->output(&liar->session);
        channel_feed(end->channel, said);
        look(end, now);
        channel_feed(end->channel, (slice){0});
        kind->sent(&liar->session, said.size);
        const slice answer = channel_output(end->channel);
        kind->feed(&liar->session, answer);
        liar_look(liar, now);
        kind->feed(&liar->session, (slice){0});
        channel_sent(end->channel, answer.size);
        moved = said.size || answer.size;
    }
}

/* Not in frames. */
static inline void liar_write(struct liar *liar, slice plaintext)
{
    must(liar->session.kind->write(&liar->session, plaintext));
}

static inline void liar_frame(struct liar *liar, uint8_t kind, slice payload)
{
    must(frames_write(&liar->frames, kind, &payload, 1));
    must(frames_flush(&liar->frames));
}

static inline void liar_say(struct liar *liar, const struct exchange_message *message)
{
    SCOPED(buffer) bytes = {0};
    must(exchange_write(message, &bytes));
    slice rest = buffer_view(&bytes);
    for (; rest.size > FRAME_PAYLOAD_MAX;
         rest.data += FRAME_PAYLOAD_MAX, rest.size -= FRAME_PAYLOAD_MAX)
        liar_frame(liar, FRAME_EXCHANGE_PART, (slice){rest.data, FRAME_PAYLOAD_MAX});
    liar_frame(liar, FRAME_EXCHANGE_END, rest);
}

static inline const struct exchange_message *liar_heard(const struct liar *liar,
                                                        enum exchange_kind kind)
{
    for (size_t i = liar->heard_count; i > 0; i--)
        if (liar->heard[i - 1].kind == kind)
            return &liar->heard[i - 1];
    return NULL;
}

/* The session as an honest end in the liar's place would see it. */
static inline struct proof_session liar_session(const struct liar *liar)
{
    return (struct proof_session){
        .session = &liar->session,
        .role = liar->role,
        .own_spki = tls_identity_spki_digest(liar->identity),
        .peer_spki = liar->session.kind->peer_spki_digest(&liar->session),
    };
}

/* The binding that the other end asked for; what an honest prover would put into its quote. */
static inline void liar_binding(const struct liar *liar, const char *platform, slice side_claims,
                                uint8_t out[BINDING_SIZE])
{
    const struct proof_session session = liar_session(liar);
    const struct exchange_message *const request = liar_heard(liar, EXCHANGE_REQUEST);
    if (!request)
        abort();
    must(proof_binding(&session, liar->role, request->request.round, request->request.nonce,
                       platform, side_claims, out));
}

static inline void liar_request(struct liar *liar, uint32_t round, uint8_t nonce_byte)
{
    struct exchange_message message = {.kind = EXCHANGE_REQUEST, .request.round = round};
    memset(message.request.nonce, nonce_byte, NONCE_SIZE);
    liar_say(liar, &message);
}

static inline void liar_accept(struct liar *liar, uint32_t round)
{
    const struct exchange_message message = {.kind = EXCHANGE_VERDICT,
                                             .verdict = {.round = round, .accepted = true}};
    liar_say(liar, &message);
}

struct claimed {
    uint32_t round;
    const char *platform;
    const char *type; /* NULL: the platform's */
    slice evidence;
    slice side_claims;
    slice endorsements;
};

static inline void liar_prove(struct liar *liar, const struct claimed *claimed)
{
    char type[64];
    SCOPED(buffer) record = {0};
    struct exchange_message message = {.kind = EXCHANGE_EVIDENCE};
    snprintf(type, sizeof type, "%s%s", CMW_EVIDENCE_TYPE, claimed->platform);
    const struct cmw cmw = {slice_of_text(claimed->type ? claimed->type : type), claimed->evidence};
    must(cmw_write(&cmw, &record));
    message.evidence = (struct exchange_evidence){
        .round = claimed->round,
        .platform = slice_of_text(claimed->platform),
        .cmw = buffer_view(&record),
        .side_claims = claimed->side_claims,
        .endorsements = {claimed->endorsements},
        .endorsement_count = claimed->endorsements.size ? 1 : 0,
    };
    liar_say(liar, &message);
}

/* A quote of the world's TD over these bytes, sent as the answer to round 1. */
static inline void liar_prove_with_quote(struct liar *liar, const uint8_t binding[BINDING_SIZE])
{
    SCOPED(buffer) quote = {0};
    must(sim_tdx_quote(&the_world()->td, (slice){binding, BINDING_SIZE}, &quote));
    const struct claimed claimed = {.round = 1, .platform = "tdx", .evidence = buffer_view(&quote)};
    liar_prove(liar, &claimed);
}
