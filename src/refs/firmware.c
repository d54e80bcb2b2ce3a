/* SPDX-License-Identifier: Apache-2.0 */
#include "refs/firmware.h"

#include <string.h>

enum {
    GUID_SIZE = 16,
    ENTRY_HEAD_SIZE = 2 + GUID_SIZE, /* u16 size of all of it, GUID; behind the data */
    FOOTER_FROM_END = 32,
    TABLE_ENTRIES_MAX = 64,
    SECTION_SIZE = 12,
    SECTION_VERSION = 1,
};

/* As bytes: the first three groups are little-endian. */
static const uint8_t footer_guid[] = {0xde, 0x82, 0xb5, 0x96, 0xb2, 0x1f, 0xf7, 0x45,
                                      0xba, 0xea, 0xa3, 0x66, 0xc5, 0x5a, 0x08, 0x2d};
static const uint8_t kernel_hashes_guid[] = {0x1f, 0x37, 0x55, 0x72, 0x3b, 0x3a, 0x04, 0x4b,
                                             0x92, 0x7b, 0x1d, 0xa6, 0xef, 0xa8, 0xd4, 0x54};
static const uint8_t reset_guid[] = {0xde, 0x71, 0xf7, 0x00, 0x7e, 0x1a, 0xcb, 0x4f,
                                     0x89, 0x0e, 0x68, 0xc7, 0x7e, 0x2f, 0xb4, 0x4e};
static const uint8_t sections_guid[] = {0x66, 0x65, 0x88, 0xdc, 0x4a, 0x98, 0x98, 0x47,
                                        0xa7, 0x5e, 0x55, 0x85, 0xa7, 0xbf, 0x67, 0xcc};

static uint32_t u32_of(slice bytes)
{
    struct reader reader = reader_of(bytes);
    return read_le32(&reader);
}

/* The section table: "ASEV", size, version, count, and as many entries. */
static status read_sections(slice image, uint32_t from_end, struct firmware *out)
{
    if (from_end > image.size)
        return FAIL(MALFORMED, "the firmware's SEV metadata lies outside of it");
    struct reader reader = reader_of((slice){image.data + image.size - from_end, from_end});
    const slice magic = read_bytes(&reader, 4);
    const uint32_t size = read_le32(&reader), version = read_le32(&reader),
                   count = read_le32(&reader);
    if (!slice_equal(magic, slice_of_text("ASEV")) || version != SECTION_VERSION)
        return FAIL(MALFORMED, "the firmware's SEV metadata is of an unknown form");
    if (count > FIRMWARE_SECTIONS_MAX || size < 16 + count * SECTION_SIZE)
        return FAIL(MALFORMED, "the firmware's SEV metadata has more sections than it says");
    for (; out->section_count < count; out->section_count++) {
        struct firmware_section *const section = &out->sections[out->section_count];
        section->address = read_le32(&reader);
        section->size = read_le32(&reader);
        section->kind = read_le32(&reader);
    }
    return reader.short_of_input ? FAIL(TRUNCATED, "the firmware's SEV metadata is cut") : OK;
}

static status take_entry(slice guid, slice data, struct firmware *out)
{
    if (slice_equal(guid, SLICE(kernel_hashes_guid)) && data.size >= 4)
        out->kernel_hashes_at = u32_of(data);
    else if (slice_equal(guid, SLICE(reset_guid)) && data.size >= 4)
        out->reset_at = u32_of(data);
    else if (slice_equal(guid, SLICE(sections_guid)) && data.size >= 4 && !out->section_count)
        return read_sections(out->image, u32_of(data), out);
    return OK;
}

/* The head of the entry that ends where `table` does. */
static status read_head(slice table, slice *out_guid, size_t *out_size)
{
    if (table.size < ENTRY_HEAD_SIZE)
        return FAIL(TRUNCATED, "the firmware's table is cut");
    struct reader reader =
        reader_of((slice){table.data + table.size - ENTRY_HEAD_SIZE, ENTRY_HEAD_SIZE});
    *out_size = read_le16(&reader);
    *out_guid = read_bytes(&reader, GUID_SIZE);
    return *out_size >= ENTRY_HEAD_SIZE && *out_size <= table.size
               ? OK
               : FAIL(MALFORMED, "an entry of the firmware's table has a size that cannot be");
}

static status read_table(slice table, struct firmware *out)
{
    for (size_t i = 0; table.size; i++) {
        slice guid;
        size_t size;
        if (i == TABLE_ENTRIES_MAX)
            return FAIL(EXHAUSTED, "the firmware's table has more entries than we read");
        TRY(read_head(table, &guid, &size));
        const slice data = {table.data + table.size - size, size - ENTRY_HEAD_SIZE};
        TRY(take_entry(guid, data, out));
        table.size -= size;
    }
    return OK;
}

status firmware_read(slice image, struct firmware *out)
{
    struct firmware firmware = {.image = image};
    slice guid;
    size_t size;
    if (image.size < FOOTER_FROM_END + ENTRY_HEAD_SIZE)
        return FAIL(TRUNCATED, "the firmware is shorter than its footer");
    const slice table = {image.data, image.size - FOOTER_FROM_END};
    TRY(read_head(table, &guid, &size));
    if (!slice_equal(guid, SLICE(footer_guid)))
        return FAIL(UNSUPPORTED, "the firmware has no footer table: is it OVMF with SEV?");
    /* What the footer counts is all entries and itself. */
    TRY(read_table((slice){table.data + table.size - size, size - ENTRY_HEAD_SIZE}, &firmware));
    *out = firmware;
    return OK;
}
