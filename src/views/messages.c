/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fatal.h"
#include "views/messages_internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistr.h>

struct reader {
    struct template_loader *loader;
    const struct template_source *source;
    struct message_list *list;
    size_t earlier; /* how many of `list` are from an earlier file */
    bool is_second;
    unsigned line;
    bool *seen; /* of the earlier ones: said in this file */
};

static void fault(const struct reader *reader, const char *words, const char *key)
{
    lk_text_format(reader->loader->faults, "%s:%u: %s \"%.60s\"\n", reader->source->path, reader->line, words, key);
}

static struct message *find(const struct message_list *list, const char *key)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].key, key) == 0)
            return &list->items[i];
    return NULL;
}

static void add(struct message_list *list, struct message message)
{
    if (list->count == list->room) {
        list->room = list->room == 0 ? 128 : list->room * 2;
        list->items = reallocarray(list->items, list->room, sizeof *list->items);
        if (list->items == NULL)
            lk_fatal("out of memory");
    }
    list->items[list->count++] = message;
}

static bool is_key(const char *key)
{
    return key[0] != '\0' && key[strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

/* One message, its continuation lines included. */
static void take(struct reader *reader, const char *bytes, size_t len)
{
    struct template_loader *loader = reader->loader;
    const char *equals = memchr(bytes, '=', len);
    size_t key_len = equals == NULL ? len : (size_t) (equals - bytes);
    while (key_len > 0 && (bytes[key_len - 1] == ' ' || bytes[key_len - 1] == '\t' || bytes[key_len - 1] == '\r'))
        key_len--;
    const char *key = lk_arena_copy(loader->arena, bytes, key_len);
    if (equals == NULL || !is_key(key)) {
        fault(reader, "not a message (key = words):", key);
        return;
    }
    const size_t words_len = len - (size_t) (equals + 1 - bytes);
    if (strspn(equals + 1, " \t\r\n") >= words_len) {
        fault(reader, "message without words:", key);
        return;
    }
    const uint32_t sentence =
        sentences_add(&loader->sentences, loader->scratch, equals + 1, words_len, reader->source->path, reader->line);
    struct message *known = find(reader->list, key);
    if (known == NULL && reader->is_second) {
        fault(reader, "no message has this key:", key);
    } else if (known == NULL) {
        add(reader->list, (struct message){ .key = key, .sentence = sentence });
    } else if ((size_t) (known - reader->list->items) >= reader->earlier || reader->seen[known - reader->list->items]) {
        fault(reader, "message said twice:", key);
    } else {
        reader->seen[known - reader->list->items] = true;
        known->sentence = sentence;
    }
}

/* The end of the message that begins at `at`: the first line end that no blank follows. */
static size_t message_end(const char *bytes, size_t len, size_t at, unsigned *lines_out)
{
    *lines_out = 0;
    while (at < len) {
        const char *end = memchr(bytes + at, '\n', len - at);
        at = end == NULL ? len : (size_t) (end - bytes) + 1;
        (*lines_out)++;
        if (at == len || (bytes[at] != ' ' && bytes[at] != '\t'))
            break;
    }
    return at;
}

void messages_read(struct template_loader *loader, const struct template_source *source, bool is_second,
                   struct message_list *list)
{
    struct reader reader = {
        .loader = loader, .source = source, .list = list, .earlier = list->count, .is_second = is_second, .line = 1
    };
    if (u8_check((const uint8_t *) source->bytes, source->len) != NULL) {
        fault(&reader, "not UTF-8:", "messages");
        return;
    }
    reader.seen = calloc(list->count + 1, sizeof *reader.seen);
    if (reader.seen == NULL)
        lk_fatal("out of memory");
    for (size_t at = 0; at < source->len;) {
        unsigned lines;
        const size_t end = message_end(source->bytes, source->len, at, &lines);
        const char first = source->bytes[at];
        if (first != '#' && first != '\n' && first != '\r')
            take(&reader, source->bytes + at, end - at);
        at = end;
        reader.line += lines;
    }
    free(reader.seen);
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct message *) a)->key, ((const struct message *) b)->key);
}

void message_list_sort(struct message_list *list)
{
    if (list->count > 0)
        qsort(list->items, list->count, sizeof *list->items, by_key);
}

void message_list_done(struct message_list *list)
{
    free(list->items);
    *list = (struct message_list){ 0 };
}
