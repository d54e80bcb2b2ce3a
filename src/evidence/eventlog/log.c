/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/eventlog/log.h"

/* The header is an event of the older form: index, type, SHA-1, size, data. */
enum { SHA1_SIZE = 20, HEADER_DATA_SIZE_MAX = 512 };

static const char header_signature[] = "Spec ID Event03"; /* with its NUL */

/* spec: TCG Algorithm Registry 1.34, "Hash Algorithms" */
static enum hash hash_of(uint16_t algorithm)
{
    switch (algorithm) {
    case 0x0004:
        return HASH_SHA1;
    case 0x000b:
        return HASH_SHA256;
    case 0x000c:
        return HASH_SHA384;
    case 0x000d:
        return HASH_SHA512;
    case 0x0012:
        return HASH_SM3;
    default:
        return HASH_NONE;
    }
}

static size_t position_of(const struct event_log *log, enum hash hash)
{
    size_t at = 0;
    while (at < log->algorithm_count && log->algorithms[at] != hash)
        at++;
    return at;
}

/* ---- the header ---- */

static status read_algorithm(struct reader *reader, struct event_log *log)
{
    const enum hash hash = hash_of(read_le16(reader));
    const uint16_t digest_size = read_le16(reader);
    if (reader->short_of_input)
        return FAIL(TRUNCATED, "the event log ends in its header");
    if (hash == HASH_NONE)
        return FAIL(UNSUPPORTED, "the event log has digests of a hash we do not have");
    if (digest_size != hash_size(hash))
        return FAIL(MALFORMED, "the event log gives a hash another size");
    if (position_of(log, hash) < log->algorithm_count)
        return FAIL(MALFORMED, "the event log names a hash twice");
    log->algorithms[log->algorithm_count++] = hash;
    return OK;
}

/* What follows the signature. spec: "TCG_EfiSpecIDEventStruct" */
static status read_specification(slice data, struct event_log *log)
{
    struct reader reader = reader_of(data);
    read_bytes(&reader, sizeof header_signature);
    read_le32(&reader); /* platform class */
    read_u8(&reader);   /* minor version */
    const uint8_t major = read_u8(&reader);
    read_u8(&reader); /* errata */
    read_u8(&reader); /* size of an UINTN */
    const uint32_t count = read_le32(&reader);
    if (!reader.short_of_input && major != 2)
        return FAIL(UNSUPPORTED, "the event log is of an unknown version");
    if (count > EVENT_ALGORITHMS_MAX)
        return FAIL(EXHAUSTED, "the event log names more hashes than EVENT_ALGORITHMS_MAX");
    for (uint32_t i = 0; i < count; i++)
        TRY(read_algorithm(&reader, log));
    read_bytes(&reader, read_u8(&reader)); /* vendor information */
    TRY(reader_finish(&reader));
    return count ? OK : FAIL(MALFORMED, "the event log names no hash");
}

static slice read_header(struct reader *reader, uint32_t *out_type)
{
    read_le32(reader); /* index: 0 from a TPM, 1 from a TEE; nothing is extended */
    *out_type = read_le32(reader);
    read_bytes(reader, SHA1_SIZE);
    const uint32_t size = read_le32(reader);
    return size > HEADER_DATA_SIZE_MAX ? (slice){0} : read_bytes(reader, size);
}

static bool is_signed_as_ours(slice data)
{
    const slice signature = {(const uint8_t *)header_signature, sizeof header_signature};
    return data.size >= signature.size &&
           slice_equal((slice){data.data, signature.size}, signature);
}

bool event_log_begins(slice bytes)
{
    struct reader reader = reader_of(bytes);
    uint32_t type;
    const slice data = read_header(&reader, &type);
    return type == EV_NO_ACTION && is_signed_as_ours(data);
}

status event_log_begin(enum event_log_kind kind, slice bytes, struct event_log *out)
{
    struct event_log log = {.kind = kind, .reader = reader_of(bytes)};
    uint32_t type;
    if (bytes.size > EVENT_LOG_SIZE_MAX)
        return FAIL(EXHAUSTED, "the event log is larger than EVENT_LOG_SIZE_MAX");
    const slice data = read_header(&log.reader, &type);
    if (log.reader.short_of_input)
        return FAIL(TRUNCATED, "the event log ends in its header");
    if (type != EV_NO_ACTION || !is_signed_as_ours(data))
        return FAIL(UNSUPPORTED, "no event log in the crypto-agile form");
    TRY(read_specification(data, &log));
    *out = log;
    return OK;
}

/* ---- events ---- */

static bool is_all(slice bytes, uint8_t value)
{
    for (size_t i = 0; i < bytes.size; i++)
        if (bytes.data[i] != value)
            return false;
    return true;
}

/* An event in PCR 0 of type 0 with no digest is not one that anybody writes. */
static bool only_padding_is_left(slice left)
{
    return left.size && (left.data[0] == 0xff || left.data[0] == 0) && is_all(left, left.data[0]);
}

static uint32_t last_register(enum event_log_kind kind)
{
    return kind == EVENT_LOG_CC ? 4 : 23;
}

static status read_digest(struct reader *reader, const struct event_log *log, struct event *event)
{
    const enum hash hash = hash_of(read_le16(reader));
    if (reader->short_of_input)
        return FAIL(TRUNCATED, "the event log ends in a digest");
    const size_t position = position_of(log, hash);
    if (hash == HASH_NONE || position == log->algorithm_count)
        return FAIL(MALFORMED, "an event has a digest that the log's header does not announce");
    if (event->digests[position].size)
        return FAIL(MALFORMED, "an event has two digests of one hash");
    event->digests[position] = read_bytes(reader, hash_size(hash));
    return OK;
}

static status read_event(struct reader *reader, const struct event_log *log, struct event *out)
{
    struct event event = {0};
    event.index = read_le32(reader);
    event.type = read_le32(reader);
    const uint32_t digest_count = read_le32(reader);
    if (reader->short_of_input)
        return FAIL(TRUNCATED, "the event log ends in an event");
    if (event.index > last_register(log->kind))
        return FAIL(MALFORMED, "an event is of a register that does not exist");
    if (digest_count != log->algorithm_count)
        return FAIL(MALFORMED, "an event has not one digest of each hash");
    for (uint32_t i = 0; i < digest_count; i++)
        TRY(read_digest(reader, log, &event));
    const uint32_t size = read_le32(reader);
    if (size > EVENT_DATA_SIZE_MAX)
        return FAIL(EXHAUSTED, "an event is larger than EVENT_DATA_SIZE_MAX");
    event.data = read_bytes(reader, size);
    if (reader->short_of_input)
        return FAIL(TRUNCATED, "the event log ends in an event");
    *out = event;
    return OK;
}

status event_log_next(struct event_log *log, struct event *out, bool *out_more)
{
    if (!log->reader.left.size || only_padding_is_left(log->reader.left)) {
        log->reader.left = (slice){0};
        *out_more = false;
        return OK;
    }
    if (log->event_count == EVENTS_MAX)
        return FAIL(EXHAUSTED, "the event log has more events than EVENTS_MAX");
    TRY(read_event(&log->reader, log, out));
    log->event_count++;
    *out_more = true;
    return OK;
}

slice event_digest(const struct event_log *log, const struct event *event, enum hash hash)
{
    const size_t position = position_of(log, hash);
    return position < log->algorithm_count ? event->digests[position] : (slice){0};
}

bool event_covers_data(const struct event_log *log, const struct event *event)
{
    struct digest digest;
    for (size_t i = 0; i < log->algorithm_count; i++)
        if (digest_of(log->algorithms[i], event->data, &digest).fault ||
            !slice_equal(event->digests[i], (slice){digest.data, digest.size}))
            return false;
    return true;
}
