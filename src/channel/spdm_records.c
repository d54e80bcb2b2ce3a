/* SPDX-License-Identifier: Apache-2.0 */
#include "channel/spdm_records.h"

#include "spdm/message/key_update.h"
#include "spdm/transport.h"

#include <string.h>

enum {
    INNER_VERSION = 1,
    INNER_COUNTED_SIZE = 2, /* of the inner header, in its own length */
    INNER_HEADER_SIZE = 4,
    TYPE_SPDM = 0x05,
    TYPE_APPLICATION = 0x7F,
    AROUND_SIZE = SPDM_FRAME_HEADER_SIZE_MAX + SPDM_RECORD_OVERHEAD_MAX + INNER_HEADER_SIZE,
    IN_CAPACITY = SPDM_FRAME_HEADER_SIZE_MAX + SPDM_TCP_MESSAGE_SIZE_MAX,
};

void spdm_records_begin(struct spdm_records *records, struct spdm_connection *connection,
                        struct spdm_session *session)
{
    records->connection = connection;
    records->session = session;
    records->units_max = SPDM_UNITS_PER_KEY;
    records->frames.size_max = IN_CAPACITY;
}

static void drop_in(struct spdm_records *records)
{
    spdm_frames_clear(&records->frames);
    records->rest = (slice){0};
}

void spdm_records_clear(struct spdm_records *records)
{
    drop_in(records);
    outgoing_clear(&records->output);
    *records = (struct spdm_records){0};
}

static bool is_requester(const struct spdm_records *records)
{
    return records->connection->settings->side == SPDM_REQUESTER;
}

static enum spdm_direction sent_direction(const struct spdm_records *records)
{
    return is_requester(records) ? SPDM_REQUESTS : SPDM_RESPONSES;
}

static enum spdm_direction received_direction(const struct spdm_records *records)
{
    return is_requester(records) ? SPDM_RESPONSES : SPDM_REQUESTS;
}

/* The key of `direction` served for a record more. */
static status spend(struct spdm_records *records, enum spdm_direction direction, size_t size)
{
    records->units[direction] += (uint32_t)(size / SPDM_UNIT_SIZE + 1);
    if (records->units[direction] / 2 >= records->units_max)
        return FAIL(EXHAUSTED, "a key was not renewed in time");
    return OK;
}

/* ---- out ---- */

static status put(struct spdm_records *records, uint8_t type, slice body)
{
    struct spdm_session *const session = records->session;
    const enum spdm_side side = records->connection->settings->side;
    uint8_t *const room = outgoing_room(&records->output, AROUND_SIZE + body.size);
    if (!room)
        return FAIL(EXHAUSTED, "no room for output");
    struct writer writer = writer_over(room, AROUND_SIZE + body.size);
    const size_t frame = spdm_frame_begin(&spdm_tcp, &writer);
    const size_t record = spdm_record_begin(&session->form, &writer);
    write_le16(&writer, (uint16_t)(INNER_COUNTED_SIZE + body.size));
    write_u8(&writer, INNER_VERSION);
    write_u8(&writer, type);
    write_bytes(&writer, body);
    TRY(spend(records, sent_direction(records), body.size));
    TRY(spdm_session_seal(session, side, &writer, record, (slice){0}));
    TRY(spdm_frame_end(&spdm_tcp, &writer, frame, SPDM_FRAME_SECURED));
    outgoing_add(&records->output, writer.size);
    return OK;
}

static status put_update(struct spdm_records *records, const struct spdm_key_update *update)
{
    uint8_t space[SPDM_HEADER_SIZE];
    struct writer writer = writer_over(space, sizeof space);
    if (is_requester(records))
        spdm_key_update_write(&writer, &records->connection->shape, update);
    else
        spdm_key_update_ack_write(&writer, &records->connection->shape, update);
    return put(records, TYPE_SPDM, SLICE(space));
}

/* ---- new keys ---- */

static status prepare(struct spdm_records *records, enum spdm_direction direction)
{
    return spdm_session_prepare_update(records->session, &records->connection->schedule, direction);
}

static void commit(struct spdm_records *records, enum spdm_direction direction)
{
    spdm_session_commit_update(records->session, direction);
    records->units[direction] = 0;
}

/* A requester asks, once either key has served enough. */
static status renew_when_due(struct spdm_records *records)
{
    if (!is_requester(records) || records->renewal != SPDM_RENEWAL_NONE ||
        (records->units[SPDM_REQUESTS] < records->units_max &&
         records->units[SPDM_RESPONSES] < records->units_max))
        return OK;
    const struct spdm_key_update update = {SPDM_UPDATE_ALL_KEYS, ++records->tag};
    TRY(put_update(records, &update));
    TRY(prepare(records, SPDM_REQUESTS));
    TRY(prepare(records, SPDM_RESPONSES));
    records->renewal = SPDM_RENEWAL_BEGUN;
    return OK;
}

static status take_acknowledgement(struct spdm_records *records,
                                   const struct spdm_key_update *update)
{
    const bool has_begun = records->renewal == SPDM_RENEWAL_BEGUN;
    if (records->renewal == SPDM_RENEWAL_NONE || update->tag != records->tag ||
        update->operation != (has_begun ? SPDM_UPDATE_ALL_KEYS : SPDM_VERIFY_NEW_KEY) ||
        records->session->opened_with_next != has_begun)
        return FAIL(UNEXPECTED, "an acknowledgement of no key update of ours");
    if (!has_begun) {
        records->renewal = SPDM_RENEWAL_NONE;
        return OK;
    }
    commit(records, SPDM_RESPONSES);
    commit(records, SPDM_REQUESTS);
    records->renewal = SPDM_RENEWAL_VERIFIED;
    const struct spdm_key_update verify = {SPDM_VERIFY_NEW_KEY, ++records->tag};
    return put_update(records, &verify);
}

/* The acknowledgement is the first record under our new key, VerifyNewKey under the peer's. */
static status follow(struct spdm_records *records, const struct spdm_key_update *update)
{
    const bool has_begun = records->renewal == SPDM_RENEWAL_BEGUN;
    if (update->operation != (has_begun ? SPDM_VERIFY_NEW_KEY : SPDM_UPDATE_ALL_KEYS) ||
        (has_begun && update->tag != (uint8_t)(records->tag + 1)) ||
        records->session->opened_with_next != has_begun)
        return FAIL(UNEXPECTED, "a key update out of its order");
    records->tag = update->tag;
    if (has_begun) {
        commit(records, SPDM_REQUESTS);
        records->renewal = SPDM_RENEWAL_NONE;
    } else {
        TRY(prepare(records, SPDM_REQUESTS));
        TRY(prepare(records, SPDM_RESPONSES));
        commit(records, SPDM_RESPONSES);
        records->renewal = SPDM_RENEWAL_BEGUN;
    }
    return put_update(records, update);
}

static status take_update(struct spdm_records *records, slice message)
{
    struct reader reader = reader_of(message);
    struct spdm_header header;
    struct spdm_key_update update;
    TRY(spdm_header_peek(message, &header));
    if (header.version != records->connection->shape.version)
        return FAIL(UNEXPECTED, "a message of another version");
    if (is_requester(records))
        TRY(spdm_key_update_ack_read(&reader, &update));
    else
        TRY(spdm_key_update_read(&reader, &update));
    TRY(reader_finish(&reader));
    return is_requester(records) ? take_acknowledgement(records, &update)
                                 : follow(records, &update);
}

/* ---- in ---- */

void spdm_records_feed(struct spdm_records *records, slice wire)
{
    records->frames.wire = wire;
}

/* The application data of a secured message, and what it says it is. */
static status read_inner(slice data, uint8_t *out_type, slice *out_body)
{
    struct reader reader = reader_of(data);
    const uint16_t length = read_le16(&reader);
    const uint8_t version = read_u8(&reader);
    const uint8_t type = read_u8(&reader);
    if (reader.short_of_input || length != INNER_COUNTED_SIZE + reader.left.size ||
        version != INNER_VERSION)
        return FAIL(MALFORMED, "a record without the header of what it holds");
    *out_type = type;
    *out_body = reader.left;
    return OK;
}

static status take_application(struct spdm_records *records, slice body)
{
    if (records->session->opened_with_next)
        return FAIL(UNEXPECTED, "a new key begins with another record than its update's");
    records->is_closed = !body.size;
    records->rest = body;
    records->quiet_size = 0;
    return renew_when_due(records);
}

static status take_record(struct spdm_records *records, uint8_t *frame, size_t size)
{
    struct spdm_frame read;
    slice data, body;
    uint8_t type = 0;
    TRY(spdm_frame_read(&spdm_tcp, (slice){frame, size}, &read));
    if (read.kind != SPDM_FRAME_SECURED)
        return FAIL(UNEXPECTED, "a message outside the session");
    records->quiet_size += size;
    TRY(spdm_session_open(records->session, records->connection->settings->side,
                          frame + (read.message.data - frame), read.message.size, &data));
    TRY(read_inner(data, &type, &body));
    TRY(spend(records, received_direction(records), body.size));
    if (type == TYPE_APPLICATION)
        return take_application(records, body);
    if (type != TYPE_SPDM)
        return FAIL(UNSUPPORTED, "a record that holds something unknown");
    if (records->quiet_size > SPDM_QUIET_SIZE_MAX)
        return FAIL(EXHAUSTED, "too many bytes that carry nothing");
    return take_update(records, body);
}

static void end(struct spdm_records *records, status why)
{
    records->failure = why.fault->what;
    records->is_over = true;
    drop_in(records);
}

static enum session_progress give(struct spdm_records *records, uint8_t *out, size_t capacity,
                                  size_t *out_size)
{
    const size_t size = records->rest.size < capacity ? records->rest.size : capacity;
    memcpy(out, records->rest.data, size);
    records->rest = (slice){records->rest.data + size, records->rest.size - size};
    *out_size = size;
    return SESSION_READY;
}

enum session_progress spdm_records_read(struct spdm_records *records, uint8_t *out, size_t capacity,
                                        size_t *out_size)
{
    while (!records->is_over && !records->is_closed && !records->rest.size) {
        uint8_t *frame;
        size_t size;
        status taken = spdm_frames_next(&records->frames, &frame, &size);
        if (!taken.fault && !size)
            return SESSION_AGAIN;
        if (!taken.fault)
            taken = take_record(records, frame, size);
        if (taken.fault)
            end(records, taken);
    }
    if (records->is_over)
        return SESSION_FAILED;
    return records->is_closed ? SESSION_CLOSED : give(records, out, capacity, out_size);
}

/* ---- what the owner says ---- */

status spdm_records_write(struct spdm_records *records, slice plaintext)
{
    if (records->is_over)
        return FAIL(UNEXPECTED, "the session is not open");
    while (plaintext.size) {
        const size_t size =
            plaintext.size < SPDM_APPLICATION_SIZE_MAX ? plaintext.size : SPDM_APPLICATION_SIZE_MAX;
        TRY(put(records, TYPE_APPLICATION, (slice){plaintext.data, size}));
        plaintext = (slice){plaintext.data + size, plaintext.size - size};
        TRY(renew_when_due(records));
    }
    return OK;
}

/* Best effort: we are leaving anyway. */
void spdm_records_close(struct spdm_records *records)
{
    if (records->is_over)
        return;
    const status closed = put(records, TYPE_APPLICATION, (slice){0});
    (void)closed.fault;
    records->is_over = true;
    drop_in(records);
}
