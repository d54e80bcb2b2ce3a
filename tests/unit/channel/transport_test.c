/* SPDX-License-Identifier: Apache-2.0 */

/* What the network, or somebody on it, can do to a channel's bytes. */

#include "liar.h"

#include <malloc.h>

enum { TURNS = 24 }; /* a handshake and an exchange, and some */

/* ---- cut into pieces ---- */

static void feed_by_bytes(struct end *from, struct end *to, struct moment now)
{
    const slice output = channel_output(from->channel);
    for (size_t i = 0; i < output.size; i++) {
        uint8_t *const byte = malloc(1); /* of its own, so that nothing may be kept of it */
        *byte = output.data[i];
        channel_feed(to->channel, (slice){byte, 1});
        look(to, now);
        free(byte);
    }
    channel_feed(to->channel, (slice){0});
    channel_sent(from->channel, output.size);
}

/* P14 */
TEST(handshake_exchange_and_data_in_one_byte_segments_succeed)
{
    struct peers peers;
    prepare(&peers);
    make_mutual(&peers);
    open_as(&peers, PURPOSE_CHANNEL, PURPOSE_CHANNEL);
    for (int i = 0; i < TURNS; i++) {
        look(&peers.client, start);
        look(&peers.server, start);
        feed_by_bytes(&peers.client, &peers.server, start);
        feed_by_bytes(&peers.server, &peers.client, start);
    }
    EXPECT(both_open(&peers));
    EXPECT_OK(say(&peers.client, slice_of_text("drop by drop")));
    feed_by_bytes(&peers.client, &peers.server, start);
    EXPECT(peers.server.frame_count == 1 && peers.server.frame_bytes == 12);
    part(&peers);
}

TEST(frames_cut_anywhere_by_records_are_put_together_again)
{
    static uint8_t stream[3 * (FRAME_HEADER_SIZE + FRAME_PAYLOAD_MAX)];
    for (size_t i = 0; i < 3; i++) {
        uint8_t *const frame = stream + i * (FRAME_HEADER_SIZE + FRAME_PAYLOAD_MAX);
        frame[0] = FRAME_PAYLOAD_MAX >> 8;
        frame[1] = FRAME_PAYLOAD_MAX & 0xff;
        frame[2] = FRAME_APPLICATION;
        memset(frame + 3, (int)i + 1, FRAME_PAYLOAD_MAX);
    }
    static const size_t cuts[] = {1, 2, 3, 4, 100, 16383, 16384, 16385, 40000};
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        struct peers peers;
        struct liar liar;
        prepare(&peers);
        must(channel_open(&peers.server.context, ROLE_SERVER, PURPOSE_CHANNEL, start,
                          &peers.server.channel));
        liar_begin(&liar, ROLE_CLIENT, the_world()->client, "cix-channel/1");
        converse(&liar, &peers.server, start);
        liar_request(&liar, 1, 1);
        liar_accept(&liar, 1);
        converse(&liar, &peers.server, start);
        EXPECT(saw(&peers.server, CHANNEL_OPEN) == 1);
        for (size_t at = 0; at < sizeof stream; at += cuts[i] < 100 ? 16384 : cuts[i]) {
            const size_t step = cuts[i] < 100 ? 16384 : cuts[i];
            const size_t size = sizeof stream - at < step ? sizeof stream - at : step;
            const size_t first = cuts[i] < 100 && size > cuts[i] ? cuts[i] : size;
            liar_write(&liar, (slice){stream + at, first});
            liar_write(&liar, (slice){stream + at + first, size - first});
        }
        converse(&liar, &peers.server, start);
        EXPECT(peers.server.frame_count == 3);
        EXPECT(peers.server.frame_bytes == 3 * FRAME_PAYLOAD_MAX);
        EXPECT(peers.server.last_frame[0] == 3 &&
               peers.server.last_frame[FRAME_PAYLOAD_MAX - 1] == 3);
        channel_free(peers.server.channel);
        liar_end(&liar);
    }
}

TEST(many_frames_of_many_sizes_arrive_whole_and_in_order)
{
    static uint8_t bytes[FRAME_PAYLOAD_MAX];
    struct peers peers;
    size_t sum = 0, count = 0;
    meet(&peers);
    for (size_t size = 0; size <= FRAME_PAYLOAD_MAX; size += 1 + size / 3) {
        const slice parts[] = {{bytes, size / 2}, {bytes + size / 2, size - size / 2}};
        EXPECT_OK(channel_write(peers.client.channel, FRAME_APPLICATION + 1, parts, 2));
        sum += size;
        count++;
    }
    const slice most[] = {{bytes, FRAME_PAYLOAD_MAX}, {bytes, 1}};
    EXPECT_OK(channel_write(peers.client.channel, FRAME_APPLICATION, most, 1));
    EXPECT_FAIL(EXHAUSTED, channel_write(peers.client.channel, FRAME_APPLICATION, most, 2));
    EXPECT_FAIL(INTERNAL, channel_write(peers.client.channel, FRAME_LANE, most, 1));
    EXPECT_OK(channel_flush(peers.client.channel));
    exchange(&peers);
    EXPECT(peers.server.frame_count == count + 1);
    EXPECT(peers.server.frame_bytes == sum + FRAME_PAYLOAD_MAX);
    part(&peers);
}

TEST(small_frames_share_a_record)
{
    struct peers peers;
    meet(&peers);
    exchange(&peers);
    const slice letter = slice_of_text("x");
    for (int i = 0; i < 100; i++)
        EXPECT_OK(channel_write(peers.client.channel, FRAME_APPLICATION, &letter, 1));
    EXPECT(channel_output(peers.client.channel).size == 0);
    EXPECT_OK(channel_flush(peers.client.channel));
    /* A record of RFC 8446, or of DSP0277 in DSP0287 with the inner header. */
    const size_t around = PEERS_KIND == CHANNEL_TLS ? 5 + 1 + 16 : 4 + 4 + 2 + 2 + 4 + 16;
    EXPECT(channel_output(peers.client.channel).size == around + 100 * 4);
    part(&peers);
}

/* ---- cut off ---- */

/* P11 */
TEST(a_connection_that_ends_without_close_notify_is_never_a_clean_end)
{
    struct peers peers;
    meet(&peers);
    EXPECT_OK(say(&peers.client, slice_of_text("half of")));
    exchange(&peers);
    channel_feed_end(peers.server.channel);
    look(&peers.server, start);
    EXPECT(saw(&peers.server, CHANNEL_CLOSED) == 1);
    EXPECT(!channel_end(peers.server.channel)->orderly);
    part(&peers);
}

/* P11 */
TEST(a_connection_that_ends_inside_a_record_or_before_it_opened_is_no_clean_end)
{
    struct peers peers;
    meet(&peers);
    EXPECT_OK(say(&peers.client, slice_of_text("cut")));
    const slice output = channel_output(peers.client.channel);
    channel_feed(peers.server.channel, (slice){output.data, output.size - 1});
    look(&peers.server, start);
    channel_feed_end(peers.server.channel);
    look(&peers.server, start);
    EXPECT(saw(&peers.server, CHANNEL_CLOSED) == 1 && peers.server.frame_count == 0);
    EXPECT(!channel_end(peers.server.channel)->orderly);
    part(&peers);

    prepare(&peers);
    open_as(&peers, PURPOSE_CHANNEL, PURPOSE_CHANNEL);
    look(&peers.client, start);
    channel_feed_end(peers.client.channel);
    look(&peers.client, start);
    EXPECT(saw(&peers.client, CHANNEL_CLOSED) == 1);
    EXPECT(!channel_end(peers.client.channel)->orderly);
    part(&peers);
}

TEST(bytes_that_came_before_the_end_are_delivered_first)
{
    struct peers peers;
    meet(&peers);
    EXPECT_OK(say(&peers.client, slice_of_text("last words")));
    channel_close(peers.client.channel, NULL);
    const slice output = channel_output(peers.client.channel);
    channel_feed(peers.server.channel, output);
    channel_feed_end(peers.server.channel);
    look(&peers.server, start);
    EXPECT(peers.server.frame_bytes == 10);
    EXPECT(saw(&peers.server, CHANNEL_CLOSED) == 1 && channel_end(peers.server.channel)->orderly);
    part(&peers);
}

TEST(an_orderly_close_is_orderly_on_both_ends_and_sends_what_was_written)
{
    struct peers peers;
    const slice words = slice_of_text("bye");
    meet(&peers);
    EXPECT_OK(channel_write(peers.server.channel, FRAME_APPLICATION, &words, 1));
    channel_close(peers.server.channel, NULL);
    EXPECT(channel_deadline_ms(peers.server.channel) == 0);
    exchange(&peers);
    EXPECT(peers.client.frame_bytes == 3);
    EXPECT(channel_end(peers.client.channel)->orderly &&
           channel_end(peers.server.channel)->orderly);
    EXPECT(saw(&peers.client, CHANNEL_CLOSED) == 1 && saw(&peers.server, CHANNEL_CLOSED) == 1);
    EXPECT(channel_deadline_ms(peers.server.channel) == INT64_MAX);
    EXPECT_FAIL(UNEXPECTED, say(&peers.server, words));
    look(&peers.client, start);
    EXPECT(saw(&peers.client, CHANNEL_CLOSED) == 1); /* said once */
    part(&peers);
}

/* Who handles a frame may find that the channel must end, and still has the frame in hand. */
TEST(a_frames_payload_outlives_a_close_until_the_next_step)
{
    struct peers peers;
    struct channel_event event;
    meet(&peers);
    EXPECT_OK(say(&peers.client, slice_of_text("still here")));
    const slice wire = channel_output(peers.client.channel);
    channel_feed(peers.server.channel, wire);
    channel_next(peers.server.channel, start, &event);
    EXPECT(event.kind == CHANNEL_FRAME);
    channel_close(peers.server.channel, NULL);
    EXPECT(slice_equal(event.payload, slice_of_text("still here")));
    channel_next(peers.server.channel, start, &event);
    EXPECT(event.kind == CHANNEL_CLOSED);
    part(&peers);
}

TEST(a_close_with_a_reason_tells_the_peer)
{
    struct peers peers;
    meet(&peers);
    channel_close(peers.server.channel, "POLICY_CHANGED");
    exchange(&peers);
    EXPECT(channel_end(peers.client.channel)->by_peer &&
           !channel_end(peers.client.channel)->orderly);
    EXPECT(ended_for(&peers.client, "POLICY_CHANGED") &&
           ended_for(&peers.server, "POLICY_CHANGED"));
    part(&peers);
}

TEST(a_close_inside_a_frame_is_no_clean_end)
{
    static const uint8_t half[] = {0, 9, FRAME_APPLICATION, 'h', 'a'};
    struct peers peers;
    struct liar liar;
    prepare(&peers);
    must(channel_open(&peers.server.context, ROLE_SERVER, PURPOSE_CHANNEL, start,
                      &peers.server.channel));
    liar_begin(&liar, ROLE_CLIENT, the_world()->client, "cix-channel/1");
    converse(&liar, &peers.server, start);
    liar_request(&liar, 1, 1);
    liar_accept(&liar, 1);
    converse(&liar, &peers.server, start);
    liar_write(&liar, SLICE(half));
    liar.session.kind->close(&liar.session);
    converse(&liar, &peers.server, start);
    EXPECT(saw(&peers.server, CHANNEL_OPEN) == 1 && saw(&peers.server, CHANNEL_CLOSED) == 1);
    EXPECT(!channel_end(peers.server.channel)->orderly && peers.server.frame_count == 0);
    channel_free(peers.server.channel);
    liar_end(&liar);
}

/* ---- changed on the way ---- */

/* P12 */
TEST(a_flipped_bit_anywhere_in_a_record_ends_the_channel)
{
    for (size_t at = 0;; at++) {
        struct peers peers;
        meet(&peers);
        EXPECT_OK(say(&peers.client, slice_of_text("payload")));
        SCOPED(buffer) record = {0};
        must(buffer_append(&record, channel_output(peers.client.channel)));
        if (at == record.size) {
            part(&peers);
            break;
        }
        record.data[at] ^= (uint8_t)(1 << at % 8);
        channel_feed(peers.server.channel, buffer_view(&record));
        look(&peers.server, start);
        channel_feed_end(peers.server.channel); /* a longer length still waits for bytes */
        look(&peers.server, start);
        EXPECT(peers.server.frame_count == 0 && saw(&peers.server, CHANNEL_CLOSED) == 1);
        EXPECT(!channel_end(peers.server.channel)->orderly);
        part(&peers);
    }
}

/* P12 */
TEST(records_reordered_or_duplicated_end_the_channel)
{
    for (int duplicated = 0; duplicated < 2; duplicated++) {
        struct peers peers;
        meet(&peers);
        struct buffer records[2] = {{0}};
        for (int i = 0; i < 2; i++) {
            EXPECT_OK(say(&peers.client, slice_of_text(i ? "second" : "first")));
            const slice output = channel_output(peers.client.channel);
            must(buffer_append(&records[i], output));
            channel_sent(peers.client.channel, output.size);
        }
        const struct buffer *const order[] = {&records[duplicated ? 0 : 1], &records[0]};
        for (int i = 0; i < 2; i++) {
            channel_feed(peers.server.channel, buffer_view(order[i]));
            look(&peers.server, start);
        }
        EXPECT(saw(&peers.server, CHANNEL_CLOSED) == 1);
        EXPECT(peers.server.frame_count == (size_t)duplicated);
        EXPECT(!channel_end(peers.server.channel)->orderly);
        buffer_clear(&records[0]);
        buffer_clear(&records[1]);
        part(&peers);
    }
}

/* P5 */
TEST(a_whole_session_replayed_to_the_same_server_opens_nothing)
{
    struct peers peers;
    SCOPED(buffer) recorded = {0};
    prepare(&peers);
    make_mutual(&peers);
    open_as(&peers, PURPOSE_CHANNEL, PURPOSE_CHANNEL);
    for (int i = 0; i < TURNS; i++) {
        look(&peers.client, start);
        must(buffer_append(&recorded, channel_output(peers.client.channel)));
        move(&peers.client, &peers.server, start);
        move(&peers.server, &peers.client, start);
    }
    EXPECT(both_open(&peers));
    part(&peers);

    struct end again = {
        .role = ROLE_SERVER, .context = peers.server.context, .td = peers.server.td};
    must(channel_open(&again.context, ROLE_SERVER, PURPOSE_CHANNEL, start, &again.channel));
    channel_feed(again.channel, buffer_view(&recorded));
    look(&again, start);
    EXPECT(!saw(&again, CHANNEL_OPEN) && !saw(&again, CHANNEL_WANT_EVIDENCE));
    EXPECT(saw(&again, CHANNEL_CLOSED) == 1);
    channel_free(again.channel);
}

/* ---- floods ---- */

/* P13 */
TEST(a_setup_in_thousands_of_tiny_records_is_cut_off)
{
    static const uint8_t message[2048] = {0x3f, 0xfd, FRAME_EXCHANGE_PART};
    struct peers peers;
    struct liar liar;
    prepare(&peers);
    must(channel_open(&peers.server.context, ROLE_SERVER, PURPOSE_CHANNEL, start,
                      &peers.server.channel));
    liar_begin(&liar, ROLE_CLIENT, the_world()->client, "cix-channel/1");
    converse(&liar, &peers.server, start);
    for (size_t i = 0; i < sizeof message; i++)
        liar_write(&liar, (slice){message + i, 1});
    converse(&liar, &peers.server, start);
    EXPECT(saw(&peers.server, CHANNEL_CLOSED) == 1);
    EXPECT(ended_for(&peers.server, "PROTOCOL_VIOLATION"));
    channel_free(peers.server.channel);
    liar_end(&liar);
}

/* N10 */
TEST(a_peer_that_never_finishes_its_handshake_is_closed_at_the_deadline)
{
    struct peers peers;
    prepare(&peers);
    open_as(&peers, PURPOSE_CHANNEL, PURPOSE_CHANNEL);
    look(&peers.server, start);
    EXPECT(channel_deadline_ms(peers.server.channel) == start.monotonic_ms + CHANNEL_HANDSHAKE_MS);
    peers.now.monotonic_ms += CHANNEL_HANDSHAKE_MS - 1;
    look(&peers.server, peers.now);
    EXPECT(!saw(&peers.server, CHANNEL_CLOSED));
    peers.now.monotonic_ms++;
    look(&peers.server, peers.now);
    EXPECT(saw(&peers.server, CHANNEL_CLOSED) == 1 && ended_for(&peers.server, "SETUP_TIMEOUT"));
    part(&peers);
}

/* N10 */
TEST(slow_evidence_does_not_stretch_the_deadline_of_the_setup)
{
    struct peers peers;
    prepare(&peers);
    peers.server.keeps_evidence_back = true;
    open_as(&peers, PURPOSE_CHANNEL, PURPOSE_CHANNEL);
    exchange(&peers);
    peers.now.monotonic_ms += CHANNEL_HANDSHAKE_MS;
    exchange(&peers);
    EXPECT(ended_for(&peers.client, "SETUP_TIMEOUT"));
    EXPECT_FAIL(UNEXPECTED, channel_give_evidence(peers.server.channel, slice_of_text("late"),
                                                  (slice){0}, peers.now));
    channel_give_no_evidence(peers.server.channel, peers.now);
    part(&peers);
}

/* ---- what it costs ---- */

TEST(an_idle_channel_holds_no_large_buffers)
{
    static uint8_t bytes[FRAME_PAYLOAD_MAX];
    struct peers peers;
    const slice payload = SLICE(bytes);
    meet(&peers);
    exchange(&peers);
    const size_t before = mallinfo2().uordblks;
    for (int i = 0; i < 100; i++)
        EXPECT_OK(channel_write(peers.client.channel, FRAME_APPLICATION, &payload, 1));
    EXPECT_OK(channel_flush(peers.client.channel));
    exchange(&peers);
    EXPECT(peers.server.frame_count == 100);
    EXPECT(mallinfo2().uordblks <= before + 512);
    part(&peers);
}

TEST(output_is_sent_in_pieces_without_moving_the_rest)
{
    static uint8_t bytes[FRAME_PAYLOAD_MAX];
    struct peers peers;
    const slice payload = SLICE(bytes);
    meet(&peers);
    for (int i = 0; i < 4; i++)
        EXPECT_OK(channel_write(peers.client.channel, FRAME_APPLICATION, &payload, 1));
    EXPECT_OK(channel_flush(peers.client.channel));
    const slice all = channel_output(peers.client.channel);
    channel_feed(peers.server.channel, (slice){all.data, 1000});
    look(&peers.server, start);
    channel_sent(peers.client.channel, 1000);
    const slice rest = channel_output(peers.client.channel);
    EXPECT(rest.data == all.data + 1000 && rest.size == all.size - 1000);
    exchange(&peers);
    EXPECT(peers.server.frame_count == 4);
    part(&peers);
}
