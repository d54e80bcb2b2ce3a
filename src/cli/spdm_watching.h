/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of spdm_watch.h share: what an onlooker keeps, and how it speaks. */

#include "cli/spdm_watch.h"
#include "spdm/algorithms.h"
#include "spdm/session.h"
#include "spdm/signing.h"

enum {
    WATCH_SESSIONS_MAX = 16,
    WATCH_MESSAGE_SIZE_MAX = 16 << 20, /* that comes in chunks */
};

/* A request that awaits its response, in bytes of its own. */
struct pending {
    bool is_there;
    struct buffer bytes;
    struct spdm_said said;
};

/* A message that comes in pieces. */
struct gathering {
    bool is_there;
    uint32_t size;
    struct buffer bytes;
};

/* Where requests and responses take turns: outside sessions, and in each of them. */
struct context {
    struct pending request;
    struct pending encapsulated; /* of the responder's */
    struct gathering chunks[2];  /* by enum spdm_side of who sends */
};

struct watched_session {
    bool has_th; /* all that its transcript takes in is known */
    struct spdm_session session;
    struct context context;
    const json_t *keys;
    struct buffer digests; /* encapD: what the requester said in the handshake */
};

struct spdm_watch {
    struct spdm_watch_given given;
    struct spdm_watch_told told;
    size_t keys_taken; /* of given.keys' sessions */

    size_t packet;
    enum spdm_capture_sender requester; /* once a request was seen */
    bool was_request;                   /* the last frame */
    bool was_opened;                    /* a record, whose message is told next */

    bool is_negotiated;
    uint32_t flags[2]; /* by enum spdm_side */
    struct spdm_shape shape;
    struct spdm_suite suite;
    struct spdm_key_schedule schedule;
    struct spdm_transcript transcript;
    struct spdm_known_peer peers[2];
    struct context outside;
    struct watched_session sessions[WATCH_SESSIONS_MAX];
    struct watched_session *handshaking; /* the last that was begun: a FINISH in the clear is its */
    struct buffer scratch;               /* records are opened here */
};

/* A request, its response, and where. */
struct turn {
    struct spdm_watch *watch;
    struct watched_session *session; /* NULL: outside */
    bool is_encapsulated;            /* the responder asks */
    const struct spdm_said *request;
    const struct spdm_said *response; /* NULL: the request alone, when it comes */
};

extern const char watch_keys_unknown[];
extern const char watch_key_unknown[];
extern const char watch_place_name[];
extern const char watch_not_available[];

void watch_tell(struct spdm_watch *watch, const char *what, enum spdm_check_result result,
                const char *why);
void watch_tell_status(struct spdm_watch *watch, const char *what, status checked);
void watch_tell_equal(struct spdm_watch *watch, const char *what, slice a, slice b);

/* Holds what was computed against the member `key` of the file of secrets, where it has one. */
void watch_tell_recorded(struct spdm_watch *watch, const char *what, const json_t *keys,
                         const char *key, slice computed);

slice watch_digest_view(const struct digest *digest);

/* What comes before a field of the message. */
slice watch_before(const struct spdm_said *said, slice field);

void watch_pending_clear(struct pending *pending);

/* NULL when there is none of this id. */
struct watched_session *watch_session(struct spdm_watch *watch, uint32_t id);

/* In the place of an older one with this id. */
status watch_open_session(struct spdm_watch *watch, uint32_t id, enum spdm_session_kind kind,
                          struct watched_session **out);

void watch_session_clear(struct spdm_watch *watch, struct watched_session *session);

/* Whether it has keys, so that its records open. */
bool watch_has_keys(const struct watched_session *session);

/* GET_VERSION: of the conversation, nothing is left. */
void watch_forget(struct spdm_watch *watch);

bool watch_both_have(const struct spdm_watch *watch, uint32_t flag);

/* What GET_MEASUREMENTS adds to, in a session or outside (NULL). */
struct running_hash *watch_m(struct spdm_watch *watch, struct watched_session *session);

/* Whose response it is. */
enum spdm_side watch_answering(const struct turn *turn);

struct spdm_chain_rules watch_chain_rules(const struct spdm_watch *watch, enum spdm_side side,
                                          const struct spdm_known_slot *slot);

/* A slot with what can be known of it; NULL for a number that is none. */
struct spdm_known_slot *watch_slot(struct spdm_watch *watch, enum spdm_side side, uint8_t number);

/* Of the chain or key in the slot: as it is, or as DIGESTS says; empty when neither is known. */
slice watch_slot_digest(const struct spdm_known_slot *slot);

void watch_check_signature(struct spdm_watch *watch, enum spdm_side side, uint8_t slot_number,
                           enum spdm_signature kind, const struct digest *transcript,
                           slice signature);

/* What a request, or a request and its response, change for whoever looks on. */
void watch_step(const struct turn *turn);

/* Steps of a session, spdm_watch_session.c. */
status watch_key_exchange(const struct turn *turn);
status watch_psk_exchange(const struct turn *turn);
status watch_finish(const struct turn *turn);
status watch_finish_rsp(const struct turn *turn);
status watch_psk_finish(const struct turn *turn);
status watch_psk_finish_rsp(const struct turn *turn);
status watch_key_update(const struct turn *turn);
status watch_end_session(const struct turn *turn);
