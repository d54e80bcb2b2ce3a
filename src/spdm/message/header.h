/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The four bytes that begin every message.
 *
 * Every file of this folder reads and writes one request and its response. They share a form:
 *   status spdm_<message>_read(struct reader *, [shape,] struct spdm_<message> *out);
 *   void spdm_<message>_write(struct writer *, [shape,] const struct spdm_<message> *);
 * A reader begins at the header, takes exactly the bytes that the fields account for and leaves
 * what follows: a transport may pad, and only the true length enters a transcript. Slices in `out`
 * borrow from what was read. Reserved fields are not looked at and are written as zero. A reader
 * checks the form (lengths, counts, values that no version allows); what may come when, and whether
 * the values were negotiated, is the business of requester and responder.
 * spec: DSP0274 1.4, "Generic SPDM message format"
 */

#include "codec/reader.h"
#include "codec/writer.h"
#include "spdm/shape.h"

enum { SPDM_HEADER_SIZE = 4 };

struct spdm_header {
    uint8_t version;
    uint8_t code;
    uint8_t param1;
    uint8_t param2;
};

/* MALFORMED when the code is another than `code`; TRUNCATED when there are no four bytes. */
status spdm_header_expect(struct reader *reader, uint8_t code, struct spdm_header *out);
/* Of any message. */
status spdm_header_peek(slice message, struct spdm_header *out);
void spdm_header_write(struct writer *writer, const struct spdm_header *header);

/* OK unless a read went past the end. */
status spdm_message_was_whole(const struct reader *reader);
