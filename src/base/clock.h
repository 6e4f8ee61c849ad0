/* SPDX-License-Identifier: Apache-2.0 */
/* base/clock.h - the time of day, and time that only runs forward. Threads: any. */
#ifndef LATCHKEY_BASE_CLOCK_H
#define LATCHKEY_BASE_CLOCK_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* Seconds since 1970-01-01T00:00:00Z. For what is stored and compared between machines. */
int64_t lk_clock_now(void);

/* Nanoseconds since an arbitrary point. For deadlines and durations. */
int64_t lk_clock_monotonic(void);

#define LK_CLOCK_SECOND      INT64_C(1000000000)
#define LK_CLOCK_MILLISECOND INT64_C(1000000)

/* GeneralizedTime in UTC (RFC 4517 section 3.3.13), "20261122194103Z" and a NUL. */
#define LK_CLOCK_GENERALIZED_LEN 15
void lk_clock_generalized(int64_t when, char *text_out);

/* Reads GeneralizedTime: seconds and fraction optional, "Z" or an offset. LK_MALFORMED otherwise. */
LK_MUST_CHECK enum lk_status lk_clock_parse_generalized(const char *text, size_t len, int64_t *when_out);

/* RFC 5322 date-time in UTC, "Sun, 22 Nov 2026 19:41:03 +0000" and a NUL; never depends on the locale. */
#define LK_CLOCK_MAIL_MOST 40
void lk_clock_mail_date(int64_t when, char *text_out);

#endif
