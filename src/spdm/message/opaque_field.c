/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/opaque_field.h"

#include "spdm/codes.h"

#include <assert.h>

status spdm_opaque_field_read(struct reader *reader, slice *out)
{
    const uint16_t size = read_le16(reader);
    if (size > SPDM_OPAQUE_SIZE_MAX)
        return FAIL(EXHAUSTED, "SPDM opaque field is longer than we take");
    *out = read_bytes(reader, size);
    return OK;
}

void spdm_opaque_field_write(struct writer *writer, slice opaque)
{
    assert(opaque.size <= SPDM_OPAQUE_SIZE_MAX);
    write_le16(writer, (uint16_t)opaque.size);
    write_bytes(writer, opaque);
}
