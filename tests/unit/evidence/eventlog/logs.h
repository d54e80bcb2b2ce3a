/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Logs of the shared samples and of tests/vectors/eventlog, and what their registers must hold. */

#include "evidence/eventlog/registers.h"

#include "samples.h"

static inline enum hash hash_named(const char *name)
{
    static const struct {
        const char *name;
        enum hash hash;
    } hashes[] = {{"sha1", HASH_SHA1},
                  {"sha256", HASH_SHA256},
                  {"sha384", HASH_SHA384},
                  {"sha512", HASH_SHA512},
                  {"sm3", HASH_SM3}};
    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++)
        if (strcmp(hashes[i].name, name) == 0)
            return hashes[i].hash;
    return HASH_NONE;
}

static inline bool register_is_hex(const struct registers *registers, size_t index, const char *hex)
{
    struct buffer value = {0};
    EXPECT_OK(hex_read(slice_of_text(hex), &value));
    const bool same = register_is(registers, index, buffer_view(&value));
    buffer_clear(&value);
    return same;
}

/* `expected` names registers by number, and no others were extended. */
static inline size_t compare_registers(const struct registers *registers, const json_t *expected)
{
    size_t extended = 0;
    const char *index;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)expected, index, value)
    {
        EXPECT(register_is_hex(registers, strtoul(index, NULL, 10), json_string_value(value)));
    }
    for (size_t i = 0; i < REGISTERS_MAX; i++)
        extended += register_is_extended(registers, i);
    EXPECT(extended == json_object_size(expected));
    return extended;
}

static inline struct buffer vector_read(const char *name)
{
    char folder[PATH_SIZE];
    path_join(getenv("CIX_VECTORS"), "eventlog", folder);
    return file_read(folder, name);
}
