/* SPDX-License-Identifier: Apache-2.0 */
/* cli/people_file.h - people as files have them: CSV (RFC 4180) with a header, or LDIF (RFC 2849).
 *
 * CSV: separated by commas, semicolons or tabs, whichever the header has first; a byte order mark and CRLF are fine, a quoted value may
 * have line ends in it; records without anything in them are passed over. The header's names are those of the directory or ours, without
 * case, none of them twice and no others: people_file.c.
 * LDIF: entries as they are, or to be added; what a person is not made of is passed over. Of several values the first counts; one that
 * stands behind a URL is not fetched.
 * What is wrong with one person refuses that person alone, and is the first thing that is.
 * Memory: everything lives in the arena; the bytes need not. */
#ifndef LATCHKEY_CLI_PEOPLE_FILE_H
#define LATCHKEY_CLI_PEOPLE_FILE_H

#include "actions/keep_profile.h"
#include "base/arena.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

struct person_row {
    size_t line;              /* where it begins, from 1 */
    struct profile_form form; /* tidied; "" where nothing is given */
    const char *fault;        /* why it cannot be read; NULL: it was */
};

struct people_file {
    struct person_row *rows;
    size_t count;
};

enum people_format {
    PEOPLE_CSV = 0,
    PEOPLE_LDIF
};

/* LK_MALFORMED: the file as a whole is none; `trouble` says why, and nobody is read. */
LK_MUST_CHECK enum lk_status people_file_read(struct lk_arena *arena, enum people_format format, const char *bytes,
                                              size_t len, struct people_file *file_out, struct lk_trouble *trouble);

#endif
