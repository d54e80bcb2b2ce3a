/* SPDX-License-Identifier: Apache-2.0 */

/* Lanes join their link by proof, and nothing else joins it. */

#include "liar.h"

#include "channel/lane_proof.h"

struct link {
    struct peers control;
    struct link_keys client_keys, server_keys;
};

static void make_link(struct link *link)
{
    prepare(&link->control);
    make_mutual(&link->control);
    open_as(&link->control, PURPOSE_LINK, PURPOSE_NONE);
    exchange(&link->control);
    EXPECT(both_open(&link->control));
    must(channel_link_keys(link->control.client.channel, &link->client_keys));
    must(channel_link_keys(link->control.server.channel, &link->server_keys));
}

static void drop_link(struct link *link)
{
    link_keys_clear(&link->client_keys);
    link_keys_clear(&link->server_keys);
    part(&link->control);
}

/* A lane of `link` whose client proves with `keys` and `number`. */
static void begin_lane(struct link *link, struct peers *lane, const struct link_keys *keys,
                       uint32_t number)
{
    prepare(lane);
    lane->server.link = &link->server_keys;
    open_as(lane, PURPOSE_LANE, PURPOSE_NONE);
    EXPECT_OK(channel_give_link(lane->client.channel, keys, number));
    exchange(lane);
}

TEST(both_ends_of_a_link_compute_the_same_keys)
{
    struct link link;
    make_link(&link);
    EXPECT(memcmp(link.client_keys.id, link.server_keys.id, LINK_ID_SIZE) == 0);
    EXPECT(link.client_keys.lane_key.size == 48);
    EXPECT(equal_in_constant_time(secret_view(&link.client_keys.lane_key),
                                  secret_view(&link.server_keys.lane_key)));
    EXPECT(memcmp(link.client_keys.own_spki.data, link.server_keys.peer_spki.data, 48) == 0);
    EXPECT(channel_purpose(link.control.server.channel) == PURPOSE_LINK);
    drop_link(&link);
}

TEST(two_links_have_nothing_in_common)
{
    struct link one, two;
    make_link(&one);
    make_link(&two);
    EXPECT(memcmp(one.client_keys.id, two.client_keys.id, LINK_ID_SIZE) != 0);
    EXPECT(memcmp(one.client_keys.lane_key.data, two.client_keys.lane_key.data, 48) != 0);
    drop_link(&one);
    drop_link(&two);
}

TEST(a_lane_joins_and_carries_frames_both_ways_without_evidence)
{
    struct link link;
    struct peers lane;
    make_link(&link);
    begin_lane(&link, &lane, &link.client_keys, 7);
    EXPECT(both_open(&lane));
    EXPECT(saw(&lane.server, CHANNEL_WANT_LINK) == 1);
    EXPECT(lane.server.seen[0].lane_number == 7);
    EXPECT(memcmp(lane.server.seen[0].link_id, link.server_keys.id, LINK_ID_SIZE) == 0);
    EXPECT(!saw(&lane.server, CHANNEL_WANT_EVIDENCE) && !saw(&lane.client, CHANNEL_WANT_EVIDENCE));
    EXPECT(channel_purpose(lane.server.channel) == PURPOSE_LANE);
    EXPECT(channel_deadline_ms(lane.client.channel) == INT64_MAX);
    EXPECT_OK(say(&lane.client, slice_of_text("down")));
    EXPECT_OK(say(&lane.server, slice_of_text("up")));
    exchange(&lane);
    EXPECT(lane.server.frame_bytes == 4 && lane.client.frame_bytes == 2);
    EXPECT_FAIL(UNEXPECTED, channel_reattest(lane.client.channel, start));
    struct link_keys none;
    EXPECT_FAIL(UNEXPECTED, channel_link_keys(lane.client.channel, &none));
    part(&lane);
    drop_link(&link);
}

static bool is_refused(const struct peers *lane)
{
    return !saw(&lane->server, CHANNEL_OPEN) && !saw(&lane->client, CHANNEL_OPEN) &&
           saw(&lane->server, CHANNEL_CLOSED) == 1 && saw(&lane->client, CHANNEL_CLOSED) == 1;
}

TEST(a_lane_whose_client_lacks_the_key_is_refused)
{
    struct link link;
    struct peers lane;
    make_link(&link);
    for (size_t i = 0; i < 48; i += 47) {
        struct link_keys forged = link.client_keys;
        forged.lane_key.data[i] ^= 1;
        begin_lane(&link, &lane, &forged, 1);
        EXPECT(is_refused(&lane));
        EXPECT(ended_for(&lane.server, "LANE_PROOF_INVALID"));
        part(&lane);
    }
    drop_link(&link);
}

TEST(a_lane_with_other_keys_than_the_links_is_refused)
{
    struct link link;
    struct peers lane;
    struct tls_identity *stranger = NULL;
    must(tls_identity_generate(start.wall_s, &stranger));
    make_link(&link);
    prepare(&lane);
    lane.server.link = &link.server_keys;
    lane.client.context.identity = stranger;
    open_as(&lane, PURPOSE_LANE, PURPOSE_NONE);
    EXPECT_OK(channel_give_link(lane.client.channel, &link.client_keys, 1));
    exchange(&lane);
    EXPECT(is_refused(&lane));
    EXPECT(ended_for(&lane.client, "LANE_PROOF_INVALID"));
    part(&lane);

    prepare(&lane); /* and the thief who does not stop himself */
    struct link_keys stolen = link.client_keys;
    stolen.own_spki = *tls_identity_spki_digest(stranger);
    lane.server.link = &link.server_keys;
    lane.client.context.identity = stranger;
    open_as(&lane, PURPOSE_LANE, PURPOSE_NONE);
    EXPECT_OK(channel_give_link(lane.client.channel, &stolen, 1));
    exchange(&lane);
    EXPECT(is_refused(&lane));
    EXPECT(ended_for(&lane.server, "LANE_PROOF_INVALID"));
    part(&lane);
    drop_link(&link);
    tls_identity_free(stranger);
}

TEST(a_lane_that_names_another_link_or_number_than_it_proves_is_refused)
{
    struct link link, other;
    struct peers lane;
    make_link(&link);
    make_link(&other);
    begin_lane(&link, &lane, &other.client_keys, 1); /* the server holds it against `link` */
    EXPECT(is_refused(&lane));
    part(&lane);

    prepare(&lane);
    open_as(&lane, PURPOSE_LANE, PURPOSE_NONE);
    EXPECT_OK(channel_give_link(lane.client.channel, &link.client_keys, 1));
    exchange(&lane);
    EXPECT(saw(&lane.server, CHANNEL_WANT_LINK) == 1);
    EXPECT_FAIL(UNAUTHENTIC, channel_give_link(lane.server.channel, &link.server_keys, 2));
    exchange(&lane);
    EXPECT(is_refused(&lane));
    part(&lane);
    drop_link(&link);
    drop_link(&other);
}

TEST(a_server_that_lacks_the_key_is_refused_by_the_client)
{
    struct link link;
    struct peers lane;
    struct liar liar;
    make_link(&link);
    prepare(&lane);
    must(
        channel_open(&lane.client.context, ROLE_CLIENT, PURPOSE_LANE, start, &lane.client.channel));
    EXPECT_OK(channel_give_link(lane.client.channel, &link.client_keys, 1));
    liar_begin(&liar, ROLE_SERVER, the_world()->server, "cix-lane/1");
    converse(&liar, &lane.client, start);
    EXPECT(liar.lane_count == 1);
    liar_frame(&liar, FRAME_LANE, SLICE(liar.lane)); /* the client's own proof, reflected */
    converse(&liar, &lane.client, start);
    EXPECT(!saw(&lane.client, CHANNEL_OPEN));
    EXPECT(ended_for(&lane.client, "LANE_PROOF_INVALID"));
    channel_free(lane.client.channel);
    liar_end(&liar);
    drop_link(&link);
}

/* P5 */
TEST(a_lane_proof_from_another_session_is_refused)
{
    struct link link;
    struct peers lane;
    struct liar thief;
    make_link(&link);
    prepare(&lane); /* an honest client's proof, caught by whoever it dialled */
    must(
        channel_open(&lane.client.context, ROLE_CLIENT, PURPOSE_LANE, start, &lane.client.channel));
    EXPECT_OK(channel_give_link(lane.client.channel, &link.client_keys, 1));
    liar_begin(&thief, ROLE_SERVER, the_world()->server, "cix-lane/1");
    converse(&thief, &lane.client, start);
    channel_free(lane.client.channel);
    uint8_t caught[sizeof thief.lane];
    memcpy(caught, thief.lane, sizeof caught);
    liar_end(&thief);

    must(
        channel_open(&lane.server.context, ROLE_SERVER, PURPOSE_NONE, start, &lane.server.channel));
    lane.server.link = &link.server_keys;
    liar_begin(&thief, ROLE_CLIENT, the_world()->client, "cix-lane/1");
    converse(&thief, &lane.server, start);
    liar_frame(&thief, FRAME_LANE, SLICE(caught));
    converse(&thief, &lane.server, start);
    EXPECT(saw(&lane.server, CHANNEL_WANT_LINK) == 1 && !saw(&lane.server, CHANNEL_OPEN));
    EXPECT(ended_for(&lane.server, "LANE_PROOF_INVALID"));
    channel_free(lane.server.channel);
    liar_end(&thief);
    drop_link(&link);
}

/* P17 */
TEST(stream_frames_and_exchange_messages_before_the_lane_joined_close)
{
    static const uint8_t kinds[] = {FRAME_APPLICATION, FRAME_EXCHANGE_END, FRAME_EXCHANGE_PART};
    for (size_t i = 0; i < sizeof kinds; i++) {
        struct peers lane;
        struct liar liar;
        prepare(&lane);
        must(channel_open(&lane.server.context, ROLE_SERVER, PURPOSE_NONE, start,
                          &lane.server.channel));
        liar_begin(&liar, ROLE_CLIENT, the_world()->client, "cix-lane/1");
        converse(&liar, &lane.server, start);
        liar_frame(&liar, kinds[i], slice_of_text("x"));
        converse(&liar, &lane.server, start);
        EXPECT(ended_for(&lane.server, "PROTOCOL_VIOLATION"));
        EXPECT(!lane.server.frame_count);
        channel_free(lane.server.channel);
        liar_end(&liar);
    }
}

TEST(a_second_proof_and_a_proof_of_the_wrong_size_close)
{
    struct peers lane;
    struct liar liar;
    static const uint8_t proof[LANE_MESSAGE_SIZE] = {[LINK_ID_SIZE + 3] = 1};
    for (size_t size = 0; size <= sizeof proof; size++) {
        prepare(&lane);
        must(channel_open(&lane.server.context, ROLE_SERVER, PURPOSE_NONE, start,
                          &lane.server.channel));
        liar_begin(&liar, ROLE_CLIENT, the_world()->client, "cix-lane/1");
        converse(&liar, &lane.server, start);
        liar_frame(&liar, FRAME_LANE, (slice){proof, size});
        if (size == sizeof proof)
            liar_frame(&liar, FRAME_LANE, SLICE(proof));
        converse(&liar, &lane.server, start);
        EXPECT(saw(&lane.server, CHANNEL_WANT_LINK) == (size == sizeof proof));
        EXPECT(ended_for(&lane.server, "PROTOCOL_VIOLATION"));
        channel_free(lane.server.channel);
        liar_end(&liar);
    }
}

/* N10, P18 */
TEST(a_lane_that_proves_nothing_is_closed_at_the_deadline)
{
    struct peers lane;
    struct liar liar;
    prepare(&lane);
    must(
        channel_open(&lane.server.context, ROLE_SERVER, PURPOSE_NONE, start, &lane.server.channel));
    liar_begin(&liar, ROLE_CLIENT, the_world()->client, "cix-lane/1");
    converse(&liar, &lane.server, start);
    EXPECT(channel_deadline_ms(lane.server.channel) == start.monotonic_ms + CHANNEL_HANDSHAKE_MS);
    struct moment later = start;
    later.monotonic_ms += CHANNEL_HANDSHAKE_MS;
    look(&lane.server, later);
    EXPECT(saw(&lane.server, CHANNEL_CLOSED) == 1);
    EXPECT(ended_for(&lane.server, "SETUP_TIMEOUT"));
    channel_free(lane.server.channel);
    liar_end(&liar);
}

TEST(links_are_given_only_to_lanes_that_want_them)
{
    struct link link;
    struct peers lane;
    make_link(&link);
    EXPECT_FAIL(UNEXPECTED, channel_give_link(link.control.client.channel, &link.client_keys, 1));
    prepare(&lane);
    open_as(&lane, PURPOSE_LANE, PURPOSE_NONE);
    EXPECT_FAIL(UNEXPECTED, channel_give_link(lane.client.channel, &link.client_keys, 0));
    EXPECT_FAIL(UNEXPECTED, channel_give_link(lane.server.channel, &link.server_keys, 1));
    exchange(&lane); /* and a client without its link does not get far */
    EXPECT(saw(&lane.client, CHANNEL_CLOSED) == 1);
    part(&lane);
    drop_link(&link);
}

TEST(a_server_may_refuse_a_lane_whose_link_it_does_not_know)
{
    struct link link;
    struct peers lane;
    make_link(&link);
    prepare(&lane);
    open_as(&lane, PURPOSE_LANE, PURPOSE_NONE);
    EXPECT_OK(channel_give_link(lane.client.channel, &link.client_keys, 1));
    exchange(&lane);
    EXPECT(saw(&lane.server, CHANNEL_WANT_LINK) == 1);
    channel_close(lane.server.channel, "LANE_REFUSED");
    exchange(&lane);
    EXPECT(is_refused(&lane));
    /* Kept here, and not told: a lane has no exchange. */
    EXPECT(ended_for(&lane.server, "LANE_REFUSED"));
    EXPECT(channel_end(lane.client.channel)->reason_count == 0);
    part(&lane);
    drop_link(&link);
}

/* The documented bytes, put together by another hand. */
static struct digest documented_proof(const struct link *link, const struct session *lane,
                                      uint8_t role, const char number[4])
{
    const struct tls_identity *const own = role == 1 ? the_world()->client : the_world()->server;
    const struct tls_identity *const peer = role == 1 ? the_world()->server : the_world()->client;
    uint8_t proven[10 + 1 + 32 + 4 + 64 + 48 + 48];
    struct digest proof;
    memcpy(proven, "cix lane 1", 10);
    proven[10] = role;
    memcpy(proven + 11, link->client_keys.id, 32);
    memcpy(proven + 43, number, 4);
    must(lane->kind->export(lane, "EXPERIMENTAL cix lane 1", (slice){0}, proven + 47, 64));
    memcpy(proven + 111, tls_identity_spki_digest(own)->data, 48);
    memcpy(proven + 159, tls_identity_spki_digest(peer)->data, 48);
    must(hmac(HASH_SHA384, secret_view(&link->server_keys.lane_key), SLICE(proven), &proof));
    return proof;
}

TEST(both_proofs_are_the_documented_hmac)
{
    struct link link;
    struct peers lane;
    struct liar liar;
    make_link(&link);
    prepare(&lane);
    must(
        channel_open(&lane.client.context, ROLE_CLIENT, PURPOSE_LANE, start, &lane.client.channel));
    EXPECT_OK(channel_give_link(lane.client.channel, &link.client_keys, 0x01020304));
    liar_begin(&liar, ROLE_SERVER, the_world()->server, "cix-lane/1");
    converse(&liar, &lane.client, start);
    struct digest proof = documented_proof(&link, &liar.session, 1, "\1\2\3\4");
    EXPECT(liar.lane_count == 1);
    EXPECT(memcmp(liar.lane, link.client_keys.id, 32) == 0);
    EXPECT(memcmp(liar.lane + 32, "\1\2\3\4", 4) == 0);
    EXPECT(memcmp(liar.lane + 36, proof.data, 48) == 0);

    memcpy(liar.lane + 36, documented_proof(&link, &liar.session, 2, "\1\2\3\4").data, 48);
    liar_frame(&liar, FRAME_LANE, SLICE(liar.lane)); /* what an honest server would answer */
    converse(&liar, &lane.client, start);
    EXPECT(saw(&lane.client, CHANNEL_OPEN) == 1);
    channel_free(lane.client.channel);
    liar_end(&liar);
    drop_link(&link);
}
