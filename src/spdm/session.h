/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One session: its keys in both directions, its transcript, its deadlines. Both roles keep it the
 * same way; who sends where is `side`.
 *
 *   NONE -- begin --> (KEY_EXCHANGE) -- handshake --> HANDSHAKE -- establish --> ESTABLISHED
 *
 * Every step adds its messages to `th` first. A step that fails leaves a session that is good for
 * nothing but spdm_session_clear().
 * spec: DSP0274 1.4, "Session", "Session Secrets Exchange"; DSP0277 1.2, "Key updates"
 */

#include "spdm/encapsulation.h"
#include "spdm/key_schedule.h"
#include "spdm/message/capabilities.h"
#include "spdm/message/session_policy.h"
#include "spdm/transcript.h"

#include "crypto/running_hash.h"

enum spdm_session_phase {
    SPDM_SESSION_NONE,        /* free */
    SPDM_SESSION_EXCHANGE,    /* a transcript, no keys yet */
    SPDM_SESSION_HANDSHAKE,   /* handshake keys */
    SPDM_SESSION_ESTABLISHED, /* data keys: applications may speak */
};

/* A session is finished as it was begun: FINISH or PSK_FINISH. */
enum spdm_session_kind { SPDM_SESSION_KIND_NONE, SPDM_SESSION_KEY_EXCHANGE, SPDM_SESSION_PSK };

/* Which events: by SessionPolicy all from the beginning, later as SUBSCRIBE_EVENT_TYPES said. */
enum spdm_hearing { SPDM_HEARS_NOTHING, SPDM_HEARS_ALL, SPDM_HEARS_SOME };

enum spdm_direction { SPDM_REQUESTS, SPDM_RESPONSES, SPDM_DIRECTIONS };

/* The keys of one direction: the one in use, and the next while a KEY_UPDATE is under way. */
struct spdm_half {
    struct secret secret;
    struct spdm_record_key key;
    struct secret next_secret;
    struct spdm_record_key next_key;
    bool is_updating;
};

struct spdm_session {
    enum spdm_session_phase phase;
    enum spdm_session_kind kind;
    struct spdm_record_form form; /* form.session_id is its name */
    uint16_t secured_version;     /* of DSP0277, as VERSION writes versions */

    struct spdm_session_policy policy; /* as the requester asked */
    uint8_t hears;          /* enum spdm_hearing: what the responder tells the requester of */
    uint8_t slot;           /* the responder's, or SPDM_SLOT_RAW_KEY */
    uint8_t mutual;         /* MutAuthRequested: the FINISH must be signed */
    uint8_t requester_slot; /* ... with the key of this slot, when it is known */
    bool opened_with_next;  /* the last record that was opened used the key of an update */
    uint8_t update;         /* the KEY_UPDATE operation that awaits VerifyNewKey; 0: none */

    uint8_t heartbeat_s; /* 0: none is kept */
    int64_t heard_ms;    /* the monotonic clock at the last message from the peer */
    int64_t said_ms;     /* ... and to it; set by who has the clock */

    struct running_hash th;
    struct running_hash m; /* measurements in this session */
    struct secret master;  /* until it is established */
    struct secret exporter;
    struct spdm_half halves[SPDM_DIRECTIONS];
    struct spdm_encapsulation encapsulation;
};

/* Wipes everything; the place is free. */
void spdm_session_clear(struct spdm_session *session);

/* TH1 is complete: handshake keys. `shared` is the agreed secret or the pre-shared key. */
status spdm_session_handshake(struct spdm_session *session,
                              const struct spdm_key_schedule *schedule, slice shared);
/* TH2 is complete: data keys and the exporter; the handshake's secrets are gone. */
status spdm_session_establish(struct spdm_session *session,
                              const struct spdm_key_schedule *schedule);

/* VerifyData over TH as it is now, from who sends `direction`. In the handshake only. */
status spdm_session_verify_data(struct spdm_session *session,
                                const struct spdm_key_schedule *schedule,
                                enum spdm_direction direction, struct digest *out);
/* The same, appended to a message and to TH. */
status spdm_session_prove(struct spdm_session *session, const struct spdm_key_schedule *schedule,
                          enum spdm_direction direction, struct writer *writer);
/* UNAUTHENTIC when `verify_data` is another. */
status spdm_session_check(struct spdm_session *session, const struct spdm_key_schedule *schedule,
                          enum spdm_direction direction, slice verify_data);

/* As spdm_exported_secret(), from an established session only. */
status spdm_session_export(const struct spdm_session *session,
                           const struct spdm_key_schedule *schedule, const char *label,
                           slice context, size_t size, struct secret *out);

/*
 * KEY_UPDATE of one direction. After prepare the sender goes on with the old key, and the receiver
 * opens what is under either. After commit only the new one is left; after abandon the old one.
 */
status spdm_session_prepare_update(struct spdm_session *session,
                                   const struct spdm_key_schedule *schedule,
                                   enum spdm_direction direction);
void spdm_session_commit_update(struct spdm_session *session, enum spdm_direction direction);
void spdm_session_abandon_update(struct spdm_session *session, enum spdm_direction direction);

/* As spdm_record_begin() and spdm_record_seal(), with the key of what `side` sends. */
status spdm_session_seal(struct spdm_session *session, enum spdm_side side, struct writer *writer,
                         size_t begin, slice padding);
/*
 * Opens what `side` received, in place. While an update is under way, a record short enough to be
 * its VerifyNewKey is tried under the new key first, others are under the old one: nothing else
 * may be the first record of a key.
 */
status spdm_session_open(struct spdm_session *session, enum spdm_side side, uint8_t *record,
                         size_t size, slice *out_data);

/* A handshake takes no longer between two of its messages, of what a peer begins and leaves. */
enum { SPDM_HANDSHAKE_PAUSE_MS_MAX = 60000 };

/* Nothing was heard for twice the heartbeat's period, or in a handshake for too long. */
bool spdm_session_is_lost(const struct spdm_session *session, int64_t now_ms);
/* A requester should send a HEARTBEAT now. */
bool spdm_session_wants_heartbeat(const struct spdm_session *session, int64_t now_ms);
/* When either becomes true next, for `side`; INT64_MAX: never. */
int64_t spdm_session_deadline_ms(const struct spdm_session *session, enum spdm_side side);
