/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/measurement_log.h"

#include <assert.h>

enum { RAW = 1 << 7 }; /* of the value's type */

status spdm_get_measurement_log_read(struct reader *reader, struct spdm_get_measurement_log *out)
{
    struct spdm_get_measurement_log request;
    struct spdm_header header;
    TRY(spdm_header_expect(reader, SPDM_GET_MEASUREMENT_EXTENSION_LOG, &header));
    request.offset = read_le32(reader);
    request.length = read_le32(reader);
    TRY(spdm_message_was_whole(reader));
    *out = request;
    return OK;
}

void spdm_get_measurement_log_write(struct writer *writer, const struct spdm_shape *shape,
                                    const struct spdm_get_measurement_log *request)
{
    const struct spdm_header header = {shape->version, SPDM_GET_MEASUREMENT_EXTENSION_LOG, 0, 0};
    spdm_header_write(writer, &header);
    write_le32(writer, request->offset);
    write_le32(writer, request->length);
}

status spdm_measurement_log_read(struct reader *reader, struct spdm_measurement_log *out)
{
    struct spdm_measurement_log log;
    struct spdm_header header;
    TRY(spdm_header_expect(reader, SPDM_MEASUREMENT_EXTENSION_LOG, &header));
    const uint32_t portion_size = read_le32(reader);
    log.remainder_size = read_le32(reader);
    log.portion = read_bytes(reader, portion_size);
    TRY(spdm_message_was_whole(reader));
    *out = log;
    return OK;
}

void spdm_measurement_log_write(struct writer *writer, const struct spdm_shape *shape,
                                const struct spdm_measurement_log *log)
{
    const struct spdm_header header = {shape->version, SPDM_MEASUREMENT_EXTENSION_LOG, 0, 0};
    assert(log->portion.size <= UINT32_MAX);
    spdm_header_write(writer, &header);
    write_le32(writer, (uint32_t)log->portion.size);
    write_le32(writer, log->remainder_size);
    write_bytes(writer, log->portion);
}

status spdm_log_entry_read(struct reader *reader, struct spdm_log_entry *out)
{
    struct spdm_log_entry entry;
    entry.number = read_le32(reader);
    entry.measurement_index = read_u8(reader);
    read_bytes(reader, 3); /* reserved */
    const uint8_t type = read_u8(reader);
    entry.is_raw = type & RAW;
    entry.kind = type & (RAW - 1);
    entry.value = read_bytes(reader, read_le16(reader));
    if (reader->short_of_input)
        return FAIL(TRUNCATED, "SPDM measurement log has an entry that does not end");
    *out = entry;
    return OK;
}

void spdm_log_entry_write(struct writer *writer, const struct spdm_log_entry *entry)
{
    assert(entry->value.size <= UINT16_MAX);
    write_le32(writer, entry->number);
    write_u8(writer, entry->measurement_index);
    write_u8(writer, 0);   /* reserved */
    write_le16(writer, 0); /* reserved */
    write_u8(writer, (uint8_t)(entry->kind | (entry->is_raw ? RAW : 0)));
    write_le16(writer, (uint16_t)entry->value.size);
    write_bytes(writer, entry->value);
}

status spdm_log_read(slice log, struct spdm_log *out)
{
    struct reader reader = reader_of(log);
    struct spdm_log_entry entry;
    struct spdm_log whole;
    uint32_t count = 0;

    whole.entry_count = read_le32(&reader);
    const uint32_t entries_size = read_le32(&reader);
    read_le64(&reader); /* reserved */
    whole.entries = read_bytes(&reader, entries_size);
    TRY(reader_finish(&reader));

    struct reader entries = reader_of(whole.entries);
    for (; entries.left.size; count++)
        if (spdm_log_entry_read(&entries, &entry).fault)
            return FAIL(MALFORMED, "SPDM measurement log ends within an entry");
    if (count != whole.entry_count)
        return FAIL(MALFORMED, "SPDM measurement log tells another number of entries than it has");
    *out = whole;
    return OK;
}

void spdm_log_write(struct writer *writer, const struct spdm_log *log)
{
    assert(log->entries.size <= UINT32_MAX);
    write_le32(writer, log->entry_count);
    write_le32(writer, (uint32_t)log->entries.size);
    write_le64(writer, 0); /* reserved */
    write_bytes(writer, log->entries);
}
