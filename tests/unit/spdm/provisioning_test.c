/* SPDX-License-Identifier: Apache-2.0 */

/* CSR and SET_CERTIFICATE between our two sides: who may, what is checked, what is answered. */

#include "spdm_pair.h"

#include "test.h"

enum { SLOT = 1, KEY_PAIR = 3 };

static const uint8_t versions[] = {SPDM_1_2, SPDM_1_3, SPDM_1_4};
static const uint8_t info[] = {0x30, 0x03, 0x02, 0x01, 0x00}; /* DER, as far as it is looked at */
static const uint8_t signed_info[] = {0x30, 0x02, 0x05, 0x00};

/* ---- the program around the responder ---- */

struct program {
    struct pair pair; /* first: what the duties are given */
    struct pair_party asking, answering;
    const struct pair_party *installs;                /* what is expected */
    struct pair_party chain_of_ours, chain_of_others; /* a new chain of our key, and of another */
    status result;                                    /* what the duties say */
    struct spdm_pending pending;
    bool says_nothing;
    unsigned calls;
    struct spdm_get_csr csr; /* what the last call was given */
    struct spdm_set_certificate set;
    bool had_chain, had_session;
};

static status sign_request(void *context, const struct spdm_csr_order *order, struct writer *csr,
                           struct spdm_pending *out)
{
    struct program *const program = context;
    program->calls++;
    program->csr = *order->request;
    program->had_session = order->session;
    EXPECT(slice_equal(order->request->requester_info, SLICE(info)));
    EXPECT(order->asym == ASYM_ECDSA_P256 && order->hash == HASH_SHA256);
    *out = program->pending;
    if (!program->pending.until_reset && !program->says_nothing)
        write_bytes(csr, SLICE(signed_info));
    return program->result;
}

static status install(void *context, const struct spdm_installation *what, struct spdm_pending *out)
{
    struct program *const program = context;
    program->calls++;
    program->set = *what->request;
    program->had_chain = what->chain;
    program->had_session = what->session;
    EXPECT(!what->chain ||
           slice_equal(what->request->chain, buffer_view(&program->installs->bytes)));
    *out = program->pending;
    if (program->result.fault || program->pending.until_reset)
        return program->result;
    program->answering.identity.slots[what->request->slot] = (struct spdm_own_slot){
        .chains = &program->chain_of_ours.chain,
        .chain_count = what->chain ? 1 : 0,
        .key = &program->answering.key,
        .key_pair_id = what->request->key_pair_id,
        .certificate_model = what->request->certificate_model,
        .key_usage = SPDM_USE_KEY_EXCHANGE | SPDM_USE_CHALLENGE | SPDM_USE_MEASUREMENTS,
    };
    return OK;
}

static status key_pair(void *context, uint8_t key_pair_id, struct spdm_key_pair_info *out)
{
    (void)context;
    *out = (struct spdm_key_pair_info){.total = KEY_PAIR};
    return key_pair_id == KEY_PAIR ? OK : FAIL(UNEXPECTED, "no such key pair");
}

static void party_of(struct pair_party *party, const struct private_key *key)
{
    SCOPED(buffer) pem = {0};
    struct private_key own = {0};
    if (key) {
        must(private_key_write_pem(key, &pem));
        must(private_key_read_pem(buffer_view(&pem), &own));
    } else {
        must(private_key_generate(CURVE_P256, &own));
    }
    pair_party_make(party, &own, HASH_SHA256);
}

struct scene {
    uint8_t version;
    enum spdm_provisioning provisioning;
    uint32_t flags; /* besides */
    bool is_multi_key;
};

static void program_begin(struct program *program, const struct scene *scene)
{
    const struct pair_terms terms = {
        .transport = &spdm_tcp,
        .version = scene->version,
        .hash = HASH_SHA256,
        .asym = ASYM_ECDSA_P256,
        .requester_asym = ASYM_ECDSA_P256,
        .group = GROUP_P256,
        .aead = AEAD_AES_128_GCM,
    };
    memset(program, 0, sizeof *program);
    party_of(&program->asking, NULL);
    party_of(&program->answering, NULL);
    party_of(&program->chain_of_ours, &program->answering.key);
    party_of(&program->chain_of_others, NULL);
    program->installs = &program->chain_of_ours;
    program->answering.identity.fillable_slots = 1 << SLOT | 1 << 2;
    pair_begin(&program->pair, &terms, &program->asking, &program->answering);

    struct spdm_responder_setup *const setup = &program->pair.responder_setup;
    setup->duties.sign_request = sign_request;
    setup->duties.install = install;
    setup->duties.key_pair = key_pair;
    setup->provisioning = scene->provisioning;
    setup->settings.capabilities.flags |= SPDM_CSR_CAP | SPDM_SET_CERT_CAP | scene->flags;
    if (scene->is_multi_key) {
        struct spdm_own_slot *const slot = &program->answering.identity.slots[PAIR_SLOT];
        setup->settings.capabilities.flags |= SPDM_MULTI_KEY_ONLY | SPDM_GET_KEY_PAIR_INFO_CAP;
        slot->key_pair_id = KEY_PAIR;
        slot->certificate_model = SPDM_DEVICE_CERT;
        slot->key_usage = SPDM_USE_KEY_EXCHANGE | SPDM_USE_CHALLENGE | SPDM_USE_MEASUREMENTS;
    }
    must(spdm_requester_connect(&program->pair.requester, pair_now, &program->pair.out));
    EXPECT(pair_speak(&program->pair) == SPDM_DONE);
}

static void program_end(struct program *program)
{
    pair_end(&program->pair);
    pair_party_clear(&program->asking);
    pair_party_clear(&program->answering);
    pair_party_clear(&program->chain_of_ours);
    pair_party_clear(&program->chain_of_others);
}

static void learn_digests(struct program *program, struct spdm_session *session)
{
    struct pair *const pair = &program->pair;
    must(spdm_requester_digests(&pair->requester, pair_now, session, &pair->out));
    EXPECT(pair_speak(pair) == SPDM_DONE);
}

static struct spdm_session *open_session(struct program *program)
{
    struct pair *const pair = &program->pair;
    const struct spdm_opening opening = {.slot = PAIR_SLOT};
    learn_digests(program, NULL);
    EXPECT_OK(spdm_requester_accept(&pair->requester, PAIR_SLOT, &program->answering.read));
    EXPECT_OK(spdm_requester_open_session(&pair->requester, pair_now, &opening, &pair->out));
    EXPECT(pair_speak(pair) == SPDM_DONE);
    return pair->requester.opened;
}

static struct spdm_get_csr csr_for(const struct scene *scene)
{
    return (struct spdm_get_csr){
        .key_pair_id = scene->is_multi_key ? KEY_PAIR : 0,
        .certificate_model = scene->is_multi_key ? SPDM_DEVICE_CERT : 0,
        .requester_info = SLICE(info),
    };
}

static struct spdm_set_certificate set_for(const struct program *program, const struct scene *scene)
{
    return (struct spdm_set_certificate){
        .slot = SLOT,
        .key_pair_id = scene->is_multi_key ? KEY_PAIR : 0,
        .certificate_model = scene->is_multi_key ? SPDM_DEVICE_CERT : 0,
        .chain = buffer_view(&program->chain_of_ours.bytes),
    };
}

/* 0: it was done. */
static uint8_t outcome(struct program *program)
{
    struct pair *const pair = &program->pair;
    const enum spdm_progress progress = pair_speak(pair);
    EXPECT(progress == SPDM_DONE || progress == SPDM_FAILED || pair->requester.error == SPDM_BUSY);
    spdm_requester_give_up(&pair->requester);
    EXPECT(progress == SPDM_DONE || pair->requester.error);
    return progress == SPDM_DONE ? 0 : pair->requester.error;
}

static uint8_t ask_csr(struct program *program, struct spdm_session *session,
                       const struct spdm_get_csr *request)
{
    struct pair *const pair = &program->pair;
    EXPECT_OK(spdm_requester_csr(&pair->requester, pair_now, session, request, &pair->out));
    return outcome(program);
}

static uint8_t set_certificate(struct program *program, struct spdm_session *session,
                               const struct spdm_set_certificate *request)
{
    struct pair *const pair = &program->pair;
    EXPECT_OK(
        spdm_requester_set_certificate(&pair->requester, pair_now, session, request, &pair->out));
    return outcome(program);
}

/* A request that our requester would not send. */
static uint8_t ask_by_hand(struct program *program, slice message)
{
    struct pair *const pair = &program->pair;
    struct writer request = writer_over(pair->request, sizeof pair->request);
    struct writer answer = writer_over(pair->response, sizeof pair->response);
    struct spdm_frame frame;
    const size_t begin = spdm_frame_begin(&spdm_tcp, &request);
    write_bytes(&request, message);
    must(spdm_frame_end(&spdm_tcp, &request, begin, SPDM_FRAME_PLAIN));
    must(spdm_responder_receive(&pair->responder, pair_now, pair->request, request.size, &answer));
    must(spdm_frame_read(&spdm_tcp, (slice){pair->response, answer.size}, &frame));
    return frame.message.data[1] == SPDM_ERROR ? frame.message.data[2] : 0;
}

/* ---- what is done ---- */

TEST(a_key_gets_a_signing_request_and_then_its_certificate_in_each_version)
{
    static struct program program;
    for (size_t i = 0; i < 2 * sizeof versions; i++) {
        const struct scene scene = {.version = versions[i / 2],
                                    .provisioning = SPDM_PROVISIONING_IN_SESSIONS,
                                    .is_multi_key = i % 2};
        if (scene.is_multi_key && scene.version < SPDM_1_3)
            continue;
        program_begin(&program, &scene);
        struct spdm_session *const session = open_session(&program);
        const struct spdm_get_csr csr = csr_for(&scene);
        const struct spdm_set_certificate set = set_for(&program, &scene);
        EXPECT(ask_csr(&program, session, &csr) == 0);
        EXPECT(slice_equal(program.pair.requester.payload, SLICE(signed_info)));
        EXPECT(program.calls == 1 && program.had_session);
        EXPECT(program.csr.key_pair_id == csr.key_pair_id);
        EXPECT(program.csr.certificate_model == csr.certificate_model);

        EXPECT(program.pair.requester.connection.peer_provisioned_slots == 1 << PAIR_SLOT);
        if (scene.version >= SPDM_1_3)
            EXPECT(program.pair.requester.connection.peer_supported_slots == 7);
        EXPECT(set_certificate(&program, session, &set) == 0);
        EXPECT(program.calls == 2 && program.had_session && program.had_chain);
        EXPECT(program.set.slot == SLOT && !program.set.erases);
        EXPECT(program.set.key_pair_id == set.key_pair_id);

        /* And the slot is one like others. */
        struct pair *const pair = &program.pair;
        learn_digests(&program, session);
        EXPECT(pair->requester.connection.peer_provisioned_slots == (1 << PAIR_SLOT | 1 << SLOT));
        EXPECT_OK(spdm_requester_accept(&pair->requester, SLOT, &program.chain_of_ours.read));
        EXPECT_OK(spdm_requester_challenge(&pair->requester, pair_now, SLOT, 0, &pair->out));
        EXPECT(pair_speak(pair) == SPDM_DONE);
        program_end(&program);
    }
}

TEST(a_slot_is_emptied_from_1_3_on)
{
    static struct program program;
    for (size_t i = 0; i < sizeof versions; i++) {
        const struct scene scene = {.version = versions[i],
                                    .provisioning = SPDM_PROVISIONING_TRUSTED};
        program_begin(&program, &scene);
        struct spdm_set_certificate set = set_for(&program, &scene);
        EXPECT(set_certificate(&program, NULL, &set) == 0);
        set.erases = true;
        set.chain = (slice){0};
        if (scene.version < SPDM_1_3) {
            EXPECT_FAIL(UNSUPPORTED,
                        spdm_requester_set_certificate(&program.pair.requester, pair_now, NULL,
                                                       &set, &program.pair.out));
        } else {
            EXPECT(set_certificate(&program, NULL, &set) == 0);
            EXPECT(program.set.erases && !program.had_chain);
            learn_digests(&program, NULL);
            EXPECT(program.pair.requester.connection.peer_provisioned_slots == 1 << PAIR_SLOT);
        }
        program_end(&program);
    }
}

/* ---- who may ---- */

/* spec: DSP0274 1.4, "SET_CERTIFICATE request and SET_CERTIFICATE_RSP response messages" */
TEST(keys_are_provisioned_only_from_where_the_setting_says)
{
    static const struct {
        enum spdm_provisioning provisioning;
        bool in_session;
        uint8_t slot;
        bool may, may_csr;
    } cases[] = {
        {SPDM_PROVISIONING_NEVER, false, 1, false, false},
        {SPDM_PROVISIONING_NEVER, true, 1, false, false},
        {SPDM_PROVISIONING_IN_SESSIONS, false, 1, false, false},
        {SPDM_PROVISIONING_IN_SESSIONS, true, 1, true, true},
        {SPDM_PROVISIONING_IN_SESSIONS, true, 0, false, true},
        {SPDM_PROVISIONING_IN_SESSIONS, false, 0, false, false},
        {SPDM_PROVISIONING_TRUSTED, false, 0, true, true},
        {SPDM_PROVISIONING_TRUSTED, false, 1, true, true},
        {SPDM_PROVISIONING_TRUSTED, true, 0, true, true},
    };
    static struct program program;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct scene scene = {.version = SPDM_1_3, .provisioning = cases[i].provisioning};
        program_begin(&program, &scene);
        struct spdm_session *const session = cases[i].in_session ? open_session(&program) : NULL;
        const struct spdm_get_csr csr = csr_for(&scene);
        struct spdm_set_certificate set = set_for(&program, &scene);
        set.slot = cases[i].slot;
        EXPECT(ask_csr(&program, session, &csr) ==
               (cases[i].may_csr ? 0 : SPDM_UNEXPECTED_REQUEST));
        EXPECT(set_certificate(&program, session, &set) ==
               (cases[i].may ? 0 : SPDM_UNEXPECTED_REQUEST));
        EXPECT(program.calls == (unsigned)cases[i].may + cases[i].may_csr);
        program_end(&program);
    }
}

TEST(without_the_capability_or_before_1_2_nothing_is_provisioned)
{
    static struct program program;
    const struct scene scene = {.version = SPDM_1_3, .provisioning = SPDM_PROVISIONING_TRUSTED};
    static const uint8_t csr[] = {SPDM_1_3, SPDM_GET_CSR, 0, 0, 0, 0, 0, 0};
    static const uint8_t erase[] = {SPDM_1_3, SPDM_SET_CERTIFICATE, 0x80 | SLOT, 0};
    static const uint8_t old_csr[] = {SPDM_1_1, SPDM_GET_CSR, 0, 0, 0, 0, 0, 0};
    static const uint8_t old_set[] = {SPDM_1_1, SPDM_SET_CERTIFICATE, SLOT, 0};
    program_begin(&program, &scene);
    program.pair.responder_setup.settings.capabilities.flags &=
        ~(uint32_t)(SPDM_CSR_CAP | SPDM_SET_CERT_CAP);
    EXPECT(ask_by_hand(&program, SLICE(csr)) == SPDM_UNSUPPORTED_REQUEST);
    EXPECT(ask_by_hand(&program, SLICE(erase)) == SPDM_UNSUPPORTED_REQUEST);
    program_end(&program);

    program_begin(&program, &scene);
    program.pair.responder_setup.duties.sign_request = NULL;
    program.pair.responder_setup.duties.install = NULL;
    EXPECT(ask_by_hand(&program, SLICE(csr)) == SPDM_UNSUPPORTED_REQUEST);
    EXPECT(ask_by_hand(&program, SLICE(erase)) == SPDM_UNSUPPORTED_REQUEST);
    program_end(&program);

    program_begin(&program, &(struct scene){SPDM_1_1, SPDM_PROVISIONING_TRUSTED, 0, false});
    EXPECT(ask_by_hand(&program, SLICE(old_csr)) == SPDM_UNSUPPORTED_REQUEST);
    EXPECT(ask_by_hand(&program, SLICE(old_set)) == SPDM_UNSUPPORTED_REQUEST);
    EXPECT_FAIL(UNSUPPORTED, spdm_requester_csr(&program.pair.requester, pair_now, NULL,
                                                &(struct spdm_get_csr){0}, &program.pair.out));
    EXPECT(program.calls == 0);
    program_end(&program);
}

/* ---- what is checked ---- */

TEST(a_chain_that_is_not_of_our_key_or_not_whole_is_not_installed)
{
    static struct program program;
    for (size_t i = 0; i < sizeof versions; i++) {
        const struct scene scene = {.version = versions[i],
                                    .provisioning = SPDM_PROVISIONING_TRUSTED};
        const uint8_t failed = scene.version < SPDM_1_3 ? SPDM_UNSPECIFIED : SPDM_OPERATION_FAILED;
        program_begin(&program, &scene);
        struct spdm_set_certificate set = set_for(&program, &scene);
        set.slot = PAIR_SLOT; /* whose key we have */
        set.chain = buffer_view(&program.chain_of_others.bytes);
        EXPECT(set_certificate(&program, NULL, &set) == failed);

        SCOPED(buffer) changed = {0};
        EXPECT_OK(buffer_append(&changed, buffer_view(&program.chain_of_ours.bytes)));
        changed.data[changed.size - 1] ^= 1; /* the leaf's signature */
        set.chain = buffer_view(&changed);
        EXPECT(set_certificate(&program, NULL, &set) == failed);

        changed.data[SPDM_CHAIN_HEADER_SIZE] ^= 1; /* the root's hash */
        EXPECT(set_certificate(&program, NULL, &set) == failed);

        changed.data[SPDM_CHAIN_HEADER_SIZE + 32] ^= 1; /* a certificate's form */
        EXPECT(set_certificate(&program, NULL, &set) == SPDM_INVALID_REQUEST);
        EXPECT(program.calls == 0);

        SCOPED(buffer) long_one = {0};
        SCOPED(buffer) many = {0};
        SCOPED(buffer) der = {0};
        EXPECT_OK(certificate_der(&program.chain_of_ours.read.leaf, &der));
        for (size_t j = 0; j <= SPDM_CHAIN_CERTIFICATES_MAX; j++)
            EXPECT_OK(buffer_append(&many, buffer_view(&der)));
        EXPECT_OK(spdm_chain_write(HASH_SHA256, buffer_view(&many), &long_one));
        set.chain = buffer_view(&long_one);
        EXPECT(set_certificate(&program, NULL, &set) == failed); /* not Busy: it stays too long */
        EXPECT(program.calls == 0);

        set.slot = 5; /* which there is not */
        set.chain = buffer_view(&program.chain_of_ours.bytes);
        EXPECT(set_certificate(&program, NULL, &set) == SPDM_INVALID_REQUEST);
        EXPECT(program.calls == 0);
        program_end(&program);
    }
}

TEST(in_the_alias_model_the_chain_ends_with_an_issuer)
{
    static struct program program;
    const struct scene scene = {.version = SPDM_1_3,
                                .provisioning = SPDM_PROVISIONING_TRUSTED,
                                .flags = SPDM_ALIAS_CERT_CAP};
    program_begin(&program, &scene);
    struct spdm_set_certificate set = set_for(&program, &scene);
    EXPECT(set_certificate(&program, NULL, &set) == SPDM_OPERATION_FAILED);
    EXPECT(program.calls == 0);
    program_end(&program);
}

/* spec: DSP0274 1.4, "GET_CSR request and CSR response messages" */
TEST(key_pair_and_model_are_named_where_several_keys_are_negotiated_and_nowhere_else)
{
    static struct program program;
    static const uint8_t with_key[] = {SPDM_1_3, SPDM_GET_CSR, 1, 0, 0, 0, 0, 0};
    static const uint8_t with_model[] = {SPDM_1_3, SPDM_GET_CSR, 0, 1, 0, 0, 0, 0};
    static const uint8_t erase_model[] = {SPDM_1_3, SPDM_SET_CERTIFICATE, 0x90 | SLOT, 0};
    static const uint8_t without_model[] = {SPDM_1_3, SPDM_GET_CSR, 1, 0, 0, 0, 0, 0};
    static const uint8_t without_key[] = {SPDM_1_3, SPDM_GET_CSR, 0, 1, 0, 0, 0, 0};
    static const uint8_t other_key[] = {SPDM_1_3, SPDM_GET_CSR, KEY_PAIR + 1, 1, 0, 0, 0, 0};
    static const uint8_t other_model[] = {SPDM_1_3, SPDM_GET_CSR, 1, 4, 0, 0, 0, 0};
    struct scene scene = {.version = SPDM_1_3, .provisioning = SPDM_PROVISIONING_TRUSTED};
    program_begin(&program, &scene);
    struct pair *const pair = &program.pair;
    EXPECT(ask_by_hand(&program, SLICE(with_key)) == SPDM_INVALID_REQUEST);
    EXPECT(ask_by_hand(&program, SLICE(with_model)) == SPDM_INVALID_REQUEST);
    EXPECT(ask_by_hand(&program, SLICE(erase_model)) == SPDM_INVALID_REQUEST);
    EXPECT_FAIL(UNEXPECTED,
                spdm_requester_csr(&pair->requester, pair_now, NULL,
                                   &(struct spdm_get_csr){.key_pair_id = 1}, &pair->out));
    EXPECT_FAIL(UNEXPECTED,
                spdm_requester_csr(&pair->requester, pair_now, NULL,
                                   &(struct spdm_get_csr){.certificate_model = 1}, &pair->out));
    program_end(&program);

    scene.is_multi_key = true;
    program_begin(&program, &scene);
    EXPECT(ask_by_hand(&program, SLICE(without_model)) == SPDM_INVALID_REQUEST);
    EXPECT(ask_by_hand(&program, SLICE(without_key)) == SPDM_INVALID_REQUEST);
    EXPECT(ask_by_hand(&program, SLICE(other_key)) == SPDM_INVALID_REQUEST);
    EXPECT(ask_by_hand(&program, SLICE(other_model)) == SPDM_INVALID_REQUEST);
    EXPECT_FAIL(UNEXPECTED, spdm_requester_csr(&pair->requester, pair_now, NULL,
                                               &(struct spdm_get_csr){0}, &pair->out));
    struct spdm_set_certificate set = set_for(&program, &scene);
    set.slot = 0;
    set.certificate_model = SPDM_GENERIC_CERT;
    EXPECT(set_certificate(&program, NULL, &set) == SPDM_INVALID_REQUEST);
    EXPECT(program.calls == 0);

    /* The key is found by its number, whatever slot has it. */
    set = set_for(&program, &scene);
    set.chain = buffer_view(&program.chain_of_others.bytes);
    EXPECT(set_certificate(&program, NULL, &set) == SPDM_OPERATION_FAILED);
    set = set_for(&program, &scene);
    EXPECT(set_certificate(&program, NULL, &set) == 0);

    /* One that no slot has yet is the program's to know. */
    program.answering.identity.slots[PAIR_SLOT].key_pair_id = KEY_PAIR - 1;
    program.answering.identity.slots[SLOT].key_pair_id = KEY_PAIR - 1;
    set.chain = buffer_view(&program.chain_of_others.bytes);
    program.installs = &program.chain_of_others;
    EXPECT(set_certificate(&program, NULL, &set) == 0);
    program_end(&program);
}

TEST(a_signing_request_of_no_bytes_is_none)
{
    static struct program program;
    const struct scene scene = {.version = SPDM_1_3, .provisioning = SPDM_PROVISIONING_TRUSTED};
    program_begin(&program, &scene);
    const struct spdm_get_csr csr = csr_for(&scene);
    program.says_nothing = true;
    EXPECT(ask_csr(&program, NULL, &csr) == SPDM_UNSPECIFIED);
    program_end(&program);
}

/* P30 */
TEST(requester_info_that_is_not_one_element_and_opaque_data_out_of_place_are_refused)
{
    static struct program program;
    static const uint8_t two[] = {SPDM_1_3, SPDM_GET_CSR, 0, 0, 3, 0, 0, 0, 0x30, 0x00, 0x30};
    static const uint8_t other[] = {SPDM_1_3, SPDM_GET_CSR, 0, 0, 2, 0, 0, 0, 0x31, 0x00};
    static const uint8_t cut[] = {SPDM_1_3, SPDM_GET_CSR, 0, 0, 2, 0, 0, 0, 0x30, 0x01};
    static const uint8_t lies[] = {SPDM_1_3, SPDM_GET_CSR, 0, 0, 0xFF, 0xFF, 0, 0, 0x30, 0x00};
    static const uint8_t more[] = {SPDM_1_3, SPDM_GET_CSR, 0, 0, 0, 0, 0, 0, 0};
    const struct scene scene = {.version = SPDM_1_3, .provisioning = SPDM_PROVISIONING_TRUSTED};
    program_begin(&program, &scene);
    EXPECT(ask_by_hand(&program, SLICE(two)) == SPDM_INVALID_REQUEST);
    EXPECT(ask_by_hand(&program, SLICE(other)) == SPDM_INVALID_REQUEST);
    EXPECT(ask_by_hand(&program, SLICE(cut)) == SPDM_INVALID_REQUEST);
    EXPECT(ask_by_hand(&program, SLICE(lies)) == SPDM_INVALID_REQUEST);
    EXPECT(ask_by_hand(&program, SLICE(more)) == SPDM_INVALID_REQUEST);
    EXPECT(program.calls == 0);
    program_end(&program);

    program.pair = (struct pair){0};
    program_begin(&program, &scene);
    struct spdm_connection *const connection = &program.pair.responder.connection;
    static const uint8_t opaque[] = {SPDM_1_3, SPDM_GET_CSR, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0};
    connection->suite.has_opaque_list = false;
    EXPECT(ask_by_hand(&program, SLICE(opaque)) == SPDM_INVALID_REQUEST);
    EXPECT(program.calls == 0);
    program_end(&program);
}

/* ---- what is answered when it is not done at once ---- */

TEST(a_reset_is_asked_for_with_a_tag_and_only_where_that_was_told)
{
    static struct program program;
    for (size_t i = 0; i < sizeof versions; i++) {
        const struct scene scene = {.version = versions[i],
                                    .provisioning = SPDM_PROVISIONING_TRUSTED,
                                    .flags = SPDM_CERT_INSTALL_RESET_CAP};
        program_begin(&program, &scene);
        const struct spdm_set_certificate set = set_for(&program, &scene);
        struct spdm_get_csr csr = csr_for(&scene);
        program.pending = (struct spdm_pending){true, 5};
        EXPECT(ask_csr(&program, NULL, &csr) == SPDM_RESET_REQUIRED);
        EXPECT(program.pair.requester.error_data == (scene.version < SPDM_1_3 ? 0 : 5));
        EXPECT(set_certificate(&program, NULL, &set) == SPDM_RESET_REQUIRED);
        EXPECT(program.pair.requester.error_data == 0);

        program.pending = (struct spdm_pending){0}; /* it came back */
        csr.tracking_tag = 5;
        EXPECT(ask_csr(&program, NULL, &csr) == 0);
        EXPECT(program.csr.tracking_tag == (scene.version < SPDM_1_3 ? 0 : 5));
        EXPECT(slice_equal(program.pair.requester.payload, SLICE(signed_info)));

        if (scene.version >= SPDM_1_3) {
            csr.overwrites = true; /* and asks for the one it drops */
            EXPECT(ask_csr(&program, NULL, &csr) == SPDM_INVALID_REQUEST);
            csr.tracking_tag = 0;
            EXPECT(ask_csr(&program, NULL, &csr) == 0);
            EXPECT(program.csr.overwrites);
        }
        program_end(&program);
    }
}

TEST(a_tag_or_a_reset_that_no_capability_told_of_is_refused)
{
    static struct program program;
    const struct scene scene = {.version = SPDM_1_4, .provisioning = SPDM_PROVISIONING_TRUSTED};
    program_begin(&program, &scene);
    const struct spdm_set_certificate set = set_for(&program, &scene);
    struct spdm_get_csr csr = csr_for(&scene);
    program.pending.until_reset = true;
    EXPECT(ask_csr(&program, NULL, &csr) == SPDM_UNSPECIFIED);
    EXPECT(set_certificate(&program, NULL, &set) == SPDM_UNSPECIFIED);
    EXPECT(program.calls == 2);
    csr.tracking_tag = 1;
    EXPECT(ask_csr(&program, NULL, &csr) == SPDM_INVALID_REQUEST);
    EXPECT(program.calls == 2);
    program_end(&program);
}

TEST(what_the_program_says_is_answered_and_ends_no_session)
{
    static struct program program;
    struct {
        status said;
        uint8_t old, new; /* before 1.3, and since */
    } cases[] = {
        {FAIL(UNEXPECTED, "test"), SPDM_UNEXPECTED_REQUEST, SPDM_UNEXPECTED_REQUEST},
        {FAIL(EXHAUSTED, "test"), SPDM_BUSY, SPDM_BUSY},
        {FAIL(MALFORMED, "test"), SPDM_INVALID_REQUEST, SPDM_INVALID_REQUEST},
        {FAIL(UNSUPPORTED, "test"), SPDM_UNSUPPORTED_REQUEST, SPDM_UNSUPPORTED_REQUEST},
        {FAIL(DENIED, "test"), SPDM_UNSPECIFIED, SPDM_OPERATION_FAILED},
        {FAIL(UNAUTHENTIC, "test"), SPDM_UNSPECIFIED, SPDM_OPERATION_FAILED},
        {FAIL(INTERNAL, "test"), SPDM_UNSPECIFIED, SPDM_OPERATION_FAILED},
        {spdm_not_ready(), SPDM_BUSY, SPDM_BUSY}, /* there is no room to keep the request in */
    };
    for (size_t i = 0; i < sizeof versions; i++) {
        const struct scene scene = {.version = versions[i],
                                    .provisioning = SPDM_PROVISIONING_IN_SESSIONS};
        program_begin(&program, &scene);
        struct spdm_session *const session = open_session(&program);
        const struct spdm_set_certificate set = set_for(&program, &scene);
        const struct spdm_get_csr csr = csr_for(&scene);
        for (size_t j = 0; j < sizeof cases / sizeof *cases; j++) {
            const uint8_t expected = scene.version < SPDM_1_3 ? cases[j].old : cases[j].new;
            program.result = cases[j].said;
            EXPECT(ask_csr(&program, session, &csr) == expected);
            EXPECT(set_certificate(&program, session, &set) == expected);
            EXPECT(session->phase == SPDM_SESSION_ESTABLISHED);
        }
        program_end(&program);
    }
}

TEST(an_answer_about_another_slot_is_not_taken)
{
    static struct program program;
    const struct scene scene = {.version = SPDM_1_3, .provisioning = SPDM_PROVISIONING_TRUSTED};
    program_begin(&program, &scene);
    struct pair *const pair = &program.pair;
    const struct spdm_set_certificate set = set_for(&program, &scene);
    EXPECT_OK(spdm_requester_set_certificate(&pair->requester, pair_now, NULL, &set, &pair->out));
    struct writer answer = writer_over(pair->response, sizeof pair->response);
    const size_t begin = spdm_frame_begin(&spdm_tcp, &answer);
    spdm_set_certificate_rsp_write(&answer, &pair->requester.connection.shape, SLOT + 1);
    must(spdm_frame_end(&spdm_tcp, &answer, begin, SPDM_FRAME_PLAIN));
    EXPECT(spdm_requester_receive(&pair->requester, pair_now, pair->response, answer.size,
                                  &pair->out) == SPDM_FAILED);
    EXPECT_FAIL(UNEXPECTED, pair->requester.failure);
    program_end(&program);
}
