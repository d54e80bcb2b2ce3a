/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* explicit_bzero */
#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

enum { BUFFER_SIZE_MAX = 16 << 20 };

void wipe(void *data, size_t size)
{
    if (data)
        explicit_bzero(data, size);
}

slice slice_of_text(const char *text)
{
    return (slice){(const uint8_t *)text, strlen(text)};
}

bool slice_is_zero(slice bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        if (bytes.data[i])
            return false;
    return true;
}

bool slice_equal(slice a, slice b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

status buffer_append(struct buffer *buffer, slice bytes)
{
    if (bytes.size > BUFFER_SIZE_MAX - buffer->size)
        return FAIL(EXHAUSTED, "buffer would pass its limit");

    const size_t size = buffer->size + bytes.size;
    if (size > buffer->capacity) {
        /* Not realloc: it would free the old copy without wiping it. */
        uint8_t *const grown = malloc(size * 2);
        if (!grown)
            return FAIL(EXHAUSTED, "no memory for buffer");
        if (buffer->size)
            memcpy(grown, buffer->data, buffer->size);
        wipe(buffer->data, buffer->capacity);
        free(buffer->data);
        buffer->data = grown;
        buffer->capacity = size * 2;
    }
    if (bytes.size)
        memcpy(buffer->data + buffer->size, bytes.data, bytes.size);
    buffer->size = size;
    return OK;
}

slice buffer_view(const struct buffer *buffer)
{
    return (slice){buffer->data, buffer->size};
}

void buffer_clear(struct buffer *buffer)
{
    wipe(buffer->data, buffer->capacity);
    free(buffer->data);
    *buffer = (struct buffer){0};
}

struct buffer buffer_take(struct buffer *buffer)
{
    const struct buffer taken = *buffer;
    *buffer = (struct buffer){0};
    return taken;
}

bool equal_in_constant_time(slice a, slice b)
{
    if (a.size != b.size)
        return false; /* lengths are public */
    volatile uint8_t difference = 0;
    for (size_t i = 0; i < a.size; i++)
        difference |= a.data[i] ^ b.data[i];
    return difference == 0;
}

slice secret_view(const struct secret *secret)
{
    return (slice){secret->data, secret->size};
}

void secret_clear(struct secret *secret)
{
    wipe(secret, sizeof *secret);
}
