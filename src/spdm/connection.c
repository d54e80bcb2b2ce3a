/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/connection.h"

#include <assert.h>
#include <string.h>

static_assert(sizeof(struct spdm_connection) <= 4096, "a connection fits small devices");
static_assert(sizeof(struct spdm_session) <= 1024, "and each of its sessions");

enum { VERSION_SHIFT = 8 }; /* an entry of VERSION: major, minor, then update and alpha */

/* ---- from the beginning to the end ---- */

void spdm_connection_begin(struct spdm_connection *connection, const struct spdm_settings *settings,
                           const struct spdm_loans *loans)
{
    *connection = (struct spdm_connection){
        .settings = settings,
        .sessions = loans->sessions,
        .session_count = loans->session_count,
        .incoming = {.space = loans->incoming.space, .capacity = loans->incoming.capacity},
        .outgoing = {.space = loans->outgoing.space, .capacity = loans->outgoing.capacity},
    };
}

void spdm_connection_restart(struct spdm_connection *connection)
{
    const struct spdm_connection old = *connection;
    const struct spdm_loans loans = {old.sessions, old.session_count, old.incoming, old.outgoing};
    for (size_t i = 0; i < old.session_count; i++)
        spdm_session_clear(&old.sessions[i]);
    spdm_transcript_clear(&connection->transcript);
    spdm_connection_begin(connection, old.settings, &loans);
    connection->peer_raw_key = old.peer_raw_key;
    connection->last_handle = old.last_handle; /* so that an old piece never fits a new message */
}

void spdm_connection_clear(struct spdm_connection *connection)
{
    spdm_connection_restart(connection);
    *connection = (struct spdm_connection){0};
}

/* ---- the negotiation ---- */

uint8_t spdm_connection_highest_version(const struct spdm_connection *connection,
                                        const uint16_t *entries, size_t entry_count)
{
    uint8_t highest = 0;
    for (size_t i = 0; i < entry_count; i++) {
        const uint8_t version = (uint8_t)(entries[i] >> VERSION_SHIFT);
        if (version >= connection->settings->version_min &&
            version <= connection->settings->version_max && version > highest)
            highest = version;
    }
    return highest;
}

void spdm_connection_set_version(struct spdm_connection *connection, uint8_t version)
{
    connection->shape.version = version;
    connection->phase = SPDM_PHASE_VERSION;
}

static enum spdm_side peer_side(const struct spdm_connection *connection)
{
    return connection->settings->side == SPDM_REQUESTER ? SPDM_RESPONDER : SPDM_REQUESTER;
}

status spdm_connection_set_capabilities(struct spdm_connection *connection,
                                        const struct spdm_capabilities *peer)
{
    const uint8_t version = connection->shape.version;
    const enum spdm_side side = peer_side(connection);
    if (peer->version != version)
        return FAIL(MALFORMED, "capabilities of another version than the negotiated one");
    TRY(spdm_capabilities_check(peer, side));

    connection->peer_flags = peer->flags & spdm_capabilities_known(version, side);
    connection->peer_extended_flags = peer->extended_flags;
    connection->peer_timeout_exponent = peer->timeout_exponent;
    connection->peer_data_transfer_size = peer->data_transfer_size;
    connection->peer_message_size_max = peer->message_size_max;
    connection->phase = SPDM_PHASE_CAPABILITIES;
    return OK;
}

status spdm_connection_set_algorithms(struct spdm_connection *connection,
                                      bool is_multi_key_responder,
                                      const struct spdm_algorithms *selected)
{
    const uint8_t version = connection->shape.version;
    struct spdm_suite suite;
    TRY(spdm_suite_take(version, &connection->settings->algorithms, selected, &suite));
    TRY(spdm_transcript_begin(&connection->transcript, version, suite.hash));

    struct spdm_shape *const shape = &connection->shape;
    spdm_suite_shape(&suite, shape);
    shape->responder_is_multi_key = is_multi_key_responder;
    shape->requester_is_multi_key = suite.is_multi_key_requester;
    shape->handshake_in_the_clear =
        spdm_connection_both(connection, SPDM_HANDSHAKE_IN_THE_CLEAR_CAP);
    shape->psk_has_context =
        (spdm_responder_flags(connection) & SPDM_PSK_CAP) == SPDM_PSK_WITH_CONTEXT;
    connection->suite = suite;
    connection->schedule = (struct spdm_key_schedule){version, suite.hash, suite.aead};
    connection->phase = SPDM_PHASE_ALGORITHMS;
    return OK;
}

bool spdm_connection_asks_multi_key(const struct spdm_connection *connection)
{
    const uint32_t theirs = connection->peer_flags & SPDM_MULTI_KEY_CAP;
    const bool wants = connection->settings->algorithms.other_params & SPDM_MULTI_KEY_CONNECTION;
    return connection->shape.version >= SPDM_1_3 &&
           (theirs == SPDM_MULTI_KEY_ONLY || (theirs == SPDM_MULTI_KEY_NEGOTIABLE && wants));
}

status spdm_connection_check_multi_key(const struct spdm_connection *connection, bool is_asked)
{
    const uint32_t ours = spdm_connection_flags(connection) & SPDM_MULTI_KEY_CAP;
    if (connection->shape.version >= SPDM_1_3 && (is_asked ? !ours : ours == SPDM_MULTI_KEY_ONLY))
        return FAIL(UNEXPECTED, "multi-key connection against our capabilities");
    return OK;
}

/* ---- capabilities ---- */

/* What means nothing without a way to open a session. */
enum {
    SESSION_CAPS = SPDM_ENCRYPT_CAP | SPDM_MAC_CAP | SPDM_HBEAT_CAP | SPDM_KEY_UPD_CAP |
                   SPDM_HANDSHAKE_IN_THE_CLEAR_CAP,
};

uint32_t spdm_settings_flags(const struct spdm_settings *settings, uint8_t version)
{
    uint32_t flags =
        settings->capabilities.flags & spdm_capabilities_known(version, settings->side);
    if (version >= SPDM_1_3 || settings->insecure_allow_psk_before_1_3)
        return flags;
    flags &= ~(uint32_t)SPDM_PSK_CAP;
    return flags & SPDM_KEY_EX_CAP ? flags : flags & ~(uint32_t)SESSION_CAPS;
}

uint32_t spdm_connection_flags(const struct spdm_connection *connection)
{
    return spdm_settings_flags(connection->settings, connection->shape.version);
}

bool spdm_connection_both(const struct spdm_connection *connection, uint32_t flag)
{
    return (spdm_connection_flags(connection) & connection->peer_flags & flag) == flag;
}

uint32_t spdm_responder_flags(const struct spdm_connection *connection)
{
    return connection->settings->side == SPDM_RESPONDER ? spdm_connection_flags(connection)
                                                        : connection->peer_flags;
}

uint32_t spdm_requester_flags(const struct spdm_connection *connection)
{
    return connection->settings->side == SPDM_REQUESTER ? spdm_connection_flags(connection)
                                                        : connection->peer_flags;
}

bool spdm_connection_has_sessions(const struct spdm_connection *connection,
                                  enum spdm_session_kind kind)
{
    const struct spdm_suite *const suite = &connection->suite;
    return suite->aead != AEAD_NONE && suite->has_key_schedule &&
           (kind == SPDM_SESSION_PSK || suite->group != GROUP_NONE) &&
           (suite->has_opaque_list || connection->shape.version < SPDM_1_2);
}

static const struct {
    uint16_t usage;
    bool is_requester;
} uses[] = {
    [SPDM_SIGNATURE_CHALLENGE_AUTH] = {SPDM_USE_CHALLENGE, false},
    [SPDM_SIGNATURE_REQUESTER_CHALLENGE_AUTH] = {SPDM_USE_CHALLENGE, true},
    [SPDM_SIGNATURE_MEASUREMENTS] = {SPDM_USE_MEASUREMENTS, false},
    [SPDM_SIGNATURE_KEY_EXCHANGE] = {SPDM_USE_KEY_EXCHANGE, false},
    [SPDM_SIGNATURE_FINISH] = {SPDM_USE_KEY_EXCHANGE, true},
    [SPDM_SIGNATURE_ENDPOINT_INFO] = {SPDM_USE_ENDPOINT_INFO, false},
    [SPDM_SIGNATURE_REQUESTER_ENDPOINT_INFO] = {SPDM_USE_ENDPOINT_INFO, true},
};

struct spdm_signing spdm_connection_signing(const struct spdm_connection *connection,
                                            enum spdm_signature signature)
{
    const struct spdm_suite *const suite = &connection->suite;
    const bool is_requester = uses[signature].is_requester;
    return (struct spdm_signing){connection->shape.version, signature,
                                 is_requester ? suite->requester_asym : suite->asym, suite->hash};
}

uint16_t spdm_connection_usage(const struct spdm_connection *connection,
                               enum spdm_signature signature)
{
    const struct spdm_shape *const shape = &connection->shape;
    const bool has_several = uses[signature].is_requester ? shape->requester_is_multi_key
                                                          : shape->responder_is_multi_key;
    return has_several ? uses[signature].usage : 0;
}

/* ---- sessions ---- */

struct spdm_session *spdm_connection_session(struct spdm_connection *connection, uint32_t id)
{
    for (size_t i = 0; i < connection->session_count; i++) {
        struct spdm_session *const session = &connection->sessions[i];
        if (session->phase != SPDM_SESSION_NONE && session->form.session_id == id)
            return session;
    }
    return NULL;
}

static struct spdm_session *free_place(struct spdm_connection *connection)
{
    for (size_t i = 0; i < connection->session_count; i++)
        if (connection->sessions[i].phase == SPDM_SESSION_NONE)
            return &connection->sessions[i];
    return NULL;
}

status spdm_connection_open_session(struct spdm_connection *connection, enum spdm_session_kind kind,
                                    uint32_t id, struct spdm_session **out)
{
    struct spdm_session *const session = free_place(connection);
    if (spdm_connection_session(connection, id))
        return FAIL(UNEXPECTED, "a session of this id is open");
    if (!session)
        return FAIL(EXHAUSTED, "as many sessions are open as there is room for");
    session->phase = SPDM_SESSION_EXCHANGE;
    session->kind = kind;
    session->form = (struct spdm_record_form){
        .session_id = id,
        .sequence_size = connection->settings->sequence_size,
        .is_encrypted = spdm_connection_both(connection, SPDM_ENCRYPT_CAP | SPDM_MAC_CAP),
    };
    if (kind == SPDM_SESSION_KEY_EXCHANGE)
        connection->handshaking = session;
    *out = session;
    return OK;
}

static void end_transfer(struct spdm_transfer *transfer, const struct spdm_session *session)
{
    if (transfer->session == session)
        spdm_transfer_close(transfer);
}

status spdm_connection_handshake(const struct spdm_connection *connection,
                                 struct spdm_session *session, slice shared)
{
    const struct spdm_key_log *const log = connection->settings->insecure_key_log;
    if (log)
        log->take(log->self, session->form.session_id, shared);
    return spdm_session_handshake(session, &connection->schedule, shared);
}

void spdm_connection_end_session(struct spdm_connection *connection, struct spdm_session *session)
{
    if (connection->handshaking == session)
        connection->handshaking = NULL;
    end_transfer(&connection->incoming, session);
    end_transfer(&connection->outgoing, session);
    spdm_session_clear(session);
}

struct running_hash *spdm_connection_m(struct spdm_connection *connection,
                                       struct spdm_session *session)
{
    return session ? &session->m : &connection->transcript.m;
}

struct spdm_encapsulation *spdm_connection_encapsulation(struct spdm_connection *connection,
                                                         struct spdm_session *session)
{
    return session ? &session->encapsulation : &connection->encapsulation;
}

/* ---- how much at a time ---- */

bool spdm_connection_has_chunks(const struct spdm_connection *connection)
{
    return spdm_connection_both(connection, SPDM_CHUNK_CAP) && connection->incoming.capacity &&
           connection->outgoing.capacity;
}

uint32_t spdm_connection_takes(const struct spdm_connection *connection)
{
    const struct spdm_capabilities *const ours = &connection->settings->capabilities;
    return spdm_connection_has_chunks(connection) ? ours->message_size_max
                                                  : ours->data_transfer_size;
}

size_t spdm_connection_portion_max(const struct spdm_connection *connection,
                                   const struct writer *writer, size_t around)
{
    enum { BEHIND_SIZE = 32 }; /* a record's tag, and padding */
    const size_t room = writer->capacity - writer->size;
    const size_t whole = spdm_connection_has_chunks(connection)
                             ? connection->peer_message_size_max
                             : connection->peer_data_transfer_size;
    const size_t theirs = connection->shape.version >= SPDM_1_2 ? whole : SIZE_MAX;
    const size_t least = theirs < room ? theirs : room;
    const size_t besides = around + (least == room ? BEHIND_SIZE : 0);
    return least > besides ? least - besides : 0;
}
