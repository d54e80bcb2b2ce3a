/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Whole conversations of our requester with our responder: bytes say what is asked, and what
 * somebody between the two does to each frame. What was changed proves nothing and opens nothing;
 * where both have a session, they have the same keys.
 */

#include "share.h"
#include "spdm_roles.h"

enum { CODE = 1, KEPT_MAX = 4, ONE_OF = 4 };

struct kept {
    uint8_t bytes[PAIR_FRAME_SIZE_MAX];
    size_t size;
};

struct target {
    struct pair pair;
    struct reader reader;
    uint8_t *response; /* where results are */
    size_t response_size;
    struct kept kept[KEPT_MAX]; /* frames of before */
    size_t kept_count;
    bool spoiled_a;    /* since the connection began: of what everything is proved with */
    bool spoiled_now;  /* of the exchange under way */
    bool spoiled_keys; /* of the handshake under way, in what its keys are made from */
    bool may_sign;     /* whether this input may take as long as keys and signatures take */
};

/* ---- what is done to a frame ---- */

enum deed {
    DELIVER, /* and so does everything above the others */
    CHANGE,
    DROP,
    TWICE,
    REPLACE,
    CUT,
    KEEP,
};

static void keep(struct target *target, const uint8_t *frame, size_t size)
{
    struct kept *const kept = &target->kept[target->kept_count++ % KEPT_MAX];
    memcpy(kept->bytes, frame, size);
    kept->size = size;
}

/* One byte of the message, which neither the transport's header nor its padding has. */
static void change(struct target *target, uint8_t *frame, size_t size)
{
    const struct spdm_transport *const transport = target->pair.requester_setup.transport;
    const size_t header = transport->header_size, padding = transport->alignment - 1;
    const uint16_t at = read_le16(&target->reader);
    const uint8_t how = read_u8(&target->reader);
    if (size > header + padding)
        frame[header + at % (size - header - padding)] ^= how ? how : 1;
}

static void replace(struct target *target, uint8_t *frame, size_t *size)
{
    const struct kept *const kept = &target->kept[read_u8(&target->reader) % KEPT_MAX];
    if (!kept->size)
        return;
    memcpy(frame, kept->bytes, kept->size);
    *size = kept->size;
}

/* False when it never arrives. */
static bool pass(struct target *target, uint8_t *frame, size_t *size, bool *out_twice)
{
    *out_twice = false;
    switch ((enum deed)(read_u8(&target->reader) & 0x1F)) {
    case CHANGE:
        change(target, frame, *size);
        return true;
    case DROP:
        return false;
    case TWICE:
        *out_twice = true;
        return true;
    case REPLACE:
        replace(target, frame, size);
        return true;
    case CUT:
        *size -= read_u8(&target->reader) % (*size + 1);
        return true;
    case KEEP:
        keep(target, frame, *size);
        return true;
    case DELIVER:
    default:
        return true;
    }
}

/* What every key and signature of the conversation, or of the handshake, is made over. */
static void note_spoiled(struct target *target, slice frame)
{
    const struct spdm_transport *const transport = target->pair.requester_setup.transport;
    struct spdm_frame read;
    must(spdm_frame_read(transport, frame, &read));
    target->spoiled_now = true;
    switch (read.kind == SPDM_FRAME_SECURED ? SPDM_FINISH : read.message.data[CODE] | 0x80) {
    case SPDM_GET_VERSION:
    case SPDM_GET_CAPABILITIES:
    case SPDM_NEGOTIATE_ALGORITHMS:
        target->spoiled_a = true;
        break;
    case SPDM_KEY_EXCHANGE:
    case SPDM_FINISH:
        target->spoiled_keys = true;
        break;
    default:
        break;
    }
}

/* Somebody is between the two. */
static bool carry(struct target *target, uint8_t *frame, size_t *size, bool *out_twice)
{
    static uint8_t genuine[PAIR_FRAME_SIZE_MAX];
    const size_t genuine_size = *size;
    memcpy(genuine, frame, genuine_size);
    if (!pass(target, frame, size, out_twice))
        return false;
    if (*size != genuine_size || memcmp(genuine, frame, genuine_size) != 0)
        note_spoiled(target, (slice){genuine, genuine_size});
    return true;
}

/* ---- both ends ---- */

static void to_responder(struct target *target, const uint8_t *frame, size_t size)
{
    struct pair *const pair = &target->pair;
    struct writer answer = writer_over(pair->response, sizeof pair->response);
    const struct roles_facts before = roles_facts(&pair->responder.connection);
    uint8_t *const copy = roles_copy((slice){frame, size});
    const status received = spdm_responder_receive(&pair->responder, pair_now, copy, size, &answer);
    free(copy);
    assert(!received.fault || answer.size == 0);
    if (answer.size == 0)
        roles_expect_unchanged(&before, &pair->responder.connection);
    target->response_size = answer.size;
}

static enum spdm_progress to_requester(struct target *target, const uint8_t *frame, size_t size)
{
    struct pair *const pair = &target->pair;
    struct spdm_requester *const requester = &pair->requester;
    free(target->response);
    target->response = roles_copy((slice){frame, size});
    pair->out.size = 0;
    const enum spdm_progress progress =
        spdm_requester_receive(requester, pair_now, target->response, size, &pair->out);
    assert((progress == SPDM_SEND) == (pair->out.size != 0));
    assert(progress != SPDM_FAILED || (requester->failure.fault && !requester->step));
    assert(progress != SPDM_DONE || !requester->step);
    return progress;
}

/* From a frame to the next: DONE, FAILED, or WAIT when one of them got lost. */
static enum spdm_progress exchange(struct target *target)
{
    struct pair *const pair = &target->pair;
    size_t size = pair->out.size;
    bool twice;
    if (!carry(target, pair->request, &size, &twice))
        return SPDM_WAIT;
    to_responder(target, pair->request, size);
    if (twice) /* the first answer gets lost */
        to_responder(target, pair->request, size);
    size = target->response_size;
    if (!size || !carry(target, pair->response, &size, &twice))
        return SPDM_WAIT;
    const enum spdm_progress progress = to_requester(target, pair->response, size);
    if (twice && progress == SPDM_SEND) {
        keep(target, pair->request, pair->out.size);
        const size_t asked = pair->out.size;
        const enum spdm_progress again = to_requester(target, pair->response, size);
        if (again != SPDM_WAIT)
            return again;
        pair->out.size = asked; /* which was not touched */
    }
    return progress;
}

/* ---- what must hold ---- */

static bool is_settled(const struct spdm_session *session)
{
    return !session->halves[SPDM_REQUESTS].is_updating &&
           !session->halves[SPDM_RESPONSES].is_updating && !session->update;
}

static void expect_same_keys(struct spdm_session *a, struct spdm_session *b)
{
    if (!is_settled(a) || !is_settled(b))
        return;
    for (int i = 0; i < SPDM_DIRECTIONS; i++)
        assert(slice_equal(secret_view(&a->halves[i].secret), secret_view(&b->halves[i].secret)));
    assert(slice_equal(secret_view(&a->exporter), secret_view(&b->exporter)));
}

/* A session that the requester has and has used; the responder may have lost it since. */
static void expect_session(struct target *target, struct spdm_session *session)
{
    struct spdm_session *const other =
        spdm_connection_session(&target->pair.responder.connection, session->form.session_id);
    if (other && other->phase == SPDM_SESSION_ESTABLISHED)
        expect_same_keys(session, other);
}

static void expect_payload(const struct target *target, bool in_session)
{
    assert(target->pair.requester.payload.size == 1);
    assert(target->pair.requester.payload.data[0] == in_session);
}

static void expect_measured(const struct target *target)
{
    const struct spdm_measurements *const got = &target->pair.requester.measurements;
    struct reader reader = reader_of(got->record);
    struct spdm_measurement_block block;
    assert(got->block_count == 1);
    must(spdm_measurement_block_read(&reader, &block));
    assert(slice_equal(block.value, SLICE(pair_measured)) && !reader.left.size);
}

static void expect_done(struct target *target, const struct roles_thing *thing, uint8_t how,
                        struct spdm_session *session)
{
    struct spdm_requester *const requester = &target->pair.requester;
    const bool is_outside = thing->ask == roles_connect || thing->ask == roles_challenge;
    const bool in_session = session && !is_outside && (how & 1 || thing->needs_session);
    if (thing->ask == roles_open) {
        assert(!target->spoiled_a && !target->spoiled_keys);
        assert(requester->opened->phase == SPDM_SESSION_ESTABLISHED);
        expect_session(target, requester->opened);
    } else if (in_session && thing->ask != roles_end) {
        assert(!target->spoiled_now);
        expect_session(target, session);
    }
    if (thing->ask == roles_challenge)
        assert(!target->spoiled_a && !target->spoiled_now);
    if (thing->ask == roles_measurements && how & 4)
        assert(!target->spoiled_now);
    if (target->spoiled_now)
        return;
    if (thing->ask == roles_vendor)
        expect_payload(target, in_session);
    if (thing->ask == roles_measurements)
        expect_measured(target);
}

/* ---- what happens ---- */

static void ask(struct target *target, const struct roles_thing *thing, uint8_t how)
{
    struct pair *const pair = &target->pair;
    struct spdm_session *const session = roles_session(&pair->requester.connection);
    const bool was_asking = pair->requester.step != NULL;
    const bool is_signed = thing->ask == roles_open || thing->ask == roles_challenge ||
                           (thing->ask == roles_measurements && how & 4);
    if ((thing->needs_session && !session) || (is_signed && !target->may_sign))
        return;
    target->spoiled_now = target->spoiled_keys = false;
    target->spoiled_a = target->spoiled_a && thing->ask != roles_connect;
    pair->out.size = 0;
    const status asked = thing->ask(pair, session, how);
    assert(!asked.fault == (pair->out.size != 0));
    assert(asked.fault || !was_asking || thing->ask == roles_connect);
    if (asked.fault)
        return;
    enum spdm_progress progress = SPDM_SEND;
    while (progress == SPDM_SEND)
        progress = exchange(target);
    if (progress == SPDM_DONE)
        expect_done(target, thing, how, session);
    if (progress == SPDM_DONE && thing->ask == roles_connect)
        roles_accept_chain(pair);
}

static void inject(struct target *target, bool to_the_responder)
{
    const struct kept *const kept = &target->kept[read_u8(&target->reader) % KEPT_MAX];
    if (!kept->size)
        return;
    target->spoiled_now = true; /* perhaps the answer to what is still awaited */
    if (to_the_responder)
        to_responder(target, kept->bytes, kept->size);
    else
        to_requester(target, kept->bytes, kept->size);
}

static void wait(struct target *target)
{
    const int64_t pause_ms = (int64_t)read_u8(&target->reader) * 1000;
    spdm_responder_look(&target->pair.responder,
                        (struct moment){.monotonic_ms = pair_now.monotonic_ms + pause_ms});
}

enum { TO_REQUESTER = ROLES_THINGS, TO_RESPONDER, WAIT, ACTIONS };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct target target;
    if (size < 2 || size > PAIR_FRAME_SIZE_MAX)
        return 0;
    const struct pair_terms terms = roles_terms(data[0], data[1]);
    const enum roles_start start = roles_start(data[0]);
    roles_begin(&target.pair, &terms, start == ROLES_HANDSHAKE ? ROLES_FRESH : start, data[1]);
    target.reader = reader_of((slice){data + 2, size - 2});
    target.may_sign = is_in_share((slice){data, size}, ONE_OF);
    target.spoiled_a = false;
    for (size_t i = 0; i < KEPT_MAX; i++)
        target.kept[i].size = 0;
    while (target.reader.left.size) {
        const uint8_t action = read_u8(&target.reader) % ACTIONS;
        if (action < ROLES_THINGS)
            ask(&target, &roles_things[action], read_u8(&target.reader));
        else if (action == WAIT)
            wait(&target);
        else
            inject(&target, action == TO_RESPONDER);
    }
    pair_end(&target.pair);
    return 0;
}
