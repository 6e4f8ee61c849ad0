/* SPDX-License-Identifier: Apache-2.0 */
#include "base/unicode.h"
#include "directory/book_internal.h"

#include <string.h>

static const char SIGNS[] = BOOK_SIGNS;

const char *book_folded(struct lk_arena *arena, const char *text)
{
    char *key = NULL;
    return lk_unicode_fold(arena, text, strlen(text), &key) == LK_OK ? key : "";
}

/* ---- the alphabet, and what is next to a part ---- */

static bool is_step(const struct book *book, const char *text)
{
    for (size_t i = 0; i < book->step_count; i++)
        if (strcmp(book->steps[i], text) == 0)
            return true;
    return false;
}

static void add_step(struct book *book, const char *text)
{
    if (*text != '\0' && book->step_count < BOOK_STEPS_MOST - 1 && !is_step(book, text))
        book->steps[book->step_count++] = text;
}

static void add_signs(struct book *book)
{
    for (size_t i = 0; i < BOOK_SIGN_COUNT; i++)
        book->steps[book->step_count++] = lk_arena_copy(book->arena, &SIGNS[i], 1);
}

static void add_letters(struct book *book, const char *alphabet)
{
    for (const char *letter = alphabet; *letter != '\0';) {
        const size_t len = strcspn(letter, " ");
        if (len > 0)
            add_step(book, book_folded(book->arena, lk_arena_copy(book->arena, letter, len)));
        letter += len + (letter[len] == ' ');
    }
}

/* Small letters by their code points: Latin; then Greek, Cyrillic. What case folding takes away is not among them. */
struct letters {
    unsigned first, last, each;
};

static const struct letters LATIN[] = {
    {'a',    'z',   1},
    { 0xe0,  0xf6,  1},
    { 0xf8,  0xff,  1},
    { 0xdf,  0xdf,  1},
    { 0x101, 0x137, 2},
    { 0x13a, 0x148, 2},
    { 0x14b, 0x177, 2},
    { 0x17a, 0x17e, 2}
};

static const struct letters BEYOND[] = {
    {0x3ac,  0x3af, 1},
    { 0x3b1, 0x3c1, 1},
    { 0x3c3, 0x3ce, 1},
    { 0x430, 0x45f, 1},
    { 0x491, 0x491, 1}
};

static void add_other(struct book *book, unsigned point)
{
    const char bytes[] = { (char) (point < 0x80 ? point : 0xc0U | point >> 6), (char) (0x80U | (point & 0x3fU)) };
    const char *letter = lk_arena_copy(book->arena, bytes, point < 0x80 ? 1 : 2);
    if (!is_step(book, letter) && book->other_count < BOOK_OTHERS_MOST)
        book->others[book->other_count++] = letter;
}

static void add_others(struct book *book)
{
    for (size_t i = 0; i < sizeof LATIN / sizeof *LATIN; i++)
        for (unsigned point = LATIN[i].first; point <= LATIN[i].last; point += LATIN[i].each)
            add_other(book, point);
    book->latin_count = book->other_count;
    for (size_t i = 0; i < sizeof BEYOND / sizeof *BEYOND; i++)
        for (unsigned point = BEYOND[i].first; point <= BEYOND[i].last; point += BEYOND[i].each)
            add_other(book, point);
}

void book_learn_alphabet(struct book *book, const char *alphabet)
{
    add_signs(book);
    add_letters(book, alphabet);
    add_others(book);
    book->steps[book->step_count++] = "*";
}

size_t book_others_step(const struct book *book)
{
    return book->step_count - 1;
}

size_t book_turned(const struct book *book, size_t step)
{
    return book->backwards ? book_others_step(book) - step : step;
}

bool book_ends_in_blank(const char *part)
{
    const size_t len = strlen(part);
    return len > 0 && part[len - 1] == ' ';
}

size_t book_step_of(const struct book *book, const char *text)
{
    if (*text == '\0')
        return 0;
    for (size_t i = 0; i < book_others_step(book); i++)
        if (strncmp(text, book->steps[i], strlen(book->steps[i])) == 0)
            return i;
    return book_others_step(book);
}

bool book_step_in(const struct book *book, const char *part, const char *key, size_t *step_out)
{
    const size_t len = strlen(part);
    if (strncmp(key, part, len) == 0)
        *step_out = book_turned(book, book_step_of(book, key + len));
    else if (book_ends_in_blank(part) && strlen(key) == len - 1 && strncmp(key, part, len - 1) == 0)
        *step_out = book_turned(book, 0);
    else
        return false;
    return true;
}

bool book_is_leaf(const struct book *book, const char *part, size_t step)
{
    return step == book_others_step(book) || (step == 0 && book_ends_in_blank(part)) || strlen(part) >= BOOK_DEPTH_MOST;
}

/* ---- places ---- */

const char *book_with_marks(char *part)
{
    for (char *blank = strchr(part, ' '); blank != NULL; blank = strchr(blank, ' '))
        *blank = '_';
    return part;
}

const char *book_place_of(const struct book *book, const char *part, size_t step)
{
    return book_with_marks(lk_arena_format(book->arena, "%s%s", part, book->steps[step]));
}

bool book_cut_last(const struct book *book, const char *place, const char **part_out, size_t *step_out)
{
    size_t len = strlen(place);
    if (len == 0)
        return false;
    do
        len--;
    while (len > 0 && ((unsigned char) place[len] & 0xc0U) == 0x80);
    *part_out = lk_arena_copy(book->arena, place, len);
    *step_out = book_step_of(book, place + len);
    return true;
}

const char *book_place_behind(const struct book *book, const char *part)
{
    size_t step = 0;
    while (book_cut_last(book, part, &part, &step))
        if (step < book_others_step(book))
            return book_place_of(book, part, step + 1);
    return NULL;
}

static const char *place_as_part(struct lk_arena *arena, const char *place)
{
    const size_t blanks = strspn(place, "_");
    char *part = lk_arena_copy(arena, place + blanks, strlen(place + blanks));
    for (char *blank = strchr(part, '_'); blank != NULL; blank = strchr(blank, '_'))
        *blank = ' ';
    return part;
}

static const char *small(struct lk_arena *arena, const char *part)
{
    const char *key = book_folded(arena, part);
    const size_t len = strlen(part);
    size_t blanks = 0;
    while (blanks < len && part[len - 1 - blanks] == ' ')
        blanks++;
    return lk_arena_format(arena, "%s%.*s", key, (int) blanks, "  ");
}

const char *book_part_of_place(struct lk_arena *arena, const char *place)
{
    return small(arena, place_as_part(arena, place));
}
