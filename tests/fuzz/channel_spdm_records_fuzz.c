/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a peer may put into the records of an SPDM session: any application data, sealed as it must
 * be, and any bytes that are no record. Nothing comes out but what was sealed as application data,
 * in its order; what was refused once stays refused.
 */

#include "../unit/channel/spdm_pair.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* How a piece of the input is said: its first byte. */
enum { UNSEALED = 1, UNDER_NEXT_KEY = 2, CUT = 4, AS_APPLICATION = 8 };

struct scene {
    struct spdm_end liar, end;
    size_t said, heard; /* application bytes */
};

static void listen(struct scene *scene)
{
    static uint8_t out[SPDM_APPLICATION_SIZE_MAX];
    struct spdm_records *const records = &scene->end.records;
    const bool was_over = records->is_over || records->is_closed;
    size_t size = 0;
    while (spdm_records_read(records, out, sizeof out, &size) == SESSION_READY) {
        assert(!was_over && size && size <= sizeof out);
        scene->heard += size;
    }
    assert(scene->heard <= scene->said);
    assert(!records->failure || records->is_over);
}

static void feed(struct scene *scene, slice wire, bool is_cut)
{
    const size_t first = is_cut ? wire.size / 2 : wire.size;
    spdm_records_feed(&scene->end.records, (slice){wire.data, first});
    listen(scene);
    if (first < wire.size) {
        spdm_records_feed(&scene->end.records, (slice){wire.data + first, wire.size - first});
        listen(scene);
    }
    spdm_records_feed(&scene->end.records, (slice){0});
}

/* The liar's next key of what it sends, from here on. */
static void renew(struct scene *scene)
{
    struct spdm_end *const liar = &scene->liar;
    const enum spdm_direction direction =
        liar->settings.side == SPDM_REQUESTER ? SPDM_REQUESTS : SPDM_RESPONSES;
    spdm_must(spdm_session_prepare_update(&liar->session, &liar->connection.schedule, direction));
    spdm_session_commit_update(&liar->session, direction);
}

static void say(struct scene *scene, uint8_t how, slice body)
{
    static uint8_t wire[1024], inner[512];
    if (how & UNDER_NEXT_KEY)
        renew(scene);
    if (how & UNSEALED) {
        feed(scene, body, how & CUT);
        return;
    }
    struct writer writer = writer_over(inner, sizeof inner);
    if (how & AS_APPLICATION) {
        write_le16(&writer, (uint16_t)(2 + body.size));
        write_u8(&writer, 1);
        write_u8(&writer, 0x7F);
    }
    write_bytes(&writer, body);
    scene->said += writer.size;
    const size_t size = spdm_end_seal(&scene->liar, (slice){inner, writer.size}, wire, sizeof wire);
    feed(scene, (slice){wire, size}, how & CUT);
}

/* Pieces of a byte of how, a byte of size, and so many bytes. */
static void play(struct scene *scene, struct reader *reader)
{
    while (reader->left.size) {
        const uint8_t how = read_u8(reader);
        const size_t size = read_u8(reader);
        say(scene, how, read_bytes(reader, size < reader->left.size ? size : reader->left.size));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scene scene = {0};
    struct reader reader = reader_of((slice){data, size});
    const bool as_client = read_u8(&reader) & 1;
    spdm_end_begin(&scene.liar, as_client ? SPDM_RESPONDER : SPDM_REQUESTER);
    spdm_end_begin(&scene.end, as_client ? SPDM_REQUESTER : SPDM_RESPONDER);
    scene.end.records.units_max = 8; /* so that a client renews, and a server wants to */
    play(&scene, &reader);
    spdm_end_clear(&scene.liar);
    spdm_end_clear(&scene.end);
    return 0;
}
