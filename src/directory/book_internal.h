/* SPDX-License-Identifier: Apache-2.0 */
/* directory/book_internal.h - one reading of the book: its alphabet and places, the searches, and the walk (book.c). */
#ifndef LATCHKEY_DIRECTORY_BOOK_INTERNAL_H
#define LATCHKEY_DIRECTORY_BOOK_INTERNAL_H

#include "directory/book.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOOK_STEPS_MOST  128 /* children of a part: blank, signs, digits, letters, other letters */
#define BOOK_OTHERS_MOST 256
#define BOOK_DEPTH_MOST  64 /* characters that are looked at */
#define BOOK_SIGNS       " '-.0123456789"
#define BOOK_SIGN_COUNT  (sizeof BOOK_SIGNS - 1)

/* Names that were read to see how the book goes on. */
struct book_sample {
    struct name_list names;
    size_t
        each; /* so many people stand for one of them, as a guess: 1 if they are all there are; 0: nobody knows yet */
};

/* Steps first to last of a part, as they come in the direction of reading. */
struct book_range {
    const char *part;
    size_t first, last;
    struct book_sample *sample; /* NULL: nothing is known of the range */
    size_t sampled;             /* so many of the sample are in it */
    bool is_named;              /* everybody in it has displayName, as far as anybody has heard (book_watch.h) */
    struct book_range *next;
};

/* One reading of the book. Its parts are named by what their names begin with; a part's steps are the characters that may come
 * next, in order: step 0 a blank (or nothing more), the last one all other letters. */
struct book {
    struct directory *directory;
    const struct config *config;
    struct lk_arena *arena;
    const char *organization_dn;
    struct lk_trouble *trouble;
    const struct book_place *wish;
    const char *at;                           /* what the names there begin with: the place that is being read from */
    const struct directory_filter *everybody; /* who is in this book */
    const char *steps[BOOK_STEPS_MOST];       /* folded; the first is a blank, the last stands for `others` */
    size_t step_count;
    const char *others[BOOK_OTHERS_MOST]; /* of Latin script the first `latin_count` */
    size_t other_count, latin_count;
    bool backwards;
    /* Of the organisation: the server looks at each of few people, and nothing up; and never at all of a letter where there are many. */
    bool is_small, is_large;
    bool has_unnamed; /* somebody without displayName was met: samples look for such people too */
    uint64_t mark,
        known_mark; /* of the watch when the reading began, and when it was remembered what is known of the page */
    size_t searches;
    size_t together;                     /* so many ranges at most in one search */
    struct book_range *pending;          /* what is still to be read, in the direction of reading */
    struct book_range *read, **read_end; /* what the page is made of, likewise; `sampled` says how many were in it */
    struct name_list page;
    const char *opened;
    bool is_full;
};

/* ---- book_alphabet.c: steps, and places, which are written "sara_m" ---- */

const char *book_folded(struct lk_arena *arena, const char *text);
void book_learn_alphabet(struct book *book, const char *alphabet);
size_t book_others_step(const struct book *book);
/* The step in the direction of reading; and back, for it is its own inverse. */
size_t book_turned(const struct book *book, size_t step);
/* The step that begins `text`, which is what follows in a name. */
size_t book_step_of(const struct book *book, const char *text);
/* The step of a part that a name lies in, in the direction of reading. False: in none, or the server compares otherwise. */
bool book_step_in(const struct book *book, const char *part, const char *key, size_t *step_out);
bool book_ends_in_blank(const char *part);
/* No further part: all of one name, or the other letters. */
bool book_is_leaf(const struct book *book, const char *part, size_t step);

/* Blanks become marks, in place. */
const char *book_with_marks(char *part);
const char *book_place_of(const struct book *book, const char *part, size_t step);
/* What stands before the last character of `place`, and the step which that is. False: it is empty. */
bool book_cut_last(const struct book *book, const char *place, const char **part_out, size_t *step_out);
/* The place behind all of a part: where the next one begins that is no deeper. NULL: the end of the book. */
const char *book_place_behind(const struct book *book, const char *part);
/* What the names there begin with. */
const char *book_part_of_place(struct lk_arena *arena, const char *place);

/* ---- book_names.c ---- */

/* Everybody in the first `count` of the pending ranges, with their profiles, or, cut short (more), `most` of them. */
LK_MUST_CHECK enum lk_status book_find_first(struct book *book, size_t count, size_t most, struct name_list *found);
/* Somebody in them, if anybody is. */
LK_MUST_CHECK enum lk_status book_find_anybody(struct book *book, size_t count, struct name_list *found);
/* Some of those in the range, or around it in its part; no more than a guide, but cheap. */
LK_MUST_CHECK enum lk_status book_find_sample(struct book *book, const struct book_range *range,
                                              struct name_list *found);

/* ---- book_size.c: for all threads ---- */

/* Whether the organisation is small or large, which may have to be asked for. */
LK_MUST_CHECK enum lk_status book_learn_size(struct book *book);

/* ---- book_watch.c ---- */

#define BOOK_UNWATCHED UINT64_C(0)

/* Stays the same as long as nobody without displayName has come or changed. BOOK_UNWATCHED: nobody would hear of it. */
uint64_t book_watch_mark(void);

/* ---- book_memory.c: for all threads ---- */

/* Puts what is pending at the place as it was cut the last time, with what was found in it. False: that is not known. */
bool book_recall(struct book *book);
/* Keeps how the page was cut that has been read. */
void book_remember(const struct book *book);

#endif
