/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Whatever a responder may answer: a requester takes it or fails, and what it says next is a good
 * frame. Nothing opens that the genuine responder did not prove, who answers when the bytes say so.
 */

#include "spdm_roles.h"

enum { GENUINE = ROLES_WAYS, ANSWERS };

struct target {
    struct pair pair;
    struct roles_facts before; /* the thing under way was asked */
    bool connects;             /* which begins anew */
};

/* ---- what is asked ---- */

static void ask(struct target *target, uint8_t what, uint8_t how)
{
    struct pair *const pair = &target->pair;
    const struct roles_thing *const thing = &roles_things[what % ROLES_THINGS];
    struct spdm_session *const session = roles_session(&pair->requester.connection);
    if (thing->needs_session && !session)
        return;
    const struct roles_facts before = roles_facts(&pair->requester.connection);
    const bool was_asking = pair->requester.step != NULL;
    pair->out.size = 0;
    const status asked = thing->ask(pair, session, how);
    assert(!asked.fault == (pair->out.size != 0));
    if (asked.fault)
        return;
    target->before = before;
    target->connects = thing->ask == roles_connect;
    assert(!was_asking || target->connects);
}

/* ---- what is answered ---- */

static void expect_frame(struct target *target)
{
    struct pair *const pair = &target->pair;
    struct spdm_frame frame;
    assert(pair->out.size && !pair->out.out_of_space);
    must(spdm_frame_read(pair->requester_setup.transport, (slice){pair->request, pair->out.size},
                         &frame));
    assert(frame.kind == SPDM_FRAME_PLAIN || frame.kind == SPDM_FRAME_SECURED);
}

/* What was put off is asked for when it is time. */
static void ask_again(struct target *target)
{
    struct spdm_requester *const requester = &target->pair.requester;
    const struct moment later = {.wall_s = pair_now.wall_s,
                                 .monotonic_ms = requester->ask_again_ms};
    const enum spdm_progress progress = spdm_requester_look(requester, later, &target->pair.out);
    assert(progress != SPDM_WAIT && progress != SPDM_DONE);
    if (progress == SPDM_SEND)
        expect_frame(target);
    else
        assert(!requester->step && target->pair.out.size == 0);
}

static void take(struct target *target, uint8_t *frame, size_t size, bool is_genuine)
{
    struct spdm_requester *const requester = &target->pair.requester;
    const unsigned established = roles_established(&requester->connection);
    target->pair.out.size = 0;
    const enum spdm_progress progress =
        spdm_requester_receive(requester, pair_now, frame, size, &target->pair.out);
    if (progress == SPDM_SEND)
        expect_frame(target);
    else
        assert(target->pair.out.size == 0 && !target->pair.out.out_of_space);
    assert((progress == SPDM_SEND) <= (requester->step != NULL));
    if (progress == SPDM_DONE || progress == SPDM_FAILED)
        assert(!requester->step && !requester->opening);
    if (progress == SPDM_FAILED)
        assert(requester->failure.fault);
    if (progress == SPDM_FAILED && !target->connects)
        roles_expect_unchanged(&target->before, &requester->connection);
    assert(is_genuine || roles_established(&requester->connection) <= established);
    if (progress == SPDM_WAIT && requester->ask_again_ms)
        ask_again(target);
}

/* The genuine responder hears what was asked, and its answer is changed in one place or in none. */
static void answer_genuinely(struct target *target, slice change)
{
    struct pair *const pair = &target->pair;
    struct writer answer = writer_over(pair->response, sizeof pair->response);
    if (!pair->out.size ||
        spdm_responder_receive(&pair->responder, pair_now, pair->request, pair->out.size, &answer)
            .fault)
        return;
    const bool changes = change.size >= 2 && change.data[1] && answer.size;
    if (changes)
        pair->response[change.data[0] % answer.size] ^= change.data[1];
    uint8_t *const frame = roles_copy((slice){answer.data, answer.size});
    take(target, frame, answer.size, !changes);
    free(frame);
}

static void answer(struct target *target, enum roles_way way, slice bytes)
{
    struct pair *const pair = &target->pair;
    struct writer response = writer_over(pair->response, sizeof pair->response);
    if (!roles_wrap(&pair->responder.connection, pair->responder_setup.transport, way, bytes,
                    &response))
        return;
    uint8_t *const frame = roles_copy((slice){response.data, response.size});
    take(target, frame, response.size, false);
    free(frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct target target;
    if (size < 2 || size > PAIR_FRAME_SIZE_MAX)
        return 0;
    const struct pair_terms terms = roles_terms(data[0], data[1]);
    struct reader reader = reader_of((slice){data + 2, size - 2});
    const enum roles_start start = roles_start(data[0]);
    roles_begin(&target.pair, &terms, start == ROLES_HANDSHAKE ? ROLES_ESTABLISHED : start,
                data[1]);
    while (reader.left.size) {
        const uint8_t what = read_u8(&reader);
        if (what & 0x80) {
            ask(&target, what & 0x7F, read_u8(&reader));
            continue;
        }
        const size_t wanted = read_le16(&reader);
        const size_t there = wanted < reader.left.size ? wanted : reader.left.size;
        const slice bytes = read_bytes(&reader, there);
        if (what % ANSWERS == GENUINE)
            answer_genuinely(&target, bytes);
        else
            answer(&target, (enum roles_way)(what % ANSWERS), bytes);
    }
    pair_end(&target.pair);
    return 0;
}
