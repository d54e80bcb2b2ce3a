/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Project Wycheproof's vectors: $CIX_SHARED/vectors/wycheproof, read case by case. */

#include "samples.h"

/* One file of vectors; `root` is NULL where it is absent. */
static inline struct json wycheproof_open(const char *name)
{
    char folder[PATH_SIZE + 32], path[PATH_SIZE + 128];
    const char *const samples = samples_root();
    snprintf(folder, sizeof folder, "%s/../vectors/wycheproof", samples ? samples : "");
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return samples && access(path, R_OK) == 0 ? json_of_file(folder, name)
                                              : (struct json){.root = NULL};
}

static inline struct buffer hex_member(const json_t *object, const char *key)
{
    struct buffer bytes = {0};
    EXPECT_OK(hex_read(slice_of_text(text_of(object, key)), &bytes));
    return bytes;
}

/* Calls `visit` for each case, with the group it belongs to; tells how many. */
static inline size_t wycheproof_each(const struct json *file,
                                     void (*visit)(const json_t *group, const json_t *test))
{
    size_t count = 0, i, j;
    json_t *group, *test;
    json_array_foreach(json_object_get(file->root, "testGroups"), i, group)
    {
        json_array_foreach(json_object_get(group, "tests"), j, test)
        {
            const int before = test_failures;
            visit(group, test);
            if (test_failures != before)
                printf("  in case %lld: %s\n",
                       (long long)json_integer_value(json_object_get(test, "tcId")),
                       text_of(test, "comment"));
            count++;
        }
    }
    return count;
}
