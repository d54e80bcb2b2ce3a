/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/eventlog/ima.h"

#include <string.h>

enum { SHA1_SIZE = 20 };

static bool is_named(slice name, const char *text)
{
    return slice_equal(name, slice_of_text(text));
}

/* Templates whose data are length-prefixed fields; "ima" alone has none. */
static bool is_framed(slice name)
{
    static const char beginning[] = "ima-";
    const size_t size = sizeof beginning - 1;
    return name.size > size && memcmp(name.data, beginning, size) == 0;
}

static slice read_sized(struct reader *reader)
{
    return read_bytes(reader, read_le32(reader));
}

/* A text ends with its only NUL. */
static status without_nul(slice text, slice *out)
{
    if (!text.size || memchr(text.data, 0, text.size) != text.data + text.size - 1)
        return FAIL(MALFORMED, "a path in an IMA record does not end where it should");
    *out = (slice){text.data, text.size - 1};
    return OK;
}

static status read_fields(struct ima_record *record)
{
    struct reader reader = reader_of(record->data);
    const bool has_signature = is_named(record->name, "ima-sig");
    if (!has_signature && !is_named(record->name, "ima-ng"))
        return OK;
    record->file_digest = read_sized(&reader);
    const slice path = read_sized(&reader);
    if (has_signature)
        record->signature = read_sized(&reader);
    if (reader_finish(&reader).fault)
        return FAIL(MALFORMED, "an IMA record is not of its template's fields");
    return without_nul(path, &record->path);
}

static status check_digest(struct ima_record *record, slice template_digest)
{
    struct digest digest;
    record->is_violation = slice_is_zero(template_digest);
    if (record->is_violation)
        return OK;
    TRY(digest_of(HASH_SHA1, record->data, &digest));
    return slice_equal(template_digest, (slice){digest.data, digest.size})
               ? OK
               : FAIL(MALFORMED, "an IMA record's digest is not that of its data");
}

static status read_record(struct reader *reader, struct ima_record *out)
{
    struct ima_record record = {.index = read_le32(reader)};
    const slice template_digest = read_bytes(reader, SHA1_SIZE);
    const uint32_t name_size = read_le32(reader);
    if (name_size > IMA_NAME_SIZE_MAX)
        return FAIL(EXHAUSTED, "an IMA template's name is longer than IMA_NAME_SIZE_MAX");
    record.name = read_bytes(reader, name_size);
    if (!reader->short_of_input && !is_framed(record.name))
        return FAIL(UNSUPPORTED, "an IMA record is of a template that does not say its size");
    const uint32_t data_size = read_le32(reader);
    if (data_size > IMA_DATA_SIZE_MAX)
        return FAIL(EXHAUSTED, "an IMA record is larger than IMA_DATA_SIZE_MAX");
    record.data = read_bytes(reader, data_size);
    if (reader->short_of_input)
        return FAIL(TRUNCATED, "the IMA log ends in a record");
    if (record.index >= REGISTERS_MAX)
        return FAIL(MALFORMED, "an IMA record is of a register that does not exist");
    TRY(check_digest(&record, template_digest));
    TRY(read_fields(&record));
    *out = record;
    return OK;
}

status ima_log_next(struct reader *reader, struct ima_record *out, bool *out_more)
{
    if (!reader->left.size) {
        *out_more = false;
        return OK;
    }
    TRY(read_record(reader, out));
    *out_more = true;
    return OK;
}

bool ima_log_begins(slice bytes)
{
    struct reader reader = reader_of(bytes);
    const uint32_t index = read_le32(&reader);
    read_bytes(&reader, SHA1_SIZE);
    const uint32_t name_size = read_le32(&reader);
    return index < REGISTERS_MAX && name_size <= IMA_NAME_SIZE_MAX &&
           is_framed(read_bytes(&reader, name_size));
}

/* ---- replay ---- */

static status extend_with(const struct ima_record *record, struct registers *registers)
{
    struct digest digest = {.size = hash_size(registers->hash)};
    if (record->is_violation)
        memset(digest.data, 0xff, digest.size);
    else
        TRY(digest_of(registers->hash, record->data, &digest));
    return register_extend(registers, record->index, (slice){digest.data, digest.size});
}

/* Until register `index` holds `value`, if that is not empty; else to the end. */
static status replay(slice log, size_t index, slice value, struct registers *registers)
{
    struct reader reader = reader_of(log);
    size_t count = 0;
    if (log.size > EVENT_LOG_SIZE_MAX)
        return FAIL(EXHAUSTED, "the IMA log is larger than EVENT_LOG_SIZE_MAX");
    for (bool more = true; more; count++) {
        struct ima_record record = {0};
        if (count == IMA_RECORDS_MAX)
            return FAIL(EXHAUSTED, "the IMA log has more records than IMA_RECORDS_MAX");
        TRY(ima_log_next(&reader, &record, &more));
        if (more)
            TRY(extend_with(&record, registers));
        if (more && value.size && register_is(registers, index, value))
            return OK;
    }
    return value.size ? FAIL(UNEXPECTED, "the IMA log does not lead to its register") : OK;
}

status ima_log_replay_until(slice log, size_t index, slice value, struct registers *registers)
{
    struct registers draft = *registers;
    TRY(replay(log, index, value, &draft));
    *registers = draft;
    return OK;
}

status ima_log_replay(slice log, struct registers *registers)
{
    return ima_log_replay_until(log, 0, (slice){0}, registers);
}
