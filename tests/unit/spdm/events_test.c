/* SPDX-License-Identifier: Apache-2.0 */

/* Events: which there are, which a session hears of, and that they come. */

#include "spdm_pair.h"

#include "spdm/message/events.h"

#include "test.h"

static const uint8_t versions[] = {SPDM_1_3, SPDM_1_4};

/* spec: DSP0274 1.4, "Event group format": DMTF's four types, and one that a subscription names */
static const uint8_t all_types[] = {0, 0, 4, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0,
                                    0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0};
static const uint8_t one_type[] = {0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 0, 0, 0};

struct program {
    struct pair pair; /* first: what the duties are given */
    struct pair_party asking, answering;
    unsigned subscriptions;
    uint8_t wanted_count;
    uint8_t wanted[64];
    size_t wanted_size;
    status result;

    struct spdm_event pending[8]; /* what happened */
    uint32_t pending_count;
    uint32_t heard[16]; /* the numbers of what was heard, in its order */
    size_t heard_count;
    size_t deaf_after; /* so many; 0: never */
};

static status tell_events(void *context, const struct spdm_session *session, struct writer *events,
                          uint32_t *out_count)
{
    const struct program *const program = context;
    EXPECT(session == &program->pair.responder_sessions[0]);
    for (uint32_t i = 0; i < program->pending_count; i++)
        spdm_event_write(events, &program->pending[i]);
    *out_count = program->pending_count;
    return OK;
}

static void events_told(void *context, const struct spdm_session *session)
{
    struct program *const program = context;
    EXPECT(session == &program->pair.responder_sessions[0]);
    program->pending_count = 0;
}

static status hear(void *context, const struct spdm_session *session,
                   const struct spdm_event *event)
{
    struct program *const program = context;
    EXPECT(session == program->pair.requester.opened);
    if (program->deaf_after && program->heard_count >= program->deaf_after)
        return FAIL(EXHAUSTED, "test");
    program->heard[program->heard_count++] = event->instance_id;
    return OK;
}

static status event_types(void *context, const struct spdm_session *session, struct writer *groups,
                          uint8_t *out_count)
{
    const struct program *const program = context;
    EXPECT(session == &program->pair.responder_sessions[0]);
    write_bytes(groups, SLICE(all_types));
    *out_count = 1;
    return program->result;
}

static status subscribe(void *context, const struct spdm_session *session,
                        const struct spdm_event_types *wanted)
{
    struct program *const program = context;
    EXPECT(session == &program->pair.responder_sessions[0]);
    program->subscriptions++;
    program->wanted_count = wanted->group_count;
    program->wanted_size = wanted->groups.size;
    memcpy(program->wanted, wanted->groups.data, wanted->groups.size);
    return program->result;
}

static void make_party(struct pair_party *party)
{
    struct private_key key = {0};
    must(private_key_generate(CURVE_P256, &key));
    pair_party_make(party, &key, HASH_SHA256);
}

static void program_begin(struct program *program, uint8_t version, uint32_t flags)
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
    pair_begin(&program->pair, &terms, &program->asking, &program->answering);
    program->pair.responder_setup.duties.event_types = event_types;
    program->pair.responder_setup.duties.subscribe = subscribe;
    program->pair.responder_setup.duties.tell_events = tell_events;
    program->pair.responder_setup.duties.events_told = events_told;
    program->pair.responder_setup.settings.capabilities.flags |= flags;
    must(spdm_requester_connect(&program->pair.requester, pair_now, &program->pair.out));
    EXPECT(pair_speak(&program->pair) == SPDM_DONE);
    must(spdm_requester_digests(&program->pair.requester, pair_now, NULL, &program->pair.out));
    EXPECT(pair_speak(&program->pair) == SPDM_DONE);
    must(spdm_requester_accept(&program->pair.requester, PAIR_SLOT, &program->answering.read));
}

static void program_end(struct program *program)
{
    pair_end(&program->pair);
    pair_party_clear(&program->asking);
    pair_party_clear(&program->answering);
}

static enum spdm_progress open_session(struct program *program, bool wants_events)
{
    struct pair *const pair = &program->pair;
    const struct spdm_opening opening = {.slot = PAIR_SLOT,
                                         .policy = {.wants_events = wants_events}};
    must(spdm_requester_open_session(&pair->requester, pair_now, &opening, &pair->out));
    return pair_speak(pair);
}

/* 0: it was done. */
static uint8_t outcome(struct program *program)
{
    struct pair *const pair = &program->pair;
    const enum spdm_progress progress = pair_speak(pair);
    EXPECT(progress == SPDM_DONE || pair->requester.error);
    return progress == SPDM_DONE ? 0 : pair->requester.error;
}

static uint8_t ask_types(struct program *program)
{
    struct pair *const pair = &program->pair;
    must(
        spdm_requester_event_types(&pair->requester, pair_now, pair->requester.opened, &pair->out));
    return outcome(program);
}

static uint8_t ask_for(struct program *program, uint8_t group_count, slice groups)
{
    struct pair *const pair = &program->pair;
    const struct spdm_event_types wanted = {group_count, groups};
    must(spdm_requester_subscribe(&pair->requester, pair_now, pair->requester.opened, &wanted,
                                  &pair->out));
    return outcome(program);
}

/* ---- which there are, and which are wanted ---- */

TEST(a_session_learns_of_events_and_subscribes_to_them_and_ends_that)
{
    static struct program program;
    for (size_t i = 0; i < sizeof versions; i++) {
        program_begin(&program, versions[i], SPDM_EVENT_CAP);
        struct pair *const pair = &program.pair;
        EXPECT(open_session(&program, false) == SPDM_DONE);
        const struct spdm_session *const asking = pair->requester.opened;
        const struct spdm_session *const answering = &pair->responder_sessions[0];
        EXPECT(asking->hears == SPDM_HEARS_NOTHING && answering->hears == SPDM_HEARS_NOTHING);

        EXPECT(ask_types(&program) == 0);
        EXPECT(pair->requester.event_types.group_count == 1);
        EXPECT(slice_equal(pair->requester.event_types.groups, SLICE(all_types)));

        EXPECT(ask_for(&program, 1, SLICE(one_type)) == 0);
        EXPECT(program.wanted_count == 1);
        EXPECT(slice_equal((slice){program.wanted, program.wanted_size}, SLICE(one_type)));
        EXPECT(asking->hears == SPDM_HEARS_SOME && answering->hears == SPDM_HEARS_SOME);

        EXPECT(ask_for(&program, 0, (slice){0}) == 0);
        EXPECT(program.subscriptions == 2 && program.wanted_count == 0);
        EXPECT(asking->hears == SPDM_HEARS_NOTHING && answering->hears == SPDM_HEARS_NOTHING);
        program_end(&program);
    }
}

/* spec: DSP0274 1.4, "Session policy" */
TEST(a_session_hears_of_all_events_from_its_beginning_where_its_policy_says_so)
{
    static struct program program;
    program_begin(&program, SPDM_1_3, SPDM_EVENT_CAP);
    const struct spdm_session *const answering = &program.pair.responder_sessions[0];
    EXPECT(open_session(&program, true) == SPDM_DONE);
    EXPECT(program.pair.requester.opened->hears == SPDM_HEARS_ALL);
    EXPECT(answering->hears == SPDM_HEARS_ALL && answering->policy.wants_events);
    EXPECT(program.subscriptions == 0);
    EXPECT(ask_for(&program, 1, SLICE(one_type)) == 0);
    EXPECT(answering->hears == SPDM_HEARS_SOME);
    program_end(&program);
}

TEST(a_responder_without_events_is_not_asked_for_them_and_refuses_a_session_that_wants_them)
{
    static struct program program;
    program_begin(&program, SPDM_1_3, 0);
    struct pair *const pair = &program.pair;
    const struct spdm_opening opening = {.slot = PAIR_SLOT, .policy = {.wants_events = true}};
    EXPECT_FAIL(UNSUPPORTED,
                spdm_requester_open_session(&pair->requester, pair_now, &opening, &pair->out));
    EXPECT(open_session(&program, false) == SPDM_DONE);
    EXPECT_FAIL(UNSUPPORTED, spdm_requester_event_types(&pair->requester, pair_now,
                                                        pair->requester.opened, &pair->out));
    pair->requester.connection.peer_flags |= SPDM_EVENT_CAP; /* as it thinks */
    EXPECT(ask_types(&program) == SPDM_UNSUPPORTED_REQUEST);
    EXPECT(ask_for(&program, 1, SLICE(one_type)) == SPDM_UNSUPPORTED_REQUEST);
    EXPECT(open_session(&program, true) == SPDM_FAILED);
    EXPECT(pair->requester.error == SPDM_INVALID_REQUEST);
    EXPECT(pair->responder_sessions[1].phase == SPDM_SESSION_NONE);
    program_end(&program);
}

TEST(events_are_of_sessions_only)
{
    static struct program program;
    static const uint8_t requests[] = {SPDM_GET_SUPPORTED_EVENT_TYPES, SPDM_SUBSCRIBE_EVENT_TYPES};
    program_begin(&program, SPDM_1_3, SPDM_EVENT_CAP);
    struct pair *const pair = &program.pair;
    for (size_t i = 0; i < sizeof requests; i++) {
        const uint8_t message[] = {SPDM_1_3, requests[i], 0, 0};
        struct writer request = writer_over(pair->request, sizeof pair->request);
        struct writer answer = writer_over(pair->response, sizeof pair->response);
        struct spdm_frame frame;
        const size_t begin = spdm_frame_begin(&spdm_tcp, &request);
        write_bytes(&request, SLICE(message));
        must(spdm_frame_end(&spdm_tcp, &request, begin, SPDM_FRAME_PLAIN));
        must(spdm_responder_receive(&pair->responder, pair_now, pair->request, request.size,
                                    &answer));
        must(spdm_frame_read(&spdm_tcp, (slice){pair->response, answer.size}, &frame));
        EXPECT(frame.message.data[1] == SPDM_ERROR);
        EXPECT(frame.message.data[2] == SPDM_SESSION_REQUIRED);
    }
    program_end(&program);
}

TEST(a_subscription_that_is_refused_or_malformed_changes_nothing)
{
    static struct program program;
    program_begin(&program, SPDM_1_3, SPDM_EVENT_CAP);
    const struct spdm_session *const answering = &program.pair.responder_sessions[0];
    EXPECT(open_session(&program, true) == SPDM_DONE);
    const slice cut = {one_type, sizeof one_type - 1};
    EXPECT(ask_for(&program, 1, cut) == SPDM_INVALID_REQUEST);
    EXPECT(ask_for(&program, 2, SLICE(one_type)) == SPDM_INVALID_REQUEST);
    EXPECT(ask_for(&program, 1, SLICE(all_types)) == 0);
    EXPECT(program.subscriptions == 1);
    EXPECT(ask_for(&program, 0, (slice){0}) == 0);
    program.result = FAIL(UNEXPECTED, "test");
    EXPECT(ask_for(&program, 1, SLICE(one_type)) == SPDM_INVALID_REQUEST);
    EXPECT(answering->hears == SPDM_HEARS_NOTHING);
    EXPECT(program.pair.requester.opened->hears == SPDM_HEARS_NOTHING);
    EXPECT(ask_types(&program) == SPDM_INVALID_REQUEST);
    program.pair.responder_setup.duties.event_types = NULL;
    program.pair.responder_setup.duties.subscribe = NULL;
    EXPECT(ask_types(&program) == SPDM_UNSUPPORTED_REQUEST);
    EXPECT(ask_for(&program, 0, (slice){0}) == SPDM_UNSUPPORTED_REQUEST);
    program_end(&program);
}

/* ---- and they come ---- */

static const uint8_t slots[] = {0x02}, index_map[SPDM_EVENT_INDEX_MAP_SIZE], lost[8];

/* A certificate changed, over and over. */
static void happen(struct program *program, const uint32_t *ids, uint32_t count)
{
    program->pending_count = count;
    for (uint32_t i = 0; i < count; i++)
        program->pending[i] = (struct spdm_event){
            .instance_id = ids[i],
            .type = SPDM_EVENT_CERTIFICATE_CHANGED,
            .detail = SLICE(slots),
        };
}

static void begin_hearing(struct program *program, uint8_t version)
{
    const struct spdm_ear ear = {hear, program};
    program_begin(program, version, SPDM_EVENT_CAP);
    spdm_requester_hear(&program->pair.requester, &ear);
    EXPECT(open_session(program, false) == SPDM_DONE);
    EXPECT(ask_for(program, 1, SLICE(all_types)) == 0);
}

static status tell(struct program *program)
{
    return spdm_responder_tell(&program->pair.responder, &program->pair.responder_sessions[0]);
}

/* 0: until there was nothing more. */
static uint8_t listen(struct program *program)
{
    struct pair *const pair = &program->pair;
    must(spdm_requester_listen(&pair->requester, pair_now, pair->requester.opened, &pair->out));
    return outcome(program);
}

TEST(events_come_when_the_requester_listens_and_once)
{
    static struct program program;
    for (size_t i = 0; i < sizeof versions; i++) {
        begin_hearing(&program, versions[i]);
        EXPECT(listen(&program) == SPDM_NO_PENDING_REQUESTS);
        happen(&program, (const uint32_t[]){7, 8, 9}, 3);
        EXPECT_OK(tell(&program));
        EXPECT(listen(&program) == 0);
        EXPECT(program.pending_count == 0 && program.heard_count == 3);
        EXPECT(program.heard[0] == 7 && program.heard[1] == 8 && program.heard[2] == 9);
        EXPECT(listen(&program) == SPDM_NO_PENDING_REQUESTS);
        EXPECT(program.heard_count == 3);
        EXPECT(ask_types(&program) == 0); /* the session goes on */
        program_end(&program);
    }
}

TEST(events_are_heard_in_the_order_of_their_numbers)
{
    static struct program program;
    begin_hearing(&program, SPDM_1_3);
    happen(&program, (const uint32_t[]){UINT32_MAX, UINT32_MAX - 3, UINT32_MAX - 1, UINT32_MAX - 2},
           4);
    EXPECT_OK(tell(&program));
    EXPECT(listen(&program) == 0);
    EXPECT(program.heard_count == 4);
    for (uint32_t i = 0; i < 4; i++)
        EXPECT(program.heard[i] == UINT32_MAX - 3 + i);
    program_end(&program);
}

/* Nothing of it was heard, so that it is told again. */
static void expect_refused(struct program *program)
{
    const uint32_t count = program->pending_count;
    EXPECT_OK(tell(program));
    EXPECT(listen(program) == 0);
    EXPECT(program->pending_count == count && program->heard_count == 0);
    EXPECT(program->pair.responder_sessions[0].phase == SPDM_SESSION_ESTABLISHED);
}

TEST(events_with_a_gap_or_twice_the_same_number_are_not_heard)
{
    static struct program program;
    begin_hearing(&program, SPDM_1_3);
    happen(&program, (const uint32_t[]){1, 3}, 2);
    expect_refused(&program);
    happen(&program, (const uint32_t[]){1, 2, 2}, 3);
    expect_refused(&program);
    happen(&program, (const uint32_t[]){UINT32_MAX, 0}, 2);
    expect_refused(&program);
    happen(&program, (const uint32_t[]){1, 2}, 2);
    EXPECT_OK(tell(&program));
    EXPECT(listen(&program) == 0);
    EXPECT(program.heard_count == 2);
    program_end(&program);
}

/* spec: DSP0274 1.4, "Event type details" */
TEST(an_event_with_another_detail_than_its_type_has_is_not_heard)
{
    const struct {
        uint8_t body;
        uint16_t type;
        slice detail;
        bool is_good;
    } cases[] = {
        {0, SPDM_EVENT_LOST, SLICE(lost), true},
        {0, SPDM_EVENT_LOST, SLICE(slots), false},
        {0, SPDM_EVENT_MEASUREMENT_CHANGED, SLICE(index_map), true},
        {0, SPDM_EVENT_MEASUREMENT_CHANGED, SLICE(slots), false},
        {0, SPDM_EVENT_MEASUREMENT_PRE_UPDATE, SLICE(index_map), true},
        {0, SPDM_EVENT_MEASUREMENT_PRE_UPDATE, SLICE(lost), false},
        {0, SPDM_EVENT_CERTIFICATE_CHANGED, SLICE(slots), true},
        {0, SPDM_EVENT_CERTIFICATE_CHANGED, {NULL, 0}, false},
        {0, 9, SLICE(lost), true}, /* a newer one */
        {3, SPDM_EVENT_LOST, SLICE(slots), true},
    };
    static struct program program;
    begin_hearing(&program, SPDM_1_3);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static const uint8_t vendor[2] = {1, 0};
        happen(&program, (const uint32_t[]){1, 2}, 2);
        program.heard_count = 0;
        program.pending[1].body.body = cases[i].body;
        if (cases[i].body)
            program.pending[1].body.vendor_id = SLICE(vendor);
        program.pending[1].type = cases[i].type;
        program.pending[1].detail = cases[i].detail;
        if (!cases[i].is_good) {
            expect_refused(&program);
            continue;
        }
        EXPECT_OK(tell(&program));
        EXPECT(listen(&program) == 0);
        EXPECT(program.pending_count == 0 && program.heard_count == 2);
    }
    program_end(&program);
}

TEST(events_are_told_to_sessions_that_subscribed_and_to_no_others)
{
    static struct program program;
    begin_hearing(&program, SPDM_1_3);
    struct pair *const pair = &program.pair;
    happen(&program, (const uint32_t[]){1}, 1);
    EXPECT_OK(tell(&program));
    EXPECT_FAIL(UNEXPECTED, tell(&program)); /* it is going to be told */
    EXPECT(ask_for(&program, 0, (slice){0}) == 0);
    EXPECT(listen(&program) == SPDM_NO_PENDING_REQUESTS); /* it changed its mind */
    EXPECT_FAIL(UNEXPECTED, tell(&program));
    EXPECT(program.pending_count == 1 && program.heard_count == 0);

    /* And hears none that it did not want, whatever the responder thinks. */
    pair->responder_sessions[0].hears = SPDM_HEARS_SOME;
    expect_refused(&program);
    pair->requester.opened->hears = SPDM_HEARS_SOME;
    spdm_requester_hear(&pair->requester, &(struct spdm_ear){0});
    expect_refused(&program);

    pair->responder_setup.settings.capabilities.flags &= ~(uint32_t)SPDM_EVENT_CAP;
    EXPECT_FAIL(UNSUPPORTED, tell(&program));
    pair->responder_setup.settings.capabilities.flags |= SPDM_EVENT_CAP;
    pair->responder_setup.duties.events_told = NULL;
    EXPECT_FAIL(UNSUPPORTED, tell(&program));
    EXPECT_OK(spdm_responder_ask(&pair->responder, &pair->responder_sessions[0], SPDM_SEND_EVENT));
    EXPECT(listen(&program) == SPDM_NO_PENDING_REQUESTS);
    program_end(&program);
}

TEST(events_that_could_not_be_taken_are_told_again)
{
    static struct program program;
    begin_hearing(&program, SPDM_1_4);
    happen(&program, (const uint32_t[]){1, 2}, 2);
    program.deaf_after = 1;
    EXPECT_OK(tell(&program));
    EXPECT(listen(&program) == 0);
    EXPECT(program.pending_count == 2 && program.heard_count == 1);
    program.deaf_after = 0;
    EXPECT_OK(tell(&program));
    EXPECT(listen(&program) == 0);
    EXPECT(program.pending_count == 0 && program.heard_count == 3);
    program_end(&program);
}

TEST(what_was_told_of_and_is_gone_is_nothing_to_hear)
{
    static struct program program;
    begin_hearing(&program, SPDM_1_4);
    program.pending_count = 0; /* told of, and gone */
    EXPECT_OK(tell(&program));
    EXPECT(listen(&program) == SPDM_NO_PENDING_REQUESTS);
    program_end(&program);
}
