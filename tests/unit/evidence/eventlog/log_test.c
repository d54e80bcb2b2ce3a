/* SPDX-License-Identifier: Apache-2.0 */

/* The TCG's log: what is read, what is refused, and the registers that Python's hashlib gives. */

#include "codec/writer.h"
#include "evidence/eventlog/describe.h"
#include "logs.h"

enum { SPACE = 4096, SHA256_ID = 0x000b, SHA384_ID = 0x000c, HEADER_SIZE = 32 };

static const uint8_t digest[64] = {1, 2, 3};

static bool no_vectors(void)
{
    return !getenv("CIX_VECTORS");
}

/* ---- logs of our own ---- */

/* A header for one hash, as firmware writes it. */
static void write_header(struct writer *writer, uint16_t algorithm, uint16_t size, uint32_t count)
{
    write_le32(writer, 0);
    write_le32(writer, EV_NO_ACTION);
    write_bytes(writer, (slice){(const uint8_t[20]){0}, 20});
    write_le32(writer, 28 + 4 * count + 1);
    write_bytes(writer, (slice){(const uint8_t *)"Spec ID Event03", 16});
    write_le32(writer, 0);
    write_le32(writer, 0x02000200); /* version 2.0, no errata, size of an UINTN */
    write_le32(writer, count);
    for (uint32_t i = 0; i < count; i++) {
        write_le16(writer, algorithm);
        write_le16(writer, size);
    }
    write_u8(writer, 0);
}

static void write_event(struct writer *writer, uint32_t index, uint32_t type, slice data)
{
    write_le32(writer, index);
    write_le32(writer, type);
    write_le32(writer, 1);
    write_le16(writer, SHA256_ID);
    write_bytes(writer, (slice){digest, 32});
    write_le32(writer, (uint32_t)data.size);
    write_bytes(writer, data);
}

static status replay(enum event_log_kind kind, const struct writer *writer,
                     struct registers *registers)
{
    slice log;
    EXPECT_OK(writer_finish(writer, &log));
    EXPECT_OK(registers_begin(HASH_SHA256, registers));
    return event_log_replay(kind, log, registers);
}

static struct writer log_over(uint8_t space[SPACE])
{
    struct writer writer = writer_over(space, SPACE);
    write_header(&writer, SHA256_ID, 32, 1);
    return writer;
}

/* ---- tests ---- */

TEST(registers_are_those_that_hashlib_computes_by_every_hash)
{
    if (no_vectors())
        SKIP(1, "no CIX_VECTORS");
    static const struct {
        const char *name;
        enum event_log_kind kind;
    } logs[] = {{"tpm-locality3.bin", EVENT_LOG_TPM}, {"cc.bin", EVENT_LOG_CC}};
    size_t compared = 0;
    SCOPED(json) told = {0};
    SCOPED(buffer) text = vector_read("registers.json");
    EXPECT_OK(json_read(buffer_view(&text), &told));
    for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
        const char *bank;
        json_t *expected;
        SCOPED(buffer) log = vector_read(logs[i].name);
        json_object_foreach(json_object_get(told.root, logs[i].name), bank, expected)
        {
            struct registers registers;
            EXPECT_OK(registers_begin(hash_named(bank), &registers));
            EXPECT_OK(event_log_replay(logs[i].kind, buffer_view(&log), &registers));
            compared += compare_registers(&registers, expected);
        }
    }
    EXPECT(compared == 5 * 3 + 4);
}

TEST(a_runtime_log_continues_what_the_boots_log_began)
{
    uint8_t space[SPACE], whole_space[SPACE];
    struct writer boot = log_over(space), whole = log_over(whole_space);
    struct registers in_parts, at_once;
    slice log;
    write_event(&boot, 2, 4, (slice){0});
    EXPECT_OK(replay(EVENT_LOG_CC, &boot, &in_parts));
    EXPECT_OK(writer_finish(&boot, &log));
    EXPECT_OK(event_log_replay(EVENT_LOG_CC, log, &in_parts));
    write_event(&whole, 2, 4, (slice){0});
    write_event(&whole, 2, 4, (slice){0});
    EXPECT_OK(replay(EVENT_LOG_CC, &whole, &at_once));
    EXPECT(register_is(&in_parts, 2, (slice){at_once.values[2].data, 32}));
    EXPECT(!register_is_extended(&in_parts, 1));
}

/* E2: what stands before the cut is whole events and the beginning of one. */
TEST(E2_a_log_cut_inside_an_event_is_refused_and_leaves_the_registers_untouched)
{
    uint8_t space[SPACE];
    struct writer writer = log_over(space);
    const size_t header_size = writer.size;
    write_event(&writer, 7, 4, SLICE(digest));
    write_event(&writer, 8, 4, SLICE(digest));
    const size_t event_size = (writer.size - header_size) / 2;
    for (size_t size = 0; size < writer.size; size++) {
        struct registers registers;
        EXPECT_OK(registers_begin(HASH_SHA256, &registers));
        const status got = event_log_replay(EVENT_LOG_TPM, (slice){space, size}, &registers);
        const bool is_whole = size >= header_size && (size - header_size) % event_size == 0;
        EXPECT(is_whole == !got.fault);
        EXPECT(!got.fault || registers.extended == 0);
        EXPECT(!got.fault || got.fault->failure == FAILURE_TRUNCATED || size < 2 * HEADER_SIZE);
    }
}

/* E3: firmware reserves more memory than its log needs. */
TEST(E3_after_the_last_event_there_may_be_padding_and_nothing_else)
{
    static const uint8_t paddings[] = {0x00, 0xff};
    for (size_t i = 0; i < sizeof paddings; i++) {
        uint8_t space[SPACE];
        struct registers registers;
        struct writer writer = log_over(space);
        write_event(&writer, 1, 4, (slice){0});
        for (size_t j = 0; j < 64; j++)
            write_u8(&writer, paddings[i]);
        EXPECT_OK(replay(EVENT_LOG_TPM, &writer, &registers));
        EXPECT(register_is_extended(&registers, 1));
        write_u8(&writer, 0x55);
        EXPECT(replay(EVENT_LOG_TPM, &writer, &registers).fault != NULL);
        EXPECT(registers.extended == 0);
    }
}

/* E30 */
TEST(E30_a_register_that_does_not_exist_is_refused)
{
    static const struct {
        enum event_log_kind kind;
        uint32_t index;
        bool is_there;
    } cases[] = {{EVENT_LOG_TPM, 23, true},          {EVENT_LOG_TPM, 24, false},
                 {EVENT_LOG_TPM, UINT32_MAX, false}, {EVENT_LOG_CC, 4, true},
                 {EVENT_LOG_CC, 5, false},           {EVENT_LOG_CC, 24, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t space[SPACE];
        struct registers registers;
        struct writer writer = log_over(space);
        write_event(&writer, cases[i].index, 4, (slice){0});
        if (cases[i].is_there)
            EXPECT_OK(replay(cases[i].kind, &writer, &registers));
        else
            EXPECT_FAIL(MALFORMED, replay(cases[i].kind, &writer, &registers));
    }
}

/* E6, E7, E30 */
TEST(E30_a_header_with_unknown_repeated_missing_or_too_many_hashes_is_refused)
{
    static const struct {
        uint16_t algorithm, size;
        uint32_t count;
        enum failure failure;
    } cases[] = {{0x0027, 32, 1, FAILURE_UNSUPPORTED}, /* SHA3-256 */
                 {SHA256_ID, 20, 1, FAILURE_MALFORMED},
                 {SHA256_ID, 32, 2, FAILURE_MALFORMED},
                 {SHA256_ID, 32, 0, FAILURE_MALFORMED},
                 {SHA256_ID, 32, 6, FAILURE_EXHAUSTED}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t space[SPACE];
        struct event_log log = {.event_count = 99};
        struct writer writer = writer_over(space, sizeof space);
        write_header(&writer, cases[i].algorithm, cases[i].size, cases[i].count);
        const status got = event_log_begin(EVENT_LOG_TPM, (slice){space, writer.size}, &log);
        EXPECT(got.fault && got.fault->failure == cases[i].failure && log.event_count == 99);
    }
}

TEST(E30_an_event_has_one_digest_of_each_hash_that_the_header_announces)
{
    static const struct {
        uint16_t algorithm;
        uint32_t count;
    } cases[] = {{SHA384_ID, 1}, {0x0027, 1}, {SHA256_ID, 0}, {SHA256_ID, 2}, {SHA256_ID, 1 << 30}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t space[SPACE];
        struct registers registers;
        struct writer writer = log_over(space);
        write_le32(&writer, 0);
        write_le32(&writer, 4);
        write_le32(&writer, cases[i].count);
        for (size_t j = 0; j < 2; j++) {
            write_le16(&writer, cases[i].algorithm);
            write_bytes(&writer, (slice){digest, 32});
        }
        write_le32(&writer, 0);
        EXPECT_FAIL(MALFORMED, replay(EVENT_LOG_TPM, &writer, &registers));
    }
}

TEST(E30_two_digests_of_one_hash_are_refused)
{
    uint8_t space[SPACE];
    struct registers registers;
    struct writer writer = writer_over(space, sizeof space);
    write_header(&writer, SHA256_ID, 32, 2);
    /* the second of the two announced becomes SHA-1 */
    memcpy(space + 32 + 28 + 4, (const uint8_t[]){4, 0, 20, 0}, 4);
    write_le32(&writer, 0);
    write_le32(&writer, 4);
    write_le32(&writer, 2);
    for (size_t j = 0; j < 2; j++) {
        write_le16(&writer, SHA256_ID);
        write_bytes(&writer, (slice){digest, 32});
    }
    write_le32(&writer, 0);
    EXPECT_FAIL(MALFORMED, replay(EVENT_LOG_TPM, &writer, &registers));
}

/* E5, E30 */
TEST(E30_an_event_of_any_stated_size_beyond_ours_is_refused_before_it_is_read)
{
    static const uint32_t sizes[] = {EVENT_DATA_SIZE_MAX + 1, INT32_MAX, UINT32_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint8_t space[SPACE];
        struct registers registers;
        struct writer writer = log_over(space);
        write_event(&writer, 0, 4, (slice){0});
        memcpy(space + writer.size - 4, &sizes[i], 4);
        EXPECT_FAIL(EXHAUSTED, replay(EVENT_LOG_TPM, &writer, &registers));
    }
}

/* E6, E30 */
TEST(E30_more_events_than_the_limit_are_refused)
{
    SCOPED(buffer) log = {0};
    uint8_t space[SPACE], event_space[SPACE];
    struct registers registers;
    const struct writer header = log_over(space);
    struct writer event = writer_over(event_space, sizeof event_space);
    write_event(&event, 3, 4, (slice){0});
    EXPECT_OK(buffer_append(&log, (slice){space, header.size}));
    for (size_t i = 0; i < EVENTS_MAX; i++)
        EXPECT_OK(buffer_append(&log, (slice){event_space, event.size}));
    EXPECT_OK(registers_begin(HASH_SHA256, &registers));
    EXPECT_OK(event_log_replay(EVENT_LOG_TPM, buffer_view(&log), &registers));
    EXPECT_OK(buffer_append(&log, (slice){event_space, event.size}));
    EXPECT_FAIL(EXHAUSTED, event_log_replay(EVENT_LOG_TPM, buffer_view(&log), &registers));
    SCOPED(buffer) huge = {0};
    for (size_t i = 0; i <= EVENT_LOG_SIZE_MAX / SPACE; i++)
        EXPECT_OK(buffer_append(&huge, SLICE(space)));
    EXPECT_FAIL(EXHAUSTED, event_log_replay(EVENT_LOG_TPM, buffer_view(&huge), &registers));
}

TEST(an_event_that_is_no_action_extends_nothing)
{
    uint8_t space[SPACE];
    struct registers registers;
    struct writer writer = log_over(space);
    write_event(&writer, 0, EV_NO_ACTION, SLICE(digest));
    write_event(&writer, 5, EV_NO_ACTION, (slice){(const uint8_t *)"StartupLocality\0\3", 17});
    EXPECT_OK(replay(EVENT_LOG_TPM, &writer, &registers));
    EXPECT(registers.extended == 0);
}

TEST(the_startup_locality_counts_for_a_tpm_only_and_only_at_the_beginning)
{
    static const slice good = {(const uint8_t *)"StartupLocality\0\3", 17};
    static const slice bad[] = {{(const uint8_t *)"StartupLocality\0\3\0", 18},
                                {(const uint8_t *)"StartupLocality", 16},
                                {(const uint8_t *)"StartupLocality\0\1", 17}};
    uint8_t space[SPACE];
    struct registers registers;
    struct writer writer = log_over(space);
    write_event(&writer, 0, EV_NO_ACTION, good);
    EXPECT_OK(replay(EVENT_LOG_TPM, &writer, &registers));
    EXPECT(registers.values[0].data[31] == 3 && registers.extended == 1);
    EXPECT_OK(replay(EVENT_LOG_CC, &writer, &registers));
    EXPECT(registers.extended == 0);
    write_event(&writer, 0, 4, (slice){0});
    write_event(&writer, 0, EV_NO_ACTION, good);
    EXPECT_FAIL(MALFORMED, replay(EVENT_LOG_TPM, &writer, &registers));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        writer = log_over(space);
        write_event(&writer, 0, EV_NO_ACTION, bad[i]);
        EXPECT_FAIL(MALFORMED, replay(EVENT_LOG_TPM, &writer, &registers));
    }
}

TEST(a_log_is_not_replayed_by_a_hash_that_it_has_no_digests_of)
{
    uint8_t space[SPACE];
    struct registers registers;
    const struct writer writer = log_over(space);
    EXPECT_OK(registers_begin(HASH_SHA384, &registers));
    EXPECT_FAIL(UNSUPPORTED,
                event_log_replay(EVENT_LOG_TPM, (slice){space, writer.size}, &registers));
    EXPECT_FAIL(UNSUPPORTED, registers_begin(HASH_NONE, &registers));
    EXPECT_FAIL(MALFORMED, register_extend(&registers, REGISTERS_MAX, (slice){digest, 48}));
    EXPECT_FAIL(MALFORMED, register_extend(&registers, 0, (slice){digest, 32}));
}

/* E30: text of an event is worth something only when its digest is of that text. */
TEST(E30_text_that_no_digest_covers_is_marked)
{
    uint8_t space[SPACE];
    struct event_log log;
    struct event event;
    char line[EVENT_LINE_SIZE];
    bool more;
    if (no_vectors())
        SKIP(1, "no CIX_VECTORS");
    struct writer writer = log_over(space);
    write_event(&writer, 4, 5, slice_of_text("bold \x1b[1m claims"));
    EXPECT_OK(event_log_begin(EVENT_LOG_TPM, (slice){space, writer.size}, &log));
    EXPECT_OK(event_log_next(&log, &event, &more));
    EXPECT(!event_covers_data(&log, &event));
    event_describe(&log, &event, line);
    EXPECT(strcmp(line, "PCR4   EV_ACTION                         01020300000000000000000000000000"
                        "...  bold .[1m claims  (text not covered)") == 0);

    SCOPED(buffer) vector = vector_read("cc.bin");
    EXPECT_OK(event_log_begin(EVENT_LOG_CC, buffer_view(&vector), &log));
    for (size_t i = 0; i < 4; i++)
        EXPECT_OK(event_log_next(&log, &event, &more));
    event_describe(&log, &event, line);
    EXPECT(strncmp(line, "RTMR3  EV_EVENT_TAG ", 20) == 0);
    EXPECT(strstr(line, "...  domain operation content") && !strstr(line, "not covered"));
}
