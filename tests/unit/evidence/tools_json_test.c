/* SPDX-License-Identifier: Apache-2.0 */

/* Reports as attestation agents put them into JSON: the same bytes as the hardware wrote. */

#include "evidence/cmw.h"
#include "samples.h"

static const char snp_id[] = "snp/genoa-v3-vcek-siena-trustee-json";
static const char csv_id[] = "hygon-csv/csv3-report-pek-only";

static status unwrap(slice file, struct buffer *out)
{
    char type[CMW_MEDIA_TYPE_SIZE];
    buffer_clear(out);
    return evidence_unwrap(file, out, type);
}

static struct buffer json_of(const struct sample *sample)
{
    return file_read(sample->folder, "evidence.trustee.json");
}

TEST(an_snp_report_field_by_field_is_the_report_that_was_signed)
{
    if (samples_are_absent("a report in JSON"))
        return;
    SCOPED(sample) sample = sample_open(snp_id);
    SCOPED(buffer) json = json_of(&sample);
    SCOPED(buffer) got = {0};
    EXPECT_OK(unwrap(buffer_view(&json), &got));
    EXPECT(slice_equal(buffer_view(&got), buffer_view(&sample.evidence)));
}

TEST(the_certificates_beside_a_report_are_endorsements)
{
    if (samples_are_absent("a report in JSON"))
        return;
    SCOPED(sample) sample = sample_open(snp_id);
    SCOPED(buffer) json = json_of(&sample);
    SCOPED(buffer) vcek = file_read(sample.folder, "vcek.der");
    SCOPED(endorsements) endorsements = {0};
    EXPECT_OK(endorsements_add(&endorsements, buffer_view(&json)));
    EXPECT(endorsements.count == 1);
    EXPECT(slice_equal(buffer_view(&endorsements.items[0].bytes), buffer_view(&vcek)));
}

TEST(a_page_with_a_csv_report_as_a_list_is_the_report_and_zeros)
{
    if (samples_are_absent("a report in JSON"))
        return;
    SCOPED(sample) sample = sample_open(csv_id);
    SCOPED(buffer) json = json_of(&sample);
    SCOPED(buffer) got = {0};
    EXPECT_OK(unwrap(buffer_view(&json), &got));
    EXPECT(got.size == 4096);
    EXPECT(slice_equal((slice){got.data, sample.evidence.size}, buffer_view(&sample.evidence)));
    EXPECT(platform_of(buffer_view(&got)) == platform_named("csv"));
}

/* Replaces the first `from` of the text, and tells whether the result still unwraps. */
static bool unwraps_with(const struct buffer *json, const char *from, const char *to)
{
    SCOPED(buffer) text = {0};
    SCOPED(buffer) got = {0};
    const uint8_t *const at = memmem(json->data, json->size, from, strlen(from));
    EXPECT(at != NULL);
    if (!at)
        return false;
    const size_t before = (size_t)(at - json->data), after = before + strlen(from);
    EXPECT_OK(buffer_append(&text, (slice){json->data, before}));
    EXPECT_OK(buffer_append(&text, slice_of_text(to)));
    EXPECT_OK(buffer_append(&text, (slice){json->data + after, json->size - after}));
    return !unwrap(buffer_view(&text), &got).fault;
}

/* E5, E7, E42 */
TEST(fields_that_are_missing_too_large_or_of_another_kind_are_refused)
{
    if (samples_are_absent("a report in JSON"))
        return;
    SCOPED(sample) sample = sample_open(snp_id);
    SCOPED(buffer) json = json_of(&sample);
    EXPECT(unwraps_with(&json, "\"guest_svn\":0", "\"guest_svn\":4294967295"));
    EXPECT(!unwraps_with(&json, "\"guest_svn\":0", "\"guest_svn\":4294967296"));
    EXPECT(!unwraps_with(&json, "\"guest_svn\":0", "\"guest_svn\":-1"));
    EXPECT(!unwraps_with(&json, "\"guest_svn\":0", "\"guest_svn\":\"0\""));
    EXPECT(!unwraps_with(&json, "\"guest_svn\":0", "\"other\":0"));
    EXPECT(!unwraps_with(&json, "\"version\":3", "\"version\":5"));
    EXPECT(!unwraps_with(&json, "\"bootloader\":10", "\"bootloader\":256"));
    EXPECT(!unwraps_with(&json, "\"report_data\":[126", "\"report_data\":[126,1"));
    EXPECT(!unwraps_with(&json, "\"report_data\":[126", "\"report_data\":[256"));
    EXPECT(!unwraps_with(&json, "\"report_data\":[126", "\"report_data\":[1e400"));
    EXPECT(!unwraps_with(&json, "{\"attestation_report\"",
                         "{\"quote\":\"AA\",\"attestation_report\""));
}
