/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/tsm.h"

#include "crypto/hash.h"

#include "test.h"

#include <errno.h>
#include <fcntl.h>

/* The errors expected here are those of the kernel's drivers/virt/coco/guest/report.c and
 * fs/configfs/file.c. */

static unsigned reports_made;

static status answer(const struct sim_machine *machine, unsigned privlevel, slice report_data,
                     struct buffer *out)
{
    (void)machine;
    const uint8_t level = (uint8_t)privlevel;
    reports_made++;
    TRY(buffer_append(out, (slice){&level, 1}));
    return buffer_append(out, report_data);
}

static const uint8_t certificates[] = {'c', 'e', 'r', 't'};
static const struct sim_machine snp = {
    .provider = "sev_guest",
    .has_privlevels = true,
    .has_certificates = true,
    .report = answer,
    .certificates = {certificates, sizeof certificates},
};
static const struct sim_machine snp_at_vmpl_2 = {
    .provider = "sev_guest",
    .has_privlevels = true,
    .privlevel_floor = 2,
    .has_certificates = true,
    .report = answer,
};
static const struct sim_machine tdx = {.provider = "tdx_guest", .report = answer};
static const uint8_t report_data[64] = {1, 2, 3, [63] = 64};

/* One request named "r" on a fresh interface. */
struct bench {
    struct sim_tsm *tsm;
};

static void bench_clear(struct bench *bench)
{
    sim_tsm_free(bench->tsm);
}

static struct bench bench_of(const struct sim_machine *machine, struct sim_tsm_settings settings)
{
    struct bench bench = {0};
    EXPECT_OK(sim_tsm_new(machine, &settings, &bench.tsm));
    EXPECT(sim_tsm_mkdir(bench.tsm, "r") == 0);
    return bench;
}

/* One open, write, close: the write's answer. */
static ssize_t put(struct bench *bench, const char *attribute, const void *bytes, size_t size)
{
    struct sim_file *file;
    const int error = sim_tsm_open(bench->tsm, "r", attribute, O_WRONLY, &file);
    if (error)
        return error;
    const ssize_t count = sim_tsm_write(bench->tsm, file, (slice){bytes, size}, 0);
    sim_tsm_close(bench->tsm, file);
    return count;
}

static ssize_t put_text(struct bench *bench, const char *attribute, const char *text)
{
    return put(bench, attribute, text, strlen(text));
}

static uint8_t got[SIM_TSM_BLOB_SIZE_MAX];

static ssize_t get(struct bench *bench, const char *attribute)
{
    struct sim_file *file;
    const int error = sim_tsm_open(bench->tsm, "r", attribute, O_RDONLY, &file);
    if (error)
        return error;
    const ssize_t count = sim_tsm_read(bench->tsm, file, got, sizeof got, 0);
    sim_tsm_close(bench->tsm, file);
    return count;
}

static bool reads_as(struct bench *bench, const char *attribute, const char *text)
{
    const ssize_t count = get(bench, attribute);
    return count == (ssize_t)strlen(text) && memcmp(got, text, (size_t)count) == 0;
}

TEST(a_report_is_made_once_and_cached_until_an_option_is_written)
{
    SCOPED(bench) bench = bench_of(&snp, (struct sim_tsm_settings){0});
    reports_made = 0;
    EXPECT(put(&bench, "inblob", report_data, 64) == 64);
    EXPECT(get(&bench, "outblob") == 65 && memcmp(got + 1, report_data, 64) == 0);
    EXPECT(get(&bench, "outblob") == 65);
    EXPECT(get(&bench, "auxblob") == 4 && memcmp(got, certificates, 4) == 0);
    EXPECT(reports_made == 1);
    EXPECT(put_text(&bench, "privlevel", "3\n") == 2);
    EXPECT(get(&bench, "outblob") == 65 && got[0] == 3 && reports_made == 2);
}

TEST(a_report_without_inblob_is_invalid)
{
    SCOPED(bench) bench = bench_of(&snp, (struct sim_tsm_settings){0});
    EXPECT(get(&bench, "outblob") == -EINVAL);
    EXPECT(get(&bench, "auxblob") == -EINVAL);
}

TEST(only_exactly_64_bytes_make_a_report)
{
    for (size_t size = 1; size < 64; size++) {
        SCOPED(bench) bench = bench_of(size % 2 ? &snp : &tdx, (struct sim_tsm_settings){0});
        EXPECT(put(&bench, "inblob", report_data, size) == (ssize_t)size);
        EXPECT(get(&bench, "outblob") == -EINVAL);
    }
}

TEST(a_longer_inblob_is_too_big_and_empties_the_request)
{
    const uint8_t longer[65] = {0};
    SCOPED(bench) bench = bench_of(&snp, (struct sim_tsm_settings){0});
    EXPECT(put(&bench, "inblob", report_data, 64) == 64);
    EXPECT(put(&bench, "inblob", longer, sizeof longer) == -EFBIG);
    EXPECT(reads_as(&bench, "generation", "2\n"));
    EXPECT(get(&bench, "outblob") == -EINVAL);
}

TEST(an_inblob_is_taken_when_it_is_closed)
{
    struct sim_file *file;
    SCOPED(bench) bench = bench_of(&snp, (struct sim_tsm_settings){0});
    EXPECT(sim_tsm_open(bench.tsm, "r", "inblob", O_WRONLY, &file) == 0);
    EXPECT(sim_tsm_write(bench.tsm, file, (slice){report_data, 60}, 0) == 60);
    EXPECT(sim_tsm_write(bench.tsm, file, (slice){report_data + 60, 4}, 60) == 4);
    EXPECT(reads_as(&bench, "generation", "0\n") && get(&bench, "outblob") == -EINVAL);
    sim_tsm_close(bench.tsm, file);
    EXPECT(reads_as(&bench, "generation", "1\n"));
    EXPECT(get(&bench, "outblob") == 65 && memcmp(got + 1, report_data, 64) == 0);
}

TEST(every_write_counts_and_no_read_does)
{
    SCOPED(bench) bench = bench_of(&snp, (struct sim_tsm_settings){0});
    EXPECT(reads_as(&bench, "generation", "0\n"));
    put(&bench, "inblob", report_data, 64);
    put(&bench, "inblob", report_data, 64);
    put_text(&bench, "privlevel", "1");
    get(&bench, "outblob");
    get(&bench, "auxblob");
    EXPECT(reads_as(&bench, "generation", "3\n"));
}

TEST(nobody_reads_what_only_takes_writes_or_writes_what_only_gives)
{
    SCOPED(bench) bench = bench_of(&snp, (struct sim_tsm_settings){0});
    EXPECT(get(&bench, "inblob") == -EACCES && get(&bench, "privlevel") == -EACCES);
    EXPECT(put(&bench, "outblob", "x", 1) == -EACCES);
    EXPECT(put(&bench, "generation", "0", 1) == -EACCES);
    EXPECT(put(&bench, "provider", "x", 1) == -EACCES);
    struct sim_file *file;
    EXPECT(sim_tsm_open(bench.tsm, "r", "inblob", O_RDWR, &file) == -EACCES);
}

TEST(privilege_levels_stay_between_the_floor_and_3)
{
    SCOPED(bench) bench = bench_of(&snp_at_vmpl_2, (struct sim_tsm_settings){0});
    EXPECT(reads_as(&bench, "privlevel_floor", "2\n"));
    EXPECT(put_text(&bench, "privlevel", "1") == -EINVAL);
    EXPECT(put_text(&bench, "privlevel", "4") == -EINVAL);
    EXPECT(put_text(&bench, "privlevel", "x") == -EINVAL);
    EXPECT(put_text(&bench, "privlevel", "-2") == -EINVAL);
    EXPECT(put_text(&bench, "privlevel", "2 ") == -EINVAL);
    EXPECT(put_text(&bench, "privlevel", "99999999999") == -ERANGE);
    EXPECT(reads_as(&bench, "generation", "0\n"));
    EXPECT(put_text(&bench, "privlevel", "0x3\n") == 4);
    EXPECT(reads_as(&bench, "generation", "1\n"));
}

TEST(a_kernel_below_vmpl_0_gets_no_report_for_level_0)
{
    SCOPED(bench) bench = bench_of(&snp_at_vmpl_2, (struct sim_tsm_settings){0});
    put(&bench, "inblob", report_data, 64);
    EXPECT(get(&bench, "outblob") == -EINVAL);
    put_text(&bench, "privlevel", "2");
    EXPECT(get(&bench, "outblob") == 65 && got[0] == 2);
}

static size_t count_attributes(struct sim_tsm *tsm)
{
    size_t count = 0;
    while (sim_tsm_attribute_at(tsm, count))
        count++;
    return count;
}

TEST(each_provider_shows_the_attributes_it_has)
{
    SCOPED(bench) of_tdx = bench_of(&tdx, (struct sim_tsm_settings){0});
    SCOPED(bench) of_snp = bench_of(&snp, (struct sim_tsm_settings){0});
    SCOPED(bench) of_lower = bench_of(&snp_at_vmpl_2, (struct sim_tsm_settings){0});
    EXPECT(count_attributes(of_tdx.tsm) == 4); /* generation, provider, inblob, outblob */
    EXPECT(count_attributes(of_snp.tsm) == 7);
    EXPECT(count_attributes(of_lower.tsm) == 11);
    EXPECT(reads_as(&of_tdx, "provider", "tdx_guest\n"));
    EXPECT(reads_as(&of_snp, "provider", "sev_guest\n"));
    EXPECT(get(&of_tdx, "auxblob") == -ENOENT && get(&of_snp, "manifestblob") == -ENOENT);
}

TEST(nobody_answers_for_an_svsm)
{
    SCOPED(bench) bench = bench_of(&snp_at_vmpl_2, (struct sim_tsm_settings){0});
    put(&bench, "inblob", report_data, 64);
    put_text(&bench, "privlevel", "2");
    EXPECT(put_text(&bench, "service_guid", "00000000-0000-0000-0000-000000000000\n") == 37);
    EXPECT(put_text(&bench, "service_guid", "not a guid") == -EINVAL);
    EXPECT(put_text(&bench, "service_manifest_version", "0") == 1);
    EXPECT(put_text(&bench, "service_provider", "svsm\n") == 5);
    EXPECT(get(&bench, "outblob") == -EINVAL && get(&bench, "manifestblob") == -EINVAL);
}

static status answer_for_svsm(const struct sim_machine *machine, slice data, struct buffer *out)
{
    return answer(machine, 0, data, out);
}

static const uint8_t manifest[] = "the vTPM's endorsement key";
static const struct sim_machine snp_under_svsm = {
    .provider = "sev_guest",
    .has_privlevels = true,
    .privlevel_floor = 2,
    .report = answer,
    .service_report = answer_for_svsm,
    .manifest = {manifest, sizeof manifest},
};

TEST(an_svsm_answers_for_its_vtpm_with_a_digest_of_nonce_and_manifest)
{
    SCOPED(bench) bench = bench_of(&snp_under_svsm, (struct sim_tsm_settings){0});
    struct digest expected;
    put(&bench, "inblob", report_data, 64);
    EXPECT(put_text(&bench, "service_provider", "coconut") == 7);
    EXPECT(put_text(&bench, "service_guid", SIM_TSM_VTPM_GUID) == 36);
    EXPECT(get(&bench, "outblob") == -EINVAL);
    EXPECT(put_text(&bench, "service_provider", "svsm\n") == 5);
    EXPECT(put_text(&bench, "service_guid", "C476F1EB-0123-45A5-9641-B4E7DDE5BFE3\n") == 37);
    EXPECT_OK(digest_of_two(HASH_SHA512, SLICE(report_data), SLICE(manifest), &expected));
    EXPECT(get(&bench, "outblob") == 65 && got[0] == 0);
    EXPECT(memcmp(got + 1, expected.data, 64) == 0);
    EXPECT(get(&bench, "manifestblob") == sizeof manifest);
    EXPECT(memcmp(got, manifest, sizeof manifest) == 0);
    EXPECT(put_text(&bench, "service_guid", "00000000-0000-0000-0000-000000000001") == 36);
    EXPECT(get(&bench, "manifestblob") == -EINVAL);
}

TEST(reading_and_writing_one_binary_file_do_not_mix)
{
    struct sim_file *file;
    SCOPED(bench) bench = bench_of(&snp, (struct sim_tsm_settings){0});
    put(&bench, "inblob", report_data, 64);
    EXPECT(sim_tsm_open(bench.tsm, "r", "outblob", O_RDONLY, &file) == 0);
    EXPECT(sim_tsm_read(bench.tsm, file, got, 1, 0) == 1);
    /* This open file keeps its report, whatever is written meanwhile. */
    const uint8_t other[64] = {9};
    put(&bench, "inblob", other, 64);
    EXPECT(sim_tsm_read(bench.tsm, file, got, 64, 1) == 64 && got[0] == 1);
    EXPECT(sim_tsm_read(bench.tsm, file, got, 64, 65) == 0);
    sim_tsm_close(bench.tsm, file);
}

TEST(a_removed_request_is_gone_for_those_who_still_have_it_open)
{
    struct sim_file *file;
    SCOPED(bench) bench = bench_of(&snp, (struct sim_tsm_settings){0});
    EXPECT(sim_tsm_open(bench.tsm, "r", "generation", O_RDONLY, &file) == 0);
    EXPECT(sim_tsm_rmdir(bench.tsm, "r") == 0);
    EXPECT(sim_tsm_mkdir(bench.tsm, "r") == 0);
    EXPECT(sim_tsm_read(bench.tsm, file, got, sizeof got, 0) == -ENOENT);
    sim_tsm_close(bench.tsm, file);
}

TEST(requests_have_names_of_their_own_and_a_limit)
{
    char name[SIM_TSM_NAME_SIZE + 1];
    SCOPED(bench) bench = bench_of(&snp, (struct sim_tsm_settings){0});
    EXPECT(sim_tsm_mkdir(bench.tsm, "r") == -EEXIST);
    EXPECT(sim_tsm_rmdir(bench.tsm, "s") == -ENOENT);
    for (int i = 1; i < SIM_TSM_REQUESTS_MAX; i++) {
        snprintf(name, sizeof name, "%d", i);
        EXPECT(sim_tsm_mkdir(bench.tsm, name) == 0);
    }
    EXPECT(sim_tsm_mkdir(bench.tsm, "one more") == -ENOMEM);
    memset(name, 'a', sizeof name);
    name[SIM_TSM_NAME_SIZE] = 0;
    EXPECT(sim_tsm_mkdir(bench.tsm, name) == -ENAMETOOLONG);
}

TEST(a_quote_that_timed_out_stays_in_flight)
{
    SCOPED(bench)
    bench = bench_of(&tdx, (struct sim_tsm_settings){.delay_ms = 200, .timeout_ms = 20});
    put(&bench, "inblob", report_data, 64);
    EXPECT(get(&bench, "outblob") == -ETIMEDOUT);
    EXPECT(get(&bench, "outblob") == -EBUSY);
}

static bool always(void)
{
    return true;
}

TEST(an_interrupted_wait_says_so)
{
    SCOPED(bench)
    bench = bench_of(&tdx, (struct sim_tsm_settings){.delay_ms = 200, .interrupted = always});
    put(&bench, "inblob", report_data, 64);
    EXPECT(get(&bench, "outblob") == -EINTR && get(&bench, "outblob") == -EBUSY);
}

TEST(a_report_above_the_kernels_limit_is_too_big)
{
    SCOPED(bench) bench = bench_of(&tdx, (struct sim_tsm_settings){.fault = SIM_FAULT_OVERSIZED});
    put(&bench, "inblob", report_data, 64);
    EXPECT(get(&bench, "outblob") == -EFBIG);
}
