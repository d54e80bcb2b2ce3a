/* SPDX-License-Identifier: Apache-2.0 */

/* Event logs beside a quote: the registers that it signed decide whether they are its own. */

#include "evidence/eventlog/log.h"
#include "evidence/tdx/collect.h"
#include "samples.h"

static const char *const ids[] = {"tdx/v4-gcp-cos113-ccel", "tdx/v4-live-ccel-tdreport"};
enum { IDS = sizeof ids / sizeof *ids, LOGS_MAX = 2 };

/* "event_log" and "runtime_log" in one word each: "pass pass". */
static void expect_results(slice evidence, const slice *logs, size_t log_count,
                           const char *expected)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(endorsements) endorsements = {0};
    char results[64];
    for (size_t i = 0; i < log_count; i++)
        EXPECT_OK(endorsements_add(&endorsements, logs[i]));
    EXPECT(endorsements.count == log_count);
    EXPECT_OK(tdx_verify_at(evidence, &endorsements, 1, facts));
    snprintf(results, sizeof results, "%s %s", result_name(facts, "event_log"),
             result_name(facts, "runtime_log"));
    if (strcmp(results, expected) != 0)
        printf("  %s, expected %s\n", results, expected);
    EXPECT(strcmp(results, expected) == 0);
    const struct check *const check = facts_check(facts, "event_log");
    EXPECT(check &&
           (check->result == CHECK_PASS || strncmp(check->reason, "TDX_EVENT_LOG_", 14) == 0));
    free(facts);
}

TEST(a_log_that_leads_to_the_signed_registers_passes)
{
    if (samples_are_absent("quotes with event logs"))
        return;
    for (size_t i = 0; i < IDS; i++) {
        SCOPED(sample) sample = sample_open(ids[i]);
        SCOPED(buffer) log = file_read(sample.folder, "ccel_data.bin");
        const slice given = buffer_view(&log);
        const slice evidence = buffer_view(&sample.evidence);
        expect_results(evidence, &given, 1, "pass pass");
        for (size_t j = 0; j < 4096; j++)
            EXPECT_OK(buffer_append(&log, (slice){(const uint8_t[]){0xff}, 1}));
        const slice padded = buffer_view(&log);
        expect_results(evidence, &padded, 1, "pass pass");
    }
}

TEST(without_a_log_nothing_is_said_of_it)
{
    if (samples_are_absent("quotes with event logs"))
        return;
    SCOPED(sample) sample = sample_open(ids[0]);
    expect_results(buffer_view(&sample.evidence), NULL, 0, "skipped absent");
}

/* Python's hashlib comes to RTMR0 and RTMR1 too, and to another RTMR2: the log is of another boot.
 */
TEST(E30_a_log_of_another_boot_of_the_same_machine_fails)
{
    if (samples_are_absent("a quote with another event log"))
        return;
    SCOPED(sample) sample = sample_open("tdx/negative-nonproduction-root");
    SCOPED(buffer) log = file_read(sample.folder, "ccel_data.bin");
    const slice given = buffer_view(&log);
    expect_results(buffer_view(&sample.evidence), &given, 1, "fail pass");
}

/* E30: another machine's log, and a log that comes twice. */
TEST(E30_a_log_that_leads_elsewhere_fails)
{
    if (samples_are_absent("quotes with event logs"))
        return;
    SCOPED(sample) sample = sample_open(ids[0]);
    SCOPED(sample) other = sample_open(ids[1]);
    SCOPED(buffer) log = file_read(sample.folder, "ccel_data.bin");
    SCOPED(buffer) others_log = file_read(other.folder, "ccel_data.bin");
    const slice both[LOGS_MAX] = {buffer_view(&log), buffer_view(&others_log)};
    expect_results(buffer_view(&sample.evidence), &both[1], 1, "fail pass");
    expect_results(buffer_view(&sample.evidence), both, 2, "fail pass");
}

/* E30 */
TEST(E30_a_log_cut_anywhere_fails)
{
    if (samples_are_absent("quotes with event logs"))
        return;
    SCOPED(sample) sample = sample_open(ids[1]);
    SCOPED(buffer) log = file_read(sample.folder, "ccel_data.bin");
    enum { SPECIFICATION_SIZE = 32 + 33 };
    for (size_t size = SPECIFICATION_SIZE; size < log.size; size++) {
        struct facts *const facts = calloc(1, sizeof *facts);
        SCOPED(endorsements) endorsements = {0};
        EXPECT_OK(endorsements_add(&endorsements, (slice){log.data, size}));
        EXPECT_OK(tdx_verify_at(buffer_view(&sample.evidence), &endorsements, 1, facts));
        EXPECT(*failure_of(facts, "event_log"));
        free(facts);
    }
}

/* E4, E30: what is not in a digest is in no register; it makes no claims either. */
TEST(E30_every_flipped_bit_of_a_digest_fails)
{
    if (samples_are_absent("quotes with event logs"))
        return;
    SCOPED(sample) sample = sample_open(ids[1]);
    SCOPED(buffer) bytes = file_read(sample.folder, "ccel_data.bin");
    struct event_log log;
    struct event event;
    bool more = true;
    size_t flipped = 0;
    EXPECT_OK(event_log_begin(EVENT_LOG_CC, buffer_view(&bytes), &log));
    while (!event_log_next(&log, &event, &more).fault && more)
        for (size_t at = 0; event.type != EV_NO_ACTION && at < event.digests[0].size; at += 5) {
            uint8_t *const byte = bytes.data + (event.digests[0].data - bytes.data) + at;
            const slice given = buffer_view(&bytes);
            *byte ^= 1;
            expect_results(buffer_view(&sample.evidence), &given, 1, "fail pass");
            *byte ^= 1;
            flipped++;
        }
    EXPECT(flipped == 20 * 10);
}

/* E30: an event too many, for the register that software extends. */
TEST(E30_a_runtime_event_that_the_register_does_not_know_fails)
{
    if (samples_are_absent("quotes with event logs"))
        return;
    SCOPED(sample) sample = sample_open(ids[1]);
    SCOPED(buffer) log = file_read(sample.folder, "ccel_data.bin");
    uint8_t event[12 + 2 + 48 + 4] = {4, 0, 0, 0, 6, 0, 0, 0, 1, 0, 0, 0, 0x0c, 0};
    EXPECT_OK(buffer_append(&log, SLICE(event)));
    const slice given = buffer_view(&log);
    expect_results(buffer_view(&sample.evidence), &given, 1, "pass fail");
}

/* RTMR3 is signed whether or not somebody kept a log of it. */
TEST(an_extended_rtmr3_without_a_log_is_left_open)
{
    enum { RTMR3_OFFSET = 48 + 472 };
    if (samples_are_absent("quotes with event logs"))
        return;
    SCOPED(sample) sample = sample_open(ids[1]);
    SCOPED(buffer) log = file_read(sample.folder, "ccel_data.bin");
    const slice given = buffer_view(&log);
    sample.evidence.data[RTMR3_OFFSET] ^= 1; /* the signature is not looked at here */
    expect_results(buffer_view(&sample.evidence), &given, 1, "pass skipped");
}

/* ---- collected ---- */

static void write_file(const char *path, slice bytes, size_t padding)
{
    FILE *const file = fopen(path, "wb");
    EXPECT(file && fwrite(bytes.data, 1, bytes.size, file) == bytes.size);
    for (size_t i = 0; i < padding; i++)
        EXPECT(fputc(0xff, file) != EOF);
    fclose(file);
}

TEST(a_log_is_collected_without_its_padding_and_only_with_its_own_quote)
{
    char path[] = "/tmp/cix-ccel-XXXXXX";
    if (samples_are_absent("quotes with event logs"))
        return;
    SCOPED(sample) sample = sample_open(ids[0]);
    SCOPED(sample) other = sample_open(ids[1]);
    SCOPED(buffer) log = file_read(sample.folder, "ccel_data.bin");
    SCOPED(buffer) collected = {0};
    const int file = mkstemp(path);
    EXPECT(file >= 0);
    close(file);
    write_file(path, buffer_view(&log), 0x40000 - log.size);
    tdx_event_log(path, buffer_view(&other.evidence), &collected);
    EXPECT(collected.size == 0);
    tdx_event_log(path, buffer_view(&sample.evidence), &collected);
    EXPECT(slice_equal(buffer_view(&collected), buffer_view(&log)));
    buffer_clear(&collected);
    write_file(path, (slice){log.data, log.size - 1}, 0);
    tdx_event_log(path, buffer_view(&sample.evidence), &collected);
    EXPECT(collected.size == 0);
    unlink(path);
    tdx_event_log(path, buffer_view(&sample.evidence), &collected);
    EXPECT(collected.size == 0);
}
