/* SPDX-License-Identifier: Apache-2.0 */
#include "atls/cmw.h"

#include <stdlib.h>

enum { RECORD_FIELDS = 2, HEADS_SIZE_MAX = 32 };

status cmw_read(slice record, struct cmw *out)
{
    struct reader reader = reader_of(record);
    struct cmw cmw;
    size_t count;
    TRY(cbor_read_array(&reader, RECORD_FIELDS, &count));
    if (count != RECORD_FIELDS)
        return FAIL(MALFORMED, "a wrapper is a media type and bytes");
    TRY(cbor_read_text(&reader, CMW_TYPE_SIZE_MAX, &cmw.type));
    TRY(cbor_read_bytes(&reader, CMW_VALUE_SIZE_MAX, &cmw.value));
    TRY(reader_finish(&reader));
    if (!cmw.type.size || !cmw.value.size)
        return FAIL(MALFORMED, "a wrapper without a type, or around nothing");
    *out = cmw;
    return OK;
}

status cmw_write(const struct cmw *cmw, struct buffer *out_record)
{
    if (!cmw->type.size || cmw->type.size > CMW_TYPE_SIZE_MAX)
        return FAIL(INTERNAL, "a media type has 1 to 64 characters");
    if (!cmw->value.size || cmw->value.size > CMW_VALUE_SIZE_MAX)
        return FAIL(EXHAUSTED, "more bytes than a wrapper carries, or none");
    const size_t capacity = HEADS_SIZE_MAX + cmw->type.size + cmw->value.size;
    SCOPED(buffer) space = {.data = malloc(capacity), .capacity = capacity};
    if (!space.data)
        return FAIL(EXHAUSTED, "no memory for a wrapper");
    struct writer writer = writer_over(space.data, capacity);
    cbor_write_array(&writer, RECORD_FIELDS);
    cbor_write_text(&writer, cmw->type);
    cbor_write_bytes(&writer, cmw->value);
    slice written;
    TRY(writer_finish(&writer, &written));
    space.size = written.size;
    *out_record = buffer_take(&space);
    return OK;
}
