/* SPDX-License-Identifier: Apache-2.0 */

/* Logs of real machines replay to the registers that their manifests and quotes tell. */

#include "evidence/eventlog/ccel.h"
#include "evidence/eventlog/describe.h"
#include "logs.h"

static const struct {
    const char *id;
    enum event_log_kind kind;
} logs[] = {{"eventlog/ccel-alibaba-aael", EVENT_LOG_CC},
            {"eventlog/ccel-csv-sm3", EVENT_LOG_CC},
            {"eventlog/ccel-grub", EVENT_LOG_CC},
            {"eventlog/ccel-ovmf", EVENT_LOG_CC},
            {"eventlog/tpm-arch-workstation", EVENT_LOG_TPM},
            {"eventlog/tpm-rhel8-uefi", EVENT_LOG_TPM},
            {"eventlog/tpm-ubuntu-2404-sevsnp", EVENT_LOG_TPM}};
enum { LOGS = sizeof logs / sizeof *logs };

static struct buffer log_of(const char *id, struct json *out_manifest)
{
    char folder[PATH_SIZE];
    path_join(samples_root(), id, folder);
    *out_manifest = json_of_file(folder, "manifest.json");
    return file_read(folder, "event_log.bin");
}

static size_t events_in(enum event_log_kind kind, slice bytes)
{
    struct event_log log;
    struct event event;
    bool more = true;
    EXPECT_OK(event_log_begin(kind, bytes, &log));
    while (more) {
        char line[EVENT_LINE_SIZE];
        const status next = event_log_next(&log, &event, &more);
        EXPECT_OK(next);
        if (next.fault)
            break;
        event_describe(&log, &event, line);
        EXPECT(strlen(line) < EVENT_LINE_SIZE && !strstr(line, "unknown"));
    }
    return log.event_count;
}

TEST(every_sample_replays_to_the_registers_of_its_manifest)
{
    size_t compared = 0;
    if (samples_are_absent("event logs"))
        return;
    for (size_t i = 0; i < LOGS; i++) {
        SCOPED(json) manifest = {0};
        SCOPED(buffer) log = log_of(logs[i].id, &manifest);
        const json_t *const claims = json_object_get(manifest.root, "claims");
        const char *bank;
        json_t *expected;
        EXPECT(event_log_begins(buffer_view(&log)));
        EXPECT(events_in(logs[i].kind, buffer_view(&log)) ==
               (size_t)json_integer_value(json_object_get(claims, "events")));
        json_object_foreach(json_object_get(claims, "replayed_registers"), bank, expected)
        {
            struct registers registers;
            EXPECT_OK(registers_begin(hash_named(bank), &registers));
            EXPECT_OK(event_log_replay(logs[i].kind, buffer_view(&log), &registers));
            compared += compare_registers(&registers, expected);
        }
    }
    printf("  %zu registers compared\n", compared);
    EXPECT(compared == 3 * 3 + 4 + 2 * 9 + 3 * 11 + 3 * 11);
}

TEST(E30_logs_in_the_older_form_and_logs_that_are_none_are_refused)
{
    static const char *const ids[] = {"eventlog/malformed-ebs-event-missing-eventlog",
                                      "eventlog/malformed-short-no-action-eventlog"};
    if (samples_are_absent("malformed event logs"))
        return;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        SCOPED(json) manifest = {0};
        SCOPED(buffer) bytes = log_of(ids[i], &manifest);
        struct event_log log;
        EXPECT(!event_log_begins(buffer_view(&bytes)));
        EXPECT_FAIL(UNSUPPORTED, event_log_begin(EVENT_LOG_TPM, buffer_view(&bytes), &log));
    }
}

/* E2, E30: a cut between two events leaves a log, of other registers. */
TEST(E2_every_prefix_of_each_sample_is_refused_or_replays_to_other_registers)
{
    size_t whole = 0, refused = 0;
    if (samples_are_absent("event logs"))
        return;
    for (size_t i = 0; i < LOGS; i++) {
        SCOPED(json) manifest = {0};
        SCOPED(buffer) log = log_of(logs[i].id, &manifest);
        struct registers all, some;
        const enum hash hash = hash_named(json_string_value(json_array_get(
            json_object_get(json_object_get(manifest.root, "claims"), "algorithms"), 0)));
        EXPECT_OK(registers_begin(hash, &all));
        EXPECT_OK(event_log_replay(logs[i].kind, buffer_view(&log), &all));
        for (size_t size = 0; size < log.size; size += size < 2048 ? 1 : 13) {
            EXPECT_OK(registers_begin(hash, &some));
            if (event_log_replay(logs[i].kind, (slice){log.data, size}, &some).fault)
                refused++;
            else
                whole += memcmp(all.values, some.values, sizeof all.values) != 0;
            EXPECT(memcmp(all.values, some.values, sizeof all.values) != 0);
        }
    }
    printf("  %zu prefixes refused, %zu are logs of other registers\n", refused, whole);
}

TEST(logs_that_came_with_a_quote_replay_to_its_registers)
{
    static const char *const ids[] = {"tdx/v4-gcp-cos113-ccel", "tdx/v4-live-ccel-tdreport"};
    if (samples_are_absent("event logs of TDX"))
        return;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        SCOPED(sample) sample = sample_open(ids[i]);
        SCOPED(buffer) log = file_read(sample.folder, "ccel_data.bin");
        const json_t *const body =
            json_object_get(json_object_get(sample.manifest.root, "claims"), "body");
        struct registers registers;
        EXPECT_OK(registers_begin(HASH_SHA384, &registers));
        EXPECT_OK(event_log_replay(EVENT_LOG_CC, buffer_view(&log), &registers));
        EXPECT(register_is_hex(&registers, 1, text_of(body, "rtmr0")));
        EXPECT(register_is_hex(&registers, 2, text_of(body, "rtmr1")));
        EXPECT(register_is_hex(&registers, 3, text_of(body, "rtmr2")));
        EXPECT(register_is_hex(&registers, 4, text_of(body, "rtmr3")));
    }
}

/* The PCRs beside the quote are those that it signed: tpm2/quote tests show that. */
TEST(the_log_of_a_google_vm_replays_to_its_pcrs)
{
    static const char *const banks[] = {"sha1", "sha256", "sha384"};
    size_t compared = 0;
    char folder[PATH_SIZE];
    if (samples_are_absent("the event log of a Google VM"))
        return;
    path_join(samples_root(), "tpm2/gce-cos-85-nonce9009", folder);
    SCOPED(buffer) log = file_read(folder, "event_log.bin");
    for (size_t i = 0; i < sizeof banks / sizeof *banks; i++) {
        char name[32];
        snprintf(name, sizeof name, "pcrs_%s.json", banks[i]);
        SCOPED(json) pcrs = json_of_file(folder, name);
        struct registers registers;
        const char *index;
        json_t *value;
        EXPECT_OK(registers_begin(hash_named(banks[i]), &registers));
        EXPECT_OK(event_log_replay(EVENT_LOG_TPM, buffer_view(&log), &registers));
        json_object_foreach(pcrs.root, index, value)
        {
            if (!register_is_extended(&registers, strtoul(index, NULL, 10)))
                continue;
            EXPECT(register_is_hex(&registers, strtoul(index, NULL, 10), json_string_value(value)));
            compared++;
        }
    }
    EXPECT(compared == 3 * 10);
}

TEST(an_application_finds_its_entries_in_the_log)
{
    size_t entries = 0;
    if (samples_are_absent("application events"))
        return;
    SCOPED(json) manifest = {0};
    SCOPED(buffer) bytes = log_of("eventlog/ccel-alibaba-aael", &manifest);
    struct event_log log;
    struct event event;
    bool more = true;
    EXPECT_OK(event_log_begin(EVENT_LOG_CC, buffer_view(&bytes), &log));
    while (more) {
        slice entry;
        const status next = event_log_next(&log, &event, &more);
        if (next.fault || !more || !event_application_entry(&event, &entry))
            continue;
        EXPECT(event.index == 4 && event_covers_data(&log, &event));
        EXPECT(entries++ ||
               slice_equal(entry, slice_of_text("coco.com some-operation some-content")));
    }
    EXPECT(entries == 2);
}

TEST(the_acpi_table_tells_where_the_log_is)
{
    struct ccel_table table = {.type = 99};
    if (samples_are_absent("a CCEL table"))
        return;
    SCOPED(sample) sample = sample_open("tdx/v4-gcp-cos113-ccel");
    SCOPED(buffer) bytes = file_read(sample.folder, "ccel_table.bin");
    EXPECT_OK(ccel_table_read(buffer_view(&bytes), &table));
    EXPECT(table.type == CCEL_TYPE_TDX && table.log_size == 0x40000 &&
           table.log_address == 0xbedbf000);
    for (size_t size = 0; size < bytes.size; size++)
        EXPECT_FAIL(TRUNCATED, ccel_table_read((slice){bytes.data, size}, &table));
    for (size_t bit = 0; bit < 8 * bytes.size; bit++) {
        bytes.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        EXPECT_FAIL(MALFORMED, ccel_table_read(buffer_view(&bytes), &table));
        bytes.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    EXPECT_OK(buffer_append(&bytes, (slice){(const uint8_t[1]){0}, 1}));
    EXPECT_FAIL(MALFORMED, ccel_table_read(buffer_view(&bytes), &table));
}
