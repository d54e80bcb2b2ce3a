/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/text.h"

#include <stdio.h>

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400, ERA_DAYS = 146097, ERA_YEARS = 400 };

/* 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z */
static const int64_t first_s = -62135596800, last_s = 253402300799;

struct civil {
    int64_t year, month, day;
};

/*
 * Days since 1970-01-01 in the proleptic Gregorian calendar. Years are counted from March, so
 * that the leap day is the last of its year; the calendar repeats every 400 years.
 */
static int64_t days_of_civil(struct civil civil)
{
    enum { DAYS_TO_1970 = 719468 }; /* from 0000-03-01 */
    const int64_t year = civil.month <= 2 ? civil.year - 1 : civil.year;
    const int64_t month = civil.month <= 2 ? civil.month + 9 : civil.month - 3;
    const int64_t era = year / ERA_YEARS; /* no year before 0 comes here */
    const int64_t year_of_era = year % ERA_YEARS;
    const int64_t day_of_year = (153 * month + 2) / 5 + civil.day - 1;
    return era * ERA_DAYS + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           DAYS_TO_1970;
}

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int64_t days_in_month(int64_t year, int64_t month)
{
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* ---- reading ---- */

struct scan {
    slice left;
    bool failed;
};

static bool take_character(struct scan *scan, char wanted)
{
    if (!scan->left.size || scan->left.data[0] != (uint8_t)wanted)
        return false;
    scan->left.data++;
    scan->left.size--;
    return true;
}

static void expect_character(struct scan *scan, char wanted)
{
    if (!take_character(scan, wanted))
        scan->failed = true;
}

static bool at_digit(const struct scan *scan)
{
    return scan->left.size && scan->left.data[0] >= '0' && scan->left.data[0] <= '9';
}

/* Exactly `count` digits that make a number from `least` to `most`. */
static int64_t take_number(struct scan *scan, int count, int64_t least, int64_t most)
{
    int64_t number = 0;
    for (int i = 0; i < count; i++) {
        if (!at_digit(scan)) {
            scan->failed = true;
            return least;
        }
        number = number * 10 + (scan->left.data[0] - '0');
        take_character(scan, (char)scan->left.data[0]);
    }
    if (number < least || number > most) {
        scan->failed = true;
        return least;
    }
    return number;
}

static void skip_fraction(struct scan *scan)
{
    if (!take_character(scan, '.'))
        return;
    if (!at_digit(scan))
        scan->failed = true;
    while (at_digit(scan))
        take_character(scan, (char)scan->left.data[0]);
}

static int64_t take_offset(struct scan *scan)
{
    if (take_character(scan, 'Z') || take_character(scan, 'z'))
        return 0;
    const bool is_west = take_character(scan, '-');
    if (!is_west)
        expect_character(scan, '+');
    int64_t offset_s = take_number(scan, 2, 0, 23) * HOUR_S;
    expect_character(scan, ':');
    offset_s += take_number(scan, 2, 0, 59) * MINUTE_S;
    return is_west ? -offset_s : offset_s;
}

status time_read(slice text, int64_t *out_s)
{
    struct scan scan = {.left = text};
    struct civil civil;
    civil.year = take_number(&scan, 4, 1, 9999);
    expect_character(&scan, '-');
    civil.month = take_number(&scan, 2, 1, 12);
    expect_character(&scan, '-');
    civil.day = take_number(&scan, 2, 1, days_in_month(civil.year, civil.month));
    if (!take_character(&scan, 't'))
        expect_character(&scan, 'T');
    int64_t time_s = take_number(&scan, 2, 0, 23) * HOUR_S;
    expect_character(&scan, ':');
    time_s += take_number(&scan, 2, 0, 59) * MINUTE_S;
    expect_character(&scan, ':');
    time_s += take_number(&scan, 2, 0, 59);
    skip_fraction(&scan);
    time_s += days_of_civil(civil) * DAY_S - take_offset(&scan);
    if (scan.failed || scan.left.size)
        return FAIL(MALFORMED, "not a time as RFC 3339 writes it");
    if (time_s < first_s || time_s > last_s)
        return FAIL(MALFORMED, "a time outside the years 1 to 9999");
    *out_s = time_s;
    return OK;
}

/* ---- writing ---- */

static struct civil civil_of_days(int64_t days)
{
    struct civil civil = {.year = 1970 + days / 366, .month = 1, .day = 1};
    /* An estimate that is at most 25 years off, corrected. */
    while (days_of_civil(civil) > days)
        civil.year--;
    while (days_of_civil((struct civil){civil.year + 1, 1, 1}) <= days)
        civil.year++;
    while (days_of_civil(civil) + days_in_month(civil.year, civil.month) <= days)
        civil.month++;
    civil.day = days - days_of_civil(civil) + 1;
    return civil;
}

void time_write(int64_t time_s, char out[TIME_TEXT_SIZE])
{
    const int64_t clamped_s = time_s < first_s ? first_s : time_s > last_s ? last_s : time_s;
    int64_t days = clamped_s / DAY_S, second = clamped_s % DAY_S;
    if (second < 0) {
        second += DAY_S;
        days--;
    }
    const struct civil civil = civil_of_days(days);
    snprintf(out, TIME_TEXT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)civil.year % 10000,
             (unsigned)civil.month % 100, (unsigned)civil.day % 100,
             (unsigned)(second / HOUR_S) % 100, (unsigned)(second / MINUTE_S % 60),
             (unsigned)(second % 60));
}
