/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/eventlog/ccel.h"

#include "codec/reader.h"

static uint8_t sum_of(slice bytes)
{
    uint8_t sum = 0;
    for (size_t i = 0; i < bytes.size; i++)
        sum = (uint8_t)(sum + bytes.data[i]);
    return sum;
}

status ccel_table_read(slice bytes, struct ccel_table *out)
{
    struct reader reader = reader_of(bytes);
    const slice signature = read_bytes(&reader, 4);
    const uint32_t size = read_le32(&reader);
    read_bytes(&reader, 28); /* revision, checksum, and whose table it is */
    struct ccel_table table = {.type = read_u8(&reader)};
    read_u8(&reader);   /* subtype */
    read_le16(&reader); /* reserved */
    table.log_size = read_le64(&reader);
    table.log_address = read_le64(&reader);
    TRY(reader_finish(&reader));
    if (!slice_equal(signature, slice_of_text("CCEL")) || size != CCEL_TABLE_SIZE)
        return FAIL(MALFORMED, "no CCEL table");
    if (sum_of(bytes) != 0)
        return FAIL(MALFORMED, "the checksum of the CCEL table is wrong");
    *out = table;
    return OK;
}
