/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The opaque field that many messages have: a length of 16 bits, and that many bytes. What is in
 * them is spdm/message/opaque.h.
 * spec: DSP0274 1.4, "General opaque data format"
 */

#include "codec/reader.h"
#include "codec/writer.h"

/* EXHAUSTED past SPDM_OPAQUE_SIZE_MAX; the reader remembers when the bytes ended too soon. */
status spdm_opaque_field_read(struct reader *reader, slice *out);
void spdm_opaque_field_write(struct writer *writer, slice opaque);
