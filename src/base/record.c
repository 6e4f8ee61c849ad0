/* SPDX-License-Identifier: Apache-2.0 */
#include "base/record.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "base/fatal.h"

#include <stdbool.h>
#include <string.h>

/* What stands in a value as it is, besides RFC 3986's unreserved set; and what, in quotes. */
#define ALSO_PLAIN   "@:/,+"
#define QUOTED_PLAIN ALSO_PLAIN " !#$&'()*;<=>?[\\]^`{|}"

/* A stretch of the text being read. */
struct span {
    const char *at;
    size_t len;
};

static struct span without_outer_blanks(const char *text, size_t len)
{
    while (len > 0 && (*text == ' ' || *text == '\t')) {
        text++;
        len--;
    }
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        len--;
    return (struct span){ text, len };
}

/* How far it is to the next space outside quotes, or to the end. */
static size_t part_len(struct span rest)
{
    bool is_quoted = false;
    size_t len = 0;
    for (; len < rest.len && (is_quoted || rest.at[len] != ' '); len++)
        is_quoted = is_quoted != (rest.at[len] == '"');
    return len;
}

/* Takes the part before the next space (or the end) off `rest`. False at the end. */
static bool next_part(struct span *rest, struct span *part_out)
{
    if (rest->at == NULL)
        return false;
    *part_out = (struct span){ rest->at, part_len(*rest) };
    const bool is_last = part_out->len == rest->len;
    rest->at = is_last ? NULL : rest->at + part_out->len + 1;
    rest->len -= part_out->len + (is_last ? 0 : 1);
    return true;
}

static bool is_name(struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.at[i] < 'a' || name.at[i] > 'z')
            return false;
    }
    return name.len > 0;
}

/* A kind holds only what needs no escaping, so it is written as it was read. */
static bool is_word(struct span word)
{
    static const char PLAIN[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (size_t i = 0; i < word.len; i++) {
        if (memchr(PLAIN, word.at[i], sizeof PLAIN - 1) == NULL)
            return false;
    }
    return word.len > 0;
}

/* A blank that stands where matching rules take no notice of it (RFC 4518 section 2.6.1) has to be written otherwise. */
static void write_quoted(struct lk_text *text, const char *value, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const bool is_lost = value[i] == ' ' && (i == 0 || i + 1 == len || value[i - 1] == ' ');
        lk_percent_encode(text, value + i, 1, is_lost ? ALSO_PLAIN : QUOTED_PLAIN);
    }
}

static bool take_quotes(struct span *written)
{
    if (written->len < 2 || written->at[0] != '"' || written->at[written->len - 1] != '"')
        return false;
    *written = (struct span){ written->at + 1, written->len - 2 };
    return true;
}

/* Decodes a value, and accepts nothing in it that might as well be written otherwise, but for quotes. */
static enum lk_status read_value(struct lk_arena *arena, struct span written, const char **value_out)
{
    char *value = NULL;
    size_t len = 0;
    const bool is_quoted = take_quotes(&written);
    if (written.len == 0 || lk_percent_decode(arena, written.at, written.len, false, &value, &len) != LK_OK)
        return LK_MALFORMED;
    struct lk_text again = LK_TEXT(LK_RECORD_MOST);
    if (is_quoted)
        write_quoted(&again, value, len);
    else
        lk_percent_encode(&again, value, len, ALSO_PLAIN);
    const bool is_same =
        lk_text_ok(&again) && again.len == written.len && memcmp(again.data, written.at, written.len) == 0;
    lk_text_done(&again);
    if (!is_same)
        return LK_MALFORMED;
    *value_out = value;
    return LK_OK;
}

static enum lk_status read_field(struct lk_arena *arena, struct span part, struct lk_record *record)
{
    const char *equals = memchr(part.at, '=', part.len);
    if (equals == NULL || record->count == LK_RECORD_FIELDS)
        return LK_MALFORMED;
    const struct span name = { part.at, (size_t) (equals - part.at) };
    const struct span written = { equals + 1, part.len - name.len - 1 };
    if (!is_name(name))
        return LK_MALFORMED;
    const char *name_copy = lk_arena_copy(arena, name.at, name.len);
    if (lk_record_get(record, name_copy) != NULL)
        return LK_MALFORMED;
    const char *value = NULL;
    if (read_value(arena, written, &value) != LK_OK)
        return LK_MALFORMED;
    record->fields[record->count].name = name_copy;
    record->fields[record->count].value = value;
    record->count++;
    return LK_OK;
}

enum lk_status lk_record_parse(struct lk_arena *arena, const char *text, size_t len, struct lk_record *record_out)
{
    if (len > LK_RECORD_MOST)
        return LK_MALFORMED;
    struct span rest = without_outer_blanks(text, len);
    struct span part = { NULL, 0 };
    if (rest.len == 0 || !next_part(&rest, &part) || !is_word(part))
        return LK_MALFORMED;
    struct lk_record record = { .kind = lk_arena_copy(arena, part.at, part.len) };
    while (next_part(&rest, &part)) {
        if (read_field(arena, part, &record) != LK_OK)
            return LK_MALFORMED;
    }
    *record_out = record;
    return LK_OK;
}

/* The field's place, or record->count. */
static size_t find(const struct lk_record *record, const char *name)
{
    size_t i = 0;
    while (i < record->count && strcmp(record->fields[i].name, name) != 0)
        i++;
    return i;
}

const char *lk_record_get(const struct lk_record *record, const char *name)
{
    const size_t at = find(record, name);
    return at < record->count ? record->fields[at].value : NULL;
}

int64_t lk_record_number(const struct lk_record *record, const char *name, int64_t otherwise)
{
    const char *text = lk_record_get(record, name);
    if (text == NULL || *text == '\0')
        return otherwise;
    int64_t number = 0;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || __builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, *text - '0', &number))
            return otherwise;
    }
    return number;
}

int64_t lk_record_time(const struct lk_record *record, const char *name, int64_t otherwise)
{
    const char *text = lk_record_get(record, name);
    int64_t when = 0;
    if (text == NULL || lk_clock_parse_generalized(text, strlen(text), &when) != LK_OK)
        return otherwise;
    return when;
}

static void remove_at(struct lk_record *record, size_t at)
{
    if (at == record->count)
        return;
    record->count--;
    for (size_t i = at; i < record->count; i++)
        record->fields[i] = record->fields[i + 1];
}

void lk_record_set(struct lk_record *record, const char *name, const char *value)
{
    const size_t at = find(record, name);
    if (value == NULL || *value == '\0') { /* a value is never empty */
        remove_at(record, at);
        return;
    }
    if (at >= LK_RECORD_FIELDS)
        lk_fatal("too many fields in a record");
    record->fields[at].value = value;
    if (at == record->count) {
        record->fields[at].name = name;
        record->count++;
    }
}

static void write_value(struct lk_text *text, const char *value)
{
    if (strchr(value, ' ') == NULL) {
        lk_percent_encode(text, value, strlen(value), ALSO_PLAIN);
        return;
    }
    lk_text_literal(text, "\"");
    write_quoted(text, value, strlen(value));
    lk_text_literal(text, "\"");
}

void lk_record_write(const struct lk_record *record, struct lk_text *text)
{
    lk_text_words(text, record->kind);
    for (size_t i = 0; i < record->count; i++) {
        lk_text_literal(text, " ");
        lk_text_words(text, record->fields[i].name);
        lk_text_literal(text, "=");
        write_value(text, record->fields[i].value);
    }
}
