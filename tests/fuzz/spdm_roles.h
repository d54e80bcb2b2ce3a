/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * For the fuzz targets of the roles: the first two bytes say what was agreed to, and where the
 * conversation begins. A session that is there from the beginning has a secret that both know, so
 * that nobody pays for a key exchange.
 */

#include "spdm_pair.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct roles_world {
    struct pair_party asking, answering;
};

static inline const struct roles_world *roles_world(void)
{
    enum { ASKING_KEY = 5, ANSWERING_KEY };
    static struct roles_world world;
    struct private_key key = {0};
    if (world.asking.key.pkey)
        return &world;
    must(private_key_read_pem(slice_of_text(sim_test_keys[ASKING_KEY]), &key));
    pair_party_make(&world.asking, &key, HASH_SHA256);
    must(private_key_read_pem(slice_of_text(sim_test_keys[ANSWERING_KEY]), &key));
    pair_party_make(&world.answering, &key, HASH_SHA256);
    return &world;
}

static inline struct pair_terms roles_terms(uint8_t first, uint8_t second)
{
    static const struct spdm_transport *const transports[] = {&spdm_tcp, &spdm_mctp, &spdm_doe,
                                                              &spdm_tcp};
    static const uint8_t mutuals[] = {SPDM_MUTUAL_NONE, SPDM_MUTUAL_KNOWN_CHAIN,
                                      SPDM_MUTUAL_ENCAPSULATED, SPDM_MUTUAL_IMPLICIT_DIGESTS};
    return (struct pair_terms){
        .transfer_size = second & 16 ? 60 : 0,
        .transport = transports[first >> 3 & 3],
        .version = (uint8_t)(SPDM_1_0 + (first & 7) % 5),
        .mutual = mutuals[second & 3],
        .is_in_the_clear = second & 4,
        .is_mac_only = second & 8,
        .hash = HASH_SHA256,
        .asym = ASYM_ECDSA_P256,
        .requester_asym = ASYM_ECDSA_P256,
        .group = GROUP_P256,
        .aead = AEAD_AES_128_GCM,
    };
}

enum roles_start {
    ROLES_FRESH,
    ROLES_NEGOTIATED,
    ROLES_HANDSHAKE, /* the responder's side only: it awaits FINISH */
    ROLES_ESTABLISHED,
};

static inline enum roles_start roles_start(uint8_t first)
{
    return (enum roles_start)(first >> 5 & 3);
}

/* ---- where it begins ---- */

enum { ROLES_SESSION_ID = 0x7FFE7FFE };

static inline void roles_give_session(struct spdm_connection *connection, uint8_t mutual,
                                      enum roles_start start)
{
    static const uint8_t secret[32] = {7, 7, 7};
    struct spdm_session *session;
    must(spdm_connection_open_session(connection, SPDM_SESSION_KEY_EXCHANGE, ROLES_SESSION_ID,
                                      &session));
    must(running_hash_begin(&session->th, connection->suite.hash));
    must(spdm_session_handshake(session, &connection->schedule, SLICE(secret)));
    session->heartbeat_s = PAIR_HEARTBEAT_S;
    if (start == ROLES_ESTABLISHED) {
        must(spdm_session_establish(session, &connection->schedule));
        return;
    }
    session->mutual = mutual;
    if (mutual == SPDM_MUTUAL_ENCAPSULATED)
        session->encapsulation =
            (struct spdm_encapsulation){.flow = SPDM_FLOW_MUTUAL, .next = SPDM_GET_DIGESTS};
    if (mutual == SPDM_MUTUAL_IMPLICIT_DIGESTS)
        session->encapsulation =
            (struct spdm_encapsulation){.flow = SPDM_FLOW_MUTUAL, .awaited = SPDM_GET_DIGESTS};
}

static inline void roles_accept_chain(struct pair *pair)
{
    struct spdm_peer_slot *const slot = &pair->requester.connection.peer_slots[PAIR_SLOT];
    const struct spdm_chain *const chain = &pair->answering->read;
    slot->is_provisioned = true;
    memcpy(slot->digest, chain->digest.data, chain->digest.size);
    must(spdm_requester_accept(&pair->requester, PAIR_SLOT, chain));
}

/* Every other time: what has space for chunks has it for what is put off, too. */
static bool roles_is_ready;

static inline status roles_measure(void *context, const struct spdm_measuring *what,
                                   struct writer *record, uint8_t *out_count)
{
    roles_is_ready = !roles_is_ready;
    return roles_is_ready ? pair_measure(context, what, record, out_count) : spdm_not_ready();
}

static const struct secret roles_psk = {{7, 7, 7}, 32};

static inline status roles_find_psk(void *context, slice hint, struct secret *out)
{
    (void)context;
    if (hint.size != 0)
        return FAIL(UNEXPECTED, "no such key");
    *out = roles_psk;
    return OK;
}

static inline status roles_recall(void *context, enum hash hash, uint8_t *out_slot,
                                  slice *out_chain)
{
    const struct pair *const pair = context;
    (void)hash;
    *out_slot = PAIR_SLOT;
    *out_chain = buffer_view(&pair->asking->bytes);
    return OK;
}

static inline status roles_info(void *context, const struct spdm_session *session, slice info,
                                bool is_signed)
{
    (void)context;
    (void)session;
    assert(info.size && is_signed);
    return OK;
}

/* What is asked of requesters, and keys that both have. With a context of the responder's, for
 * without one it has a session with whoever knows a hint. */
static inline void roles_extend(struct pair *pair, uint8_t second)
{
    static const uint8_t classes[] = {1, 0, 0, 0, 3, 0, 0, 0};
    struct spdm_settings *const requester = &pair->requester_setup.settings;
    struct spdm_settings *const responder = &pair->responder_setup.settings;
    if (!(second & 32))
        return;
    requester->capabilities.flags |= SPDM_PSK_PLAIN | SPDM_CHAL_CAP | SPDM_EP_INFO_SIGNED;
    responder->capabilities.flags |= SPDM_PSK_WITH_CONTEXT;
    requester->insecure_allow_psk_before_1_3 = responder->insecure_allow_psk_before_1_3 = true;
    pair->requester_setup.endpoint_info = SLICE(classes);
    pair->responder_setup.challenges_back = true;
    pair->responder_setup.duties.find_psk = roles_find_psk;
    pair->responder_setup.duties.recall = roles_recall;
    pair->responder_setup.duties.requester_info = roles_info;
}

/* What the responder will ask in the session, or outside of it. */
static inline void roles_ask_back(struct pair *pair, enum roles_start start, uint8_t second)
{
    struct spdm_connection *const connection = &pair->responder.connection;
    struct spdm_session *const session =
        start == ROLES_ESTABLISHED ? spdm_connection_session(connection, ROLES_SESSION_ID) : NULL;
    const uint8_t code =
        second & 128 ? (session ? SPDM_KEY_UPDATE : SPDM_GET_DIGESTS) : SPDM_GET_ENDPOINT_INFO;
    if (second & 64 && connection->shape.version >= SPDM_1_3)
        must(spdm_responder_ask(&pair->responder, session, code));
}

static inline void roles_begin(struct pair *pair, const struct pair_terms *terms,
                               enum roles_start start, uint8_t second)
{
    const struct roles_world *const world = roles_world();
    pair_begin(pair, terms, &world->asking, &world->answering);
    roles_extend(pair, second);
    roles_is_ready = true;
    if (terms->transfer_size)
        pair->responder_setup.duties.measure = roles_measure;
    if (start == ROLES_FRESH)
        return;
    must(spdm_requester_connect(&pair->requester, pair_now, &pair->out));
    assert(pair_speak(pair) == SPDM_DONE);
    roles_accept_chain(pair);
    if (start == ROLES_NEGOTIATED || terms->version == SPDM_1_0)
        return;
    roles_give_session(&pair->requester.connection, terms->mutual, start);
    roles_give_session(&pair->responder.connection, terms->mutual, start);
    if (second & 32)
        roles_ask_back(pair, start, second);
}

/* ---- frames ---- */

/* In memory of its own size, where it is decrypted. */
static inline uint8_t *roles_copy(slice bytes)
{
    uint8_t *const copy = malloc(bytes.size ? bytes.size : 1);
    if (!copy)
        exit(1);
    if (bytes.size)
        memcpy(copy, bytes.data, bytes.size);
    return copy;
}

enum roles_way {
    ROLES_RAW,    /* as they are: no frame */
    ROLES_PLAIN,  /* a message outside sessions */
    ROLES_SEALED, /* a message in the session that was there from the beginning, if it still is */
    ROLES_WAYS,
};

/* The bytes as `connection` would send them. False when they do not fit. */
static inline bool roles_wrap(struct spdm_connection *connection,
                              const struct spdm_transport *transport, enum roles_way way,
                              slice bytes, struct writer *writer)
{
    const struct spdm_path path = {transport, connection};
    struct spdm_session *const session =
        way == ROLES_SEALED ? spdm_connection_session(connection, ROLES_SESSION_ID) : NULL;
    if (way == ROLES_RAW) {
        write_bytes(writer, bytes);
        return !writer->out_of_space;
    }
    const struct spdm_wrapping wrapping = spdm_wrap_begin(&path, session, writer);
    write_bytes(writer, bytes);
    return !spdm_wrap_end(&path, session, &wrapping, writer).fault;
}

static inline unsigned roles_established(const struct spdm_connection *connection)
{
    unsigned count = 0;
    for (size_t i = 0; i < connection->session_count; i++)
        count += connection->sessions[i].phase == SPDM_SESSION_ESTABLISHED;
    return count;
}

/* What a failed step must leave as it was; sessions may only end. */
struct roles_facts {
    enum spdm_phase phase;
    uint8_t shape[sizeof(struct spdm_shape)]; /* as bytes, which keep what is between members */
    uint8_t suite[sizeof(struct spdm_suite)];
    size_t a_size;
    uint32_t peer_flags;
    enum spdm_session_phase sessions[PAIR_SESSIONS];
};

static inline struct roles_facts roles_facts(const struct spdm_connection *connection)
{
    struct roles_facts facts;
    memset(&facts, 0, sizeof facts);
    facts.phase = connection->phase;
    memcpy(facts.shape, &connection->shape, sizeof facts.shape);
    memcpy(facts.suite, &connection->suite, sizeof facts.suite);
    facts.a_size = connection->transcript.a_size;
    facts.peer_flags = connection->peer_flags;
    for (size_t i = 0; i < PAIR_SESSIONS; i++)
        facts.sessions[i] = connection->sessions[i].phase;
    return facts;
}

static inline void roles_expect_unchanged(const struct roles_facts *before,
                                          const struct spdm_connection *connection)
{
    const struct roles_facts now = roles_facts(connection);
    assert(now.phase == before->phase && now.a_size == before->a_size);
    assert(now.peer_flags == before->peer_flags);
    assert(memcmp(now.shape, before->shape, sizeof now.shape) == 0);
    assert(memcmp(now.suite, before->suite, sizeof now.suite) == 0);
    for (size_t i = 0; i < PAIR_SESSIONS; i++)
        assert(now.sessions[i] == SPDM_SESSION_NONE || now.sessions[i] == before->sessions[i]);
}

/* ---- what a requester asks ---- */

static inline struct spdm_session *roles_session(struct spdm_connection *connection)
{
    for (size_t i = 0; i < connection->session_count; i++)
        if (connection->sessions[i].phase == SPDM_SESSION_ESTABLISHED)
            return &connection->sessions[i];
    return NULL;
}

static inline status roles_connect(struct pair *pair, struct spdm_session *session, uint8_t how)
{
    (void)session;
    (void)how;
    return spdm_requester_connect(&pair->requester, pair_now, &pair->out);
}

static inline status roles_digests(struct pair *pair, struct spdm_session *session, uint8_t how)
{
    return spdm_requester_digests(&pair->requester, pair_now, how & 1 ? session : NULL, &pair->out);
}

static inline status roles_certificate(struct pair *pair, struct spdm_session *session, uint8_t how)
{
    return spdm_requester_certificate(&pair->requester, pair_now, how & 1 ? session : NULL,
                                      how >> 1 & 7, &pair->out);
}

static inline status roles_challenge(struct pair *pair, struct spdm_session *session, uint8_t how)
{
    (void)session;
    return spdm_requester_challenge(&pair->requester, pair_now, PAIR_SLOT,
                                    how & 1 ? SPDM_SUMMARY_ALL : SPDM_SUMMARY_NONE, &pair->out);
}

static inline status roles_measurements(struct pair *pair, struct spdm_session *session,
                                        uint8_t how)
{
    const struct spdm_measuring_order order = {
        .session = how & 1 ? session : NULL,
        .operation = how & 2 ? SPDM_MEASUREMENTS_ALL : 1,
        .asks_signature = how & 4,
        .asks_raw = how & 8,
    };
    return spdm_requester_measurements(&pair->requester, pair_now, &order, &pair->out);
}

static inline status roles_open(struct pair *pair, struct spdm_session *session, uint8_t how)
{
    (void)session;
    const struct spdm_opening opening = {.slot = PAIR_SLOT,
                                         .summary = how & 1 ? SPDM_SUMMARY_ALL : SPDM_SUMMARY_NONE};
    return spdm_requester_open_session(&pair->requester, pair_now, &opening, &pair->out);
}

static inline status roles_heartbeat(struct pair *pair, struct spdm_session *session, uint8_t how)
{
    (void)how;
    return spdm_requester_heartbeat(&pair->requester, pair_now, session, &pair->out);
}

static inline status roles_key_update(struct pair *pair, struct spdm_session *session, uint8_t how)
{
    return spdm_requester_key_update(&pair->requester, pair_now, session,
                                     how & 1 ? SPDM_UPDATE_KEY : SPDM_UPDATE_ALL_KEYS, &pair->out);
}

static inline status roles_end(struct pair *pair, struct spdm_session *session, uint8_t how)
{
    (void)how;
    return spdm_requester_end_session(&pair->requester, pair_now, session, &pair->out);
}

static inline status roles_vendor(struct pair *pair, struct spdm_session *session, uint8_t how)
{
    const struct spdm_vendor_defined request = {.body = SPDM_BODY_PCI_SIG};
    return spdm_requester_vendor_defined(&pair->requester, pair_now, how & 1 ? session : NULL,
                                         &request, &pair->out);
}

static inline status roles_open_psk(struct pair *pair, struct spdm_session *session, uint8_t how)
{
    (void)session;
    const struct spdm_psk_opening opening = {
        .psk = &roles_psk, .summary = how & 1 ? SPDM_SUMMARY_ALL : SPDM_SUMMARY_NONE};
    return spdm_requester_open_psk_session(&pair->requester, pair_now, &opening, &pair->out);
}

static inline status roles_listen(struct pair *pair, struct spdm_session *session, uint8_t how)
{
    if (session && session->phase != SPDM_SESSION_ESTABLISHED)
        session = NULL;
    return spdm_requester_listen(&pair->requester, pair_now, how & 1 ? session : NULL, &pair->out);
}

struct roles_thing {
    bool needs_session;
    status (*ask)(struct pair *pair, struct spdm_session *session, uint8_t how);
};

static const struct roles_thing roles_things[] = {
    {false, roles_connect},   {false, roles_digests},      {false, roles_certificate},
    {false, roles_challenge}, {false, roles_measurements}, {false, roles_open},
    {true, roles_heartbeat},  {true, roles_key_update},    {true, roles_end},
    {false, roles_vendor},    {false, roles_open_psk},     {false, roles_listen},
};

enum { ROLES_THINGS = sizeof roles_things / sizeof *roles_things };
