/* SPDX-License-Identifier: Apache-2.0 */
#include "channel/spdm_frames.h"

#include "spdm/transport.h"

#include <stdlib.h>
#include <string.h>

void spdm_frames_clear(struct spdm_frames *frames)
{
    wipe(frames->in, frames->in ? frames->size_max : 0);
    free(frames->in);
    frames->in = NULL;
    frames->in_size = 0;
}

static void take_bytes(struct spdm_frames *frames, size_t size)
{
    memcpy(frames->in + frames->in_size, frames->wire.data, size);
    frames->wire = (slice){frames->wire.data + size, frames->wire.size - size};
    frames->in_size += size;
}

/* `out_size` 0 while more bytes are needed. */
static status gather(struct spdm_frames *frames, size_t *out_size)
{
    *out_size = 0;
    for (;;) {
        size_t size = 0;
        TRY(spdm_tcp.frame_size((slice){frames->in, frames->in_size}, &size));
        if (size > frames->size_max)
            return FAIL(EXHAUSTED, "a message longer than we take");
        if (size && size == frames->in_size) {
            *out_size = size;
            return OK;
        }
        if (!frames->wire.size)
            return OK;
        const size_t missing = (size ? size : spdm_tcp.header_size) - frames->in_size;
        take_bytes(frames, missing < frames->wire.size ? missing : frames->wire.size);
    }
}

status spdm_frames_next(struct spdm_frames *frames, uint8_t **out, size_t *out_size)
{
    size_t size;
    *out = NULL;
    *out_size = 0;
    if (!frames->wire.size) {
        if (!frames->in_size)
            spdm_frames_clear(frames);
        return OK;
    }
    if (!frames->in)
        frames->in = malloc(frames->size_max);
    if (!frames->in)
        return FAIL(EXHAUSTED, "no memory for a record");
    TRY(gather(frames, &size));
    if (!size)
        return OK;
    frames->in_size = 0;
    *out = frames->in;
    *out_size = size;
    return OK;
}
