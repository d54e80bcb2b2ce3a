/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One message in what carries it: a frame of the transport, and in a session a secured message in
 * that. Both ways in place.
 *   const struct spdm_wrapping wrapping = spdm_wrap_begin(&path, session, &writer);
 *   spdm_heartbeat_write(&writer, shape);
 *   TRY(spdm_wrap_end(&path, session, &wrapping, &writer));
 * spec: DSP0277 1.2, "Secured Messages format"; DSP0287 1.0; DSP0275 1.0; PCIe 6.0, "DOE"
 */

#include "spdm/connection.h"
#include "spdm/transport.h"

/* The connection's way to its peer. */
struct spdm_path {
    const struct spdm_transport *transport;
    struct spdm_connection *connection;
};

struct spdm_wrapping {
    size_t frame, record, inner;
    size_t message; /* where it begins */
};

struct spdm_wrapping spdm_wrap_begin(const struct spdm_path *path,
                                     const struct spdm_session *session, struct writer *writer);
/* How long a message that begins where `writer` is may be, to be taken by the peer in one piece. */
size_t spdm_wrap_room(const struct spdm_path *path, const struct spdm_session *session,
                      const struct writer *writer);
/* What was written since, before it is sealed. */
slice spdm_wrapped(const struct spdm_wrapping *wrapping, const struct writer *writer);
/* EXHAUSTED when it did not fit, or the session's key is used up. `session` may be NULL. */
status spdm_wrap_end(const struct spdm_path *path, struct spdm_session *session,
                     const struct spdm_wrapping *wrapping, struct writer *writer);

/* What came. */
struct spdm_arrival {
    enum spdm_frame_kind kind;    /* PLAIN: an SPDM message; else of the transport's own */
    struct spdm_session *session; /* NULL: outside sessions */
    slice message;                /* in the frame, perhaps with padding after it */
    bool is_unknown;              /* a record of no session that we have: to be dropped */
};

/*
 * Opens `frame` in place. UNAUTHENTIC when it names a session of ours and is not its next record:
 * `out->session` says which, and nothing else of it is set.
 */
status spdm_unwrap(const struct spdm_path *path, uint8_t *frame, size_t size,
                   struct spdm_arrival *out);

/*
 * `message` at its true length, which transcripts take: without the `left` bytes of it that its
 * fields did not account for. MALFORMED unless those are the transport's padding, which there is
 * none of in a session.
 */
status spdm_unpadded(const struct spdm_transport *transport, const struct spdm_session *session,
                     slice message, slice left, slice *out);
