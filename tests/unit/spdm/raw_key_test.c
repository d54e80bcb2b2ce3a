/* SPDX-License-Identifier: Apache-2.0 */

/* A responder without certificates: the requester was given its public key beforehand. */

#include "spdm_pair.h"

#include "spdm/message/measurements.h"
#include "spdm_recording.h"

static const uint8_t versions[] = {SPDM_1_1, SPDM_1_2, SPDM_1_3, SPDM_1_4};

struct program {
    struct pair pair; /* first: what the duties are given */
    struct pair_party asking, answering;
    struct public_key key, asking_key;
    struct buffer spki, asking_spki;
    const struct public_key *expected; /* of the requester; NULL: nobody may come in */
};

/* Requesters are known by a key alone. */
static status judge_key(void *context, slice chain, const struct public_key **out_key)
{
    const struct program *const program = context;
    EXPECT(chain.size == 0);
    *out_key = program->expected;
    return program->expected ? OK : FAIL(DENIED, "nobody is expected");
}

static void make_party(struct pair_party *party)
{
    struct private_key key = {0};
    must(private_key_generate(CURVE_P256, &key));
    pair_party_make(party, &key, HASH_SHA256);
}

static void program_begin(struct program *program, uint8_t version, uint32_t responder_flag)
{
    const struct pair_terms terms = {
        .transport = &spdm_tcp,
        .version = version,
        .hash = HASH_SHA256,
        .asym = ASYM_ECDSA_P256,
        .requester_asym = ASYM_ECDSA_P256,
        .group = GROUP_P256,
        .aead = AEAD_AES_128_GCM,
    };
    memset(program, 0, sizeof *program);
    make_party(&program->asking);
    make_party(&program->answering);
    must(private_key_public(&program->answering.key, &program->key));
    must(public_key_spki(&program->key, &program->spki));
    program->answering.identity.raw_key = &program->answering.key;
    program->answering.identity.raw_key_spki = buffer_view(&program->spki);
    must(private_key_public(&program->asking.key, &program->asking_key));
    must(public_key_spki(&program->asking_key, &program->asking_spki));
    program->asking.identity = (struct spdm_identity){
        .raw_key = &program->asking.key,
        .raw_key_spki = buffer_view(&program->asking_spki),
    };
    program->expected = &program->asking_key;
    pair_begin(&program->pair, &terms, &program->asking, &program->answering);
    program->pair.responder_setup.duties.judge = judge_key;
    uint32_t *const flags = &program->pair.responder_setup.settings.capabilities.flags;
    *flags = (*flags & ~(uint32_t)SPDM_CERT_CAP) | responder_flag;
    if (responder_flag == SPDM_PUB_KEY_ID_CAP) { /* and the requester, too */
        uint32_t *const asking = &program->pair.requester_setup.settings.capabilities.flags;
        *asking = (*asking & ~(uint32_t)SPDM_CERT_CAP) | SPDM_PUB_KEY_ID_CAP | SPDM_CHAL_CAP;
    }
    must(spdm_requester_connect(&program->pair.requester, pair_now, &program->pair.out));
    EXPECT(pair_speak(&program->pair) == SPDM_DONE);
}

static void program_end(struct program *program)
{
    pair_end(&program->pair);
    pair_party_clear(&program->asking);
    pair_party_clear(&program->answering);
    public_key_clear(&program->key);
    public_key_clear(&program->asking_key);
    buffer_clear(&program->spki);
    buffer_clear(&program->asking_spki);
}

/* ---- what is asked of a slot ---- */

static status challenge(struct program *program, uint8_t slot)
{
    struct pair *const pair = &program->pair;
    return spdm_requester_challenge(&pair->requester, pair_now, slot, SPDM_SUMMARY_ALL, &pair->out);
}

static status measure(struct program *program, uint8_t slot)
{
    struct pair *const pair = &program->pair;
    const struct spdm_measuring_order order = {
        .session = pair->requester.opened,
        .operation = SPDM_MEASUREMENTS_ALL,
        .asks_signature = true,
        .slot = slot,
    };
    return spdm_requester_measurements(&pair->requester, pair_now, &order, &pair->out);
}

static status open_session(struct program *program, uint8_t slot)
{
    struct pair *const pair = &program->pair;
    const struct spdm_opening opening = {.slot = slot};
    return spdm_requester_open_session(&pair->requester, pair_now, &opening, &pair->out);
}

static status (*const asks[])(struct program *program, uint8_t slot) = {challenge, measure,
                                                                        open_session, measure};

TEST(a_provisioned_key_answers_for_challenges_measurements_and_sessions_in_each_version)
{
    static struct program program;
    for (size_t i = 0; i < sizeof versions; i++) {
        program_begin(&program, versions[i], SPDM_PUB_KEY_ID_CAP);
        struct spdm_requester *const requester = &program.pair.requester;
        spdm_requester_accept_key(requester, &program.key);
        for (size_t j = 0; j < sizeof asks / sizeof *asks; j++) {
            EXPECT_OK(asks[j](&program, SPDM_SLOT_RAW_KEY));
            EXPECT(pair_speak(&program.pair) == SPDM_DONE);
        }
        EXPECT(requester->opened->phase == SPDM_SESSION_ESTABLISHED);

        /* And also after it connects anew. */
        must(spdm_requester_connect(requester, pair_now, &program.pair.out));
        EXPECT(pair_speak(&program.pair) == SPDM_DONE);
        EXPECT_OK(challenge(&program, SPDM_SLOT_RAW_KEY));
        EXPECT(pair_speak(&program.pair) == SPDM_DONE);
        program_end(&program);
    }
}

TEST(another_key_than_the_provisioned_one_proves_nothing)
{
    static struct program program;
    for (size_t i = 0; i < sizeof versions; i++) {
        program_begin(&program, versions[i], SPDM_PUB_KEY_ID_CAP);
        struct spdm_requester *const requester = &program.pair.requester;
        spdm_requester_accept_key(requester, &program.asking.read.key);
        for (size_t j = 0; j < 3; j++) {
            EXPECT_OK(asks[j](&program, SPDM_SLOT_RAW_KEY));
            EXPECT(pair_speak(&program.pair) == SPDM_FAILED);
            EXPECT_FAIL(UNAUTHENTIC, requester->failure);
        }
        EXPECT(program.pair.requester_sessions[0].phase == SPDM_SESSION_NONE);

        /* It tells of the right key, and has another. */
        spdm_requester_accept_key(requester, &program.key);
        program.answering.identity.raw_key = &program.asking.key;
        for (size_t j = 0; j < 3; j++) {
            EXPECT_OK(asks[j](&program, SPDM_SLOT_RAW_KEY));
            EXPECT(pair_speak(&program.pair) == SPDM_FAILED);
            EXPECT_FAIL(UNAUTHENTIC, requester->failure);
        }
        program_end(&program);
    }
}

TEST(without_a_provisioned_key_or_the_capability_the_raw_slot_is_not_asked)
{
    static struct program program;
    program_begin(&program, SPDM_1_3, SPDM_PUB_KEY_ID_CAP);
    for (size_t j = 0; j < 3; j++)
        EXPECT_FAIL(UNEXPECTED, asks[j](&program, SPDM_SLOT_RAW_KEY));
    program_end(&program);

    program_begin(&program, SPDM_1_3, SPDM_CERT_CAP);
    spdm_requester_accept_key(&program.pair.requester, &program.key);
    for (size_t j = 0; j < 3; j++)
        EXPECT_FAIL(UNEXPECTED, asks[j](&program, SPDM_SLOT_RAW_KEY));
    program_end(&program);
}

/* Each kind of slot is answered for only where the capabilities tell of it. */
TEST(a_requester_that_asks_the_wrong_kind_of_slot_is_refused)
{
    static struct program program;
    for (int has_raw = 0; has_raw < 2; has_raw++) {
        program_begin(&program, SPDM_1_3, has_raw ? SPDM_PUB_KEY_ID_CAP : SPDM_CERT_CAP);
        struct spdm_connection *const connection = &program.pair.requester.connection;
        spdm_requester_accept_key(&program.pair.requester, &program.key);
        connection->peer_flags |= SPDM_CERT_CAP | SPDM_PUB_KEY_ID_CAP; /* as it thinks */
        connection->peer_slots[0].chain = &program.answering.read;
        for (size_t j = 0; j < 3; j++) {
            EXPECT_OK(asks[j](&program, has_raw ? 0 : SPDM_SLOT_RAW_KEY));
            EXPECT(pair_speak(&program.pair) == SPDM_FAILED);
            EXPECT(program.pair.requester.error == SPDM_INVALID_REQUEST);
        }
        EXPECT_OK(
            spdm_requester_digests(&program.pair.requester, pair_now, NULL, &program.pair.out));
        EXPECT(pair_speak(&program.pair) == (has_raw ? SPDM_FAILED : SPDM_DONE));
        EXPECT(!has_raw || program.pair.requester.error == SPDM_UNSUPPORTED_REQUEST);
        program_end(&program);
    }
}

/* ---- the requester's key ---- */

/* FINISH is signed with it, without that anything was asked. */
TEST(a_requester_is_known_by_its_key_in_a_session)
{
    static struct program program;
    for (size_t i = 0; i < sizeof versions; i++) {
        program_begin(&program, versions[i], SPDM_PUB_KEY_ID_CAP);
        struct pair *const pair = &program.pair;
        spdm_requester_accept_key(&pair->requester, &program.key);
        pair->responder_setup.mutual = SPDM_MUTUAL_KNOWN_CHAIN;
        EXPECT_OK(open_session(&program, SPDM_SLOT_RAW_KEY));
        EXPECT(pair_speak(pair) == SPDM_DONE);
        EXPECT(pair->requester.opened->requester_slot == SPDM_SLOT_RAW_KEY);
        EXPECT(pair->responder_sessions[0].phase == SPDM_SESSION_ESTABLISHED);
        program_end(&program);

        for (int is_denied = 0; is_denied < 2; is_denied++) {
            program_begin(&program, versions[i], SPDM_PUB_KEY_ID_CAP);
            spdm_requester_accept_key(&pair->requester, &program.key);
            pair->responder_setup.mutual = SPDM_MUTUAL_KNOWN_CHAIN;
            program.expected = is_denied ? NULL : &program.key; /* or somebody else */
            EXPECT_OK(open_session(&program, SPDM_SLOT_RAW_KEY));
            EXPECT(pair_speak(pair) == SPDM_FAILED);
            EXPECT(pair->responder_sessions[0].phase == SPDM_SESSION_NONE);
            program_end(&program);
        }
    }
}

TEST(a_requester_is_challenged_back_for_its_key)
{
    static struct program program;
    for (size_t i = 0; i < sizeof versions; i++) {
        program_begin(&program, versions[i], SPDM_PUB_KEY_ID_CAP);
        struct pair *const pair = &program.pair;
        spdm_requester_accept_key(&pair->requester, &program.key);
        pair->responder_setup.challenges_back = true;
        EXPECT_OK(challenge(&program, SPDM_SLOT_RAW_KEY));
        EXPECT(pair_speak(pair) == SPDM_DONE);
        EXPECT(pair->responder.requester_is_authentic);

        program.expected = &program.key; /* somebody else */
        EXPECT_OK(challenge(&program, SPDM_SLOT_RAW_KEY));
        EXPECT(pair_speak(pair) == SPDM_FAILED);
        EXPECT(!pair->responder.requester_is_authentic);

        program.expected = NULL;
        EXPECT_OK(challenge(&program, SPDM_SLOT_RAW_KEY));
        EXPECT(pair_speak(pair) == SPDM_FAILED);
        EXPECT(!pair->responder.requester_is_authentic);
        program_end(&program);
    }
}
