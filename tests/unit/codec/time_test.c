/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/text.h"

#include "test.h"

#include <time.h>

/* From RFC 3339, "Examples", and around what is special; the numbers are from GNU date. */
static const struct {
    const char *text;
    int64_t time_s;
} times[] = {
    {"1985-04-12T23:20:50.52Z", 482196050},
    {"1996-12-19T16:39:57-08:00", 851042397},
    {"1937-01-01T12:00:27.87+00:20", -1041337173},
    {"2026-01-15T00:00:00Z", 1768435200},
    {"2026-01-15t00:00:00z", 1768435200},
    {"2026-01-15T00:00:00-00:00", 1768435200},
    {"2026-01-15T23:59:00+23:59", 1768435200},
    {"2000-02-29T12:00:00Z", 951825600},
    {"1969-12-31T23:59:59.999Z", -1},
    {"1970-01-01T00:00:00.000000000000000000000000Z", 0},
    {"2038-01-19T03:14:08Z", 2147483648},
    {"2100-03-01T00:00:00Z", 4107542400},
    {"0001-01-01T00:00:00Z", -62135596800},
    {"9999-12-31T23:59:59Z", 253402300799},
};

static status read_text(const char *text, int64_t *out_s)
{
    return time_read(slice_of_text(text), out_s);
}

TEST(times_of_the_specification_are_read)
{
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        int64_t time_s = 99;
        EXPECT_OK(read_text(times[i].text, &time_s));
        EXPECT(time_s == times[i].time_s);
    }
}

TEST(what_is_not_a_time_is_refused_and_leaves_out_untouched)
{
    static const char *const refused[] = {
        "",
        "2026-01-15",
        "2026-01-15 00:00:00Z",
        "2026-01-15T00:00:00",
        "2026-01-15T00:00Z",
        "2026-1-15T00:00:00Z",
        "26-01-15T00:00:00Z",
        "12026-01-15T00:00:00Z",
        "+2026-01-15T00:00:00Z",
        "-2026-01-15T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "2026-00-15T00:00:00Z",
        "2026-13-15T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-01-32T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2026-01-15T24:00:00Z",
        "2026-01-15T00:60:00Z",
        "1990-12-31T23:59:60Z", /* a real leap second: the header says why not */
        "2026-01-15T00:00:61Z",
        "2026-01-15T00:00:00.Z",
        "2026-01-15T00:00:00,5Z",
        "2026-01-15T00:00:00+24:00",
        "2026-01-15T00:00:00+00:60",
        "2026-01-15T00:00:00+0000",
        "2026-01-15T00:00:00+00",
        "2026-01-15T00:00:00ZZ",
        "2026-01-15T00:00:00Z ",
        " 2026-01-15T00:00:00Z",
        "2026-01-15T00:00:0 Z",
        "2026-01-15T00:00:0\xd9\xa1Z",
        "0001-01-01T00:00:00+00:01", /* in UTC, the year 0 */
        "9999-12-31T23:59:59-00:01", /* in UTC, the year 10000 */
    };
    int64_t time_s = 99;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        EXPECT_FAIL(MALFORMED, read_text(refused[i], &time_s));
    EXPECT_FAIL(MALFORMED,
                time_read((slice){(const uint8_t *)"2026-01-15T00:00:00Z\0", 21}, &time_s));
    EXPECT(time_s == 99);
}

TEST(a_time_cut_anywhere_is_refused)
{
    static const char text[] = "1996-12-19T16:39:57.25-08:00";
    for (size_t size = 0; size < sizeof text - 1; size++) {
        int64_t time_s = 99;
        EXPECT_FAIL(MALFORMED, time_read((slice){(const uint8_t *)text, size}, &time_s));
        EXPECT(time_s == 99);
    }
}

/* Every 11 days of ten thousand years, against the C library's calendar. */
TEST(times_are_written_as_the_c_library_has_them_and_read_back)
{
    for (int64_t time_s = -62135596800; time_s <= 253402300799; time_s += 11 * 86400 + 12345) {
        const time_t c_time = (time_t)time_s;
        char text[TIME_TEXT_SIZE], expected[64];
        struct tm tm;
        int64_t again = 0;
        gmtime_r(&c_time, &tm);
        snprintf(expected, sizeof expected, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
                 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
        time_write(time_s, text);
        EXPECT(strcmp(text, expected) == 0);
        EXPECT_OK(read_text(text, &again));
        EXPECT(again == time_s);
    }
}

TEST(times_outside_the_calendar_are_written_as_its_ends)
{
    char text[TIME_TEXT_SIZE];
    time_write(INT64_MIN, text);
    EXPECT(strcmp(text, "0001-01-01T00:00:00Z") == 0);
    time_write(-62135596801, text);
    EXPECT(strcmp(text, "0001-01-01T00:00:00Z") == 0);
    time_write(253402300800, text);
    EXPECT(strcmp(text, "9999-12-31T23:59:59Z") == 0);
    time_write(INT64_MAX, text);
    EXPECT(strcmp(text, "9999-12-31T23:59:59Z") == 0);
}
