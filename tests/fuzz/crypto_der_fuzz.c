/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as DER, read to the bottom. What is read must write back to the bytes it came from:
 * there is one encoding of everything.
 */

#include "crypto/der.h"

#include <assert.h>

enum { INTEGER = 0x02, OID = 0x06, CONSTRUCTED = 0x20, DEPTH_MAX = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_number(slice content, slice whole)
{
    uint64_t value;
    SCOPED(buffer) again = {0};
    if (der_uint(content, &value).fault)
        return;
    const status written = der_write_uint(&again, value);
    assert(!written.fault);
    assert(slice_equal(buffer_view(&again), whole));
}

static void read_all(slice bytes, int depth)
{
    struct reader reader = reader_of(bytes);
    struct der_element element;
    while (depth < DEPTH_MAX && reader.left.size) {
        const slice before = reader.left;
        SCOPED(buffer) again = {0};
        if (der_read(&reader, &element).fault)
            return;
        const slice whole = {before.data, before.size - reader.left.size};
        const status written = der_write(&again, element.tag, element.content);
        assert(!written.fault);
        assert(slice_equal(buffer_view(&again), whole));
        if (element.tag == INTEGER)
            check_number(element.content, whole);
        (void)der_oid_is(element.content, "1.2.840.113741.1.13.1");
        if (element.tag & CONSTRUCTED)
            read_all(element.content, depth + 1);
    }
}

/* The same bytes as a dotted name. */
static void write_name(const uint8_t *data, size_t size)
{
    char text[256];
    SCOPED(buffer) der = {0};
    slice content;
    if (size >= sizeof text)
        return;
    for (size_t i = 0; i < size; i++)
        text[i] = (char)data[i];
    text[size] = '\0';
    if (der_write_oid(&der, text).fault)
        return;
    struct reader reader = reader_of(buffer_view(&der));
    const status read = der_expect(&reader, OID, &content);
    assert(!read.fault);
    assert(der_oid_is(content, text));
    const status checked = der_check(buffer_view(&der));
    assert(!checked.fault);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const slice bytes = {data, size};
    struct der_element element;
    struct reader reader = reader_of(bytes);
    if (!der_check(bytes).fault) {
        const status read = der_read(&reader, &element);
        assert(!read.fault && reader.left.size == 0);
    }
    read_all(bytes, 0);
    write_name(data, size);
    return 0;
}
