/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tpm/curves.h"

enum { NUMBER_SIZE_MAX = 66 };

static const struct tpm_curve curves[] = {
    {3, CURVE_P256, 32, 256},
    {4, CURVE_P384, 48, 384},
    {5, CURVE_P521, 66, 521},
};

enum { CURVE_COUNT = sizeof curves / sizeof curves[0] };

const struct tpm_curve *tpm_curve_numbered(uint16_t id)
{
    for (size_t i = 0; i < CURVE_COUNT; i++)
        if (curves[i].id == id)
            return &curves[i];
    return NULL;
}

const struct tpm_curve *tpm_curve_of(const struct public_key *key)
{
    const enum curve curve = public_key_curve(key);
    for (size_t i = 0; i < CURVE_COUNT; i++)
        if (curves[i].curve == curve)
            return &curves[i];
    return NULL;
}

status tpm_number_append(slice number, size_t size, struct buffer *out)
{
    static const uint8_t zeros[NUMBER_SIZE_MAX];
    if (number.size > size || size > NUMBER_SIZE_MAX)
        return FAIL(MALFORMED, "a number is larger than its curve");
    TRY(buffer_append(out, (slice){zeros, size - number.size}));
    return buffer_append(out, number);
}
