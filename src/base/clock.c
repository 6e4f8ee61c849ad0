/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* The years 0000 to 9999, all that four digits can say. */
#define EARLIEST INT64_C(-62167219200)
#define LATEST   INT64_C(253402300799)

#define HOUR   3600
#define MINUTE 60

int64_t lk_clock_now(void)
{
    struct timespec now = { 0 };
    (void) clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t) now.tv_sec;
}

int64_t lk_clock_monotonic(void)
{
    struct timespec now = { 0 };
    (void) clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * LK_CLOCK_SECOND + (int64_t) now.tv_nsec;
}

/* ---- writing ---- */

static struct tm broken_down(int64_t when)
{
    if (when < EARLIEST)
        when = EARLIEST;
    if (when > LATEST)
        when = LATEST;
    const time_t seconds = (time_t) when;
    struct tm parts = { 0 };
    (void) gmtime_r(&seconds, &parts);
    return parts;
}

/* `digits` decimal digits of `value` at `text`; the place behind them. */
static char *put_number(char *text, int value, size_t digits)
{
    for (size_t i = digits; i > 0; i--) {
        text[i - 1] = (char) ('0' + value % 10);
        value /= 10;
    }
    return text + digits;
}

static char *put_words(char *text, const char *words, size_t len)
{
    memcpy(text, words, len);
    return text + len;
}

void lk_clock_generalized(int64_t when, char *text_out)
{
    const struct tm parts = broken_down(when);
    char *at = put_number(text_out, parts.tm_year + 1900, 4);
    at = put_number(at, parts.tm_mon + 1, 2);
    at = put_number(at, parts.tm_mday, 2);
    at = put_number(at, parts.tm_hour, 2);
    at = put_number(at, parts.tm_min, 2);
    at = put_number(at, parts.tm_sec, 2);
    at = put_words(at, "Z", 1);
    *at = '\0';
}

void lk_clock_mail_date(int64_t when, char *text_out)
{
    static const char DAYS[] = "SunMonTueWedThuFriSat";
    static const char MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    const struct tm parts = broken_down(when);
    char *at = put_words(text_out, DAYS + (ptrdiff_t) parts.tm_wday * 3, 3);
    at = put_words(at, ", ", 2);
    at = put_number(at, parts.tm_mday, 2);
    at = put_words(at, " ", 1);
    at = put_words(at, MONTHS + (ptrdiff_t) parts.tm_mon * 3, 3);
    at = put_words(at, " ", 1);
    at = put_number(at, parts.tm_year + 1900, 4);
    at = put_words(at, " ", 1);
    at = put_number(at, parts.tm_hour, 2);
    at = put_words(at, ":", 1);
    at = put_number(at, parts.tm_min, 2);
    at = put_words(at, ":", 1);
    at = put_number(at, parts.tm_sec, 2);
    at = put_words(at, " +0000", 6);
    *at = '\0';
}

/* ---- reading ---- */

struct reader {
    const char *at;
    const char *end;
};

static bool next_is_digit(const struct reader *reader)
{
    return reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9';
}

/* Reads exactly `digits` digits whose value lies within the bounds. */
static bool read_number(struct reader *reader, size_t digits, int least, int most, int *value_out)
{
    int value = 0;
    for (size_t i = 0; i < digits; i++) {
        if (!next_is_digit(reader))
            return false;
        value = value * 10 + (*reader->at++ - '0');
    }
    if (value < least || value > most)
        return false;
    *value_out = value;
    return true;
}

/* A fraction belongs to the smallest unit given, `unit` seconds long; parts of a second are dropped. */
static bool read_fraction(struct reader *reader, int unit, int64_t *seconds_out)
{
    *seconds_out = 0;
    if (reader->at == reader->end || (*reader->at != '.' && *reader->at != ','))
        return true;
    reader->at++;
    if (!next_is_digit(reader))
        return false;
    int64_t numerator = 0;
    int64_t denominator = 1;
    for (; next_is_digit(reader); reader->at++) {
        if (denominator < INT64_C(1000000000)) {
            numerator = numerator * 10 + (*reader->at - '0');
            denominator *= 10;
        }
    }
    *seconds_out = numerator * unit / denominator;
    return true;
}

/* "Z", or an offset of hours and perhaps minutes; then nothing more. */
static bool read_zone(struct reader *reader, int64_t *offset_out)
{
    if (reader->at == reader->end)
        return false;
    const char sign = *reader->at++;
    int hours = 0;
    int minutes = 0;
    if (sign == '+' || sign == '-') {
        if (!read_number(reader, 2, 0, 23, &hours))
            return false;
        if (next_is_digit(reader) && !read_number(reader, 2, 0, 59, &minutes))
            return false;
    } else if (sign != 'Z') {
        return false;
    }
    const int64_t offset = (int64_t) hours * HOUR + (int64_t) minutes * MINUTE;
    *offset_out = sign == '-' ? -offset : offset;
    return reader->at == reader->end;
}

static int days_in_month(int year, int month)
{
    static const int DAYS[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return DAYS[month - 1] + (month == 2 && is_leap ? 1 : 0);
}

/* Year to hour must be there. */
static bool read_day_and_hour(struct reader *reader, struct tm *parts)
{
    int year = 0;
    int month = 0;
    if (!read_number(reader, 4, 0, 9999, &year) || !read_number(reader, 2, 1, 12, &month) ||
        !read_number(reader, 2, 1, days_in_month(year, month), &parts->tm_mday) ||
        !read_number(reader, 2, 0, 23, &parts->tm_hour))
        return false;
    parts->tm_year = year - 1900;
    parts->tm_mon = month - 1;
    return true;
}

/* Minutes and seconds may follow; `unit` is the length of the smallest unit given. 60 is a leap second. */
static bool read_minute_and_second(struct reader *reader, struct tm *parts, int *unit_out)
{
    *unit_out = HOUR;
    if (!next_is_digit(reader))
        return true;
    if (!read_number(reader, 2, 0, 59, &parts->tm_min))
        return false;
    *unit_out = MINUTE;
    if (!next_is_digit(reader))
        return true;
    *unit_out = 1;
    return read_number(reader, 2, 0, 60, &parts->tm_sec);
}

enum lk_status lk_clock_parse_generalized(const char *text, size_t len, int64_t *when_out)
{
    struct reader reader = { .at = text, .end = text + len };
    struct tm parts = { 0 };
    int unit = 0;
    int64_t fraction = 0;
    int64_t offset = 0;
    if (!read_day_and_hour(&reader, &parts) || !read_minute_and_second(&reader, &parts, &unit) ||
        !read_fraction(&reader, unit, &fraction) || !read_zone(&reader, &offset))
        return LK_MALFORMED;
    *when_out = (int64_t) timegm(&parts) + fraction - offset;
    return LK_OK;
}
