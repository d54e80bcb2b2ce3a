/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/eventlog/ima.h"

#include "codec/writer.h"
#include "logs.h"

static struct buffer log_read(void)
{
    return vector_read("ima.bin");
}

static bool no_vectors(void)
{
    return !getenv("CIX_VECTORS");
}

TEST(registers_are_those_that_hashlib_computes_by_every_hash)
{
    if (no_vectors())
        SKIP(1, "no CIX_VECTORS");
    const char *bank;
    json_t *expected;
    size_t compared = 0;
    SCOPED(json) told = {0};
    SCOPED(buffer) text = vector_read("registers.json");
    SCOPED(buffer) log = log_read();
    EXPECT_OK(json_read(buffer_view(&text), &told));
    EXPECT(ima_log_begins(buffer_view(&log)));
    json_object_foreach(json_object_get(told.root, "ima.bin"), bank, expected)
    {
        struct registers registers;
        EXPECT_OK(registers_begin(hash_named(bank), &registers));
        EXPECT_OK(ima_log_replay(buffer_view(&log), &registers));
        compared += compare_registers(&registers, expected);
    }
    EXPECT(compared == 5);
}

TEST(records_give_their_files_and_violations_say_so)
{
    if (no_vectors())
        SKIP(1, "no CIX_VECTORS");
    SCOPED(buffer) log = log_read();
    struct reader reader = reader_of(buffer_view(&log));
    struct ima_record records[5] = {0};
    bool more = true;
    size_t count = 0;
    for (; count < 5; count++) {
        EXPECT_OK(ima_log_next(&reader, &records[count], &more));
        if (!more)
            break;
    }
    EXPECT(count == 4);
    EXPECT(slice_equal(records[0].path, slice_of_text("boot_aggregate")));
    EXPECT(records[0].file_digest.size == 8 + 32 && !records[0].is_violation);
    EXPECT(slice_equal(records[1].signature, slice_of_text("\3\2\4sign")));
    EXPECT(records[2].is_violation);
    EXPECT(slice_equal(records[2].path, slice_of_text("/var/log/open")));
    EXPECT(records[3].path.size == 0); /* ima-buf: not a file */
}

/* E2 */
TEST(E2_a_log_cut_inside_a_record_is_refused)
{
    size_t whole = 0;
    if (no_vectors())
        SKIP(1, "no CIX_VECTORS");
    SCOPED(buffer) log = log_read();
    for (size_t size = 0; size < log.size; size++) {
        struct registers registers;
        EXPECT_OK(registers_begin(HASH_SHA256, &registers));
        const status got = ima_log_replay((slice){log.data, size}, &registers);
        EXPECT(!got.fault || got.fault->failure == FAILURE_TRUNCATED);
        EXPECT(!got.fault || registers.extended == 0);
        whole += !got.fault;
    }
    EXPECT(whole == 4); /* nothing at all, and one, two or three of the four records */
}

/* E4, E30: no field says anything that was not extended. */
TEST(E30_every_single_bit_flip_is_refused_or_gives_another_register)
{
    if (no_vectors())
        SKIP(1, "no CIX_VECTORS");
    SCOPED(buffer) log = log_read();
    struct registers all, got;
    EXPECT_OK(registers_begin(HASH_SHA256, &all));
    EXPECT_OK(ima_log_replay(buffer_view(&log), &all));
    size_t unsigned_bits = 0;
    for (size_t bit = 0; bit < 8 * log.size; bit++) {
        log.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        EXPECT_OK(registers_begin(HASH_SHA256, &got));
        const status replayed = ima_log_replay(buffer_view(&log), &got);
        unsigned_bits += !replayed.fault && memcmp(all.values, got.values, sizeof got.values) == 0;
        log.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    /* What Linux does not extend: the template's name, and the data of a violation. */
    printf("  %zu bits that no register covers\n", unsigned_bits);
    EXPECT(unsigned_bits < 8 * (4 * 8 + 70));
}

static struct writer record(uint8_t *space, size_t capacity, uint32_t index, const char *name,
                            slice data)
{
    struct digest digest;
    struct writer writer = writer_over(space, capacity);
    EXPECT_OK(digest_of(HASH_SHA1, data, &digest));
    write_le32(&writer, index);
    write_bytes(&writer, (slice){digest.data, digest.size});
    write_le32(&writer, (uint32_t)strlen(name));
    write_bytes(&writer, slice_of_text(name));
    write_le32(&writer, (uint32_t)data.size);
    write_bytes(&writer, data);
    return writer;
}

#define FIELDS "\1\0\0\0d\2\0\0\0f\0" /* a digest of one byte, a path of one character */

/* E5, E6, E7, E30 */
TEST(E30_records_of_no_register_of_the_oldest_template_or_too_large_are_refused)
{
    static const struct {
        uint32_t index;
        const char *name;
        slice data;
        enum failure failure;
    } cases[] = {
        {24, "ima-ng", {(const uint8_t *)FIELDS, 11}, FAILURE_MALFORMED},
        {10, "ima", {(const uint8_t *)FIELDS, 11}, FAILURE_UNSUPPORTED},
        {10, "something", {(const uint8_t *)FIELDS, 11}, FAILURE_UNSUPPORTED},
        {10, "ima-sig", {(const uint8_t *)FIELDS, 11}, FAILURE_MALFORMED}, /* a field is missing */
        {10, "ima-ng", {(const uint8_t *)"\1\0\0\0d\2\0\0\0ff", 11}, FAILURE_MALFORMED},
        {10, "ima-ng", {(const uint8_t *)"\1\0\0\0d\2\0\0\0\0\0", 11}, FAILURE_MALFORMED},
        {10, "ima-ng", {(const uint8_t *)"\1\0\0\0d\0\0\0\0", 9}, FAILURE_MALFORMED},
        {10,
         "ima-a-name-that-is-longer-than-any",
         {(const uint8_t *)FIELDS, 11},
         FAILURE_EXHAUSTED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t space[256];
        struct registers registers;
        const struct writer writer =
            record(space, sizeof space, cases[i].index, cases[i].name, cases[i].data);
        EXPECT_OK(registers_begin(HASH_SHA1, &registers));
        const status got = ima_log_replay((slice){space, writer.size}, &registers);
        EXPECT(got.fault && got.fault->failure == cases[i].failure);
    }
}

TEST(E30_too_many_records_or_bytes_are_refused)
{
    static const slice fields = {(const uint8_t *)FIELDS, 11};
    uint8_t space[256];
    struct registers registers;
    SCOPED(buffer) log = {0};
    const struct writer writer = record(space, sizeof space, 10, "ima-ng", fields);
    for (size_t i = 0; i < IMA_RECORDS_MAX; i++)
        EXPECT_OK(buffer_append(&log, (slice){space, writer.size}));
    EXPECT_OK(registers_begin(HASH_SHA1, &registers));
    EXPECT_FAIL(EXHAUSTED, ima_log_replay(buffer_view(&log), &registers));
    while (log.size <= EVENT_LOG_SIZE_MAX)
        EXPECT_OK(buffer_append(&log, (slice){space, writer.size}));
    EXPECT_FAIL(EXHAUSTED, ima_log_replay(buffer_view(&log), &registers));
    memcpy(space + 4 + 20 + 4 + 6, (const uint8_t[]){0xff, 0xff, 0xff, 0xff}, 4);
    EXPECT_FAIL(EXHAUSTED, ima_log_replay((slice){space, writer.size}, &registers));
}
