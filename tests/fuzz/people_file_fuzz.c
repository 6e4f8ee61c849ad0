/* SPDX-License-Identifier: Apache-2.0 */
/* Files of people: the first byte says of which format ('l' LDIF, else CSV), the rest is the file. Whatever the bytes, those read stand in
 * the order of their lines, what is known of them is as it would be read back from the directory, and written as CSV it is read again. */
#include "base/unicode.h"
#include "cli/people_file.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define HEADER "given_name,surname,mail,telephone,title\r\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_be_tidy(struct lk_arena *arena, const char *value)
{
    char *tidy = NULL;
    if (lk_unicode_tidy(arena, value, strlen(value), &tidy) != LK_OK || strcmp(tidy, value) != 0)
        abort();
}

static bool is_empty(const struct profile_form *form)
{
    for (size_t i = 0; i < PROFILE_FIELDS; i++) {
        if (*form->values[i] != '\0')
            return false;
    }
    return true;
}

static char *write_quoted(char *at, const char *value)
{
    *at++ = '"';
    for (; *value != '\0'; value++) {
        if (*value == '"')
            *at++ = '"';
        *at++ = *value;
    }
    *at++ = '"';
    return at;
}

static void must_be_read_again(struct lk_arena *arena, const struct profile_form *form)
{
    size_t len = sizeof HEADER;
    for (size_t i = 0; i < PROFILE_FIELDS; i++)
        len += 2 * strlen(form->values[i]) + sizeof "\"\",";
    char *text = lk_arena_alloc(arena, len);
    char *at = stpcpy(text, HEADER);
    for (size_t i = 0; i < PROFILE_FIELDS; i++) {
        if (i > 0)
            *at++ = ',';
        at = write_quoted(at, form->values[i]);
    }
    struct people_file again = { NULL, 0 };
    if (people_file_read(arena, PEOPLE_CSV, text, (size_t) (at - text), &again, NULL) != LK_OK || again.count != 1 ||
        again.rows[0].fault != NULL)
        abort();
    for (size_t i = 0; i < PROFILE_FIELDS; i++) {
        if (strcmp(again.rows[0].form.values[i], form->values[i]) != 0)
            abort();
    }
}

static void look_at(struct lk_arena *arena, const struct people_file *file, size_t lines)
{
    size_t line = 0;
    for (size_t i = 0; i < file->count; i++) {
        const struct person_row *row = &file->rows[i];
        if (row->line <= line || row->line > lines || (row->fault != NULL && *row->fault == '\0'))
            abort();
        line = row->line;
        for (size_t field = 0; field < PROFILE_FIELDS; field++)
            must_be_tidy(arena, row->form.values[field]);
        if (row->fault == NULL && !is_empty(&row->form))
            must_be_read_again(arena, &row->form);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lk_trouble trouble = { "" };
    struct people_file file = { NULL, 0 };
    if (size == 0)
        return 0;
    struct lk_arena *arena = lk_arena_new();
    size_t lines = 1;
    for (size_t i = 1; i < size; i++)
        lines += data[i] == '\n';
    const enum lk_status status = people_file_read(arena, *data == 'l' ? PEOPLE_LDIF : PEOPLE_CSV,
                                                   (const char *) data + 1, size - 1, &file, &trouble);
    if (status == LK_OK)
        look_at(arena, &file, lines);
    else if (status != LK_MALFORMED || *trouble.words == '\0')
        abort();
    lk_arena_free(arena);
    return 0;
}
