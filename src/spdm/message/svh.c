/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/svh.h"

#include <assert.h>

struct spdm_svh spdm_svh_read(struct reader *reader)
{
    struct spdm_svh svh;
    svh.body = read_u8(reader);
    svh.vendor_id = read_bytes(reader, read_u8(reader));
    return svh;
}

void spdm_svh_write(struct writer *writer, const struct spdm_svh *svh)
{
    assert(svh->vendor_id.size <= UINT8_MAX);
    write_u8(writer, svh->body);
    write_u8(writer, (uint8_t)svh->vendor_id.size);
    write_bytes(writer, svh->vendor_id);
}
