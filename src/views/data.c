/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fatal.h"
#include "views/data_internal.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistr.h>

/* A tree of view_data is a tree of jansson values; no other file knows. */
static struct view_data *wrapped(json_t *json)
{
    if (json == NULL)
        lk_fatal("out of memory");
    return (struct view_data *) json;
}

static json_t *bare(struct view_data *data)
{
    return (json_t *) data;
}

static const json_t *looked_at(const struct view_data *data)
{
    return (const json_t *) data;
}

struct view_data *view_object(void)
{
    return wrapped(json_object());
}

struct view_data *view_list(void)
{
    return wrapped(json_array());
}

void view_data_free(struct view_data *data)
{
    json_decref(bare(data));
}

void view_data_cleanup(struct view_data **data)
{
    view_data_free(*data);
    *data = NULL;
}

/* Bytes that are not UTF-8 each become U+FFFD: what is shown says that something was there. */
static json_t *text_value(const char *text)
{
    size_t left = strlen(text);
    if (u8_check((const uint8_t *) text, left) == NULL)
        return json_stringn_nocheck(text, left);
    struct lk_text clean = LK_TEXT(left * 3);
    while (left > 0) {
        const uint8_t *bad = u8_check((const uint8_t *) text, left);
        const size_t good = bad == NULL ? left : (size_t) (bad - (const uint8_t *) text);
        lk_text_add(&clean, text, good);
        if (bad == NULL)
            break;
        lk_text_literal(&clean, "\xef\xbf\xbd");
        text += good + 1;
        left -= good + 1;
    }
    json_t *value = json_string(lk_text_string(&clean));
    lk_text_done(&clean);
    return value;
}

/* A name that is not UTF-8 is left out: a stranger's field may have such a one. */
static void set(struct view_data *object, const char *name, json_t *value)
{
    if (value == NULL)
        lk_fatal("out of memory");
    (void) json_object_set_new(bare(object), name, value);
}

void view_text(struct view_data *object, const char *name, const char *text)
{
    if (text != NULL)
        set(object, name, text_value(text));
}

void view_number(struct view_data *object, const char *name, int64_t number)
{
    set(object, name, json_integer(number));
}

void view_flag(struct view_data *object, const char *name, bool flag)
{
    set(object, name, json_boolean(flag));
}

void view_time(struct view_data *object, const char *name, int64_t when)
{
    const time_t seconds = (time_t) when;
    struct tm parts;
    char text[64];
    if (gmtime_r(&seconds, &parts) == NULL || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        return; /* a year that no calendar has */
    set(object, name, json_string(text));
}

void view_child(struct view_data *object, const char *name, struct view_data *child)
{
    set(object, name, bare(child));
}

void view_append(struct view_data *list, struct view_data *child)
{
    if (json_array_append_new(bare(list), bare(child)) != 0)
        lk_fatal("out of memory");
}

void view_append_text(struct view_data *list, const char *text)
{
    if (text != NULL)
        view_append(list, wrapped(text_value(text)));
}

struct view_data *view_data_parse(const char *json, size_t len)
{
    return (struct view_data *) json_loadb(json, len, JSON_REJECT_DUPLICATES, NULL);
}

bool view_has(const struct view_data *object, const char *name)
{
    return view_data_member(object, name) != NULL;
}

/* ---- looking ---- */

enum view_kind view_data_kind(const struct view_data *data)
{
    const json_t *json = looked_at(data);
    if (json == NULL)
        return VIEW_NOTHING;
    switch (json_typeof(json)) {
    case JSON_OBJECT: return VIEW_OBJECT;
    case JSON_ARRAY: return VIEW_LIST;
    case JSON_STRING: return VIEW_TEXT;
    case JSON_INTEGER: return VIEW_NUMBER;
    case JSON_TRUE: return VIEW_TRUE;
    case JSON_FALSE: return VIEW_FALSE;
    case JSON_REAL: /* never made here */
    case JSON_NULL: return VIEW_NOTHING;
    }
    return VIEW_NOTHING;
}

const struct view_data *view_data_member(const struct view_data *data, const char *name)
{
    return (const struct view_data *) json_object_get(looked_at(data), name);
}

const char *view_data_text(const struct view_data *data, size_t *len_out)
{
    const char *text = json_string_value(looked_at(data));
    *len_out = text == NULL ? 0 : json_string_length(looked_at(data));
    return text == NULL ? "" : text;
}

int64_t view_data_number(const struct view_data *data)
{
    return (int64_t) json_integer_value(looked_at(data));
}

size_t view_data_count(const struct view_data *list)
{
    return json_array_size(looked_at(list));
}

const struct view_data *view_data_item(const struct view_data *list, size_t index)
{
    return (const struct view_data *) json_array_get(looked_at(list), index);
}

/* ---- writing JSON ---- */

/* A list or object that is being written, and how far. */
struct level {
    json_t *container;
    void *member; /* objects: the next one */
    size_t index; /* lists: the next one */
    bool begun;
};

struct writer {
    struct lk_text *text;
    struct level levels[VIEW_DATA_DEPTH];
    size_t depth;
};

static int add_bytes(const char *bytes, size_t len, void *text)
{
    lk_text_add(text, bytes, len);
    return 0;
}

/* A value without members is written; a container is opened and becomes the deepest level. */
static void write_value(struct writer *writer, json_t *value)
{
    if (!json_is_object(value) && !json_is_array(value)) {
        if (json_dump_callback(value, add_bytes, writer->text, JSON_ENCODE_ANY | JSON_COMPACT) != 0)
            writer->text->failed = true;
        return;
    }
    if (writer->depth == VIEW_DATA_DEPTH) {
        writer->text->failed = true;
        return;
    }
    lk_text_char(writer->text, json_is_object(value) ? '{' : '[');
    writer->levels[writer->depth++] = (struct level){ .container = value, .member = json_object_iter(value) };
}

static void comma(struct writer *writer, struct level *level)
{
    if (level->begun)
        lk_text_char(writer->text, ',');
    level->begun = true;
}

/* Writes the next member; false at the end. */
static bool write_member(struct writer *writer, struct level *level)
{
    while (level->member != NULL && json_object_iter_key(level->member)[0] == '_')
        level->member = json_object_iter_next(level->container, level->member);
    if (level->member == NULL)
        return false;
    comma(writer, level);
    json_t *name = json_string(json_object_iter_key(level->member));
    write_value(writer, name);
    json_decref(name);
    lk_text_char(writer->text, ':');
    json_t *value = json_object_iter_value(level->member);
    level->member = json_object_iter_next(level->container, level->member);
    write_value(writer, value);
    return true;
}

static bool write_item(struct writer *writer, struct level *level)
{
    json_t *value = json_array_get(level->container, level->index);
    if (value == NULL)
        return false;
    comma(writer, level);
    level->index++;
    write_value(writer, value);
    return true;
}

/* jansson's iterators take values that are not const; nothing is changed through them. */
static json_t *readable(const struct view_data *data)
{
    json_t *json;
    memcpy(&json, &data, sizeof(void *)); /* the warnings forbid a cast that drops const */
    return json;
}

void view_data_json(const struct view_data *data, struct lk_text *text)
{
    struct writer writer = { .text = text };
    write_value(&writer, readable(data));
    while (writer.depth > 0 && !text->failed) {
        struct level *level = &writer.levels[writer.depth - 1];
        const bool is_object = json_is_object(level->container);
        if (is_object ? write_member(&writer, level) : write_item(&writer, level))
            continue;
        lk_text_char(text, is_object ? '}' : ']');
        writer.depth--;
    }
}
