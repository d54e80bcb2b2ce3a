/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The elements of an opaque field: general format 1, as negotiated from 1.2 on, and the form of
 * DSP0277 before it.
 *   TRY(spdm_opaque_read(opaque, shape, &elements));
 *   while (elements.left.size)
 *       TRY(spdm_opaque_element_read(&elements, &element));
 * spec: DSP0274 1.4, "General opaque data format"; DSP0277 1.2, "General opaque data format"
 */

#include "spdm/message/svh.h"
#include "spdm/shape.h"

struct spdm_opaque_element {
    struct spdm_svh body;
    slice data;
};

/* Elements of others, one after another as they are written. */
struct spdm_opaque_more {
    slice elements;
    uint8_t count;
};

enum { SPDM_OPAQUE_MORE_SIZE_MAX = 64 };

/* MALFORMED unless all of `opaque` is the number of elements that it tells. */
status spdm_opaque_read(slice opaque, const struct spdm_shape *shape, struct reader *out_elements);
void spdm_opaque_write(struct writer *writer, const struct spdm_shape *shape,
                       uint8_t element_count);
/* Adds to the field that `writer` holds, and nothing else. */
void spdm_opaque_add(struct writer *writer, const struct spdm_shape *shape,
                     const struct spdm_opaque_more *more);

status spdm_opaque_element_read(struct reader *elements, struct spdm_opaque_element *out);
void spdm_opaque_element_write(struct writer *writer, const struct spdm_opaque_element *element);
