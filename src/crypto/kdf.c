/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/kdf.h"

#include "crypto/key.h"

#include <string.h>

static void append(struct secret *secret, const struct digest *block)
{
    const size_t room = sizeof secret->data - secret->size;
    const size_t size = block->size < room ? block->size : room;
    memcpy(secret->data + secret->size, block->data, size);
    secret->size += size;
}

status hkdf_extract(enum hash hash, slice salt, slice input, struct secret *out)
{
    SCOPED(digest) digest = {0};
    TRY(hmac(hash, salt, input, &digest));
    out->size = 0;
    append(out, &digest);
    return OK;
}

status hkdf_expand(enum hash hash, const struct secret *secret, slice info, size_t size,
                   struct secret *out)
{
    SCOPED(secret) made = {0};
    SCOPED(digest) block = {0};
    if (size > sizeof made.data)
        return FAIL(EXHAUSTED, "more bytes than a secret has");
    for (uint8_t number = 1; made.size < size; number++) {
        const slice parts[] = {{block.data, block.size}, info, {&number, 1}};
        TRY(hmac_of_parts(hash, secret_view(secret), parts, 3, &block));
        append(&made, &block);
    }
    wipe(made.data + size, sizeof made.data - size);
    made.size = size;
    *out = made;
    return OK;
}
