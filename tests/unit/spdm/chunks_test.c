/* SPDX-License-Identifier: Apache-2.0 */

/* Messages in pieces, between our requester and our responder, and from whoever breaks the rules.
 */

#include "spdm_pair.h"
#include "test.h"

enum {
    SPACE_SIZE = 4 << 10,
    VENDOR_SIZE = 1500,
    HANDLE = 9,
    /* A CHUNK_SEND's head before its size and its data. */
    PIECE_HEADER_SIZE = 12,
};

static const struct pair_terms terms_1_3 = {
    .transport = &spdm_tcp,
    .version = SPDM_1_3,
    .hash = HASH_SHA256,
    .asym = ASYM_ECDSA_P256,
    .requester_asym = ASYM_ECDSA_P256,
    .group = GROUP_P256,
    .aead = AEAD_AES_256_GCM,
};

struct stage {
    struct pair pair;
    struct pair_party asking, answering;
    uint8_t requester_spaces[2][SPACE_SIZE], responder_spaces[2][SPACE_SIZE];
    size_t data_transfer_size;
    unsigned frames; /* in both directions */
};

static struct stage stage;

static void party_make(struct pair_party *party, unsigned number)
{
    struct private_key key = {0};
    must(private_key_read_pem(slice_of_text(sim_test_keys[number]), &key));
    pair_party_make(party, &key, HASH_SHA256);
}

static void lend(struct spdm_connection *connection, struct spdm_settings *settings,
                 uint8_t spaces[2][SPACE_SIZE], size_t data_transfer_size)
{
    settings->capabilities.flags |= SPDM_CHUNK_CAP;
    settings->capabilities.data_transfer_size = (uint32_t)data_transfer_size;
    settings->capabilities.message_size_max = SPACE_SIZE;
    connection->incoming = (struct spdm_transfer){.space = spaces[0], .capacity = SPACE_SIZE};
    connection->outgoing = (struct spdm_transfer){.space = spaces[1], .capacity = SPACE_SIZE};
}

static void stage_set(const struct pair_terms *terms, size_t data_transfer_size)
{
    memset(&stage, 0, sizeof stage);
    party_make(&stage.asking, 4);
    party_make(&stage.answering, 5);
    pair_begin(&stage.pair, terms, &stage.asking, &stage.answering);
    stage.data_transfer_size = data_transfer_size;
    lend(&stage.pair.requester.connection, &stage.pair.requester_setup.settings,
         stage.requester_spaces, data_transfer_size);
    lend(&stage.pair.responder.connection, &stage.pair.responder_setup.settings,
         stage.responder_spaces, data_transfer_size);
}

static void stage_clear(void)
{
    pair_end(&stage.pair);
    pair_party_clear(&stage.asking);
    pair_party_clear(&stage.answering);
}

/* No frame holds a longer message than the other one takes. */
static void expect_small(slice frame)
{
    const struct spdm_transport *const transport = stage.pair.requester_setup.transport;
    struct spdm_frame read;
    EXPECT_OK(spdm_frame_read(transport, frame, &read));
    const size_t around = read.kind == SPDM_FRAME_SECURED
                              ? SPDM_RECORD_OVERHEAD_MAX + transport->inner_header_size
                              : 0;
    EXPECT(read.message.size <= stage.data_transfer_size + around + transport->alignment - 1);
    stage.frames++;
}

static enum spdm_progress speak(void)
{
    struct pair *const pair = &stage.pair;
    enum spdm_progress progress = SPDM_SEND;
    while (progress == SPDM_SEND) {
        struct writer answer = writer_over(pair->response, sizeof pair->response);
        expect_small((slice){pair->request, pair->out.size});
        EXPECT_OK(spdm_responder_receive(&pair->responder, pair_now, pair->request, pair->out.size,
                                         &answer));
        expect_small((slice){pair->response, answer.size});
        pair->out.size = 0;
        progress = spdm_requester_receive(&pair->requester, pair_now, pair->response, answer.size,
                                          &pair->out);
    }
    return progress;
}

static void connect(void)
{
    EXPECT_OK(spdm_requester_connect(&stage.pair.requester, pair_now, &stage.pair.out));
    EXPECT(speak() == SPDM_DONE);
}

static void learn_chain(struct spdm_session *session)
{
    struct pair *const pair = &stage.pair;
    EXPECT_OK(spdm_requester_digests(&pair->requester, pair_now, session, &pair->out));
    EXPECT(speak() == SPDM_DONE);
    EXPECT_OK(
        spdm_requester_certificate(&pair->requester, pair_now, session, PAIR_SLOT, &pair->out));
    EXPECT(speak() == SPDM_DONE);
    EXPECT(slice_equal((slice){pair->chain, pair->requester.chain_size},
                       buffer_view(&stage.answering.bytes)));
    EXPECT_OK(spdm_requester_accept(&pair->requester, PAIR_SLOT, &stage.answering.read));
}

static void measure(struct spdm_session *session)
{
    struct pair *const pair = &stage.pair;
    struct spdm_measuring_order order = {.session = session, .operation = SPDM_MEASUREMENTS_ALL};
    for (unsigned i = 0; i < 2; i++) {
        order.asks_signature = i; /* over the ones before, too */
        EXPECT_OK(spdm_requester_measurements(&pair->requester, pair_now, &order, &pair->out));
        EXPECT(speak() == SPDM_DONE);
        EXPECT(pair->requester.measurements.block_count == 1);
    }
}

static void ask_vendor(struct spdm_session *session, size_t size)
{
    static uint8_t question[VENDOR_SIZE], answer[1 + VENDOR_SIZE];
    struct pair *const pair = &stage.pair;
    for (size_t i = 0; i < size; i++)
        answer[1 + i] = question[i] = (uint8_t)(i * 7);
    answer[0] = session ? 1 : 0;
    const struct spdm_vendor_defined request = {.body = SPDM_BODY_DMTF,
                                                .payload = {question, size}};
    EXPECT_OK(
        spdm_requester_vendor_defined(&pair->requester, pair_now, session, &request, &pair->out));
    EXPECT(speak() == SPDM_DONE);
    EXPECT(slice_equal(pair->requester.payload, (slice){answer, 1 + size}));
}

static void live(void)
{
    struct pair *const pair = &stage.pair;
    const struct spdm_opening opening = {.slot = PAIR_SLOT, .summary = SPDM_SUMMARY_ALL};
    EXPECT_OK(spdm_requester_open_session(&pair->requester, pair_now, &opening, &pair->out));
    EXPECT(speak() == SPDM_DONE);
    struct spdm_session *const session = pair->requester.opened;
    learn_chain(session);
    measure(session);
    ask_vendor(session, VENDOR_SIZE);
    EXPECT_OK(spdm_requester_key_update(&pair->requester, pair_now, session, SPDM_UPDATE_ALL_KEYS,
                                        &pair->out));
    EXPECT(speak() == SPDM_DONE);
    ask_vendor(session, VENDOR_SIZE);
    EXPECT_OK(spdm_requester_end_session(&pair->requester, pair_now, session, &pair->out));
    EXPECT(speak() == SPDM_DONE);
}

static void converse(const struct pair_terms *terms, size_t data_transfer_size)
{
    stage_set(terms, data_transfer_size);
    connect();
    learn_chain(NULL);
    EXPECT_OK(spdm_requester_challenge(&stage.pair.requester, pair_now, PAIR_SLOT, SPDM_SUMMARY_ALL,
                                       &stage.pair.out));
    EXPECT(speak() == SPDM_DONE);
    measure(NULL);
    ask_vendor(NULL, VENDOR_SIZE);
    live();
    live();
    EXPECT(stage.frames > 4 * VENDOR_SIZE / data_transfer_size);
    stage_clear();
}

TEST(conversations_go_in_pieces_of_any_size_in_each_version_and_mutual_mode)
{
    static const uint8_t versions[] = {SPDM_1_2, SPDM_1_3, SPDM_1_4};
    static const uint8_t mutuals[] = {SPDM_MUTUAL_NONE, SPDM_MUTUAL_ENCAPSULATED,
                                      SPDM_MUTUAL_IMPLICIT_DIGESTS};
    static const size_t sizes[] = {42, 43, 100, 700};
    for (size_t i = 0; i < 3 * 3 * 4 * 2; i++) {
        struct pair_terms terms = terms_1_3;
        terms.version = versions[i % 3];
        terms.mutual = mutuals[i / 3 % 3];
        terms.is_in_the_clear = i / 36;
        converse(&terms, sizes[i / 9 % 4]);
    }
}

TEST(conversations_go_in_pieces_over_each_transport)
{
    static const struct spdm_transport *const transports[] = {&spdm_tcp, &spdm_mctp, &spdm_doe};
    for (size_t i = 0; i < 3; i++) {
        struct pair_terms terms = terms_1_3;
        terms.transport = transports[i];
        converse(&terms, 65);
    }
}
