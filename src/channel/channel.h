/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A protected channel to an appraised peer. Handshake and verification are one call: there is no
 * state in which application bytes can be read or written before both verdicts, and no code path
 * that opens a channel without them. It owns no socket, clock or thread: bytes, time and evidence
 * are given to it, so a test, a fuzzer and the gateway drive the same code.
 *
 * Drive it like this: feed() bytes from the peer, then next() until NONE; send what output() holds.
 */

#include "appraisal/appraise.h"
#include "atls/exchange.h"
#include "base/moment.h"

enum {
    FRAME_HEADER_SIZE = 3, /* u16 length of the payload, u8 kind */
    FRAME_PAYLOAD_MAX = 16381,
    CHANNEL_HANDSHAKE_MS = 30000,     /* from open to both verdicts, evidence collection included */
    CHANNEL_ROUND_MS = 30000,         /* from a later request to its evidence */
    CHANNEL_VERDICT_MS = 60000,       /* from the peer's later request to its verdict */
    CHANNEL_SPACING_MS = 1000,        /* between two rounds: a peer that asks sooner waits for it */
    CHANNEL_ROUNDS_MAX = 65536,       /* then the channel closes and a new one must be made */
    CHANNEL_SETUP_RECORDS_MAX = 1024, /* before OPEN */
    LINK_ID_SIZE = 32,
};

/* Kinds below FRAME_APPLICATION belong to the channel; the others to whoever opened it. */
enum frame_kind {
    FRAME_NONE,
    FRAME_EXCHANGE_PART = 1, /* a piece of an exchange message, more follow */
    FRAME_EXCHANGE_END = 2,  /* the last piece */
    FRAME_LANE = 3,          /* a lane's proof */
    FRAME_APPLICATION = 16,
};

/* What the session is for; each is an ALPN name, so it is in the transcript. */
enum purpose {
    PURPOSE_NONE,
    PURPOSE_CHANNEL, /* "cix-channel/1": attested, then application frames */
    PURPOSE_LINK,    /* "cix-link/1": a link's control session */
    PURPOSE_LANE,    /* "cix-lane/1": joins a link by proof */
};

/* How the session is protected. Both ends must take the same: nothing is negotiated. */
enum channel_kind {
    CHANNEL_TLS,  /* "tls13" */
    CHANNEL_SPDM, /* "spdm" */
    CHANNEL_KIND_COUNT,
};
const char *channel_kind_name(enum channel_kind kind); /* in the binding, and in logs */

/* Immutable while channels use it; shared by threads. Pointers are borrowed. */
struct channel_context {
    enum channel_kind kind;
    const struct tls_identity *identity;
    const char *attest;           /* platform name to prove with; NULL: have no evidence */
    const struct policy *policy;  /* for the peer; NULL only with insecure_skip_appraisal */
    bool insecure_skip_appraisal; /* without a policy: accept whoever connects */
    const struct endorsements *endorsements; /* ours, for appraising the peer's evidence */

    /*
     * Ask the peer again this often; 0: only when what its verdict relied on (certificates, CRLs,
     * TCB info) runs out, which is asked for in every case.
     */
    uint32_t reattest_s;
};

struct channel;

/*
 * `purpose` PURPOSE_NONE with ROLE_SERVER accepts LINK and LANE, and channel_purpose() tells.
 * DENIED without a policy, unless the context says insecure_skip_appraisal; UNSUPPORTED for
 * a kind that there is not. `context` is borrowed.
 */
status channel_open(const struct channel_context *context, enum role role, enum purpose purpose,
                    struct moment now, struct channel **out);
void channel_free(struct channel *channel);

enum channel_event_kind {
    CHANNEL_NONE,          /* feed more bytes, or wait until channel_deadline_ms() */
    CHANNEL_WANT_EVIDENCE, /* collect over `binding` and call channel_give_evidence() */
    CHANNEL_WANT_LINK,     /* a lane names `link_id`: call channel_give_link() or close */
    CHANNEL_OPEN,          /* both verdicts are in, or the lane's proofs held; once */
    CHANNEL_FRAME,         /* an application frame; never before OPEN */
    CHANNEL_ROUND,         /* a later round of the peer's evidence was accepted */
    CHANNEL_CLOSED,        /* over: orderly or not; see channel_end() */
};

struct channel_event {
    enum channel_event_kind kind;
    uint8_t binding[BINDING_SIZE]; /* WANT_EVIDENCE */
    uint8_t link_id[LINK_ID_SIZE]; /* WANT_LINK */
    uint32_t lane_number;          /* WANT_LINK */
    uint8_t frame_kind;            /* FRAME */
    slice payload;                 /* FRAME; borrowed until the next channel_next() */
};

void channel_feed(struct channel *channel, slice wire);
/* The transport ended: anything but an orderly close_notify before it is an error (truncation). */
void channel_feed_end(struct channel *channel);
void channel_next(struct channel *channel, struct moment now, struct channel_event *out);

/* Wire bytes to send, in order; the caller removes what it sent with channel_sent(). */
slice channel_output(const struct channel *channel);
void channel_sent(struct channel *channel, size_t size);

/* When next() must be called again even without bytes; INT64_MAX: no deadline. */
int64_t channel_deadline_ms(const struct channel *channel);

/*
 * Between WANT_EVIDENCE and the answer: what the evidence is to vouch for besides
 * (evidence/devices.h), sent with it. `out_binding` is then what to collect over. UNEXPECTED when
 * nobody waits.
 */
status channel_give_side_claims(struct channel *channel, slice side_claims,
                                uint8_t out_binding[BINDING_SIZE]);

/*
 * Slow hardware stays off the event loop: the answer may come whenever it is ready. UNEXPECTED when
 * nobody waits for it any more. `endorsements` may be empty; empty `evidence` is none.
 */
status channel_give_evidence(struct channel *channel, slice evidence, slice endorsements,
                             struct moment now);
/* Collection failed: the peer is told that there is no evidence. */
void channel_give_no_evidence(struct channel *channel, struct moment now);

/* Appends a frame. UNEXPECTED before OPEN. `parts` are joined; kind >= FRAME_APPLICATION. */
status channel_write(struct channel *channel, uint8_t frame_kind, const slice *parts,
                     size_t part_count);
/* Encrypts frames that channel_write() gathered into output(); small frames share a record. */
status channel_flush(struct channel *channel);

/* Asks the peer for fresh evidence now (policy or collateral changed). */
status channel_reattest(struct channel *channel, struct moment now);
/*
 * Orderly end; `reason` is a stable code told to the peer when it was refused, NULL otherwise. A
 * lane has no exchange to tell it in: there the session just closes, and channel_end() keeps it.
 */
void channel_close(struct channel *channel, const char *reason);

/* How it ended, once CLOSED. Reasons are stable codes (docs/reasons.md). */
struct channel_end {
    bool orderly;
    bool by_peer; /* the peer refused us: `reasons` are the peer's codes */
    char reasons[EXCHANGE_REASONS_MAX][EXCHANGE_REASON_SIZE_MAX + 1];
    size_t reason_count;
    char detail[160]; /* for the log */
};
const struct channel_end *channel_end(const struct channel *channel);

/* What was proved; NULL before OPEN, and for a side that asked for nothing. */
const struct appraisal *channel_peer_appraisal(const struct channel *channel);
const struct facts *channel_peer_facts(const struct channel *channel);

/*
 * What the peer's last evidence said and what was decided of it, accepted or not, and also after
 * the end. For a log line: it opens nothing. NULL when there was none.
 */
const struct facts *channel_judged_facts(const struct channel *channel);
const struct appraisal *channel_judgement(const struct channel *channel);

uint32_t channel_peer_round(const struct channel *channel);
/* When the peer will be asked again (monotonic): after the interval, or when what its verdict rests
 * on runs out. INT64_MAX: not again, or it was asked already. */
int64_t channel_next_round_ms(const struct channel *channel);
const struct digest *channel_peer_spki_digest(const struct channel *channel); /* NULL before OPEN */
enum purpose channel_purpose(const struct channel *channel); /* NONE until the peer's is known */
enum channel_kind channel_kind_of(const struct channel *channel);

/*
 * The secrets that join lanes to an open PURPOSE_LINK session. Both ends compute the same.
 * `role` is our role on the control session; spki digests are ours and the peer's.
 */
struct link_keys {
    uint8_t id[LINK_ID_SIZE];
    struct secret lane_key; /* 48 bytes */
    struct digest own_spki;
    struct digest peer_spki;
};
void link_keys_clear(struct link_keys *keys);
status channel_link_keys(const struct channel *channel, struct link_keys *out);

/* For a PURPOSE_LANE channel. The client calls it right after open, the server on WANT_LINK. */
status channel_give_link(struct channel *channel, const struct link_keys *keys,
                         uint32_t lane_number);
