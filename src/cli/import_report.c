/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/import_internal.h"
#include "cli/output.h"

#include <errno.h>
#include <string.h>

static const struct field FIELDS[] = {
    {"imported", "Imported",      FIELD_NUMBER},
    { "there",   "There already", FIELD_NUMBER},
    { "left",    "Not done",      FIELD_NUMBER},
    { "refused", "Refused",       FIELD_ROWS  },
};

static const struct field REFUSED[] = {
    {"line",    "Line",   FIELD_NUMBER},
    { "mail",   "E-mail", FIELD_TEXT  },
    { "reason", "Reason", FIELD_TEXT  },
};

struct counts {
    size_t added, skipped, refused, left;
    size_t stopped_at; /* line of the first that is left */
};

static struct counts count_lines(const struct import *import)
{
    struct counts counts = { 0 };
    for (size_t i = 0; i < import->file.count; i++) {
        const struct line *line = &import->lines[i];
        counts.skipped += line->plan == PLAN_SKIP;
        counts.refused += line->plan == PLAN_REFUSE;
        counts.added += line->plan == PLAN_ADD && line->is_done;
        const bool is_left = line->plan == PLAN_ADD && !line->is_done;
        if (is_left && counts.left++ == 0)
            counts.stopped_at = line->row->line;
    }
    return counts;
}

static const char *mail_of(const struct line *line)
{
    const char *mail = line->row->form.values[PROFILE_MAIL];
    return *mail != '\0' ? mail : NULL;
}

static enum command_exit print_result(const struct import *import, const struct counts *counts)
{
    struct lk_arena *arena = import->command->action.arena;
    struct listing *refused = LISTING_NEW(arena, REFUSED);
    for (size_t i = 0; i < import->file.count; i++) {
        const struct line *line = &import->lines[i];
        if (line->plan != PLAN_REFUSE)
            continue;
        listing_row(refused);
        listing_number(refused, "line", (int64_t) line->row->line);
        listing_text(refused, "mail", mail_of(line));
        listing_text(refused, "reason", line->words);
    }
    struct listing *listing = LISTING_NEW(arena, FIELDS);
    listing_row(listing);
    listing_number(listing, "imported", (int64_t) counts->added);
    listing_number(listing, "there", (int64_t) counts->skipped);
    listing_number(listing, "left", (int64_t) counts->left);
    listing_rows(listing, "refused", refused);
    return output_record(import->command, listing);
}

enum command_exit import_open_report(struct import *import)
{
    const char *path = command_option(import->command, "report");
    if (path == NULL)
        return COMMAND_DONE;
    import->report = fopen(path, "we");
    return import->report != NULL ? COMMAND_DONE : command_end(COMMAND_TROUBLE, "%s: %s", path, strerrordesc_np(errno));
}

/* For a spreadsheet: LINE,MAIL,REASON. */
static enum command_exit write_report(const struct import *import)
{
    struct lk_arena *arena = import->command->action.arena;
    if (import->report == NULL)
        return COMMAND_DONE;
    (void) fputs("line,mail,reason\n", import->report);
    for (size_t i = 0; i < import->file.count; i++) {
        const struct line *line = &import->lines[i];
        if (line->plan == PLAN_REFUSE)
            (void) fprintf(import->report, "%zu,%s,%s\n", line->row->line, output_csv(arena, mail_of(line)),
                           output_csv(arena, line->words));
    }
    const bool is_written = ferror(import->report) == 0;
    return fclose(import->report) == 0 && is_written
               ? COMMAND_DONE
               : command_end(COMMAND_TROUBLE, "%s: the report could not be written",
                             command_option(import->command, "report"));
}

enum command_exit import_end(const struct import *import)
{
    const struct counts counts = count_lines(import);
    enum command_exit exit =
        import->command->quiet || import->command->dry_run ? COMMAND_DONE : print_result(import, &counts);
    const enum command_exit report = write_report(import);
    if (report != COMMAND_DONE)
        exit = report;
    if (counts.left > 0)
        return command_end(counts.added > 0 ? COMMAND_PARTLY : import->stopped,
                           "stopped at line %zu, %zu of %zu are not done: %s; the same command goes on with them",
                           counts.stopped_at, counts.left, import->file.count, import->trouble.words);
    if (exit != COMMAND_DONE || counts.refused == 0)
        return exit;
    return command_end(counts.added + counts.skipped > 0 ? COMMAND_PARTLY : COMMAND_REFUSED, "%zu of %zu are refused",
                       counts.refused, import->file.count);
}
