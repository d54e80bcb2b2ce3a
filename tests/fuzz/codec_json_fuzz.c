/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as JSON. What is accepted is written and read the same; the bytes of each outermost
 * member, read alone, are the value that jansson has for it.
 */

#include "codec/json.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_written(const json_t *root)
{
    char *const text = json_dumps(root, JSON_COMPACT);
    SCOPED(json) again = {0};
    assert(text);
    assert(!json_read(slice_of_text(text), &again).fault && json_equal(root, again.root));
    free(text);
}

static void check_member(slice input, const char *key, const json_t *value)
{
    slice bytes = {0};
    assert(!json_member_bytes(input, key, &bytes).fault);
    assert(bytes.data >= input.data && bytes.data + bytes.size <= input.data + input.size);
    json_t *const alone = json_loadb((const char *)bytes.data, bytes.size, JSON_DECODE_ANY, NULL);
    assert(alone && json_equal(alone, value));
    json_decref(alone);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const slice input = {data, size};
    SCOPED(json) json = {0};
    slice bytes = {0};
    const char *key;
    json_t *value;
    const bool has_member = !json_member_bytes(input, "a", &bytes).fault;
    if (json_read(input, &json).fault) {
        assert(!json.root);
        return 0;
    }
    assert(has_member == (json_object_get(json.root, "a") != NULL));
    check_written(json.root);
    json_object_foreach(json.root, key, value) check_member(input, key, value);
    return 0;
}
