/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * JSON from strangers, through jansson with our limits: no duplicate keys, bounded depth,
 * size and number of values, no NUL, nothing left over. Writing is jansson's too; callers include
 * <jansson.h>.
 */

#include "base/bytes.h"

#include <jansson.h>

enum { JSON_SIZE_MAX = 4 << 20, JSON_DEPTH_MAX = 32, JSON_VALUES_MAX = 100000 };

struct json {
    json_t *root;
};

/* An object or array; EXHAUSTED beyond a limit, MALFORMED when it is not strict JSON. */
status json_read(slice text, struct json *out);
void json_clear(struct json *json);

/*
 * Members of an object; MALFORMED when absent, of another type or above `most` (an array:
 * EXHAUSTED). Slices live as long as `object`.
 */
status json_text(const json_t *object, const char *key, slice *out);
status json_number(const json_t *object, const char *key, uint64_t most, uint64_t *out);
status json_array_member(const json_t *object, const char *key, size_t most, json_t **out);
status json_object_member(const json_t *object, const char *key, json_t **out);

/*
 * The exact bytes of the member `key` of the outermost object, as received: what a vendor signed.
 * Never re-serialised. MALFORMED when the text is not one object with exactly one such member.
 * Other keys may repeat and strings may be bad UTF-8 here: json_read() the same text as well.
 */
status json_member_bytes(slice text, const char *key, slice *out);
