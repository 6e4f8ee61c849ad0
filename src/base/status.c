/* SPDX-License-Identifier: Apache-2.0 */
#include "base/status.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* How many bytes the UTF-8 sequence that `lead` begins should have; 0 for a continuation byte. */
static size_t sequence_len(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead < 0xC0)
        return 0;
    if (lead < 0xE0)
        return 2;
    return lead < 0xF0 ? 3 : 4;
}

/* Cuts off a last character of which only the first bytes are there. */
static void drop_torn_character(char *words, size_t len)
{
    for (size_t back = 1; back <= 4 && back <= len; back++) {
        const size_t needed = sequence_len((unsigned char) words[len - back]);
        if (needed == 0)
            continue;
        if (needed > back)
            words[len - back] = '\0';
        return;
    }
}

enum lk_status lk_fail(struct lk_trouble *trouble, enum lk_status status, const char *format, ...)
{
    if (trouble == NULL)
        return status;

    /* Built aside: the older words may be among the values. */
    struct lk_trouble fresh = { "" };
    va_list values;
    va_start(values, format);
    const int wanted = vsnprintf(fresh.words, sizeof fresh.words, format, values);
    va_end(values);
    if (wanted < 0)
        fresh.words[0] = '\0';
    else if ((size_t) wanted >= sizeof fresh.words)
        drop_torn_character(fresh.words, sizeof fresh.words - 1);
    *trouble = fresh;
    return status;
}

const char *lk_status_name(enum lk_status status)
{
    switch (status) {
    case LK_OK: return "ok";
    case LK_ABSENT: return "absent";
    case LK_REFUSED: return "refused";
    case LK_MALFORMED: return "malformed";
    case LK_CONFLICT: return "conflict";
    case LK_BUSY: return "busy";
    case LK_BROKEN: return "broken";
    }
    return "unknown";
}
