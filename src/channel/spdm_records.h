/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What two ends of an established SPDM session say to each other over DSP0287: application data in
 * both directions at any time, an orderly end, and new keys when the old ones have served enough.
 * The requester renews the keys of both directions, the responder follows.
 * spec: docs/link-protocol.md, "The SPDM session"; DSP0287 1.0, "SPDM over TCP messages";
 *       DSP0274 1.4, "KEY_UPDATE request and KEY_UPDATE_ACK response messages"
 */

#include "base/outgoing.h"
#include "channel/session.h"
#include "channel/spdm_frames.h"
#include "spdm/connection.h"

enum {
    SPDM_APPLICATION_SIZE_MAX = 65505, /* of one record: what DSP0287's length leaves */
    SPDM_UNITS_PER_KEY = 1 << 23,      /* then it is renewed; at twice as many the session ends */
    SPDM_UNIT_SIZE = 16384,            /* a record costs one, and one more for each so many bytes */
    SPDM_QUIET_SIZE_MAX = 64 << 10,    /* wire bytes from a peer that carry nothing */
};

enum spdm_renewal {
    SPDM_RENEWAL_NONE,
    SPDM_RENEWAL_BEGUN,    /* a requester's: asked; a responder's: awaits VerifyNewKey */
    SPDM_RENEWAL_VERIFIED, /* a requester's: awaits the last acknowledgement */
};

struct spdm_records {
    struct spdm_connection *connection;
    struct spdm_session *session;
    enum spdm_renewal renewal;
    uint8_t tag; /* of the last KEY_UPDATE */
    uint32_t units[SPDM_DIRECTIONS];
    uint32_t units_max; /* SPDM_UNITS_PER_KEY, but in tests */

    struct spdm_frames frames; /* opened where they lie */
    slice rest;                /* of a record that was opened: in its frame */
    size_t quiet_size;

    struct outgoing output;
    bool is_closed;      /* by the peer */
    bool is_over;        /* by us, or because something is wrong */
    const char *failure; /* NULL: nothing is wrong */
};

/*
 * Both are borrowed; `session` is established. `records` is zero, but for frames and output of the
 * handshake that went the same way.
 */
void spdm_records_begin(struct spdm_records *records, struct spdm_connection *connection,
                        struct spdm_session *session);
void spdm_records_clear(struct spdm_records *records);

/* As a session's: channel/session.h. */
void spdm_records_feed(struct spdm_records *records, slice wire);
enum session_progress spdm_records_read(struct spdm_records *records, uint8_t *out, size_t capacity,
                                        size_t *out_size);
status spdm_records_write(struct spdm_records *records, slice plaintext);
void spdm_records_close(struct spdm_records *records);
