/* SPDX-License-Identifier: Apache-2.0 */
/* What lk_record_parse accepts says the same when it is written and read again, and is written the same then. */
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

static void check_written_again(struct lk_arena *arena, const struct lk_record *record)
{
    /* Quotes may be added, two for each field. */
    LK_CLEANUP(lk_text_done) struct lk_text written = LK_TEXT(LK_RECORD_MOST + 2 * LK_RECORD_FIELDS);
    LK_CLEANUP(lk_text_done) struct lk_text again = LK_TEXT(LK_RECORD_MOST + 2 * LK_RECORD_FIELDS);
    struct lk_record same = { 0 };
    lk_record_write(record, &written);
    require(lk_text_ok(&written));
    if (written.len > LK_RECORD_MOST)
        return;
    require(lk_record_parse(arena, written.data, written.len, &same) == LK_OK);
    require(same.count == record->count && strcmp(same.kind, record->kind) == 0);
    for (size_t i = 0; i < same.count; i++) {
        require(strcmp(same.fields[i].name, record->fields[i].name) == 0);
        require(strcmp(same.fields[i].value, record->fields[i].value) == 0);
    }
    lk_record_write(&same, &again);
    require(again.len == written.len && memcmp(again.data, written.data, again.len) == 0);
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
        check_written_again(arena, &record);
        check_fields(&record);
    }
    return 0;
}
