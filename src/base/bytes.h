/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Byte ranges: slice borrows, buffer owns, secret owns and forgets. */

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/* Borrowed bytes: valid only while whoever lent them keeps them. */
typedef struct slice {
    const uint8_t *data;
    size_t size;
} slice;

#define SLICE(array) ((slice){(array), sizeof(array)})

/* Owned bytes, grown on demand, wiped before they are freed. */
struct buffer {
    uint8_t *data;
    size_t size;
    size_t capacity;
};

/* A string literal, or any text that outlives the slice, without its NUL. */
slice slice_of_text(const char *text);
bool slice_is_zero(slice bytes);    /* all of them; true for none */
bool slice_equal(slice a, slice b); /* public bytes only; secrets: equal_in_constant_time */

status buffer_append(struct buffer *buffer, slice bytes);
slice buffer_view(const struct buffer *buffer);
void buffer_clear(struct buffer *buffer);

/* Moves the bytes to the caller and leaves `buffer` empty, so its SCOPED clear frees nothing. */
struct buffer buffer_take(struct buffer *buffer);

/* Key material: lives on the stack or inside its owner, is never copied to the heap or printed. */
struct secret {
    uint8_t data[64];
    size_t size;
};

slice secret_view(const struct secret *secret);
void secret_clear(struct secret *secret);

/* Compares without leaking where two secrets first differ. */
bool equal_in_constant_time(slice a, slice b);
void wipe(void *data, size_t size);
