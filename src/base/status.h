/* SPDX-License-Identifier: Apache-2.0 */
/* base/status.h - the one vocabulary for "how did that go".
 *
 * Every function that can fail in more than one way returns an lk_status. The values name what the caller can do
 * next, not where it broke. Out-parameters end in `_out`, stand before `trouble`, and are written only on LK_OK.
 * Threads: any; nothing is shared. */
#ifndef LATCHKEY_BASE_STATUS_H
#define LATCHKEY_BASE_STATUS_H

#define LK_MUST_CHECK                   __attribute__((warn_unused_result))
#define LK_PRINTF(format_at, values_at) __attribute__((format(printf, format_at, values_at)))

enum lk_status {
    LK_OK = 0,
    LK_ABSENT,    /* not there, or no longer there */
    LK_REFUSED,   /* a rule or the other side said no */
    LK_MALFORMED, /* input does not have the form it must have */
    LK_CONFLICT,  /* somebody changed it first: look again */
    LK_BUSY,      /* a limit was reached: later */
    LK_BROKEN     /* a dependency failed, or we did: 503 */
};

/* Words for the log and for the sysadmin, never for a visitor. Filled once, where the fact is known. Holds no
 * password, answer, live link or cookie. Longer text is cut at the last whole UTF-8 character. */
struct lk_trouble {
    char words[256];
};

/* Fills `trouble` (which may be NULL) and returns `status`, so that a failure is one line:
 *   return lk_fail(trouble, LK_BROKEN, "cannot reach %s: %s", uri, why); */
enum lk_status lk_fail(struct lk_trouble *trouble, enum lk_status status, const char *format, ...) LK_PRINTF(3, 4);

/* The value's name in lower case ("ok", "absent", ...), for logs and tests. Never NULL. */
const char *lk_status_name(enum lk_status status);

#endif
