/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/connection.h"

#include "test.h"

enum { SESSIONS = 2 };
static struct spdm_session sessions[SESSIONS];
static uint8_t in_space[64], out_space[64];

static struct spdm_settings settings_of(enum spdm_side side)
{
    struct spdm_settings settings = {
        .side = side, .version_min = SPDM_1_1, .version_max = SPDM_1_3, .sequence_size = 2};
    settings.capabilities.flags = SPDM_CERT_CAP | SPDM_KEY_EX_CAP | SPDM_MAC_CAP |
                                  SPDM_ENCRYPT_CAP | SPDM_HANDSHAKE_IN_THE_CLEAR_CAP |
                                  SPDM_CHUNK_CAP;
    spdm_suite_available(SPDM_1_3, &settings.algorithms, &settings.measurement_hashes);
    return settings;
}

static struct spdm_connection begun(const struct spdm_settings *settings)
{
    struct spdm_connection connection;
    const struct spdm_loans loans = {
        .sessions = sessions,
        .session_count = SESSIONS,
        .incoming = {.space = in_space, .capacity = sizeof in_space},
        .outgoing = {.space = out_space, .capacity = sizeof out_space}};
    spdm_connection_begin(&connection, settings, &loans);
    return connection;
}

static struct spdm_capabilities peer_of(uint8_t version)
{
    return (struct spdm_capabilities){.version = version,
                                      .flags = SPDM_CERT_CAP | SPDM_KEY_EX_CAP | SPDM_MAC_CAP |
                                               SPDM_ENCRYPT_CAP | SPDM_HANDSHAKE_IN_THE_CLEAR_CAP |
                                               SPDM_CHUNK_CAP | SPDM_EVENT_CAP,
                                      .data_transfer_size = 4096,
                                      .message_size_max = 65536};
}

static void negotiate(struct spdm_connection *connection, uint8_t version)
{
    static const uint8_t message[] = {0x10, 0x84, 0, 0};
    const struct spdm_capabilities peer = peer_of(version);
    struct spdm_algorithms selected = {.measurement_hash = 2,
                                       .selected = {.base_asym = 0x10, .base_hash = 1}};
    selected.selected.tables[SPDM_TABLE_DHE].algorithms = 0x08;
    selected.selected.tables[SPDM_TABLE_AEAD].algorithms = 0x02;
    selected.selected.tables[SPDM_TABLE_KEY_SCHEDULE].algorithms = 1;
    EXPECT_OK(spdm_transcript_add_a(&connection->transcript, SLICE(message)));
    spdm_connection_set_version(connection, version);
    EXPECT_OK(spdm_connection_set_capabilities(connection, &peer));
    EXPECT_OK(spdm_connection_set_algorithms(connection, false, &selected));
}

TEST(a_connection_and_its_sessions_are_as_small_as_promised)
{
    printf("  connection %zu bytes, session %zu bytes\n", sizeof(struct spdm_connection),
           sizeof(struct spdm_session));
    EXPECT(sizeof(struct spdm_connection) <= 4096);
    EXPECT(sizeof(struct spdm_session) <= 1024);
}

/* P28 */
TEST(the_highest_version_within_the_settings_is_spoken)
{
    const struct spdm_settings settings = settings_of(SPDM_REQUESTER);
    const struct spdm_connection connection = begun(&settings);
    static const uint16_t all[] = {0x1400, 0x1100, 0x1200, 0x1301, 0x1000};
    static const uint16_t none[] = {0x1000, 0x1400, 0x2000, 0x0000};
    EXPECT(spdm_connection_highest_version(&connection, all, 5) == SPDM_1_3);
    EXPECT(spdm_connection_highest_version(&connection, all, 3) == SPDM_1_2);
    EXPECT(spdm_connection_highest_version(&connection, none, 4) == 0);
    EXPECT(spdm_connection_highest_version(&connection, all, 0) == 0);
}

TEST(a_negotiation_decides_the_shape_of_what_follows)
{
    const struct spdm_settings settings = settings_of(SPDM_RESPONDER);
    struct spdm_connection connection = begun(&settings);
    EXPECT(connection.phase == SPDM_PHASE_NONE);
    negotiate(&connection, SPDM_1_2);
    EXPECT(connection.phase == SPDM_PHASE_ALGORITHMS);
    EXPECT(connection.shape.version == SPDM_1_2 && connection.shape.hash_size == 32);
    EXPECT(connection.shape.signature_size == 64 && connection.shape.handshake_in_the_clear);
    EXPECT(!connection.shape.responder_is_multi_key && !connection.shape.psk_has_context);
    EXPECT(connection.schedule.version == SPDM_1_2 && connection.schedule.hash == HASH_SHA256);
    EXPECT(connection.schedule.aead == AEAD_AES_256_GCM);
    EXPECT(connection.transcript.hash == HASH_SHA256);
    EXPECT(connection.peer_data_transfer_size == 4096);
    spdm_connection_clear(&connection);
}

TEST(a_flag_of_a_later_version_is_nobodys)
{
    for (enum spdm_side side = SPDM_REQUESTER; side <= SPDM_RESPONDER; side++) {
        const struct spdm_settings settings = settings_of(side);
        struct spdm_connection connection = begun(&settings);
        spdm_connection_set_version(&connection, SPDM_1_1);
        struct spdm_capabilities peer = peer_of(SPDM_1_1);
        EXPECT_OK(spdm_connection_set_capabilities(&connection, &peer));
        EXPECT(!(connection.peer_flags & (SPDM_EVENT_CAP | SPDM_CHUNK_CAP)));
        EXPECT(!spdm_connection_both(&connection, SPDM_CHUNK_CAP));
        EXPECT(spdm_connection_both(&connection, SPDM_MAC_CAP | SPDM_ENCRYPT_CAP));
        EXPECT(!spdm_connection_both(&connection, SPDM_MAC_CAP | SPDM_HBEAT_CAP));
        spdm_connection_clear(&connection);
    }
}

/* P28 */
TEST(capabilities_that_contradict_themselves_or_change_the_version_are_refused)
{
    const struct spdm_settings settings = settings_of(SPDM_RESPONDER);
    struct spdm_connection connection = begun(&settings);
    struct spdm_capabilities peer = peer_of(SPDM_1_2);
    spdm_connection_set_version(&connection, SPDM_1_2);
    peer.flags &= ~(uint32_t)(SPDM_MAC_CAP | SPDM_ENCRYPT_CAP);
    EXPECT_FAIL(MALFORMED, spdm_connection_set_capabilities(&connection, &peer));
    peer = peer_of(SPDM_1_1);
    EXPECT_FAIL(MALFORMED, spdm_connection_set_capabilities(&connection, &peer));
    EXPECT(connection.phase == SPDM_PHASE_VERSION && connection.peer_flags == 0);
    spdm_connection_clear(&connection);
}

/* P31 */
TEST(a_full_table_and_an_id_in_use_refuse_a_session)
{
    const struct spdm_settings settings = settings_of(SPDM_RESPONDER);
    struct spdm_connection connection = begun(&settings);
    struct spdm_session *first = NULL, *second = NULL, *third = NULL;
    negotiate(&connection, SPDM_1_2);
    EXPECT_OK(
        spdm_connection_open_session(&connection, SPDM_SESSION_KEY_EXCHANGE, 0xFFFEFFFF, &first));
    EXPECT_FAIL(UNEXPECTED, spdm_connection_open_session(&connection, SPDM_SESSION_KEY_EXCHANGE,
                                                         0xFFFEFFFF, &third));
    EXPECT_OK(spdm_connection_open_session(&connection, SPDM_SESSION_PSK, 7, &second));
    EXPECT_FAIL(EXHAUSTED,
                spdm_connection_open_session(&connection, SPDM_SESSION_KEY_EXCHANGE, 8, &third));
    EXPECT(third == NULL && connection.handshaking == first); /* no FINISH ends a PSK session */
    EXPECT(spdm_connection_session(&connection, 0xFFFEFFFF) == first);
    EXPECT(spdm_connection_session(&connection, 7) == second);
    EXPECT(spdm_connection_session(&connection, 0) == NULL);
    EXPECT(first->form.sequence_size == 2 && first->form.is_encrypted);

    connection.incoming.session = second;
    connection.incoming.size = 10;
    connection.outgoing.session = first;
    connection.outgoing.size = 11;
    spdm_connection_end_session(&connection, second);
    EXPECT(connection.handshaking == first && connection.incoming.size == 0);
    EXPECT(connection.incoming.space == in_space && connection.outgoing.size == 11);
    EXPECT(spdm_connection_session(&connection, 7) == NULL);
    EXPECT_OK(spdm_connection_open_session(&connection, SPDM_SESSION_PSK, 8, &third));
    EXPECT(third == second);
    spdm_connection_end_session(&connection, first);
    EXPECT(connection.handshaking == NULL);
    spdm_connection_clear(&connection);
    EXPECT(sessions[0].phase == SPDM_SESSION_NONE && sessions[1].phase == SPDM_SESSION_NONE);
}

TEST(get_version_forgets_everything_but_what_was_lent)
{
    const struct public_key key = {0};
    const struct spdm_settings settings = settings_of(SPDM_RESPONDER);
    struct spdm_connection connection = begun(&settings);
    struct spdm_session *session = NULL;
    connection.peer_raw_key = &key;
    negotiate(&connection, SPDM_1_2);
    EXPECT_OK(spdm_connection_open_session(&connection, SPDM_SESSION_PSK, 7, &session));
    connection.outgoing.size = connection.outgoing.done = 5;
    connection.last_handle = 9;
    connection.peer_slots[3].is_provisioned = true;

    struct spdm_connection fresh = begun(&settings);
    fresh.peer_raw_key = &key;
    fresh.last_handle = 9;
    spdm_connection_restart(&connection);
    EXPECT(memcmp(&connection, &fresh, sizeof fresh) == 0);
    EXPECT(session->phase == SPDM_SESSION_NONE);
    spdm_connection_clear(&connection);
}

TEST(each_session_has_its_own_measurements_and_encapsulation)
{
    const struct spdm_settings settings = settings_of(SPDM_RESPONDER);
    struct spdm_connection connection = begun(&settings);
    EXPECT(spdm_connection_m(&connection, NULL) == &connection.transcript.m);
    EXPECT(spdm_connection_m(&connection, &sessions[1]) == &sessions[1].m);
    EXPECT(spdm_connection_encapsulation(&connection, NULL) == &connection.encapsulation);
    EXPECT(spdm_connection_encapsulation(&connection, &sessions[1]) == &sessions[1].encapsulation);
}
