/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/lib.h"

enum cix_result result_of(status result)
{
    if (!result.fault)
        return CIX_OK;
    switch (result.fault->failure) {
    case FAILURE_TRUNCATED:
        return CIX_TRUNCATED;
    case FAILURE_MALFORMED:
        return CIX_MALFORMED;
    case FAILURE_UNSUPPORTED:
        return CIX_UNSUPPORTED;
    case FAILURE_UNEXPECTED:
        return CIX_UNEXPECTED;
    case FAILURE_UNAUTHENTIC:
        return CIX_UNAUTHENTIC;
    case FAILURE_DENIED:
        return CIX_DENIED;
    case FAILURE_EXHAUSTED:
        return CIX_EXHAUSTED;
    case FAILURE_UNAVAILABLE:
        return CIX_UNAVAILABLE;
    case FAILURE_INTERNAL:
        break;
    }
    return CIX_INTERNAL;
}

const char *cix_result_name(enum cix_result result)
{
    static const char *const names[] = {
        [CIX_OK] = "ok",
        [CIX_TRUNCATED] = "truncated",
        [CIX_MALFORMED] = "malformed",
        [CIX_UNSUPPORTED] = "unsupported",
        [CIX_UNEXPECTED] = "unexpected",
        [CIX_UNAUTHENTIC] = "unauthentic",
        [CIX_DENIED] = "denied",
        [CIX_EXHAUSTED] = "exhausted",
        [CIX_UNAVAILABLE] = "unavailable",
        [CIX_INTERNAL] = "internal error",
        [CIX_INVALID] = "invalid call",
    };
    return (size_t)result < sizeof names / sizeof *names ? names[result] : "unknown";
}

const char *cix_version(void)
{
    return CIX_VERSION;
}

slice slice_of(struct cix_slice bytes)
{
    return (slice){bytes.data, bytes.size};
}

struct cix_slice slice_to(slice bytes)
{
    return (struct cix_slice){bytes.data, bytes.size};
}

bool slice_is_sound(struct cix_slice bytes)
{
    return bytes.data || !bytes.size;
}

void cix_bytes_clear(struct cix_bytes *bytes)
{
    if (!bytes)
        return;
    struct buffer buffer = {bytes->data, bytes->size, bytes->size};
    buffer_clear(&buffer);
    *bytes = (struct cix_bytes){0};
}
