/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/snp/table.h"

#include "codec/text.h"
#include "codec/writer.h"
#include "snp_samples.h"

enum { ENTRY_SIZE = 24 };

static const char *const ark = "c0b406a4a803495297433fb6014cd0ae";
static const char *const ask = "4ab7b379bbac4fe4a02f05aef327c782";
static const char *const vcek = "63da758de6644564adc5f4b93be8accd";
static const char *const vlek = "a8074bc2a25a483eaae639c045a0b8a1";
static const char *const crl = "92f81bc358114d3d97ffd19f88dc67ea";
static const char *const extra = "ecae0c0f950243b1afa20ae2e0d565b6";

static void write_entry(struct writer *writer, const char *guid, uint32_t offset, uint32_t size)
{
    uint8_t bytes[16] = {0};
    if (guid)
        EXPECT_OK(hex_read_exactly(slice_of_text(guid), bytes, sizeof bytes));
    write_bytes(writer, SLICE(bytes));
    write_le32(writer, offset);
    write_le32(writer, size);
}

/* One entry and one byte of content per kind. */
static slice small_table(uint8_t *space, size_t capacity)
{
    const char *const guids[] = {ark, ask, vcek, vlek, crl, extra};
    enum { COUNT = sizeof guids / sizeof guids[0], HEAD = (COUNT + 1) * ENTRY_SIZE };
    struct writer writer = writer_over(space, capacity);
    slice table = {0};
    for (uint32_t i = 0; i < COUNT; i++)
        write_entry(&writer, guids[i], HEAD + i, 1);
    write_entry(&writer, NULL, 0, 0);
    for (uint8_t i = 0; i < COUNT; i++)
        write_u8(&writer, (uint8_t)(0xa0 + i));
    EXPECT_OK(writer_finish(&writer, &table));
    return table;
}

TEST(every_kind_is_told_by_its_identifier)
{
    static const enum snp_table_kind kinds[] = {SNP_TABLE_ARK,  SNP_TABLE_ASK, SNP_TABLE_VCEK,
                                                SNP_TABLE_VLEK, SNP_TABLE_CRL, SNP_TABLE_OTHER};
    uint8_t space[512];
    struct snp_table table;
    const slice bytes = small_table(space, sizeof space);
    EXPECT(snp_table_begins(bytes));
    EXPECT_OK(snp_table_read(bytes, &table));
    EXPECT(table.count == 6);
    for (size_t i = 0; i < table.count; i++) {
        EXPECT(table.entries[i].kind == kinds[i]);
        EXPECT(table.entries[i].content.size == 1);
        EXPECT(table.entries[i].content.data[0] == 0xa0 + i);
    }
}

TEST(E2_a_table_cut_anywhere_is_refused_and_leaves_out_untouched)
{
    uint8_t space[512];
    const slice bytes = small_table(space, sizeof space);
    for (size_t size = 0; size < bytes.size; size++) {
        struct snp_table table = {.count = 99};
        uint8_t *const exact = malloc(size ? size : 1);
        memcpy(exact, bytes.data, size);
        const status result = snp_table_read((slice){exact, size}, &table);
        EXPECT(result.fault && table.count == 99);
        free(exact);
    }
}

/* E5, E6 */
TEST(E5_entries_outside_the_table_or_over_its_head_are_refused)
{
    static const struct {
        uint32_t offset, size;
        bool is_good;
    } cases[] = {
        {48, 16, true},
        {64, 0, true},
        {48, 17, false},
        {65, 0, false},
        {64, 1, false},
        {0, 1, false},
        {47, 1, false},
        {0xffffffff, 1, false},
        {1, 0xffffffff, false},
        {48, 0xffffffd0, false},
        {0x80000000, 0x80000000, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t space[64] = {0};
        struct snp_table table;
        struct writer writer = writer_over(space, sizeof space);
        write_entry(&writer, vcek, cases[i].offset, cases[i].size);
        write_entry(&writer, NULL, 0, 0);
        if (cases[i].is_good)
            EXPECT_OK(snp_table_read(SLICE(space), &table));
        else
            EXPECT_FAIL(MALFORMED, snp_table_read(SLICE(space), &table));
    }
}

TEST(E6_more_entries_than_we_keep_are_refused)
{
    static uint8_t space[(SNP_TABLE_ENTRIES_MAX + 2) * ENTRY_SIZE];
    for (size_t count = SNP_TABLE_ENTRIES_MAX; count <= SNP_TABLE_ENTRIES_MAX + 1; count++) {
        struct snp_table table;
        struct writer writer = writer_over(space, sizeof space);
        for (size_t i = 0; i < count; i++)
            write_entry(&writer, extra, sizeof space, 0);
        write_entry(&writer, NULL, 0, 0);
        if (count == SNP_TABLE_ENTRIES_MAX)
            EXPECT_OK(snp_table_read(SLICE(space), &table));
        else
            EXPECT_FAIL(EXHAUSTED, snp_table_read(SLICE(space), &table));
    }
}

TEST(a_closing_entry_that_says_anything_is_refused)
{
    uint8_t space[2 * ENTRY_SIZE];
    struct snp_table table;
    struct writer writer = writer_over(space, sizeof space);
    write_entry(&writer, ark, sizeof space, 0);
    write_entry(&writer, NULL, 1, 0);
    EXPECT_FAIL(MALFORMED, snp_table_read(SLICE(space), &table));
}

/* E39 */
TEST(two_certificates_of_a_kind_are_refused)
{
    uint8_t space[3 * ENTRY_SIZE];
    struct snp_table table;
    struct writer writer = writer_over(space, sizeof space);
    write_entry(&writer, vcek, sizeof space, 0);
    write_entry(&writer, vcek, sizeof space, 0);
    write_entry(&writer, NULL, 0, 0);
    EXPECT_FAIL(MALFORMED, snp_table_read(SLICE(space), &table));
}

TEST(the_kernels_own_table_is_read_with_the_padding_of_its_pages)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    static const uint8_t padding[4096];
    char folder[PATH_SIZE];
    struct snp_table table;
    path_join(samples_root(), "snp/genoa-v3-vcek-tsm-report", folder);
    SCOPED(buffer) bytes = file_read(folder, "auxblob.bin");
    EXPECT_OK(snp_table_read(buffer_view(&bytes), &table));
    EXPECT(table.count == 3);
    EXPECT_OK(buffer_append(&bytes, SLICE(padding)));
    EXPECT_OK(snp_table_read(buffer_view(&bytes), &table));
    EXPECT(table.count == 3);
}
