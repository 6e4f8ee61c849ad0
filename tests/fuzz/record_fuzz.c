/* SPDX-License-Identifier: Apache-2.0 */
/* What lk_record_parse accepts is written again byte for byte, but for the outer blanks that it forgives. */
#include "base/cleanup.h"
#include "base/record.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
    if (!holds)
        abort();
}

static void check_written_again(const struct lk_record *record, const char *text, size_t len)
{
    LK_CLEANUP(lk_text_done) struct lk_text again = LK_TEXT(LK_RECORD_MOST);
    lk_record_write(record, &again);
    require(lk_text_ok(&again));
    const char *found = memmem(text, len, again.data, again.len);
    require(found != NULL);
    for (const char *at = text; at < text + len; at++) {
        if (at == found)
            at += again.len;
        if (at < text + len)
            require(*at == ' ' || *at == '\t');
    }
}

static void check_fields(struct lk_record *record)
{
    require(record->count <= LK_RECORD_FIELDS);
    for (size_t i = 0; i < record->count; i++) {
        const char *name = record->fields[i].name;
        require(lk_record_get(record, name) == record->fields[i].value); /* no name stands twice */
        require(*record->fields[i].value != '\0');
        require(lk_record_number(record, name, -1) >= -1);
        (void) lk_record_time(record, name, 0);
    }
    while (record->count > 0)
        lk_record_set(record, record->fields[record->count / 2].name, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    struct lk_record record = { 0 };
    const char *text = (const char *) data;
    if (lk_record_parse(arena, text, size, &record) == LK_OK) {
        check_written_again(&record, text, size);
        check_fields(&record);
    }
    return 0;
}
