/* SPDX-License-Identifier: Apache-2.0 */

/* Every way to ask for measurements, and what a responder must not answer. */

#include "spdm_pair.h"
#include "test.h"

enum { INDICES = 3, VALUE_SIZE = 32 };

static const uint8_t versions[] = {SPDM_1_0, SPDM_1_1, SPDM_1_2, SPDM_1_3, SPDM_1_4};

struct stage {
    struct pair pair;
    struct pair_party asking, answering;
    struct spdm_measuring measured; /* what the duty was told last */
    uint8_t nonce[SPDM_NONCE_SIZE];
    uint8_t offset;     /* added to each index that is answered */
    unsigned count_off; /* blocks too many */
};

static struct stage stage;

static void write_block(struct writer *record, unsigned index, bool is_raw)
{
    uint8_t value[VALUE_SIZE];
    memset(value, (int)(is_raw ? index : index + 100), sizeof value);
    spdm_measurement_block_write(record, &(struct spdm_measurement_block){
                                             .index = (uint8_t)(index + stage.offset),
                                             .specification = SPDM_MEASUREMENT_SPECIFICATION_DMTF,
                                             .kind = SPDM_MEASURED_FIRMWARE,
                                             .is_raw = is_raw,
                                             .value = SLICE(value),
                                         });
}

static status measure(void *context, const struct spdm_measuring *what, struct writer *record,
                      uint8_t *out_count)
{
    (void)context;
    stage.measured = *what;
    if (what->nonce)
        memcpy(stage.nonce, what->nonce, sizeof stage.nonce);
    *out_count = INDICES;
    if (what->operation == SPDM_MEASUREMENTS_COUNT)
        return OK;
    if (what->operation > INDICES && what->operation != SPDM_MEASUREMENTS_ALL)
        return FAIL(UNEXPECTED, "no such measurement");
    const bool is_all = what->operation == SPDM_MEASUREMENTS_ALL;
    const unsigned first = is_all ? 1 : what->operation;
    const unsigned last = (is_all ? INDICES : what->operation) + stage.count_off;
    for (unsigned index = first; index <= last; index++)
        write_block(record, index, what->asks_raw);
    *out_count = (uint8_t)(last - first + 1);
    return OK;
}

static void stage_set(uint8_t version)
{
    const struct pair_terms terms = {
        .transport = &spdm_tcp,
        .version = version,
        .hash = HASH_SHA256,
        .asym = ASYM_ECDSA_P256,
        .requester_asym = ASYM_ECDSA_P256,
        .group = GROUP_P256,
        .aead = AEAD_AES_256_GCM,
    };
    struct private_key keys[2] = {0};
    memset(&stage, 0, sizeof stage);
    must(private_key_read_pem(slice_of_text(sim_test_keys[4]), &keys[0]));
    must(private_key_read_pem(slice_of_text(sim_test_keys[5]), &keys[1]));
    pair_party_make(&stage.asking, &keys[0], HASH_SHA256);
    pair_party_make(&stage.answering, &keys[1], HASH_SHA256);
    pair_begin(&stage.pair, &terms, &stage.asking, &stage.answering);
    stage.pair.responder_setup.duties.measure = measure;
}

static void connect(void)
{
    struct pair *const pair = &stage.pair;
    EXPECT_OK(spdm_requester_connect(&pair->requester, pair_now, &pair->out));
    EXPECT(pair_speak(pair) == SPDM_DONE);
    EXPECT_OK(spdm_requester_digests(&pair->requester, pair_now, NULL, &pair->out));
    EXPECT(pair_speak(pair) == SPDM_DONE);
    EXPECT_OK(spdm_requester_accept(&pair->requester, PAIR_SLOT, &stage.answering.read));
}

static void stage_clear(void)
{
    pair_end(&stage.pair);
    pair_party_clear(&stage.asking);
    pair_party_clear(&stage.answering);
}

static enum spdm_progress ask(const struct spdm_measuring_order *order)
{
    EXPECT_OK(spdm_requester_measurements(&stage.pair.requester, pair_now, order, &stage.pair.out));
    return pair_speak(&stage.pair);
}

static void expect_blocks(const struct spdm_measuring_order *order)
{
    const struct spdm_measurements *const got = &stage.pair.requester.measurements;
    struct reader blocks = reader_of(got->record);
    struct spdm_measurement_block block;
    const bool is_all = order->operation == SPDM_MEASUREMENTS_ALL;
    const unsigned first = is_all ? 1 : order->operation;
    const unsigned count = is_all ? INDICES : order->operation != SPDM_MEASUREMENTS_COUNT;
    EXPECT(got->block_count == count);
    EXPECT(got->index_count == (order->operation == SPDM_MEASUREMENTS_COUNT ? INDICES : 0));
    for (unsigned i = 0; i < count; i++) {
        EXPECT_OK(spdm_measurement_block_read(&blocks, &block));
        EXPECT(block.index == first + i && block.is_raw == order->asks_raw);
        EXPECT(block.value.size == VALUE_SIZE &&
               block.value.data[0] == (order->asks_raw ? first + i : first + i + 100));
    }
    EXPECT(blocks.left.size == 0);
    EXPECT(got->is_signed == order->asks_signature);
}

/* The duty is told all of it, and nothing else. */
static void expect_told(const struct spdm_measuring_order *order, uint8_t version)
{
    const struct spdm_measuring *const told = &stage.measured;
    EXPECT(told->operation == order->operation && told->asks_raw == order->asks_raw);
    EXPECT(told->asks_new == order->asks_new && told->hash == HASH_SHA256);
    EXPECT((told->session != NULL) == (order->session != NULL));
    EXPECT((told->nonce != NULL) == order->asks_signature);
    if (order->asks_signature && version >= SPDM_1_3)
        EXPECT(memcmp(stage.nonce, stage.pair.requester.nonce, sizeof stage.nonce) == 0);
}

static void ask_every_way(struct spdm_session *session, uint8_t version)
{
    static const uint8_t operations[] = {SPDM_MEASUREMENTS_COUNT, SPDM_MEASUREMENTS_ALL, 1,
                                         INDICES};
    for (unsigned i = 0; i < 4 * 8; i++) {
        const struct spdm_measuring_order order = {
            .session = session,
            .operation = operations[i % 4],
            .asks_raw = version >= SPDM_1_2 && i & 4,
            .asks_new = version >= SPDM_1_3 && i & 8,
            .asks_signature = i & 16,
            .slot = PAIR_SLOT,
        };
        EXPECT(ask(&order) == SPDM_DONE);
        expect_told(&order, version);
        expect_blocks(&order);
    }
}

TEST(measurements_are_asked_for_in_every_way_in_and_out_of_sessions_in_each_version)
{
    struct pair *const pair = &stage.pair;
    const struct spdm_opening opening = {.slot = PAIR_SLOT};
    for (size_t i = 0; i < sizeof versions; i++) {
        stage_set(versions[i]);
        connect();
        ask_every_way(NULL, versions[i]);
        if (versions[i] >= SPDM_1_1) {
            EXPECT_OK(
                spdm_requester_open_session(&pair->requester, pair_now, &opening, &pair->out));
            EXPECT(pair_speak(pair) == SPDM_DONE);
            ask_every_way(pair->requester.opened, versions[i]);
            ask_every_way(NULL, versions[i]); /* each has its own transcript */
        }
        stage_clear();
    }
}

TEST(other_measurements_than_were_asked_for_are_not_taken)
{
    const struct spdm_measuring_order one = {.operation = 2, .asks_signature = true};
    const struct spdm_measuring_order all = {.operation = SPDM_MEASUREMENTS_ALL};
    stage_set(SPDM_1_3);
    connect();
    EXPECT(ask(&one) == SPDM_DONE);
    stage.offset = 1;
    EXPECT(ask(&all) == SPDM_DONE);
    EXPECT(ask(&one) == SPDM_FAILED);
    EXPECT_FAIL(UNEXPECTED, stage.pair.requester.failure);
    stage.offset = 0;
    stage.count_off = 1;
    EXPECT(ask(&one) == SPDM_FAILED);
    EXPECT_FAIL(UNEXPECTED, stage.pair.requester.failure);
    stage.count_off = 0;
    EXPECT(ask(&one) == SPDM_DONE);
    stage_clear();
}

/* Their number is told without them. */
TEST(a_number_of_measurements_comes_without_blocks)
{
    struct pair *const pair = &stage.pair;
    const struct spdm_measuring_order count = {.operation = SPDM_MEASUREMENTS_COUNT};
    for (unsigned blocks = 0; blocks < 2; blocks++) {
        uint8_t space[64];
        struct writer record = writer_over(space, sizeof space);
        struct writer answer = writer_over(pair->response, sizeof pair->response);
        struct spdm_measurements told = {.index_count = 1, .block_count = (uint8_t)blocks};
        stage_set(SPDM_1_2);
        connect();
        EXPECT_OK(spdm_requester_measurements(&pair->requester, pair_now, &count, &pair->out));
        if (blocks)
            write_block(&record, 1, false);
        told.record = (slice){space, record.size};
        const size_t begin = spdm_frame_begin(&spdm_tcp, &answer);
        spdm_measurements_write(&answer, &pair->responder.connection.shape, &told);
        EXPECT_OK(spdm_frame_end(&spdm_tcp, &answer, begin, SPDM_FRAME_PLAIN));
        EXPECT(spdm_requester_receive(&pair->requester, pair_now, pair->response, answer.size,
                                      &pair->out) == (blocks ? SPDM_FAILED : SPDM_DONE));
        stage_clear();
    }
}

TEST(a_measurement_that_there_is_not_and_a_signature_without_a_key_are_refused)
{
    const struct spdm_measuring_order none = {.operation = INDICES + 1};
    const struct spdm_measuring_order sign = {.operation = 1, .asks_signature = true};
    struct pair *const pair = &stage.pair;
    stage_set(SPDM_1_3);
    connect();
    EXPECT(ask(&none) == SPDM_FAILED && pair->requester.error == SPDM_INVALID_REQUEST);
    stage.answering.identity.slots[PAIR_SLOT].key = NULL;
    EXPECT(ask(&sign) == SPDM_FAILED && pair->requester.error == SPDM_INVALID_REQUEST);
    stage_clear();

    stage_set(SPDM_1_3);
    pair->responder_setup.settings.capabilities.flags ^= SPDM_MEAS_SIGNED | SPDM_MEAS_UNSIGNED;
    connect();
    EXPECT_FAIL(UNSUPPORTED,
                spdm_requester_measurements(&pair->requester, pair_now, &sign, &pair->out));
    pair->requester.connection.peer_flags ^= SPDM_MEAS_SIGNED | SPDM_MEAS_UNSIGNED;
    EXPECT(ask(&sign) == SPDM_FAILED && pair->requester.error == SPDM_UNSUPPORTED_REQUEST);
    stage_clear();
}
