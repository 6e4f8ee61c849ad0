/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "tokens/key_line_internal.h"

#include <string.h>

enum {
    FIELD_ID,
    FIELD_CREATED,
    FIELD_USE,
    FIELD_KEY,
    FIELDS
};

struct split {
    const char *fields[FIELDS];
    size_t lens[FIELDS];
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* False where there are not exactly four fields. */
static bool split_line(const char *line, size_t len, struct split *split_out)
{
    size_t count = 0;
    for (size_t at = 0; at < len;) {
        while (at < len && is_blank(line[at]))
            at++;
        const size_t begin = at;
        while (at < len && !is_blank(line[at]))
            at++;
        if (at == begin)
            break;
        if (count == FIELDS)
            return false;
        split_out->fields[count] = line + begin;
        split_out->lens[count++] = at - begin;
    }
    return count == FIELDS;
}

static bool is_field(const struct split *split, size_t field, const char *word)
{
    return split->lens[field] == strlen(word) && memcmp(split->fields[field], word, split->lens[field]) == 0;
}

/* 1 to 255; 0: not such a number. */
static uint8_t read_id(const char *text, size_t len)
{
    unsigned number = 0;
    if (len == 0 || len > 3)
        return 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return 0;
        number = number * 10 + (unsigned) (text[i] - '0');
    }
    return number <= KEYS_MOST ? (uint8_t) number : 0;
}

bool key_line_is_comment(const char *text, size_t len)
{
    while (len > 0 && is_blank(*text)) {
        text++;
        len--;
    }
    return len == 0 || *text == '#';
}

const char *key_line_read(const char *text, size_t len, struct key_line *line_out)
{
    struct split split;
    int64_t created = 0;
    if (!split_line(text, len, &split))
        return "a key is written ID CREATED USE KEY";
    const uint8_t id = read_id(split.fields[FIELD_ID], split.lens[FIELD_ID]);
    if (id == 0)
        return "a key's ID is a number from 1 to 255";
    if (lk_clock_parse_generalized(split.fields[FIELD_CREATED], split.lens[FIELD_CREATED], &created) != LK_OK)
        return "CREATED is a time such as 20261122194103Z";
    const bool makes = is_field(&split, FIELD_USE, "make");
    if (!makes && !is_field(&split, FIELD_USE, "check"))
        return "USE is make or check";
    *line_out = (struct key_line){ .id = id,
                                   .created = created,
                                   .created_text = split.fields[FIELD_CREATED],
                                   .created_len = split.lens[FIELD_CREATED],
                                   .makes = makes,
                                   .key = split.fields[FIELD_KEY],
                                   .key_len = split.lens[FIELD_KEY] };
    return NULL;
}
