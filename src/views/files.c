/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/fatal.h"
#include "views/catalogue.h"
#include "views/files_internal.h"
#include "views/language.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum lk_status broken(struct lk_text *faults, const char *path, const char *words)
{
    lk_text_format(faults, "%s: %s\n", path, words);
    return LK_BROKEN;
}

/* For errno; strerror is not for threads. */
static enum lk_status broken_errno(struct lk_text *faults, const char *path)
{
    const char *why = strerrordesc_np(errno);
    return broken(faults, path, why == NULL ? "unknown error" : why);
}

/* ---- one file ---- */

static enum lk_status read_all(int descriptor, char *bytes, size_t len, const char *path, struct lk_text *faults)
{
    size_t done = 0;
    while (done < len) {
        const ssize_t got = read(descriptor, bytes + done, len - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return broken_errno(faults, path);
        if (got == 0)
            return broken(faults, path, "became shorter while it was read");
        done += (size_t) got;
    }
    return LK_OK;
}

enum lk_status file_read(struct lk_arena *arena, const char *path, size_t most, struct template_source *source_out,
                         struct lk_text *faults)
{
    LK_CLEANUP(lk_cleanup_close) int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return errno == ENOENT || errno == ENOTDIR ? LK_ABSENT : broken_errno(faults, path);
    struct stat facts;
    if (fstat(descriptor, &facts) != 0)
        return broken_errno(faults, path);
    if (!S_ISREG(facts.st_mode))
        return LK_ABSENT;
    if ((size_t) facts.st_size > most)
        return broken(faults, path, "is too long");
    char *bytes = lk_arena_alloc(arena, (size_t) facts.st_size + 1);
    const enum lk_status status = read_all(descriptor, bytes, (size_t) facts.st_size, path, faults);
    if (status == LK_OK)
        *source_out = (struct template_source){ .path = lk_arena_words(arena, path),
                                                .bytes = bytes,
                                                .len = (size_t) facts.st_size };
    return status;
}

/* ---- lists ---- */

static void file_list_set(struct file_list *list, struct template_source source)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].name, source.name) == 0) {
            list->items[i] = source;
            return;
        }
    if (list->count == list->room) {
        list->room = list->room == 0 ? 32 : list->room * 2;
        list->items = reallocarray(list->items, list->room, sizeof *list->items);
        if (list->items == NULL)
            lk_fatal("out of memory");
    }
    list->items[list->count++] = source;
}

void file_list_done(struct file_list *list)
{
    free(list->items);
    *list = (struct file_list){ 0 };
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct template_source *) a)->name, ((const struct template_source *) b)->name);
}

void file_list_sort(struct file_list *list)
{
    if (list->count > 0)
        qsort(list->items, list->count, sizeof *list->items, by_name);
}

/* ---- folders ---- */

static void close_folder(DIR **folder)
{
    if (*folder != NULL)
        (void) closedir(*folder);
}

/* Each DIR is used by one thread only, which is what readdir needs. */
static const struct dirent *next_entry(DIR *folder)
{
    /* cppcheck-suppress readdirCalled */
    return readdir(folder); /* NOLINT(concurrency-mt-unsafe) */
}

static bool is_taken(const char *name)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyz0123456789_-.";
    return name[0] != '.' && name[strspn(name, good)] == '\0';
}

static bool has_ending(const char *name, const char *ending)
{
    const size_t len = strlen(name);
    return len > strlen(ending) && strcmp(name + len - strlen(ending), ending) == 0;
}

/* What to do with the files of one folder. */
struct walk {
    struct lk_arena *arena;
    struct file_list *list;
    struct lk_text *faults;
    const char *prefix; /* before the file's name, "page/" */
    bool templates_only;
    size_t most;
};

static enum lk_status take_file(const struct walk *walk, const char *folder, const char *name)
{
    if (!is_taken(name) || (walk->templates_only && !has_ending(name, ".html") && !has_ending(name, ".txt")))
        return LK_OK;
    const char *path = lk_arena_format(walk->arena, "%s/%s", folder, name);
    struct template_source source;
    const enum lk_status status = file_read(walk->arena, path, walk->most, &source, walk->faults);
    if (status == LK_OK) {
        source.name = lk_arena_format(walk->arena, "%s%s", walk->prefix, name);
        file_list_set(walk->list, source);
    }
    return status == LK_ABSENT ? LK_OK : status;
}

/* A folder that is not there is LK_ABSENT. */
static enum lk_status take_folder(const struct walk *walk, const char *path)
{
    LK_CLEANUP(close_folder) DIR *folder = opendir(path);
    if (folder == NULL)
        return errno == ENOENT || errno == ENOTDIR ? LK_ABSENT : broken_errno(walk->faults, path);
    enum lk_status worst = LK_OK;
    const struct dirent *entry;
    while ((entry = next_entry(folder)) != NULL)
        if (take_file(walk, path, entry->d_name) != LK_OK)
            worst = LK_BROKEN;
    return worst;
}

enum lk_status files_read_templates(struct lk_arena *arena, const char *root, struct file_list *list,
                                    struct lk_text *faults)
{
    LK_CLEANUP(close_folder) DIR *folder = opendir(root);
    if (folder == NULL)
        return broken_errno(faults, root);
    enum lk_status worst = LK_OK;
    const struct dirent *entry;
    while ((entry = next_entry(folder)) != NULL) {
        if (!is_taken(entry->d_name) || strcmp(entry->d_name, "static") == 0)
            continue;
        const struct walk walk = { .arena = arena,
                                   .list = list,
                                   .faults = faults,
                                   .prefix = lk_arena_format(arena, "%s/", entry->d_name),
                                   .templates_only = true,
                                   .most = FILES_TEMPLATE_MOST };
        if (take_folder(&walk, lk_arena_format(arena, "%s/%s", root, entry->d_name)) == LK_BROKEN)
            worst = LK_BROKEN;
    }
    return worst;
}

enum lk_status files_read_static(struct lk_arena *arena, const char *root, struct file_list *list,
                                 struct lk_text *faults)
{
    const struct walk walk = {
        .arena = arena, .list = list, .faults = faults, .prefix = "", .most = FILES_STATIC_MOST
    };
    const enum lk_status status = take_folder(&walk, lk_arena_format(arena, "%s/static", root));
    return status == LK_ABSENT ? LK_OK : status;
}

enum lk_status files_read_catalogues(struct lk_arena *arena, const char *root, struct file_list *list,
                                     struct lk_text *faults)
{
    LK_CLEANUP(close_folder) DIR *folder = opendir(root);
    if (folder == NULL)
        return broken_errno(faults, root);
    enum lk_status worst = LK_OK;
    const struct dirent *entry;
    while ((entry = next_entry(folder)) != NULL) {
        char *tag = lk_arena_words(arena, entry->d_name);
        for (char *at = tag; *at != '\0'; at++)
            if (*at == '_') /* gettext's pt_BR */
                *at = '-';
        if (!language_is_tag(tag, strlen(tag)))
            continue;
        struct template_source source;
        const char *path = lk_arena_format(arena, "%s/%s/latchkey.mo", root, entry->d_name);
        const enum lk_status status = file_read(arena, path, CATALOGUE_MOST, &source, faults);
        if (status == LK_OK) {
            source.name = tag;
            file_list_set(list, source);
        } else if (status != LK_ABSENT) {
            worst = LK_BROKEN;
        }
    }
    return worst;
}
