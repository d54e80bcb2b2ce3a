/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/snp/table.h"

#include "codec/reader.h"

enum { GUID_SIZE = 16, ENTRY_SIZE = GUID_SIZE + 4 + 4 };

/* Identifiers stand in the table in the order of their text. */
static const struct {
    enum snp_table_kind kind;
    uint8_t guid[GUID_SIZE];
} kinds[] = {
    {SNP_TABLE_ARK,
     {0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52, 0x97, 0x43, 0x3f, 0xb6, 0x01, 0x4c, 0xd0,
      0xae}},
    {SNP_TABLE_ASK,
     {0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4, 0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27, 0xc7,
      0x82}},
    {SNP_TABLE_VCEK,
     {0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64, 0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac,
      0xcd}},
    {SNP_TABLE_VLEK,
     {0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a, 0x48, 0x3e, 0xaa, 0xe6, 0x39, 0xc0, 0x45, 0xa0, 0xb8,
      0xa1}},
    {SNP_TABLE_CRL,
     {0x92, 0xf8, 0x1b, 0xc3, 0x58, 0x11, 0x4d, 0x3d, 0x97, 0xff, 0xd1, 0x9f, 0x88, 0xdc, 0x67,
      0xea}},
};

static enum snp_table_kind kind_of(slice guid)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (slice_equal(guid, SLICE(kinds[i].guid)))
            return kinds[i].kind;
    return SNP_TABLE_OTHER;
}

bool snp_table_begins(slice bytes)
{
    return bytes.size >= 2 * ENTRY_SIZE &&
           kind_of((slice){bytes.data, GUID_SIZE}) != SNP_TABLE_OTHER;
}

static bool has_kind(const struct snp_table *table, enum snp_table_kind kind)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->entries[i].kind == kind)
            return true;
    return false;
}

/* `*out_closed` is set at the entry of zeros that ends the head. */
static status read_entry(struct reader *reader, slice bytes, struct snp_table *table,
                         bool *out_closed)
{
    static const uint8_t zeros[GUID_SIZE];
    const slice guid = read_bytes(reader, GUID_SIZE);
    const uint32_t offset = read_le32(reader);
    const uint32_t size = read_le32(reader);
    const enum snp_table_kind kind = kind_of(guid);
    if (reader->short_of_input)
        return FAIL(TRUNCATED, "the certificate table has no closing entry");
    if (slice_equal(guid, SLICE(zeros))) {
        *out_closed = true;
        return offset == 0 && size == 0
                   ? OK
                   : FAIL(MALFORMED, "the certificate table's closing entry is not zero");
    }
    if (table->count == SNP_TABLE_ENTRIES_MAX)
        return FAIL(EXHAUSTED, "the certificate table has more entries than we keep");
    if (offset > bytes.size || size > bytes.size - offset)
        return FAIL(MALFORMED, "an entry of the certificate table lies outside it");
    if (kind != SNP_TABLE_OTHER && has_kind(table, kind))
        return FAIL(MALFORMED, "the certificate table has two entries of a kind");
    table->entries[table->count++] = (struct snp_table_entry){kind, {bytes.data + offset, size}};
    return OK;
}

status snp_table_read(slice bytes, struct snp_table *out)
{
    struct snp_table table = {0};
    struct reader reader = reader_of(bytes);
    bool closed = false;
    if (bytes.size > SNP_TABLE_SIZE_MAX)
        return FAIL(EXHAUSTED, "the certificate table is larger than we read");
    while (!closed)
        TRY(read_entry(&reader, bytes, &table, &closed));

    const size_t head_size = bytes.size - reader.left.size;
    for (size_t i = 0; i < table.count; i++)
        if (table.entries[i].content.size &&
            (size_t)(table.entries[i].content.data - bytes.data) < head_size)
            return FAIL(MALFORMED, "an entry of the certificate table lies over its head");
    *out = table;
    return OK;
}
