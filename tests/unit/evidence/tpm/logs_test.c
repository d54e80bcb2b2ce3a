/* SPDX-License-Identifier: Apache-2.0 */

/* Logs beside a quote: they must lead to the registers, and say nothing by themselves. */

#include "evidence/eventlog/ima.h"
#include "tpm_samples.h"

static bool verify_gives(const struct tpm_sample *sample, const char *check, const char *result)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(buffer) bytes = tpm_bytes(sample);
    EXPECT_OK(tpm_verify_at(buffer_view(&bytes), (slice){0}, NULL, tpm_time(sample), facts));
    const bool same = strcmp(result_name(facts, check), result) == 0;
    if (!same)
        printf("  %s is %s %s\n", check, result_name(facts, check), failure_of(facts, check));
    free(facts);
    return same;
}

TEST(the_log_of_a_google_vm_leads_to_its_registers_in_every_bank)
{
    if (samples_are_absent("a quote with an event log"))
        return;
    SCOPED(tpm_sample) sample;
    tpm_open_gce(&sample);
    SCOPED(buffer) log = file_read(sample.folder, "event_log.bin");
    sample.evidence.event_log = (slice){0};
    EXPECT(verify_gives(&sample, "event_log", "skipped"));
    sample.evidence.event_log = buffer_view(&log);
    EXPECT(sample.evidence.pcrs.bank_count == 3);
    EXPECT(verify_gives(&sample, "event_log", "pass"));
    sample.evidence.event_log.size -= 1;
    EXPECT(verify_gives(&sample, "event_log", "fail"));
}

/* E30 */
TEST(E30_a_log_of_another_machine_or_with_an_event_too_many_fails)
{
    enum { EVENT_SIZE = 12 + 2 + 20 + 2 + 32 + 2 + 48 + 4 };
    static const uint8_t event[EVENT_SIZE] = {
        7, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 4, 0, [34] = 0x0b, [35] = 0, [68] = 0x0c, [69] = 0};
    char folder[PATH_SIZE];
    if (samples_are_absent("event logs"))
        return;
    SCOPED(tpm_sample) sample;
    tpm_open_gce(&sample);
    path_join(samples_root(), "eventlog/tpm-rhel8-uefi", folder);
    SCOPED(buffer) other = file_read(folder, "event_log.bin");
    sample.evidence.event_log = buffer_view(&other);
    EXPECT(verify_gives(&sample, "event_log", "fail"));
    SCOPED(buffer) longer = file_read(sample.folder, "event_log.bin");
    EXPECT_OK(buffer_append(&longer, SLICE(event)));
    sample.evidence.event_log = buffer_view(&longer);
    EXPECT(verify_gives(&sample, "event_log", "fail"));
}

/* A log whose register is set into the values beside the quote: its digest is another test's. */
TEST(some_beginning_of_the_imas_log_leads_to_its_register)
{
    char folder[PATH_SIZE];
    if (samples_are_absent("a quote of register 10") || !getenv("CIX_VECTORS"))
        return;
    SCOPED(tpm_sample) sample;
    struct registers registers;
    tpm_open_trustee(&sample);
    path_join(getenv("CIX_VECTORS"), "eventlog", folder);
    SCOPED(buffer) log = file_read(folder, "ima.bin");
    struct reader reader = reader_of(buffer_view(&log));
    struct ima_record record;
    bool more = false;
    EXPECT(verify_gives(&sample, "ima_log", "skipped"));
    EXPECT_OK(ima_log_next(&reader, &record, &more));
    EXPECT_OK(registers_begin(HASH_SHA256, &registers));
    EXPECT_OK(ima_log_replay((slice){log.data, log.size - reader.left.size}, &registers));
    sample.evidence.ima_log = buffer_view(&log);
    EXPECT(verify_gives(&sample, "ima_log", "fail"));
    sample.evidence.pcrs.banks[0].values[10] = (slice){registers.values[10].data, 32};
    EXPECT(verify_gives(&sample, "ima_log", "pass"));
}
