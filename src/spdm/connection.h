/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What both roles keep of one conversation with one peer: what was negotiated, what was said, which
 * sessions there are. Requester and responder embed it and add what is their own.
 *
 * Nothing here is allocated but OpenSSL's contexts: sessions, chains and the room for large
 * messages are lent by the caller, and stay its own. spec: DSP0274 1.4, "SPDM messaging protocol",
 * "Large SPDM message transfer mechanism"
 */

#include "spdm/algorithms.h"
#include "spdm/chain.h"
#include "spdm/session.h"
#include "spdm/signing.h"
#include "spdm/transfer.h"

/* Is told every session's shared secret, so that who sees the frames can read them: for tools that
 * show a conversation. */
struct spdm_key_log {
    void *self;
    void (*take)(void *self, uint32_t session_id, slice shared);
};

/* Of one side, and the same for all its connections. */
struct spdm_settings {
    enum spdm_side side;
    uint8_t version_min; /* SPDM_1_2 */
    uint8_t version_max;
    struct spdm_capabilities capabilities; /* of the highest version; others get what they know */
    struct spdm_algorithm_set algorithms;  /* as offered, or to choose from */
    uint32_t measurement_hashes;           /* a responder's, to choose from */
    uint8_t sequence_size;                 /* in records: the transport's */
    const struct spdm_key_log *insecure_key_log; /* NULL: secrets stay here */
    /* Before 1.3 who stands between two peers can pass a PSK session off as one of certificates:
     * without this, PSK_CAP is neither told nor answered there. spec: IACR ePrint 2024/2047 */
    bool insecure_allow_psk_before_1_3;
};

/* How far the conversation is. */
enum spdm_phase {
    SPDM_PHASE_NONE,
    SPDM_PHASE_VERSION,
    SPDM_PHASE_CAPABILITIES,
    SPDM_PHASE_ALGORITHMS, /* negotiated: everything else may come */
};

/* What DIGESTS said of a slot of the peer's, and its chain once it was read. */
struct spdm_peer_slot {
    uint8_t digest[SPDM_HASH_SIZE_MAX]; /* shape.hash_size bytes */
    bool is_provisioned;
    uint8_t key_pair_id; /* in a multi-key connection, as the next two */
    uint8_t certificate_model;
    uint16_t key_usage;
    const struct spdm_chain *chain; /* in the caller's keeping; NULL until it is known */
};

struct spdm_connection {
    const struct spdm_settings *settings;
    enum spdm_phase phase;
    uint32_t peer_flags; /* those that its version knows */
    uint16_t peer_extended_flags;
    uint8_t peer_timeout_exponent;
    uint32_t peer_data_transfer_size;
    uint32_t peer_message_size_max;

    struct spdm_suite suite;
    struct spdm_shape shape; /* shape.version is the version */
    struct spdm_key_schedule schedule;
    struct spdm_transcript transcript;

    uint8_t peer_provisioned_slots;
    uint8_t peer_supported_slots;
    struct spdm_peer_slot peer_slots[SPDM_SLOTS];
    const struct public_key *peer_raw_key; /* provisioned: SPDM_SLOT_RAW_KEY */

    struct spdm_session *sessions;
    size_t session_count;
    struct spdm_session *handshaking; /* of the latest KEY_EXCHANGE: a FINISH in the clear is its */

    struct spdm_encapsulation encapsulation; /* outside sessions */
    struct spdm_transfer incoming;           /* a large message from the peer */
    struct spdm_transfer outgoing;           /* and to it */
    uint8_t last_handle;                     /* of our large messages */
};

/* What the caller lends. */
struct spdm_loans {
    struct spdm_session *sessions;
    size_t session_count;
    struct spdm_transfer incoming; /* space and capacity */
    struct spdm_transfer outgoing;
};

void spdm_connection_begin(struct spdm_connection *connection, const struct spdm_settings *settings,
                           const struct spdm_loans *loans);
/* GET_VERSION: all that was said and negotiated is forgotten, and every session ends. */
void spdm_connection_restart(struct spdm_connection *connection);
/* Frees and wipes; the settings and the loans are the caller's again. */
void spdm_connection_clear(struct spdm_connection *connection);

/* The steps of the negotiation, after their messages entered A. */
void spdm_connection_set_version(struct spdm_connection *connection, uint8_t version);
status spdm_connection_set_capabilities(struct spdm_connection *connection,
                                        const struct spdm_capabilities *peer);
status spdm_connection_set_algorithms(struct spdm_connection *connection,
                                      bool is_multi_key_responder,
                                      const struct spdm_algorithms *selected);

/* A peer that has nothing but several keys is asked for them; one that may is when our settings
 * (SPDM_MULTI_KEY_CONNECTION) say so. */
bool spdm_connection_asks_multi_key(const struct spdm_connection *connection);
/* UNEXPECTED when the peer asks us for several keys, or for one, against our capabilities. */
status spdm_connection_check_multi_key(const struct spdm_connection *connection, bool is_asked);

/* Of the versions in VERSION the highest that the settings allow; 0: none. */
uint8_t spdm_connection_highest_version(const struct spdm_connection *connection,
                                        const uint16_t *entries, size_t entry_count);

/* Our flags in `version`; in the negotiated one; and whether both sides have all bits of `flag`. */
uint32_t spdm_settings_flags(const struct spdm_settings *settings, uint8_t version);
uint32_t spdm_connection_flags(const struct spdm_connection *connection);
bool spdm_connection_both(const struct spdm_connection *connection, uint32_t flag);
/* Whether the responder of this connection has it. */
uint32_t spdm_responder_flags(const struct spdm_connection *connection);
uint32_t spdm_requester_flags(const struct spdm_connection *connection);

/* Whether what was negotiated is enough to open a session: with an agreed key also a group. */
bool spdm_connection_has_sessions(const struct spdm_connection *connection,
                                  enum spdm_session_kind kind);

/* Of whoever makes such a signature. */
struct spdm_signing spdm_connection_signing(const struct spdm_connection *connection,
                                            enum spdm_signature signature);
/* What the key of a slot must be for, to make it (enum spdm_key_usage); 0: anything, for who signs
 * has no several keys in this connection. */
uint16_t spdm_connection_usage(const struct spdm_connection *connection,
                               enum spdm_signature signature);

/* NULL when there is none of this id. */
struct spdm_session *spdm_connection_session(struct spdm_connection *connection, uint32_t id);
/* EXHAUSTED when all places are taken, UNEXPECTED when the id is. */
status spdm_connection_open_session(struct spdm_connection *connection, enum spdm_session_kind kind,
                                    uint32_t id, struct spdm_session **out);
/* TH1 of its session is complete: as spdm_session_handshake(). */
status spdm_connection_handshake(const struct spdm_connection *connection,
                                 struct spdm_session *session, slice shared);
/* Also what was being transferred in it. */
void spdm_connection_end_session(struct spdm_connection *connection, struct spdm_session *session);

/* The `m` that measurements add to: of the session, or outside (NULL). */
struct running_hash *spdm_connection_m(struct spdm_connection *connection,
                                       struct spdm_session *session);
struct spdm_encapsulation *spdm_connection_encapsulation(struct spdm_connection *connection,
                                                         struct spdm_session *session);

/* Whether both sides do chunks, and we have the space. */
bool spdm_connection_has_chunks(const struct spdm_connection *connection);

/* The longest message from the peer, whole or in chunks. */
uint32_t spdm_connection_takes(const struct spdm_connection *connection);

/*
 * How much of something longer may go into the message that `writer` is at, when `around` bytes of
 * it are something else. Before 1.2 nobody tells how much it takes but by what it asks for.
 */
size_t spdm_connection_portion_max(const struct spdm_connection *connection,
                                   const struct writer *writer, size_t around);
