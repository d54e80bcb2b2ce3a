/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/number.h"

enum { NUMBER_SIZE_MAX = 512 };

status number_append(slice field, size_t size, struct buffer *out)
{
    uint8_t number[NUMBER_SIZE_MAX];
    if (size > sizeof number || size > field.size)
        return FAIL(INTERNAL, "a number longer than its field");
    for (size_t i = size; i < field.size; i++)
        if (field.data[i])
            return FAIL(UNAUTHENTIC, "a number that is longer than its key has");
    for (size_t i = 0; i < size; i++)
        number[i] = field.data[size - 1 - i];
    return buffer_append(out, (slice){number, size});
}
