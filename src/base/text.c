/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include "base/fatal.h"

#include <sodium/utils.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM ((size_t) 64)

/* Moves to a larger buffer; realloc would leave the old bytes behind unwiped. */
static void grow(struct lk_text *text, size_t room)
{
    char *data = malloc(room);
    if (data == NULL)
        lk_fatal("out of memory");
    if (text->len > 0)
        memcpy(data, text->data, text->len);
    data[text->len] = '\0';
    if (text->data != NULL) {
        sodium_memzero(text->data, text->len);
        free(text->data);
    }
    text->data = data;
    text->room = room;
}

/* Makes room for `more` bytes and a NUL; false, and the text has failed, where that would pass the ceiling. */
static bool make_room(struct lk_text *text, size_t more)
{
    if (text->failed)
        return false;
    if (text->len > text->limit || more > text->limit - text->len || more >= SIZE_MAX - text->len) {
        text->failed = true;
        return false;
    }
    const size_t needed = text->len + more + 1;
    if (needed <= text->room)
        return true;
    size_t room = text->room < FIRST_ROOM ? FIRST_ROOM : text->room;
    while (room < needed)
        room = room > SIZE_MAX / 2 ? needed : room * 2;
    /* The ceiling bounds memory as well as length. */
    if (room - 1 > text->limit)
        room = text->limit + 1;
    grow(text, room);
    return true;
}

void lk_text_add(struct lk_text *text, const void *bytes, size_t len)
{
    if (len == 0 || !make_room(text, len))
        return;
    memcpy(text->data + text->len, bytes, len);
    text->len += len;
    text->data[text->len] = '\0';
}

void lk_text_words(struct lk_text *text, const char *words)
{
    if (words != NULL)
        lk_text_add(text, words, strlen(words));
}

void lk_text_char(struct lk_text *text, char c)
{
    lk_text_add(text, &c, 1);
}

void lk_text_format(struct lk_text *text, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    const int len = vsnprintf(NULL, 0, format, values);
    va_end(values);
    if (len < 0) {
        text->failed = true;
        return;
    }
    if (len == 0 || !make_room(text, (size_t) len))
        return;
    va_start(values, format);
    const int written = vsnprintf(text->data + text->len, (size_t) len + 1, format, values);
    va_end(values);
    if (written != len) {
        text->data[text->len] = '\0';
        text->failed = true;
        return;
    }
    text->len += (size_t) len;
}

bool lk_text_ok(const struct lk_text *text)
{
    return !text->failed;
}

const char *lk_text_string(const struct lk_text *text)
{
    return text->data == NULL ? "" : text->data;
}

void lk_text_reset(struct lk_text *text)
{
    if (text->data != NULL)
        sodium_memzero(text->data, text->room);
    text->len = 0;
    text->failed = false;
}

void lk_text_done(struct lk_text *text)
{
    if (text->data != NULL)
        sodium_memzero(text->data, text->len);
    free(text->data);
    *text = LK_TEXT(text->limit);
}
