/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A protected channel to a peer that proved what it is. Handshake and verification are one: there
 * is no moment in which bytes can be read or written before both verdicts. The library opens no
 * socket and reads no clock: the caller brings bytes and time, and carries bytes away.
 *
 *     loop: read from the socket; wire = what was read
 *         do cix_channel_advance(channel, wire, now, &step), then wire = empty
 *             act on step.kind
 *         while step.kind is not CIX_STEP_NONE
 *         write step.output to the socket; cix_channel_sent(channel, what was written)
 *         sleep until bytes come or step.deadline_ms
 *
 * A channel belongs to one thread at a time; different channels are independent. None of its
 * functions blocks, except that a peer's evidence is verified inside advance (about a millisecond).
 * spec: docs/link-protocol.md
 */

#include "cix/verdict.h"

#ifdef __cplusplus
extern "C" {
#endif

enum cix_role { CIX_ROLE_NONE = 0, CIX_ROLE_CLIENT = 1, CIX_ROLE_SERVER = 2 };

struct cix_channel;

/*
 * Opens a channel under `context`, which must be CIX_USE_CHANNELS. The setup has 30 seconds, the
 * peer's and our own evidence included. `out` is the caller's; cix_channel_free() it.
 */
CIX_API CIX_MUST_USE enum cix_result cix_channel_open(struct cix_context *context,
                                                      enum cix_role role, struct cix_moment now,
                                                      struct cix_channel **out);
CIX_API void cix_channel_free(struct cix_channel *channel); /* NULL is allowed */

/* Kinds may be added; pass over those you do not know. */
enum cix_step_kind {
    CIX_STEP_NONE = 0,          /* nothing more until bytes come or the deadline passes */
    CIX_STEP_WANT_EVIDENCE = 1, /* collect over `binding`, elsewhere; then give it */
    CIX_STEP_OPEN = 2,          /* both verdicts are in: data may flow; once */
    CIX_STEP_DATA = 3,          /* `data`, in order; never before OPEN */
    CIX_STEP_ROUND = 4,         /* the peer proved itself again; cix_channel_peer() is new */
    CIX_STEP_CLOSED = 5,        /* over; cix_channel_end() says how; once */
};

struct cix_step {
    enum cix_step_kind kind;
    uint8_t binding[CIX_BINDING_SIZE]; /* WANT_EVIDENCE */
    struct cix_slice data;             /* DATA; borrowed until the next call on the channel */
    struct cix_slice output;           /* to be sent, whatever the kind; until the next call */
    int64_t deadline_ms; /* call again by then (the moment's monotonic_ms); INT64_MAX: no need */
};

/*
 * Takes `wire` (may be empty) and says one thing. `wire` stays lent until a step of CIX_STEP_NONE
 * or CLOSED; until then pass empty ones. The answer is CIX_OK whatever the peer does: a peer that
 * breaks the protocol or is refused is a CLOSED step. CIX_INVALID for a NULL, or when `wire` comes
 * while another is still lent.
 */
CIX_API CIX_MUST_USE enum cix_result cix_channel_advance(struct cix_channel *channel,
                                                         struct cix_slice wire,
                                                         struct cix_moment now,
                                                         struct cix_step *out);

/* The transport ended (end of file, reset). Then advance: without the peer's own close before it,
 * that is a truncation and no orderly end. */
CIX_API void cix_channel_wire_ended(struct cix_channel *channel);

/* What is to be sent, and that `size` bytes of it were. */
CIX_API struct cix_slice cix_channel_output(const struct cix_channel *channel);
CIX_API void cix_channel_sent(struct cix_channel *channel, size_t size);

/*
 * Answers WANT_EVIDENCE. `endorsements` may be empty. UNEXPECTED when nobody waits for it any more.
 * Empty `evidence` says that none could be collected: the peer is told.
 */
CIX_API CIX_MUST_USE enum cix_result cix_channel_give_evidence(struct cix_channel *channel,
                                                               struct cix_slice evidence,
                                                               struct cix_slice endorsements,
                                                               struct cix_moment now);

/*
 * Encrypts as much of `data` as there is room for (unsent output stays below 1 MiB) and says how
 * much that was, perhaps 0. UNEXPECTED before OPEN and after CLOSED.
 */
CIX_API CIX_MUST_USE enum cix_result cix_channel_write(struct cix_channel *channel,
                                                       struct cix_slice data, size_t *out_taken);

/* Asks the peer for fresh evidence now. UNEXPECTED unless open and with a policy. */
CIX_API CIX_MUST_USE enum cix_result cix_channel_reattest(struct cix_channel *channel,
                                                          struct cix_moment now);

/* An orderly end: the peer reads what was written, then the end. Advance and send the output. */
CIX_API void cix_channel_close(struct cix_channel *channel);

/* What the peer proved; NULL before OPEN, after CLOSED, and when there is no policy. Borrowed until
 * the next advance. */
CIX_API const struct cix_verdict *cix_channel_peer(const struct cix_channel *channel);

/* SHA-384 of the peer's public key. UNEXPECTED unless open. */
CIX_API CIX_MUST_USE enum cix_result cix_channel_peer_key(const struct cix_channel *channel,
                                                          uint8_t out[48]);

/* How it ended. */
struct cix_end {
    bool orderly;       /* both ends agreed; false: cut, refused, or failed */
    bool by_peer;       /* the peer refused us, and the reasons are its own */
    const char *detail; /* for a log line; borrowed from the channel */
};

/* UNEXPECTED before CLOSED. */
CIX_API CIX_MUST_USE enum cix_result cix_channel_end(const struct cix_channel *channel,
                                                     struct cix_end *out);
/* The n-th stable reason code; NULL past the last. */
CIX_API const char *cix_channel_end_reason(const struct cix_channel *channel, size_t index);

#ifdef __cplusplus
}
#endif
