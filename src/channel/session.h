/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One protected session over memory, of whichever kind: wire bytes in and out, a handshake in which
 * both ends prove their keys, records of plaintext, an exporter. A kind is a row of functions, and
 * nothing else in this room knows one from another. A session authorises nothing by itself.
 * spec: docs/link-protocol.md, "Kinds of channel"
 */

#include "channel/channel.h"

struct session {
    const struct session_kind *kind; /* NULL: there is none */
    struct tls_session *tls;
    struct spdm_dialogue *spdm;
};

enum session_progress {
    SESSION_FAILED, /* the session is dead; the output may say so to the peer */
    SESSION_AGAIN,  /* needs more wire bytes */
    SESSION_READY,  /* handshake finished, or plaintext was read */
    SESSION_CLOSED, /* the peer closed it: an orderly end */
};

struct session_kind {
    const char *name;       /* in the binding, and in logs */
    size_t record_size_max; /* of plaintext; a frame always fits */

    /*
     * `purposes` lists what the session may be for, NULL-terminated and borrowed: a client offers
     * them, a server accepts one of them, and the transcript covers the choice.
     */
    status (*open)(const struct tls_identity *identity, enum role role, const char *const *purposes,
                   struct session *out);
    void (*free)(struct session *session);

    /* Lends `wire` until AGAIN, in place of what was lent before. */
    void (*feed)(struct session *session, slice wire);
    slice (*output)(const struct session *session);
    void (*sent)(struct session *session, size_t size);

    /* READY when both ends proved their keys; the peer's certificate must be valid at `now_s`. */
    enum session_progress (*handshake)(struct session *session, int64_t now_s);
    /* At most one record's plaintext: all of it when `capacity` is `record_size_max` or more. */
    enum session_progress (*read)(struct session *session, uint8_t *out, size_t capacity,
                                  size_t *out_size);
    status (*write)(struct session *session, slice plaintext);
    void (*close)(struct session *session);
    const char *(*failure)(const struct session *session); /* for a log line; never NULL */

    /* After the handshake only; each fails otherwise. */
    const char *(*purpose)(const struct session *session); /* one of `purposes`, else NULL */
    status (*export)(const struct session *session, const char *label, slice context, uint8_t *out,
                     size_t size);
    const struct digest *(*peer_spki_digest)(const struct session *session); /* SHA-384 */
};

extern const struct session_kind session_over_tls;
extern const struct session_kind session_over_spdm;

/* NULL when there is no such kind. */
const struct session_kind *session_kind_of(enum channel_kind kind);

/* Nothing happens when there is no session. */
void session_free(struct session *session);
