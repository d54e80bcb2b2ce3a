/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/eventlog/ccel.h"

#include <fcntl.h>
#include <unistd.h>

static uint8_t sum_of(slice bytes)
{
    uint8_t sum = 0;
    for (size_t i = 0; i < bytes.size; i++)
        sum = (uint8_t)(sum + bytes.data[i]);
    return sum;
}

status ccel_table_read(slice bytes, struct ccel_table *out)
{
    struct reader reader = reader_of(bytes);
    const slice signature = read_bytes(&reader, 4);
    const uint32_t size = read_le32(&reader);
    read_bytes(&reader, 28); /* revision, checksum, and whose table it is */
    struct ccel_table table = {.type = read_u8(&reader)};
    read_u8(&reader);   /* subtype */
    read_le16(&reader); /* reserved */
    table.log_size = read_le64(&reader);
    table.log_address = read_le64(&reader);
    TRY(reader_finish(&reader));
    if (!slice_equal(signature, slice_of_text("CCEL")) || size != CCEL_TABLE_SIZE)
        return FAIL(MALFORMED, "no CCEL table");
    if (sum_of(bytes) != 0)
        return FAIL(MALFORMED, "the checksum of the CCEL table is wrong");
    *out = table;
    return OK;
}

/* ---- the log ---- */

static status read_file(const char *path, struct buffer *out)
{
    uint8_t chunk[4096];
    SCOPED(buffer) content = {0};
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = 0;
    if (file < 0)
        return FAIL(UNAVAILABLE, "there is no event log");
    while ((size = read(file, chunk, sizeof chunk)) > 0)
        if (content.size > EVENT_LOG_SIZE_MAX ||
            buffer_append(&content, (slice){chunk, (size_t)size}).fault)
            break;
    close(file);
    if (size != 0)
        return FAIL(UNAVAILABLE, "the event log cannot be read");
    *out = buffer_take(&content);
    return OK;
}

status ccel_log_read(const char *path, struct buffer *out)
{
    struct event_log log;
    struct event event;
    SCOPED(buffer) content = {0};
    size_t behind = 0; /* what follows the events read so far */
    TRY(read_file(path, &content));
    TRY(event_log_begin(EVENT_LOG_CC, buffer_view(&content), &log));
    for (bool more = true; more;) {
        behind = log.reader.left.size;
        TRY(event_log_next(&log, &event, &more));
    }
    content.size -= behind;
    *out = buffer_take(&content);
    return OK;
}
