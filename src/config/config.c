/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#include "base/cleanup.h"
#include "base/unicode.h"
#include "config/parse.h"
#include "config/reading.h"
#include "config/types.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MOST  ((size_t) 1024 * 1024)
#define FAULT_MOST 1024

/* ---- faults ---- */

static void add_fault(struct config_reading *reading, const struct config_place *place, const char *setting,
                      const char *words)
{
    reading->fault_count++;
    if (reading->faults == NULL)
        return;
    lk_text_words(reading->faults, place->file != NULL ? place->file : "(default)");
    if (place->line > 0)
        lk_text_format(reading->faults, ":%zu", place->line);
    lk_text_format(reading->faults, ": %s%s%s\n", setting, *setting != '\0' ? " " : "", words);
}

void config_fault(struct config_reading *reading, const struct config_place *place, const char *format, ...)
{
    char words[FAULT_MOST];
    va_list values;
    va_start(values, format);
    (void) vsnprintf(words, sizeof words, format, values);
    va_end(values);
    add_fault(reading, place, "", words);
}

LK_PRINTF(3, 0)

static void fault_of(struct config_reading *reading, size_t index, const char *format, va_list values)
{
    char words[FAULT_MOST];
    char name[128];
    const struct setting *setting = settings_at(index);
    (void) snprintf(name, sizeof name, "%s.%s", setting->section, setting->name);
    (void) vsnprintf(words, sizeof words, format, values);
    add_fault(reading, &reading->places[index], name, words);
}

void config_fault_at(struct config_reading *reading, const void *member, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    fault_of(reading, settings_of_member(reading->config, member), format, values);
    va_end(values);
}

void config_fault_of_two(struct config_reading *reading, const void *member, const void *other, const char *format, ...)
{
    size_t index = settings_of_member(reading->config, member);
    if (reading->places[index].file == NULL)
        index = settings_of_member(reading->config, other);
    va_list values;
    va_start(values, format);
    fault_of(reading, index, format, values);
    va_end(values);
}

/* ---- items ---- */

static void take_item(struct config_reading *reading, size_t index, const char *value)
{
    const struct setting *setting = settings_at(index);
    LK_CLEANUP(lk_text_done) struct lk_text why = LK_TEXT(FAULT_MOST);
    reading->places[index] = reading->here;
    if (!setting_kind(setting)->read(setting, reading->config->arena, value, setting_member(reading->config, setting),
                                     &why))
        config_fault(reading, &reading->here, "%s.%s %s", setting->section, setting->name, lk_text_string(&why));
}

static void on_section(void *context, size_t line, const char *name)
{
    struct config_reading *reading = context;
    reading->here.line = line;
    reading->section_is_unknown = !settings_has_section(name);
    reading->section = lk_arena_words(reading->config->arena, name);
    if (reading->section_is_unknown)
        config_fault(reading, &reading->here, "there is no section [%s]", name);
}

static void on_item(void *context, size_t line, const char *name, const char *value)
{
    struct config_reading *reading = context;
    reading->here.line = line;
    if (reading->section_is_unknown)
        return;
    if (reading->section == NULL) {
        config_fault(reading, &reading->here, "%s stands before the first [section]", name);
        return;
    }
    const size_t index = settings_find(reading->section, name);
    if (index == SIZE_MAX)
        config_fault(reading, &reading->here, "there is no setting %s in [%s]", name, reading->section);
    else if (reading->places[index].file != NULL)
        config_fault(reading, &reading->here, "%s.%s was given already, in line %zu", reading->section, name,
                     reading->places[index].line);
    else
        take_item(reading, index, value);
}

static void on_fault(void *context, size_t line, const char *words)
{
    struct config_reading *reading = context;
    reading->here.line = line;
    config_fault(reading, &reading->here, "%s", words);
}

/* ---- the file ---- */

static const char *folder_of(struct lk_arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *folder = slash == NULL ? "." : lk_arena_copy(arena, path, (size_t) (slash - path) + 1);
    LK_CLEANUP(lk_cleanup_free) char *whole = realpath(folder, NULL);
    return lk_arena_words(arena, whole != NULL ? whole : folder);
}

/* Up to `most` bytes; -1 with errno. */
static ssize_t read_all(int file, char *bytes, size_t most)
{
    size_t len = 0;
    while (len < most) {
        const ssize_t got = read(file, bytes + len, most - len);
        if (got == 0)
            break;
        if (got < 0 && errno != EINTR)
            return -1;
        if (got > 0)
            len += (size_t) got;
    }
    return (ssize_t) len;
}

static enum lk_status cannot_read(struct config_reading *reading, int why)
{
    config_fault(reading, &reading->here, "cannot be read: %s", strerrordesc_np(why));
    return why == ENOENT || why == ENOTDIR ? LK_ABSENT : LK_BROKEN;
}

static enum lk_status read_file(struct config_reading *reading, const char *path)
{
    struct lk_arena *arena = reading->config->arena;
    reading->here = (struct config_place){ .file = lk_arena_words(arena, path), .folder = folder_of(arena, path) };
    LK_CLEANUP(lk_cleanup_close) int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (file < 0)
        return cannot_read(reading, errno);
    LK_CLEANUP(lk_cleanup_free) char *bytes = malloc(FILE_MOST + 1);
    if (bytes == NULL)
        return LK_BROKEN;
    const ssize_t len = read_all(file, bytes, FILE_MOST + 1);
    if (len < 0)
        return cannot_read(reading, errno);
    if ((size_t) len > FILE_MOST) {
        config_fault(reading, &reading->here, "is larger than a configuration can be");
        return LK_MALFORMED;
    }
    const struct config_listener listener = { reading, on_section, on_item, on_fault };
    config_parse(bytes, (size_t) len, &listener);
    return LK_OK;
}

/* ---- the command line ---- */

static void take_override(struct config_reading *reading, const char *text)
{
    struct lk_arena *arena = reading->config->arena;
    const char *equals = strchr(text, '=');
    const char *dot = memchr(text, '.', equals != NULL ? (size_t) (equals - text) : 0);
    if (equals == NULL || dot == NULL) {
        config_fault(reading, &reading->here, "must be written section.name=value");
        return;
    }
    const char *section = lk_arena_copy(arena, text, (size_t) (dot - text));
    const char *name = lk_arena_copy(arena, dot + 1, (size_t) (equals - dot) - 1);
    const size_t index = settings_find(section, name);
    if (index == SIZE_MAX)
        config_fault(reading, &reading->here, "there is no setting %s.%s", section, name);
    else if (!lk_unicode_is_line(equals, strlen(equals)) || strlen(equals) > CONFIG_LINE_MOST / 2)
        config_fault(reading, &reading->here, "%s.%s must be one line of UTF-8", section, name);
    else
        take_item(reading, index, equals + 1);
}

static void take_overrides(struct config_reading *reading, const char *const *overrides, size_t count)
{
    LK_CLEANUP(lk_cleanup_free) char *current = realpath(".", NULL);
    const char *folder = lk_arena_words(reading->config->arena, current != NULL ? current : "");
    for (size_t i = 0; i < count; i++) {
        reading->here = (struct config_place){ .file = "command line", .folder = folder, .line = i + 1 };
        take_override(reading, overrides[i]);
    }
}

/* ---- the doors ---- */

static struct config *config_new(void)
{
    struct lk_arena *arena = lk_arena_new();
    struct config *config = lk_arena_alloc(arena, sizeof *config);
    config->arena = arena;
    for (size_t i = 0; i < settings_count(); i++) {
        const struct setting *setting = settings_at(i);
        setting_kind(setting)->set_default(setting, arena, setting_member(config, setting));
    }
    return config;
}

static void cleanup_config(struct config **config)
{
    config_free(*config);
}

enum lk_status config_read(const char *path, const char *const *overrides, size_t override_count,
                           struct config **config_out, struct lk_text *faults)
{
    LK_CLEANUP(cleanup_config) struct config *config = config_new();
    struct config_reading reading = { .config = config, .faults = faults };
    reading.places = lk_arena_array(config->arena, settings_count(), sizeof *reading.places);
    if (path != NULL) {
        const enum lk_status status = read_file(&reading, path);
        if (status != LK_OK)
            return status;
        for (size_t i = 0; i < settings_count(); i++)
            reading.places[i].folder = reading.here.folder;
    }
    take_overrides(&reading, overrides, override_count);
    config_resolve_paths(&reading);
    config_derive(config);
    /* A value that could not be read is its default now; rules across settings would tell of faults that are none. */
    if (reading.fault_count == 0)
        config_check(&reading);
    if (reading.fault_count > 0)
        return LK_MALFORMED;
    *config_out = LK_TAKE(config);
    return LK_OK;
}

struct config *config_defaults(void)
{
    struct config *config = config_new();
    config_derive(config);
    return config;
}

void config_free(struct config *config)
{
    if (config != NULL)
        lk_arena_free(config->arena);
}
