/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * DSP0287's frames out of a byte stream that is lent piece by piece. A frame is kept where it can
 * be opened in place, and no memory is held between two of them. spec: DSP0287 1.0, "SPDM over TCP
 * messages"
 */

#include "base/bytes.h"
#include "base/status.h"

struct spdm_frames {
    size_t size_max; /* of a frame with its header: what is allocated */
    slice wire;      /* lent, not yet taken */
    uint8_t *in;     /* a frame as far as it came; NULL: none */
    size_t in_size;
};

/* Wipes and frees what was taken off the wire; what is lent stays so. */
void spdm_frames_clear(struct spdm_frames *frames);

/*
 * A whole frame, which is the caller's to change until the next call, or an empty one while more
 * bytes are needed. Fails at the first header that is wrong; EXHAUSTED above `size_max`.
 */
status spdm_frames_next(struct spdm_frames *frames, uint8_t **out, size_t *out_size);
