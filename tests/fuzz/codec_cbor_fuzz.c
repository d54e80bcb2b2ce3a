/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as CBOR. Deterministic encoding gives each item exactly one form: what is accepted is
 * taken apart head by head, written again, and must be the same bytes.
 */

#include "codec/cbor.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void copy(struct reader *reader, struct writer *writer);

static void copy_many(struct reader *reader, struct writer *writer, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        copy(reader, writer);
}

static void copy(struct reader *reader, struct writer *writer)
{
    struct cbor_item item;
    const enum cbor_kind kind = cbor_peek(reader);
    const status read = cbor_read(reader, &item);
    assert(!read.fault && item.kind == kind);
    switch (kind) {
    case CBOR_UINT:
        cbor_write_uint(writer, item.number);
        break;
    case CBOR_NEGATIVE:
        cbor_write_negative(writer, item.number);
        break;
    case CBOR_BYTES:
        cbor_write_bytes(writer, item.bytes);
        break;
    case CBOR_TEXT:
        cbor_write_text(writer, item.bytes);
        break;
    case CBOR_ARRAY:
        cbor_write_array(writer, (size_t)item.number);
        copy_many(reader, writer, item.number);
        break;
    case CBOR_MAP:
        cbor_write_map(writer, (size_t)item.number);
        copy_many(reader, writer, 2 * item.number);
        break;
    case CBOR_TAG:
        cbor_write_tag(writer, item.number);
        copy(reader, writer);
        break;
    case CBOR_BOOL:
        cbor_write_bool(writer, item.number);
        break;
    case CBOR_NULL:
        cbor_write_null(writer);
        break;
    case CBOR_END:
        abort();
    }
}

/* Each typed reader refuses, or gives what cbor_read() gives. */
static void read_typed(slice input)
{
    struct reader reader = reader_of(input);
    struct cbor_item item;
    uint64_t number;
    size_t count;
    slice bytes;
    if (cbor_read(&reader, &item).fault)
        return;
    reader = reader_of(input);
    if (!cbor_read_uint(&reader, 1000, &number).fault)
        assert(item.kind == CBOR_UINT && item.number == number && number <= 1000);
    reader = reader_of(input);
    if (!cbor_read_bytes(&reader, 8, &bytes).fault)
        assert(item.kind == CBOR_BYTES && slice_equal(item.bytes, bytes) && bytes.size <= 8);
    reader = reader_of(input);
    if (!cbor_read_text(&reader, 8, &bytes).fault)
        assert(item.kind == CBOR_TEXT && slice_equal(item.bytes, bytes) && bytes.size <= 8);
    reader = reader_of(input);
    if (!cbor_read_array(&reader, 8, &count).fault)
        assert(item.kind == CBOR_ARRAY && item.number == count && count <= 8);
    reader = reader_of(input);
    if (!cbor_read_map(&reader, 8, &count).fault)
        assert(item.kind == CBOR_MAP && item.number == count && count <= 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const slice input = {data, size};
    struct reader reader = reader_of(input);
    slice item, written;
    read_typed(input);
    while (!cbor_skip(&reader, &item).fault) {
        uint8_t *const space = malloc(item.size);
        if (!space)
            abort();
        struct writer writer = writer_over(space, item.size);
        struct reader inside = reader_of(item);
        copy(&inside, &writer);
        assert(!reader_finish(&inside).fault);
        assert(!writer_finish(&writer, &written).fault && slice_equal(written, item));
        free(space);
    }
    return 0;
}
