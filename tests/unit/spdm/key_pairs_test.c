/* SPDX-License-Identifier: Apache-2.0 */

/* Several keys: which there are, what each may sign, and how they are changed. */

#include "spdm_pair.h"

#include "spdm/message/certificate.h"
#include "spdm/message/digests.h"

#include "test.h"

/* Slot 0 is the device's; each other slot is for one thing. */
enum { SLOTS = 4, CHALLENGE_SLOT = 1, MEASUREMENTS_SLOT = 2, SESSION_SLOT = 3, PAIRS = 9 };

static const uint8_t versions[] = {SPDM_1_3, SPDM_1_4};
static const uint8_t key_info[] = {0x30, 0x02, 0x05, 0x00};
static const uint16_t usages[SLOTS] = {
    SPDM_USE_KEY_EXCHANGE | SPDM_USE_CHALLENGE | SPDM_USE_MEASUREMENTS,
    SPDM_USE_CHALLENGE,
    SPDM_USE_MEASUREMENTS,
    SPDM_USE_KEY_EXCHANGE,
};
static const uint8_t models[SLOTS] = {SPDM_DEVICE_CERT, SPDM_DEVICE_CERT, SPDM_ALIAS_CERT,
                                      SPDM_GENERIC_CERT};

struct program {
    struct pair pair; /* first: what the duties are given */
    struct pair_party asking, answering[SLOTS];
    struct spdm_key_pair_info pairs[PAIRS + 1];
    struct spdm_set_key_pair_info set; /* the last that was asked for */
    unsigned calls;
    status result;
    struct spdm_pending pending;
};

static status key_pair(void *context, uint8_t key_pair_id, struct spdm_key_pair_info *out)
{
    const struct program *const program = context;
    if (key_pair_id > PAIRS)
        return FAIL(UNEXPECTED, "no such key pair");
    *out = program->pairs[key_pair_id];
    out->key_pair_id = 0; /* who asked knows it */
    return OK;
}

static status set_key_pair(void *context, const struct spdm_set_key_pair_info *request,
                           struct spdm_pending *out)
{
    struct program *const program = context;
    program->calls++;
    program->set = *request;
    *out = program->pending;
    return program->result;
}

static void make_party(struct pair_party *party)
{
    struct private_key key = {0};
    must(private_key_generate(CURVE_P256, &key));
    pair_party_make(party, &key, HASH_SHA256);
}

static void program_begin(struct program *program, uint8_t version, uint32_t multi_key)
{
    const struct pair_terms terms = {
        .transport = &spdm_tcp,
        .version = version,
        .mutual = SPDM_MUTUAL_ENCAPSULATED,
        .hash = HASH_SHA256,
        .asym = ASYM_ECDSA_P256,
        .requester_asym = ASYM_ECDSA_P256,
        .group = GROUP_P256,
        .aead = AEAD_AES_128_GCM,
    };
    memset(program, 0, sizeof *program);
    make_party(&program->asking);
    for (uint8_t slot = 0; slot < SLOTS; slot++) {
        make_party(&program->answering[slot]);
        struct spdm_own_slot *const own = &program->answering[0].identity.slots[slot];
        *own = program->answering[slot].identity.slots[0];
        own->key_pair_id = (uint8_t)(slot + 1);
        own->certificate_model = models[slot];
        own->key_usage = usages[slot];
    }
    for (uint8_t i = 1; i <= PAIRS; i++)
        program->pairs[i] = (struct spdm_key_pair_info){
            .total = PAIRS,
            .key_pair_id = i,
            .capabilities = 0x3F,
            .usage_capabilities = 0x0F,
            .usage = SPDM_USE_CHALLENGE,
            .algorithm_capabilities = SPDM_KEY_PAIR_P256 | SPDM_KEY_PAIR_P384,
            .algorithm = SPDM_KEY_PAIR_P256,
            .public_key_info = SLICE(key_info),
            .post_quantum_capabilities = version == SPDM_1_4 ? 7 : 0,
        };
    pair_begin(&program->pair, &terms, &program->asking, &program->answering[0]);
    struct spdm_responder_setup *const setup = &program->pair.responder_setup;
    setup->duties.key_pair = key_pair;
    setup->duties.set_key_pair = set_key_pair;
    setup->provisioning = SPDM_PROVISIONING_TRUSTED;
    setup->settings.capabilities.flags |=
        multi_key | SPDM_GET_KEY_PAIR_INFO_CAP | SPDM_SET_KEY_PAIR_INFO_CAP;
}

/* One request and its response. */
static enum spdm_progress exchange(struct pair *pair)
{
    struct writer answer = writer_over(pair->response, sizeof pair->response);
    must(
        spdm_responder_receive(&pair->responder, pair_now, pair->request, pair->out.size, &answer));
    pair->out.size = 0;
    return spdm_requester_receive(&pair->requester, pair_now, pair->response, answer.size,
                                  &pair->out);
}

static enum spdm_progress connect(struct program *program)
{
    must(spdm_requester_connect(&program->pair.requester, pair_now, &program->pair.out));
    return pair_speak(&program->pair);
}

static void learn_chains(struct program *program)
{
    struct pair *const pair = &program->pair;
    EXPECT(connect(program) == SPDM_DONE);
    must(spdm_requester_digests(&pair->requester, pair_now, NULL, &pair->out));
    EXPECT(pair_speak(pair) == SPDM_DONE);
    for (uint8_t slot = 0; slot < SLOTS; slot++) {
        must(spdm_requester_certificate(&pair->requester, pair_now, NULL, slot, &pair->out));
        EXPECT(pair_speak(pair) == SPDM_DONE);
        EXPECT(slice_equal((slice){pair->chain, pair->requester.chain_size},
                           buffer_view(&program->answering[slot].bytes)));
        must(spdm_requester_accept(&pair->requester, slot, &program->answering[slot].read));
    }
}

static void program_end(struct program *program)
{
    pair_end(&program->pair);
    pair_party_clear(&program->asking);
    for (size_t slot = 0; slot < SLOTS; slot++)
        pair_party_clear(&program->answering[slot]);
}

/* ---- what each key may sign ---- */

/* Whether the requester would not ask, and whether the responder would not answer. */
static void expect_signature(struct program *program, status asked, bool may)
{
    struct pair *const pair = &program->pair;
    if (!may) {
        EXPECT_FAIL(UNEXPECTED, asked);
        return;
    }
    EXPECT_OK(asked);
    EXPECT(pair_speak(pair) == SPDM_DONE);
}

static status challenge(struct program *program, uint8_t slot)
{
    struct pair *const pair = &program->pair;
    return spdm_requester_challenge(&pair->requester, pair_now, slot, SPDM_SUMMARY_NONE,
                                    &pair->out);
}

static status measure(struct program *program, uint8_t slot)
{
    struct pair *const pair = &program->pair;
    const struct spdm_measuring_order order = {
        .operation = SPDM_MEASUREMENTS_ALL, .asks_signature = true, .slot = slot};
    return spdm_requester_measurements(&pair->requester, pair_now, &order, &pair->out);
}

static status open_session(struct program *program, uint8_t slot)
{
    struct pair *const pair = &program->pair;
    const struct spdm_opening opening = {.slot = slot};
    return spdm_requester_open_session(&pair->requester, pair_now, &opening, &pair->out);
}

static status (*const signs[])(struct program *program, uint8_t slot) = {open_session, challenge,
                                                                         measure};
static const uint16_t needs[] = {SPDM_USE_KEY_EXCHANGE, SPDM_USE_CHALLENGE, SPDM_USE_MEASUREMENTS};

/* spec: DSP0274 1.4, "Key usage bit mask" */
TEST(each_slot_signs_what_its_key_is_for_and_nothing_else)
{
    static struct program program;
    for (size_t i = 0; i < sizeof versions; i++) {
        program_begin(&program, versions[i], SPDM_MULTI_KEY_ONLY);
        program.pair.responder_setup.mutual = SPDM_MUTUAL_NONE;
        learn_chains(&program);
        for (uint8_t slot = 0; slot < SLOTS; slot++) {
            EXPECT(program.pair.requester.connection.peer_slots[slot].certificate_model ==
                   models[slot]);
            for (size_t j = 0; j < 3; j++) {
                expect_signature(&program, signs[j](&program, slot), usages[slot] & needs[j]);
                if (j == 0 && program.pair.requester.opened) {
                    struct pair *const pair = &program.pair;
                    must(spdm_requester_end_session(&pair->requester, pair_now,
                                                    pair->requester.opened, &pair->out));
                    EXPECT(pair_speak(pair) == SPDM_DONE);
                    pair->requester.opened = NULL;
                }
            }
        }
        program_end(&program);
    }
}

TEST(a_requester_that_asks_a_key_for_another_use_is_refused)
{
    static struct program program;
    program_begin(&program, SPDM_1_3, SPDM_MULTI_KEY_ONLY);
    program.pair.responder_setup.mutual = SPDM_MUTUAL_NONE;
    learn_chains(&program);
    for (uint8_t slot = 0; slot < SLOTS; slot++)
        for (size_t j = 0; j < 3; j++) {
            struct pair *const pair = &program.pair;
            /* It forgot what DIGESTS said. */
            pair->requester.connection.peer_slots[slot].key_usage = 0xFFFF;
            EXPECT_OK(signs[j](&program, slot));
            const bool may = usages[slot] & needs[j];
            EXPECT(pair_speak(pair) == (may ? SPDM_DONE : SPDM_FAILED));
            EXPECT(may || pair->requester.error == SPDM_INVALID_REQUEST);
            if (j == 0 && may) {
                must(spdm_requester_end_session(&pair->requester, pair_now, pair->requester.opened,
                                                &pair->out));
                EXPECT(pair_speak(pair) == SPDM_DONE);
            }
            EXPECT(pair->responder_sessions[0].phase == SPDM_SESSION_NONE);
        }
    program_end(&program);
}

TEST(usages_and_models_mean_nothing_where_several_keys_are_not_negotiated)
{
    static struct program program;
    program_begin(&program, SPDM_1_3, SPDM_MULTI_KEY_NEGOTIABLE);
    program.pair.responder_setup.mutual = SPDM_MUTUAL_NONE;
    learn_chains(&program);
    EXPECT(!program.pair.requester.connection.shape.responder_is_multi_key);
    for (uint8_t slot = 0; slot < SLOTS; slot++)
        for (size_t j = 1; j < 3; j++)
            expect_signature(&program, signs[j](&program, slot), true);
    program_end(&program);
}

TEST(a_negotiable_responder_has_several_keys_where_the_requester_wants_them)
{
    static struct program program;
    program_begin(&program, SPDM_1_4, SPDM_MULTI_KEY_NEGOTIABLE);
    program.pair.requester_setup.settings.algorithms.other_params |= SPDM_MULTI_KEY_CONNECTION;
    learn_chains(&program);
    EXPECT(program.pair.requester.connection.shape.responder_is_multi_key);
    EXPECT_FAIL(UNEXPECTED, measure(&program, CHALLENGE_SLOT));
    program_end(&program);
}

/* spec: DSP0274 1.4, "Multiple asymmetric key support" */
TEST(several_keys_are_negotiated_only_as_both_capabilities_allow)
{
    enum { ONLY = SPDM_MULTI_KEY_ONLY, MAY = SPDM_MULTI_KEY_NEGOTIABLE };
    static const struct {
        uint32_t told, is; /* the requester's capability, and the one that it checks by */
        bool is_good;
    } cases[] = {
        {0, 0, true},       {0, MAY, true},     {0, ONLY, false},
        {ONLY, ONLY, true}, {ONLY, MAY, true},  {ONLY, 0, false},
        {MAY, MAY, true},   {MAY, ONLY, false}, {MAY, 0, true},
    };
    static struct program program;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        program_begin(&program, SPDM_1_3, 0);
        struct pair *const pair = &program.pair;
        uint32_t *const flags = &pair->requester_setup.settings.capabilities.flags;
        const uint32_t others = *flags;
        *flags = others | cases[i].told;
        must(spdm_requester_connect(&pair->requester, pair_now, &pair->out));
        while (pair->requester.connection.phase != SPDM_PHASE_CAPABILITIES)
            EXPECT(exchange(pair) == SPDM_SEND);
        *flags = others | cases[i].is;
        EXPECT(exchange(pair) == (cases[i].is_good ? SPDM_DONE : SPDM_FAILED));
        program_end(&program);
    }
}

static uint8_t ask_algorithms(uint32_t responder_flags, uint8_t version)
{
    static struct program program;
    program_begin(&program, version, responder_flags);
    struct pair *const pair = &program.pair;
    must(spdm_requester_connect(&pair->requester, pair_now, &pair->out));
    while (pair->requester.connection.phase != SPDM_PHASE_CAPABILITIES)
        EXPECT(exchange(pair) == SPDM_SEND);
    enum { TCP_HEADER = 4, OTHER_PARAMS = 7 };
    pair->request[TCP_HEADER + OTHER_PARAMS] ^= SPDM_MULTI_KEY_CONNECTION;
    const enum spdm_progress progress = exchange(pair);
    const uint8_t error = progress == SPDM_DONE ? 0 : pair->requester.error;
    EXPECT(error || !pair->responder.connection.shape.responder_is_multi_key ||
           version >= SPDM_1_3);
    program_end(&program);
    return error;
}

TEST(a_requester_that_asks_for_several_keys_against_our_capability_is_refused)
{
    EXPECT(ask_algorithms(0, SPDM_1_3) == SPDM_INVALID_REQUEST);
    EXPECT(ask_algorithms(SPDM_MULTI_KEY_ONLY, SPDM_1_3) == SPDM_INVALID_REQUEST); /* for one */
    EXPECT(ask_algorithms(SPDM_MULTI_KEY_NEGOTIABLE, SPDM_1_3) == 0);
    EXPECT(ask_algorithms(0, SPDM_1_2) == 0); /* a reserved bit */
}

/* The requester's own keys, which the responder asks about. */
TEST(a_requester_with_several_keys_signs_finish_with_the_one_that_is_for_sessions)
{
    static struct program program;
    for (int has_key = 0; has_key < 2; has_key++) {
        program_begin(&program, SPDM_1_3, 0); /* the responder has one */
        struct pair *const pair = &program.pair;
        struct spdm_identity *const own = &program.asking.identity;
        const struct spdm_own_slot slot = own->slots[0];
        pair->requester_setup.settings.capabilities.flags |= SPDM_MULTI_KEY_ONLY;
        for (uint8_t i = 0; i < 3; i++) {
            own->slots[i] = slot;
            own->slots[i].key_pair_id = (uint8_t)(i + 1);
            own->slots[i].certificate_model = SPDM_DEVICE_CERT;
            own->slots[i].key_usage = SPDM_USE_CHALLENGE;
        }
        if (has_key)
            own->slots[2].key_usage = SPDM_USE_KEY_EXCHANGE;
        learn_chains(&program);
        EXPECT(pair->requester.connection.shape.requester_is_multi_key);
        EXPECT_OK(open_session(&program, SESSION_SLOT));
        EXPECT(pair_speak(pair) == (has_key ? SPDM_DONE : SPDM_FAILED));
        if (has_key)
            EXPECT(pair->requester.opened->requester_slot == 2);
        program_end(&program);
    }
}

/* ---- what DIGESTS and CERTIFICATE say ---- */

TEST(a_chain_of_another_model_than_digests_says_is_not_taken)
{
    static struct program program;
    program_begin(&program, SPDM_1_3, SPDM_MULTI_KEY_ONLY);
    struct pair *const pair = &program.pair;
    learn_chains(&program);
    program.answering[0].identity.slots[CHALLENGE_SLOT].certificate_model = SPDM_GENERIC_CERT;
    must(spdm_requester_certificate(&pair->requester, pair_now, NULL, CHALLENGE_SLOT, &pair->out));
    EXPECT(pair_speak(pair) == SPDM_FAILED);
    EXPECT_FAIL(UNEXPECTED, pair->requester.failure);
    program_end(&program);
}

TEST(what_digests_says_of_keys_hangs_together_or_is_not_taken)
{
    static const struct {
        uint8_t slot, key_pair_id, model;
        uint16_t usage;
        bool has_digest, is_good;
    } cases[] = {
        {0, 1, SPDM_DEVICE_CERT, SPDM_USE_CHALLENGE, true, true},
        {0, 1, SPDM_ALIAS_CERT, SPDM_USE_CHALLENGE, true, true},
        {0, 1, SPDM_GENERIC_CERT, SPDM_USE_CHALLENGE, true, false},
        {1, 1, SPDM_GENERIC_CERT, SPDM_USE_CHALLENGE, true, true},
        {0, 1, SPDM_DEVICE_CERT, 0, true, false},
        {1, 1, SPDM_DEVICE_CERT, 0, true, true},
        {1, 0, SPDM_DEVICE_CERT, SPDM_USE_CHALLENGE, true, false},
        {1, 1, 4, SPDM_USE_CHALLENGE, true, false},
        {1, 1, SPDM_CERTIFICATE_MODEL_NONE, SPDM_USE_CHALLENGE, true, false},
        {1, 1, SPDM_CERTIFICATE_MODEL_NONE, SPDM_USE_CHALLENGE, false, true},
    };
    const struct spdm_shape shape = {
        .version = SPDM_1_3, .hash_size = 32, .responder_is_multi_key = true};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static const uint8_t digest[32] = {[31] = 1}, none[32];
        uint8_t bytes[64];
        struct writer writer = writer_over(bytes, sizeof bytes);
        struct spdm_digests digests = {
            .supported_slots = 0xFF,
            .provisioned_slots = (uint8_t)(1 << cases[i].slot),
        };
        digests.slots[cases[i].slot] = (struct spdm_slot_digest){
            cases[i].has_digest ? SLICE(digest) : SLICE(none),
            cases[i].key_pair_id,
            cases[i].model,
            cases[i].usage,
        };
        spdm_digests_write(&writer, &shape, &digests);
        struct reader reader = reader_of((slice){bytes, writer.size});
        struct spdm_digests got;
        EXPECT(!spdm_digests_read(&reader, &shape, &got).fault == cases[i].is_good);
    }
}

/* ---- key pairs ---- */

static uint8_t ask_pair(struct program *program, uint8_t key_pair_id)
{
    struct pair *const pair = &program->pair;
    EXPECT_OK(
        spdm_requester_key_pair_info(&pair->requester, pair_now, NULL, key_pair_id, &pair->out));
    return pair_speak(pair) == SPDM_DONE ? 0 : pair->requester.error;
}

static uint8_t set_pair(struct program *program, const struct spdm_set_key_pair_info *request)
{
    struct pair *const pair = &program->pair;
    EXPECT_OK(
        spdm_requester_set_key_pair_info(&pair->requester, pair_now, NULL, request, &pair->out));
    return pair_speak(pair) == SPDM_DONE ? 0 : pair->requester.error;
}

TEST(each_key_pair_is_told_of_and_no_other)
{
    static struct program program;
    for (size_t i = 0; i < sizeof versions; i++) {
        program_begin(&program, versions[i], 0);
        EXPECT(connect(&program) == SPDM_DONE);
        for (uint8_t id = 1; id <= PAIRS; id++) {
            const struct spdm_key_pair_info *const got = &program.pair.requester.key_pair;
            program.pairs[id].usage = id;
            EXPECT(ask_pair(&program, id) == 0);
            EXPECT(got->key_pair_id == id && got->total == PAIRS && got->usage == id);
            EXPECT(got->capabilities == 0x3F);
            EXPECT(got->post_quantum_capabilities == program.pairs[id].post_quantum_capabilities);
            EXPECT(slice_equal(got->public_key_info, SLICE(key_info)));
        }
        EXPECT(ask_pair(&program, 0) == SPDM_INVALID_REQUEST);
        EXPECT(ask_pair(&program, PAIRS + 1) == SPDM_INVALID_REQUEST);

        /* spec: DSP0274 1.4, "KEY_PAIR_INFO": Capabilities */
        program.pair.responder_setup.settings.capabilities.flags &=
            ~(uint32_t)SPDM_SET_KEY_PAIR_INFO_CAP;
        EXPECT(ask_pair(&program, 1) == 0);
        EXPECT(program.pair.requester.key_pair.capabilities == 0);
        EXPECT(set_pair(&program, &(struct spdm_set_key_pair_info){.key_pair_id = 1}) ==
               SPDM_UNSUPPORTED_REQUEST);
        program.pair.responder_setup.duties.key_pair = NULL;
        EXPECT(ask_pair(&program, 1) == SPDM_UNSUPPORTED_REQUEST);
        program_end(&program);
    }
}

/* A recorded peer sends six zeros too many behind KEY_PAIR_INFO in 1.4. */
TEST(zeros_too_many_behind_key_pair_info_are_taken_as_recorded_and_nothing_else)
{
    static const struct {
        uint8_t version, count, last;
        bool is_taken;
    } cases[] = {
        {SPDM_1_4, 0, 0, true},  {SPDM_1_4, 6, 0, true},  {SPDM_1_4, 7, 0, false},
        {SPDM_1_4, 6, 1, false}, {SPDM_1_3, 6, 0, false},
    };
    static struct program program;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        program_begin(&program, cases[i].version, 0);
        struct pair *const pair = &program.pair;
        EXPECT(connect(&program) == SPDM_DONE);
        must(spdm_requester_key_pair_info(&pair->requester, pair_now, NULL, 1, &pair->out));
        struct writer answer = writer_over(pair->response, sizeof pair->response);
        const size_t begin = spdm_frame_begin(&spdm_tcp, &answer);
        spdm_key_pair_info_write(&answer, &pair->requester.connection.shape, &program.pairs[1]);
        for (uint8_t k = 0; k < cases[i].count; k++)
            write_u8(&answer, k + 1 == cases[i].count ? cases[i].last : 0);
        must(spdm_frame_end(&spdm_tcp, &answer, begin, SPDM_FRAME_PLAIN));
        const enum spdm_progress progress = spdm_requester_receive(
            &pair->requester, pair_now, pair->response, answer.size, &pair->out);
        EXPECT(progress == (cases[i].is_taken ? SPDM_DONE : SPDM_FAILED));
        program_end(&program);
    }
}

TEST(key_pair_info_about_another_pair_is_not_taken)
{
    static struct program program;
    for (uint8_t id = 1; id <= 2; id++) {
        program_begin(&program, SPDM_1_3, 0);
        struct pair *const pair = &program.pair;
        EXPECT(connect(&program) == SPDM_DONE);
        must(spdm_requester_key_pair_info(&pair->requester, pair_now, NULL, 1, &pair->out));
        struct writer answer = writer_over(pair->response, sizeof pair->response);
        const size_t begin = spdm_frame_begin(&spdm_tcp, &answer);
        program.pairs[id].total = id == 1 ? 0 : PAIRS;
        spdm_key_pair_info_write(&answer, &pair->requester.connection.shape, &program.pairs[id]);
        must(spdm_frame_end(&spdm_tcp, &answer, begin, SPDM_FRAME_PLAIN));
        EXPECT(spdm_requester_receive(&pair->requester, pair_now, pair->response, answer.size,
                                      &pair->out) == SPDM_FAILED);
        EXPECT_FAIL(UNEXPECTED, pair->requester.failure);
        program_end(&program);
    }
}

/* spec: DSP0274 1.4, "SET_KEY_PAIR_INFO request and SET_KEY_PAIR_INFO_ACK response messages" */
TEST(a_key_pair_is_changed_only_as_its_capabilities_allow)
{
    enum { NO = SPDM_INVALID_REQUEST, ALL = 0x3F };
    static const struct {
        uint16_t can;  /* the pair's capabilities */
        uint8_t slots; /* that it has */
        struct spdm_set_key_pair_info asked;
        uint8_t expected;
    } cases[] = {
        {ALL, 0, {SPDM_KEY_PAIR_CHANGE, 1, 0, 0, 0, 0}, 0},
        {0, 0, {SPDM_KEY_PAIR_CHANGE, 1, 0, 0, 0, 0}, 0},
        {ALL, 0, {SPDM_KEY_PAIR_CHANGE, 1, 0x0F, SPDM_KEY_PAIR_P384, 0x81, 0}, 0},
        {ALL, 0, {SPDM_KEY_PAIR_CHANGE, 0, 0, 0, 0, 0}, NO},
        {ALL, 0, {SPDM_KEY_PAIR_CHANGE, PAIRS + 1, 0, 0, 0, 0}, NO},
        /* usage */
        {ALL, 0, {SPDM_KEY_PAIR_CHANGE, 1, 0x10, 0, 0, 0}, NO},
        {ALL & ~SPDM_KEY_PAIR_CHANGES_USAGE, 0, {SPDM_KEY_PAIR_CHANGE, 1, 1, 0, 0, 0}, NO},
        /* algorithm */
        {ALL, 0, {SPDM_KEY_PAIR_CHANGE, 1, 0, SPDM_KEY_PAIR_RSA_2048, 0, 0}, NO},
        {ALL, 0, {SPDM_KEY_PAIR_CHANGE, 1, 0, SPDM_KEY_PAIR_P256 | SPDM_KEY_PAIR_P384, 0, 0}, NO},
        {ALL & ~SPDM_KEY_PAIR_CHANGES_ALGORITHM,
         0,
         {SPDM_KEY_PAIR_CHANGE, 1, 0, SPDM_KEY_PAIR_P256, 0, 0},
         NO},
        {ALL, 0, {SPDM_KEY_PAIR_CHANGE, 1, 0, 0, 0, 2}, 0},
        {ALL, 0, {SPDM_KEY_PAIR_CHANGE, 1, 0, 0, 0, 3}, NO},
        {ALL, 0, {SPDM_KEY_PAIR_CHANGE, 1, 0, 0, 0, 8}, NO},
        {ALL, 0, {SPDM_KEY_PAIR_CHANGE, 1, 0, SPDM_KEY_PAIR_P256, 0, 1}, NO},
        {ALL & ~SPDM_KEY_PAIR_CHANGES_ALGORITHM, 0, {SPDM_KEY_PAIR_CHANGE, 1, 0, 0, 0, 1}, NO},
        /* slots */
        {ALL & ~SPDM_KEY_PAIR_IS_SHARED, 0, {SPDM_KEY_PAIR_CHANGE, 1, 0, 0, 0x04, 0}, 0},
        {ALL & ~SPDM_KEY_PAIR_IS_SHARED, 0, {SPDM_KEY_PAIR_CHANGE, 1, 0, 0, 0x06, 0}, NO},
        {ALL & ~SPDM_KEY_PAIR_CHANGES_SLOTS, 2, {SPDM_KEY_PAIR_CHANGE, 1, 0, 0, 2, 0}, 0},
        {ALL & ~SPDM_KEY_PAIR_CHANGES_SLOTS, 2, {SPDM_KEY_PAIR_CHANGE, 1, 0, 0, 0, 0}, 0},
        {ALL & ~SPDM_KEY_PAIR_CHANGES_SLOTS, 2, {SPDM_KEY_PAIR_CHANGE, 1, 0, 0, 4, 0}, NO},
        /* erase, generate */
        {ALL, 0, {SPDM_KEY_PAIR_ERASE, 1, 0, 0, 0, 0}, 0},
        {ALL & ~SPDM_KEY_PAIR_ERASES, 0, {SPDM_KEY_PAIR_ERASE, 1, 0, 0, 0, 0}, NO},
        {ALL, 1, {SPDM_KEY_PAIR_ERASE, 1, 0, 0, 0, 0}, SPDM_OPERATION_FAILED},
        {ALL, 0, {SPDM_KEY_PAIR_GENERATE, 1, 1, SPDM_KEY_PAIR_P384, 0, 0}, 0},
        {ALL & ~SPDM_KEY_PAIR_GENERATES, 0, {SPDM_KEY_PAIR_GENERATE, 1, 0, 0, 0, 0}, NO},
        {ALL, 1, {SPDM_KEY_PAIR_GENERATE, 1, 0, 0, 0, 0}, SPDM_OPERATION_FAILED},
    };
    static struct program program;
    program_begin(&program, SPDM_1_4, 0);
    EXPECT(connect(&program) == SPDM_DONE);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const unsigned before = program.calls;
        program.pairs[1].capabilities = cases[i].can;
        program.pairs[1].slots = cases[i].slots;
        const uint8_t got = set_pair(&program, &cases[i].asked);
        if (got != cases[i].expected)
            printf("  case %zu: %02X\n", i, got);
        EXPECT(got == cases[i].expected);
        EXPECT(program.calls == before + !cases[i].expected);
        if (!cases[i].expected)
            EXPECT(program.set.operation == cases[i].asked.operation &&
                   program.set.slots == cases[i].asked.slots &&
                   program.set.algorithm == cases[i].asked.algorithm);
    }
    program_end(&program);
}

TEST(a_key_pair_is_changed_only_from_where_the_setting_says)
{
    static struct program program;
    const struct spdm_set_key_pair_info request = {.key_pair_id = 1};
    program_begin(&program, SPDM_1_3, 0);
    EXPECT(connect(&program) == SPDM_DONE);
    program.pair.responder_setup.provisioning = SPDM_PROVISIONING_NEVER;
    EXPECT(set_pair(&program, &request) == SPDM_UNEXPECTED_REQUEST);
    program.pair.responder_setup.provisioning = SPDM_PROVISIONING_IN_SESSIONS;
    EXPECT(set_pair(&program, &request) == SPDM_UNEXPECTED_REQUEST);
    EXPECT(program.calls == 0);
    program.pair.responder_setup.provisioning = SPDM_PROVISIONING_TRUSTED;
    EXPECT(set_pair(&program, &request) == 0);
    program.pair.responder_setup.duties.set_key_pair = NULL;
    EXPECT(set_pair(&program, &request) == SPDM_UNSUPPORTED_REQUEST);
    program_end(&program);
}

TEST(a_key_pair_awaits_a_reset_from_1_4_on_where_that_was_told)
{
    static const struct {
        uint8_t version;
        uint32_t flags;
        uint8_t expected;
    } cases[] = {
        {SPDM_1_3, SPDM_SET_KEY_PAIR_RESET_CAP, SPDM_UNSPECIFIED},
        {SPDM_1_4, 0, SPDM_UNSPECIFIED},
        {SPDM_1_4, SPDM_SET_KEY_PAIR_RESET_CAP, SPDM_RESET_REQUIRED},
    };
    static struct program program;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        program_begin(&program, cases[i].version, cases[i].flags);
        EXPECT(connect(&program) == SPDM_DONE);
        program.pending.until_reset = true;
        EXPECT(set_pair(&program, &(struct spdm_set_key_pair_info){.key_pair_id = 1}) ==
               cases[i].expected);
        program.pending.until_reset = false;
        program.result = FAIL(UNAVAILABLE, "test");
        EXPECT(set_pair(&program, &(struct spdm_set_key_pair_info){.key_pair_id = 1}) ==
               SPDM_OPERATION_FAILED);
        program_end(&program);
    }
}
