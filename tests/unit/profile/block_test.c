/* SPDX-License-Identifier: Apache-2.0 */

/* The binding of fresh evidence, and the measurement block that carries it. */

#include "profile/fresh.h"

#include "codec/text.h"
#include "spdm/message/measurement_block.h"
#include "test.h"

enum { REPORT_SIZE = 1184, RECORD_SIZE = 8192, SEVERAL = 3 };

/* ---- the binding ---- */

static struct profile_subject example(bool in_session)
{
    struct profile_subject subject = {.version = in_session ? SPDM_1_3 : SPDM_1_2,
                                      .in_session = in_session};
    for (size_t i = 0; i < sizeof subject.nonce; i++)
        subject.nonce[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof subject.exporter; i++)
        subject.exporter[i] = (uint8_t)(64 + i);
    memset(subject.key, 0xaa, sizeof subject.key);
    return subject;
}

static void expect_binding(const struct profile_subject *subject, const char *platform,
                           const char *hex)
{
    uint8_t expected[BINDING_SIZE], got[BINDING_SIZE];
    EXPECT_OK(hex_read_exactly(slice_of_text(hex), expected, sizeof expected));
    EXPECT_OK(profile_binding(subject, platform, got));
    EXPECT(slice_equal(SLICE(got), SLICE(expected)));
}

/* Computed by tests/vectors/spdm-tee/make.py. */
TEST(the_bindings_are_those_of_the_worked_examples)
{
    const struct profile_subject outside = example(false), inside = example(true);
    expect_binding(&outside, "tdx",
                   "4d06b05753e9412c0c229ba0eccdb7a97af46b1acb3c42feed3259f0adb5c8a4"
                   "a56dfb0607569d91e112c7f92d5c50d341994d9cb4099aaf1d2b0f1dca013bdf");
    expect_binding(&inside, "snp",
                   "97c3decdc5a98cd63241f02c7cf5e5fa90d8640686057a2c4f455102e91bcb97"
                   "c943ec6e9c793a5aee97be2ce654ca4594b3f06ea5d5cf7e421967c59c0dccbf");
}

/* E11 */
TEST(every_field_of_the_subject_changes_the_binding)
{
    struct profile_subject subject = example(true);
    uint8_t first[BINDING_SIZE], other[BINDING_SIZE];
    uint8_t *const fields[] = {&subject.version,     &subject.nonce[0],     &subject.nonce[31],
                               &subject.exporter[0], &subject.exporter[63], &subject.key[0],
                               &subject.key[47]};
    EXPECT_OK(profile_binding(&subject, "tdx", first));
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        *fields[i] ^= 1;
        EXPECT_OK(profile_binding(&subject, "tdx", other));
        EXPECT(!slice_equal(SLICE(first), SLICE(other)));
        *fields[i] ^= 1;
    }
    EXPECT_OK(profile_binding(&subject, "snp", other));
    EXPECT(!slice_equal(SLICE(first), SLICE(other)));
    subject.in_session = false;
    EXPECT_OK(profile_binding(&subject, "tdx", other));
    EXPECT(!slice_equal(SLICE(first), SLICE(other)));
}

/* ---- the block ---- */

/* Bytes that the table of platforms takes for an SNP report. */
static slice some_report(void)
{
    static uint8_t bytes[REPORT_SIZE] = {3};
    bytes[0x34] = 1; /* signature algorithm */
    return SLICE(bytes);
}

static slice write_block(uint8_t *space, size_t size, slice endorsements)
{
    struct writer record = writer_over(space, size);
    const struct profile_block block = {platform_named("snp"), some_report(), endorsements};
    slice written = {0};
    EXPECT_OK(profile_block_write(&record, &block));
    EXPECT_OK(writer_finish(&record, &written));
    return written;
}

static status read_of(slice record)
{
    struct profile_block block;
    return profile_block_read(record, &block);
}

TEST(a_block_is_read_as_it_was_written)
{
    static uint8_t space[RECORD_SIZE];
    static const uint8_t head[] = {0xfd, 1, 0xc3, 4, 0x84, 0xc0, 4, 0x84, 0x73};
    static const uint8_t table[] = {1, 2, 3};
    struct profile_block block = {0};
    const slice record = write_block(space, sizeof space, SLICE(table));
    EXPECT(slice_equal((slice){record.data, sizeof head}, SLICE(head)));
    EXPECT_OK(profile_block_read(record, &block));
    EXPECT(block.platform == platform_named("snp"));
    EXPECT(slice_equal(block.evidence, some_report()));
    EXPECT(slice_equal(block.endorsements, SLICE(table)));
}

/* Of make.py: but for its evidence, which is of no platform. */
TEST(the_block_of_the_worked_example_is_well_formed_and_holds_no_evidence)
{
    SCOPED(buffer) record = {0};
    EXPECT_OK(hex_read(slice_of_text("fd012100841e008473636978207370646d2065766964656e6365203163"
                                     "7464784301020340"),
                       &record));
    EXPECT_FAIL(MALFORMED, read_of(buffer_view(&record)));
}

TEST(E2_a_block_cut_anywhere_is_refused_and_leaves_out_untouched)
{
    static uint8_t space[RECORD_SIZE];
    const slice record = write_block(space, sizeof space, (slice){0});
    for (size_t size = 0; size < record.size; size++) {
        struct profile_block block = {.evidence.size = 99};
        uint8_t *const exact = malloc(size ? size : 1);
        memcpy(exact, record.data, size);
        EXPECT(profile_block_read((slice){exact, size}, &block).fault);
        EXPECT(block.evidence.size == 99);
        free(exact);
    }
}

/* The same with all sizes around it right: what is cut is the value. */
TEST(E2_a_value_cut_anywhere_or_followed_by_more_is_refused)
{
    static uint8_t space[RECORD_SIZE], again[RECORD_SIZE];
    const slice record = write_block(space, sizeof space, (slice){0});
    struct reader reader = reader_of(record);
    struct spdm_measurement_block whole;
    EXPECT_OK(spdm_measurement_block_read(&reader, &whole));
    EXPECT_OK(read_of(record));
    for (size_t size = 0; size <= whole.value.size + 1; size++) {
        struct spdm_measurement_block cut = whole;
        struct writer writer = writer_over(again, sizeof again);
        cut.value.size = size; /* one more is of the zeros behind it */
        spdm_measurement_block_write(&writer, &cut);
        EXPECT(!read_of((slice){again, writer.size}).fault == (size == whole.value.size));
    }
}

TEST(E39_two_evidences_are_refused_and_other_measurements_are_left_alone)
{
    static uint8_t space[SEVERAL * RECORD_SIZE];
    const struct spdm_measurement_block other = {.index = 1,
                                                 .specification = 1,
                                                 .kind = SPDM_MEASURED_FIRMWARE,
                                                 .value = slice_of_text("whatever")};
    struct writer record = writer_over(space, sizeof space);
    const struct profile_block block = {platform_named("snp"), some_report(), {0}};
    spdm_measurement_block_write(&record, &other);
    EXPECT_FAIL(UNEXPECTED, read_of((slice){space, record.size}));
    EXPECT_OK(profile_block_write(&record, &block));
    spdm_measurement_block_write(&record, &other);
    EXPECT_OK(read_of((slice){space, record.size}));
    EXPECT_OK(profile_block_write(&record, &block));
    EXPECT_FAIL(MALFORMED, read_of((slice){space, record.size}));
}

static status read_changed(size_t offset, uint8_t value)
{
    static uint8_t space[RECORD_SIZE];
    const slice record = write_block(space, sizeof space, (slice){0});
    space[offset] = value;
    return read_of(record);
}

/* E14: the label is at 9, the name at 29, the report at 35. */
TEST(E14_another_index_kind_label_or_platform_is_refused)
{
    EXPECT_FAIL(UNEXPECTED, read_changed(0, 0xfe));
    EXPECT_FAIL(UNEXPECTED, read_changed(4, 0x80 | SPDM_MEASURED_FIRMWARE));
    EXPECT_FAIL(UNEXPECTED, read_changed(4, SPDM_MEASUREMENT_MANIFEST)); /* a digest */
    EXPECT_FAIL(MALFORMED, read_changed(7, 0x83));
    EXPECT_FAIL(UNSUPPORTED, read_changed(9, 'x'));
    EXPECT_FAIL(UNSUPPORTED, read_changed(29, 'x'));
    EXPECT_FAIL(MALFORMED, read_changed(35 + 3, 0xff));
}

TEST(endorsements_that_do_not_fit_are_left_out_and_evidence_that_does_not_is_an_error)
{
    static uint8_t space[REPORT_SIZE + 200], endorsements[400];
    static uint8_t large[SPDM_MEASUREMENT_VALUE_SIZE_MAX];
    struct profile_block block;
    struct writer record = writer_over(space, sizeof space);
    EXPECT_OK(profile_block_read(write_block(space, sizeof space, SLICE(endorsements)), &block));
    EXPECT(block.endorsements.size == 0);
    EXPECT_FAIL(EXHAUSTED,
                profile_block_write(
                    &record, &(struct profile_block){platform_named("snp"), SLICE(large), {0}}));
}
