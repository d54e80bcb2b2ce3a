/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The recorded conversation whose certificates go in chunks, played by our responder and by our
 * requester. What ML-DSA is not needed for, which not every OpenSSL has: from DIGESTS on.
 */

#include "spdm/requester.h"
#include "spdm/responder.h"

#include "spdm/message/capabilities.h"
#include "spdm_recording.h"

enum {
    SPACE_SIZE = 20 << 10,
    SENT_SIZE_MAX = 0x1100, /* the recorded sender's own limit: less than the other one takes */
    FIRST_DIGESTS = 7,      /* numbers of frames */
    FIRST_CERTIFICATE = 9,
    SECOND_CERTIFICATE = 19,
    END = 29,
};

static struct spdm_recording recording;
static const struct moment now = {.wall_s = 1, .monotonic_ms = 1};

struct side {
    uint8_t incoming[SPACE_SIZE], outgoing[SPACE_SIZE];
};

static slice frame(unsigned number)
{
    return recording.messages[number - 1].message;
}

static struct spdm_settings settings_of(enum spdm_side side)
{
    return (struct spdm_settings){
        .side = side,
        .version_min = SPDM_1_4,
        .version_max = SPDM_1_4,
        .capabilities =
            {
                .flags =
                    side == SPDM_REQUESTER ? recording.requester_flags : recording.responder_flags,
                .data_transfer_size = 0x1200,
                .message_size_max = 0x28000,
            },
        .sequence_size = 2,
    };
}

static struct spdm_loans loans_of(struct side *side)
{
    return (struct spdm_loans){
        .incoming = {.space = side->incoming, .capacity = sizeof side->incoming},
        .outgoing = {.space = side->outgoing, .capacity = sizeof side->outgoing},
    };
}

/* As the recorded negotiation left it. */
static void negotiated(struct spdm_connection *connection)
{
    struct buffer a = recorded_bytes(recording.keys.root, "message_a");
    connection->phase = SPDM_PHASE_ALGORITHMS;
    connection->shape = recording.shape;
    connection->suite.hash = HASH_SHA384;
    connection->peer_data_transfer_size = 0x1200;
    connection->peer_message_size_max = 0x28000;
    connection->peer_flags = connection->settings->side == SPDM_REQUESTER
                                 ? recording.responder_flags
                                 : recording.requester_flags;
    EXPECT_OK(spdm_transcript_add_a(&connection->transcript, buffer_view(&a)));
    EXPECT_OK(spdm_transcript_begin(&connection->transcript, SPDM_1_4, HASH_SHA384));
    buffer_clear(&a);
}

static void chain_load(const char *file, struct buffer *bytes, struct spdm_own_chain *out)
{
    struct buffer certificates = spdm_recordings_file(file);
    EXPECT_OK(spdm_chain_write(HASH_SHA384, buffer_view(&certificates), bytes));
    out->hash = HASH_SHA384;
    out->bytes = buffer_view(bytes);
    EXPECT_OK(digest_of(HASH_SHA384, out->bytes, &out->digest));
    buffer_clear(&certificates);
}

/* Both chains of the recorded responder. */
struct chains {
    struct buffer bytes[2];
    struct spdm_own_chain chains[2];
    struct spdm_identity identity;
};

static void chains_load(struct chains *chains)
{
    *chains = (struct chains){0};
    chain_load("certs/mldsa65/bundle_responder.certchain.der", &chains->bytes[0],
               &chains->chains[0]);
    chain_load("certs/mldsa65/bundle_responder.certchain1.der", &chains->bytes[1],
               &chains->chains[1]);
    for (size_t slot = 0; slot < 2; slot++) {
        chains->identity.slots[slot].chains = &chains->chains[slot];
        chains->identity.slots[slot].chain_count = 1;
    }
}

static void chains_clear(struct chains *chains)
{
    buffer_clear(&chains->bytes[0]);
    buffer_clear(&chains->bytes[1]);
}

static size_t framed(slice message, uint8_t *space, size_t size)
{
    struct writer writer = writer_over(space, size);
    const size_t begin = spdm_frame_begin(&spdm_mctp, &writer);
    write_bytes(&writer, message);
    EXPECT_OK(spdm_frame_end(&spdm_mctp, &writer, begin, SPDM_FRAME_PLAIN));
    return writer.size;
}

static slice unframed(const struct writer *writer)
{
    struct spdm_frame read = {0};
    EXPECT_OK(spdm_frame_read(&spdm_mctp, (slice){writer->data, writer->size}, &read));
    return read.message;
}

/* A handle is the sender's to choose; the recorded one takes every other number. */
static bool is_new_handle(slice response)
{
    return response.data[1] == SPDM_ERROR && response.data[2] == SPDM_LARGE_RESPONSE;
}

TEST(the_recorded_requests_for_certificates_get_the_recorded_chunks)
{
    static struct side side;
    static struct chains chains;
    static struct spdm_responder responder;
    static struct spdm_responder_setup setup;
    const struct spdm_responder_loans loans = {.connection = loans_of(&side)};
    if (spdm_recordings_are_absent(1))
        return;
    spdm_recording_open("mctp-14-mldsa65-mlkem768-mut", &recording);
    chains_load(&chains);
    setup = (struct spdm_responder_setup){.settings = settings_of(SPDM_RESPONDER),
                                          .transport = &spdm_mctp,
                                          .identity = &chains.identity};
    spdm_responder_begin(&responder, &setup, NULL, &loans);
    negotiated(&responder.connection);
    for (unsigned number = FIRST_DIGESTS; number < END; number += 2) {
        uint8_t request[64], space[1 + SENT_SIZE_MAX];
        struct writer out = writer_over(space, sizeof space);
        const slice expected = frame(number + 1);
        if (is_new_handle(expected))
            responder.connection.last_handle = (uint8_t)(expected.data[4] - 1);
        const size_t size = framed(frame(number), request, sizeof request);
        EXPECT_OK(spdm_responder_receive(&responder, now, request, size, &out));
        EXPECT(slice_equal(unframed(&out), expected));
    }
    spdm_responder_clear(&responder);
    chains_clear(&chains);
    spdm_recording_clear(&recording);
}

/* Each of our requests is the recorded one, whose recorded response it gets. */
static enum spdm_progress replay(struct spdm_requester *requester, struct writer *out,
                                 unsigned *number)
{
    enum spdm_progress progress = SPDM_SEND;
    while (progress == SPDM_SEND) {
        static uint8_t response[SPACE_SIZE];
        EXPECT(slice_equal(unframed(out), frame(*number)));
        const size_t size = framed(frame(*number + 1), response, sizeof response);
        out->size = 0;
        progress = spdm_requester_receive(requester, now, response, size, out);
        *number += 2;
    }
    return progress;
}

TEST(the_recorded_chunks_get_the_recorded_requests_and_make_the_recorded_chains)
{
    static struct side side;
    static struct chains chains;
    static struct spdm_requester requester;
    static struct spdm_requester_setup setup;
    static uint8_t chain[SPACE_SIZE];
    uint8_t request[64];
    struct writer out = writer_over(request, sizeof request);
    unsigned number = FIRST_DIGESTS;
    const struct spdm_requester_loans loans = {loans_of(&side), chain, sizeof chain};
    if (spdm_recordings_are_absent(1))
        return;
    spdm_recording_open("mctp-14-mldsa65-mlkem768-mut", &recording);
    chains_load(&chains);
    setup = (struct spdm_requester_setup){.settings = settings_of(SPDM_REQUESTER),
                                          .transport = &spdm_mctp};
    spdm_requester_begin(&requester, &setup, &loans);
    negotiated(&requester.connection);
    EXPECT_OK(spdm_requester_digests(&requester, now, NULL, &out));
    EXPECT(replay(&requester, &out, &number) == SPDM_DONE && number == FIRST_CERTIFICATE);
    for (uint8_t slot = 0; slot < 2; slot++) {
        EXPECT_OK(spdm_requester_certificate(&requester, now, NULL, slot, &out));
        EXPECT(replay(&requester, &out, &number) == SPDM_DONE);
        EXPECT(number == (slot ? END : SECOND_CERTIFICATE));
        EXPECT(slice_equal((slice){chain, requester.chain_size}, chains.chains[slot].bytes));
    }
    spdm_requester_clear(&requester);
    chains_clear(&chains);
    spdm_recording_clear(&recording);
}
