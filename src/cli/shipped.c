/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/shipped.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "directory/directory.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FILE_MOST ((size_t) 1024 * 1024)
#define BESIDE    "# beside other rules: "

const char *shipped_share(void)
{
    const char *share = getenv("LATCHKEY_SHARE"); // NOLINT(concurrency-mt-unsafe): nothing in this program changes it
    return share != NULL && *share != '\0' ? share : LATCHKEY_SHARE;
}

static enum lk_status read_file(const char *path, struct lk_text *text, struct lk_trouble *trouble)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return lk_fail(trouble, errno == ENOENT ? LK_ABSENT : LK_BROKEN, "cannot open %s: %s", path,
                       strerrordesc_np(errno));
    char bytes[8192];
    size_t count = 0;
    while ((count = fread(bytes, 1, sizeof bytes, file)) > 0)
        lk_text_add(text, bytes, count);
    const bool broke = ferror(file) != 0;
    (void) fclose(file);
    return !broke && lk_text_ok(text) ? LK_OK : lk_fail(trouble, LK_BROKEN, "cannot read %s", path);
}

enum lk_status shipped_text(struct lk_arena *arena, const char *path, const struct lk_template_word *words,
                            const char **text_out, struct lk_trouble *trouble)
{
    struct lk_text source LK_CLEANUP(lk_text_done) = LK_TEXT(FILE_MOST);
    struct lk_text filled LK_CLEANUP(lk_text_done) = LK_TEXT(FILE_MOST);
    if (*path != '/')
        path = lk_arena_format(arena, "%s/%s", shipped_share(), path);
    enum lk_status status = read_file(path, &source, trouble);
    if (status == LK_OK && words != NULL)
        status = lk_template_fill(lk_text_string(&source), words, &filled, trouble);
    if (status == LK_OK)
        *text_out = lk_arena_words(arena, lk_text_string(words != NULL ? &filled : &source));
    return status;
}

/* ---- taking apart ---- */

/* One pass over a text; what it finds grows in the arena. */
struct reader {
    struct lk_arena *arena;
    const struct config *config; /* NULL: attributes keep their names */
    struct shipped_entry *entries;
    size_t count, room;
    struct shipped_value *values; /* of the last entry */
    size_t value_room;
    const char *beside;
    bool is_open; /* an entry has begun and not ended */
};

static void *grown(struct lk_arena *arena, const void *items, size_t count, size_t *room, size_t size)
{
    *room = *room == 0 ? 16 : *room * 2;
    void *larger = lk_arena_array(arena, *room, size);
    if (count > 0)
        memcpy(larger, items, count * size);
    return larger;
}

static void begin_entry(struct reader *reader, const char *dn)
{
    if (reader->count == reader->room)
        reader->entries = grown(reader->arena, reader->entries, reader->count, &reader->room, sizeof *reader->entries);
    reader->entries[reader->count++] = (struct shipped_entry){ .dn = dn };
    reader->values = NULL;
    reader->value_room = 0;
    reader->is_open = true;
}

/* Word by word. What the words between @ signs have become stands among them: no place or class is called like an attribute that may have
 * another name. */
static const char *renamed(const struct reader *reader, const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
    if (reader->config == NULL || reader->config->directory_attribute_names.count == 0)
        return text;
    const char *whole = "";
    while (*text != '\0') {
        const size_t len = strspn(text, letters);
        const size_t between = strcspn(text + len, letters);
        const char *word = directory_name(reader->config, lk_arena_copy(reader->arena, text, len));
        whole = lk_arena_format(reader->arena, "%s%s%.*s", whole, word, (int) between, text + len);
        text += len + between;
    }
    return whole;
}

static void add_value(struct reader *reader, const char *name, const char *text)
{
    struct shipped_entry *entry = &reader->entries[reader->count - 1];
    if (entry->count == reader->value_room) {
        reader->values =
            grown(reader->arena, reader->values, entry->count, &reader->value_room, sizeof *reader->values);
        entry->values = reader->values;
    }
    reader->values[entry->count++] =
        (struct shipped_value){ .name = name, .text = renamed(reader, text), .beside = reader->beside };
    reader->beside = NULL;
}

static bool is_instruction(const char *name)
{
    static const char *const NAMES[] = { "changetype", "replace", "add", "version", "include" };
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        if (strcasecmp(name, NAMES[i]) == 0)
            return true;
    }
    return false;
}

/* False: no line of LDIF. */
static bool take_line(struct reader *reader, char *line)
{
    if (*line == '\0')
        reader->is_open = false;
    if (*line == '\0' || strcmp(line, "-") == 0)
        return true;
    char *colon = strchr(line, ':');
    if (colon == NULL || colon[1] == ':' || colon[1] == '<')
        return false;
    *colon++ = '\0';
    colon += strspn(colon, " ");
    if (strcasecmp(line, "dn") == 0)
        begin_entry(reader, colon);
    else if (!is_instruction(line) && reader->is_open)
        add_value(reader, line, colon);
    return true;
}

/* The line that begins at *rest, unfolded in place; *rest moves behind it. */
static char *next_line(char **rest)
{
    char *line = *rest, *end = line;
    char *from = line;
    for (;;) {
        const size_t len = strcspn(from, "\n");
        memmove(end, from, len);
        end += len;
        from += len;
        if (*from == '\n')
            from++;
        if (*from != ' ' || len == 0)
            break;
        from++;
    }
    *rest = from;
    *end = '\0';
    return line;
}

// NOLINTNEXTLINE(readability-function-size): the contract has six inputs and outputs
enum lk_status shipped_read(struct lk_arena *arena, const char *path, const struct lk_template_word *words,
                            const struct config *config, struct shipped_file *file_out, struct lk_trouble *trouble)
{
    const char *text = NULL;
    const enum lk_status status = shipped_text(arena, path, words, &text, trouble);
    if (status != LK_OK)
        return status;
    struct reader reader = { .arena = arena, .config = config };
    char *rest = lk_arena_words(arena, text);
    while (*rest != '\0') {
        const bool is_comment = *rest == '#';
        char *line = next_line(&rest);
        if (is_comment) {
            if (strncmp(line, BESIDE, sizeof BESIDE - 1) == 0)
                reader.beside = line + sizeof BESIDE - 1;
            continue;
        }
        if (!take_line(&reader, line))
            return lk_fail(trouble, LK_MALFORMED, "%s: not understood: %s", path, line);
    }
    *file_out = (struct shipped_file){ .count = reader.count, .entries = reader.entries };
    return LK_OK;
}

const char *shipped_first(const struct shipped_entry *entry, const char *name)
{
    for (size_t i = 0; i < entry->count; i++) {
        if (strcasecmp(entry->values[i].name, name) == 0)
            return entry->values[i].text;
    }
    return NULL;
}
