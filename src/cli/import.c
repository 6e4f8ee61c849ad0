/* SPDX-License-Identifier: Apache-2.0 */
/* latchkey import: many people into an organisation.
 *
 * First the whole file and the organisation's people are read, and what is to become of each line is settled; then several handles add at
 * once. Nothing is kept anywhere else: what was stopped, by a signal or because the directory is gone, is done again, and finds most of it there
 * already. */
#include "actions/keep_profile.h"
#include "base/cleanup.h"
#include "base/unicode.h"
#include "cli/find.h"
#include "cli/interrupt.h"
#include "cli/nouns.h"
#include "cli/outcome.h"
#include "cli/output.h"
#include "cli/people_file.h"
#include "cli/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <search.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MOST       ((size_t) 512 * 1024 * 1024)
#define PEOPLE_MOST     ((size_t) 10 * 1000 * 1000)
#define AT_ONCE_DEFAULT 4
#define AT_ONCE_MOST    16
#define NAMESAKES_MOST  100
#define TELLING_PAUSE   100 /* ms */
#define PATIENCE        60  /* s, for one answer */

enum plan {
    PLAN_ADD = 0,
    PLAN_SKIP,
    PLAN_REFUSE
};

/* What becomes of a line. `words` are the arena's, or once a worker was at it the worker's. */
struct line {
    const struct person_row *row;
    const char *common_name;
    enum plan plan;
    const char *words; /* why it is refused */
    bool is_done;
};

/* Somebody who is there, or will be. */
struct known {
    const char *key; /* folded address, or folded cn */
    const struct profile *profile;
    const struct line *line; /* of this file; NULL: of the directory */
};

struct import {
    struct command *command;
    struct acting acting;
    struct people_file file;
    struct line *lines;
    void *addresses, *names; /* trees of struct known */
    bool invite;
    FILE *report; /* NULL: none is wanted */

    /* the workers' */
    atomic_size_t next;
    atomic_size_t done;
    atomic_bool is_stopped; /* nobody goes on */
    atomic_size_t working;
    int ended; /* readable when none works any more */
    pthread_mutex_t lock;
    struct lk_arena *words;    /* under the lock, as the rest */
    enum command_exit stopped; /* how it ends if nothing was done before */
    struct lk_trouble trouble; /* what stopped it first: for the others it is but the same again */
};

/* ---- reading ---- */

/* Grows as it must: standard input has no size. */
static enum lk_status read_bytes(int file, struct lk_arena *arena, char **bytes_out, size_t *len_out,
                                 struct lk_trouble *trouble)
{
    size_t room = (size_t) 64 * 1024;
    char *bytes = lk_arena_alloc(arena, room);
    size_t len = 0;
    for (;;) {
        const ssize_t got = read(file, bytes + len, room - len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return lk_fail(trouble, LK_BROKEN, "the file cannot be read: %s", strerrordesc_np(errno));
        if (got == 0)
            break;
        len += (size_t) got;
        if (len == FILE_MOST)
            return lk_fail(trouble, LK_BROKEN, "the file is too long");
        if (len < room)
            continue;
        char *more = lk_arena_alloc(arena, room *= 2);
        memcpy(more, bytes, len);
        bytes = more;
    }
    *bytes_out = bytes;
    *len_out = len;
    return LK_OK;
}

static bool is_ldif(const struct command *command, const char *path)
{
    const char *format = command_option(command, "format");
    const char *suffix = strrchr(path, '.');
    return format != NULL ? strcmp(format, "ldif") == 0 : suffix != NULL && strcmp(suffix, ".ldif") == 0;
}

static enum command_exit read_file(struct import *import)
{
    struct command *command = import->command;
    struct action_context *action = &command->action;
    const char *path = command->arguments[1];
    const char *format = command_option(command, "format");
    if (format != NULL && strcmp(format, "csv") != 0 && strcmp(format, "ldif") != 0)
        return command_end(COMMAND_USAGE, "--format is csv or ldif");
    const bool is_input = strcmp(path, "-") == 0;
    LK_CLEANUP(lk_cleanup_close) int file = is_input ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return command_end(COMMAND_TROUBLE, "%s: %s", path, strerrordesc_np(errno));
    char *bytes = NULL;
    size_t len = 0;
    enum lk_status status = read_bytes(file, action->arena, &bytes, &len, &action->trouble);
    if (status == LK_OK)
        status = people_file_read(action->arena, is_ldif(command, path) ? PEOPLE_LDIF : PEOPLE_CSV, bytes, len,
                                  &import->file, &action->trouble);
    return status == LK_OK ? COMMAND_DONE
                           : command_end(status == LK_MALFORMED ? COMMAND_USAGE : COMMAND_TROUBLE, "%s: %s", path,
                                         action->trouble.words);
}

/* ---- who is there ---- */

static int by_key(const void *a, const void *b)
{
    const struct known *left = a, *right = b;
    return strcmp(left->key, right->key);
}

static const char *folded(struct lk_arena *arena, const char *text)
{
    char *fold = NULL;
    return lk_unicode_fold(arena, text, strlen(text), &fold) == LK_OK ? fold : text;
}

static const struct known *find_known(void *const *tree, const char *key)
{
    const struct known wanted = { .key = key };
    struct known *const *found = tfind(&wanted, tree, by_key);
    return found != NULL ? *found : NULL;
}

static void add_known(struct import *import, void **tree, const struct known *known)
{
    struct known *kept = lk_arena_alloc(import->command->action.arena, sizeof *kept);
    *kept = *known;
    if (tsearch(kept, tree, by_key) == NULL)
        abort(); /* no memory */
}

static void leave_known(void *known)
{
    (void) known; /* the arena's */
}

static enum command_exit read_people(struct import *import)
{
    struct action_context *action = &import->command->action;
    const struct people_search search = { .text = "", .most = PEOPLE_MOST };
    struct profile_list list = { 0 };
    const enum lk_status status = profiles_search(action->directory, action->config, action->arena,
                                                  import->acting.organization.dn, &search, &list, &action->trouble);
    if (status != LK_OK)
        return command_end_of(import->command, status);
    if (list.more)
        return command_end(COMMAND_TROUBLE,
                           "the directory's size limit hides some of the people that are there already");
    for (size_t i = 0; i < list.count; i++) {
        const struct profile *profile = &list.items[i];
        const char *name = NULL;
        if (profile->mail != NULL)
            add_known(import, &import->addresses,
                      &(struct known){ folded(action->arena, profile->mail), profile, NULL });
        if (dn_value(action->arena, profile->dn, action->config->directory_profile_name, &name) == LK_OK)
            add_known(import, &import->names, &(struct known){ folded(action->arena, name), profile, NULL });
    }
    return COMMAND_DONE;
}

/* ---- what is to become of each ---- */

static void refuse(struct line *line, const char *words)
{
    line->plan = PLAN_REFUSE;
    line->words = words;
}

/* The same person with the same content: an entry that has no given name may say it in its whole name only. */
static bool is_same(struct lk_arena *arena, const struct profile *profile, const struct profile_form *form)
{
    const struct profile_form there = profile_form_of(arena, profile);

    static const enum profile_field exact[] = { PROFILE_SURNAME, PROFILE_TELEPHONE, PROFILE_TITLE };

    for (size_t i = 0; i < sizeof exact / sizeof *exact; i++) {
        if (strcmp(there.values[exact[i]], form->values[exact[i]]) != 0)
            return false;
    }
    return strcmp(there.values[PROFILE_GIVEN_NAME], form->values[PROFILE_GIVEN_NAME]) == 0 ||
           (*there.values[PROFILE_GIVEN_NAME] == '\0' && profile->display_name != NULL &&
            strcmp(profile->display_name, profile_form_name(arena, form)) == 0);
}

static bool is_same_form(const struct profile_form *a, const struct profile_form *b)
{
    for (size_t i = 0; i < PROFILE_FIELDS; i++) {
        if (i != PROFILE_MAIL && strcmp(a->values[i], b->values[i]) != 0)
            return false;
    }
    return true;
}

/* Somebody has the address: the same once more, or another? */
static void plan_known(struct import *import, struct line *line, const struct known *known)
{
    struct lk_arena *arena = import->command->action.arena;
    const struct profile_form *form = &line->row->form;
    const bool same =
        known->line != NULL ? is_same_form(&known->line->row->form, form) : is_same(arena, known->profile, form);
    if (same)
        line->plan = PLAN_SKIP;
    else if (known->line != NULL)
        refuse(line, lk_arena_format(arena, "line %zu has this address, with other content", known->line->row->line));
    else
        refuse(line, "somebody with this address is there already, with other content");
}

/* "Ada Archer", or where there is one, "Ada Archer (2)". */
static void choose_name(struct import *import, struct line *line)
{
    struct lk_arena *arena = import->command->action.arena;
    const char *name = profile_form_name(arena, &line->row->form);
    for (int i = 1; i <= NAMESAKES_MOST; i++) {
        line->common_name = i == 1 ? name : lk_arena_format(arena, "%s (%d)", name, i);
        const char *key = folded(arena, line->common_name);
        if (find_known(&import->names, key) != NULL)
            continue;
        add_known(import, &import->names, &(struct known){ key, NULL, line });
        return;
    }
    refuse(line, "too many have this name");
}

static void plan_line(struct import *import, struct line *line)
{
    struct lk_arena *arena = import->command->action.arena;
    const char *mail = line->row->form.values[PROFILE_MAIL];
    if (line->row->fault != NULL) {
        refuse(line, line->row->fault);
        return;
    }
    const unsigned faults = profile_faults(&line->row->form);
    if (faults != 0) {
        refuse(line, outcome_profile_fault(faults));
        return;
    }
    const char *key = folded(arena, mail);
    const struct known *known = find_known(&import->addresses, key);
    if (known != NULL) {
        plan_known(import, line, known);
        return;
    }
    choose_name(import, line);
    if (line->plan == PLAN_ADD)
        add_known(import, &import->addresses, &(struct known){ key, NULL, line });
}

static size_t plan_all(struct import *import)
{
    size_t count = 0;
    import->lines = lk_arena_array(import->command->action.arena, import->file.count, sizeof *import->lines);
    for (size_t i = 0; i < import->file.count; i++) {
        import->lines[i] = (struct line){ .row = &import->file.rows[i] };
        plan_line(import, &import->lines[i]);
        count += import->lines[i].plan == PLAN_ADD;
    }
    return count;
}

/* ---- adding ---- */

static void stop(struct import *import, enum command_exit how, const char *words)
{
    (void) pthread_mutex_lock(&import->lock);
    if (!atomic_exchange(&import->is_stopped, true)) {
        import->stopped = how;
        (void) lk_fail(&import->trouble, LK_BROKEN, "%s", words);
    }
    (void) pthread_mutex_unlock(&import->lock);
}

static void refuse_added(struct import *import, struct line *line, const char *words)
{
    (void) pthread_mutex_lock(&import->lock);
    refuse(line, lk_arena_words(import->words, words));
    (void) pthread_mutex_unlock(&import->lock);
}

static void end_line(struct import *import, struct line *line, enum lk_status status, const struct lk_trouble *trouble)
{
    if (status == LK_BROKEN || status == LK_BUSY) {
        stop(import, status == LK_BUSY ? COMMAND_BUSY : COMMAND_TROUBLE, trouble->words);
        return;
    }
    line->is_done = status == LK_OK;
    if (status != LK_OK)
        refuse_added(import, line, status == LK_CONFLICT ? "the name is taken" : trouble->words);
    atomic_fetch_add(&import->done, 1);
}

static void add_lines(struct import *import, struct action_context *context)
{
    while (!atomic_load(&import->is_stopped)) {
        const size_t i = atomic_fetch_add(&import->next, 1);
        if (i >= import->file.count)
            break;
        struct line *line = &import->lines[i];
        if (line->plan != PLAN_ADD)
            continue;
        const enum lk_status status =
            add_profile_called(context, &import->acting, &line->row->form, line->common_name, import->invite);
        end_line(import, line, status, &context->trouble);
        lk_arena_reset(context->arena);
    }
}

struct worker {
    struct import *import;
    struct directory *directory;
    pthread_t thread;
};

/* With a handle of its own, and an arena that is one line's after the other. */
static void *work(void *argument)
{
    struct worker *worker = argument;
    struct import *import = worker->import;
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    struct action_context context = import->command->action;
    context.arena = arena;
    context.directory = worker->directory;
    add_lines(import, &context);
    if (atomic_fetch_sub(&import->working, 1) == 1)
        (void) eventfd_write(import->ended, 1);
    return NULL;
}

static enum command_exit read_at_once(const struct command *command, size_t *count_out)
{
    const char *text = command_option(command, "at-once");
    char *end = NULL;
    const long count = text != NULL ? strtol(text, &end, 10) : AT_ONCE_DEFAULT;
    if (count < 1 || count > AT_ONCE_MOST || (end != NULL && *end != '\0'))
        return command_end(COMMAND_USAGE, "--at-once is a number from 1 to %d", AT_ONCE_MOST);
    *count_out = command->dry_run ? 1 : (size_t) count;
    return COMMAND_DONE;
}

static bool begin_worker(struct import *import, struct worker *worker)
{
    const struct command *command = import->command;
    *worker = (struct worker){ .import = import, .directory = command_connect_as(command, command->identity) };
    atomic_fetch_add(&import->working, 1);
    if (pthread_create(&worker->thread, NULL, work, worker) == 0)
        return true;
    atomic_fetch_sub(&import->working, 1);
    directory_free(worker->directory);
    return false;
}

static void end_workers(struct worker *workers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void) pthread_join(workers[i].thread, NULL);
        directory_free(workers[i].directory);
    }
}

/* This thread tells how far they are, and hears who wants them to end. */
static void watch(struct import *import, struct progress *progress, struct interrupt *interrupt)
{
    while (atomic_load(&import->working) > 0) {
        if (interrupt_wait(interrupt, import->ended, TELLING_PAUSE))
            stop(import, COMMAND_PARTLY, "interrupted");
        progress_tell(progress, (int64_t) atomic_load(&import->done));
    }
}

/* The configuration's patience is that of somebody before a page. A server with a slow disk, which many ask at once, may need more, and
 * an import has the time. */
static void be_patient(struct command *command)
{
    struct config *patient = lk_arena_alloc(command->action.arena, sizeof *patient);
    *patient = *command->action.config;
    if (patient->directory_timeout < PATIENCE)
        patient->directory_timeout = PATIENCE;
    command->action.config = patient;
}

static void add_all(struct import *import, size_t at_once, size_t total)
{
    struct worker workers[AT_ONCE_MOST];
    size_t begun = 0;
    LK_CLEANUP(lk_cleanup_close) int ended = eventfd(0, EFD_CLOEXEC); /* without it the end is seen a little later */
    import->ended = ended;
    be_patient(import->command);
    struct progress progress = progress_begin(import->command, "importing", (int64_t) total);
    struct interrupt interrupt = interrupt_begin();
    while (begun < at_once && begin_worker(import, &workers[begun]))
        begun++;
    if (begun == 0)
        stop(import, COMMAND_TROUBLE, "no thread can be made");
    watch(import, &progress, &interrupt);
    end_workers(workers, begun);
    interrupt_end(&interrupt);
    progress_end(&progress);
}

/* ---- what came of it ---- */

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

/* Before anybody is added: who asks for one is not to be without it afterwards. */
static enum command_exit open_report(struct import *import)
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

static enum command_exit end_import(const struct import *import)
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

static enum command_exit run(struct import *import)
{
    size_t at_once = 1;
    struct organization organization;
    enum command_exit exit = read_at_once(import->command, &at_once);
    if (exit == COMMAND_DONE)
        exit = find_organization(import->command, import->command->arguments[0], &organization);
    if (exit == COMMAND_DONE)
        exit = read_file(import);
    if (exit != COMMAND_DONE)
        return exit;
    import->acting = acting_as_bound(&organization);
    exit = read_people(import);
    if (exit != COMMAND_DONE)
        return exit;
    exit = open_report(import);
    if (exit != COMMAND_DONE)
        return exit;
    const size_t total = plan_all(import);
    if (total > 0)
        add_all(import, at_once, total);
    return end_import(import);
}

static enum command_exit import_people(struct command *command)
{
    struct import import = { .command = command, .invite = command_has(command, "invite") };
    if (pthread_mutex_init(&import.lock, NULL) != 0)
        return command_end(COMMAND_TROUBLE, "no lock can be made");
    import.words = lk_arena_new();
    const enum command_exit exit = run(&import);
    tdestroy(import.addresses, leave_known);
    tdestroy(import.names, leave_known);
    lk_arena_free(import.words);
    (void) pthread_mutex_destroy(&import.lock);
    return exit;
}

static const struct verb_option OPTIONS[] = {
    {"format",   "csv|ldif", "what the file is; else its name ends in .ldif or it is CSV"    },
    { "invite",  NULL,       "invite everybody who is added"                                 },
    { "report",  "FILE",     "write the lines that were refused to FILE, as CSV"             },
    { "at-once", "NUMBER",   "so many connections to the directory (1 to 16; 4 if not given)"},
};

static const struct verb VERBS[] = {
    {.arguments = "ORGANIZATION FILE",
     .help = "Add the people of a file; who is there already with the same content is passed over",
     .least = 2,
     .most = 2,
     .option_count = sizeof OPTIONS / sizeof *OPTIONS,
     .options = OPTIONS,
     .run = import_people},
};

const struct noun noun_import = { "import", "many people into an organisation, from CSV or LDIF",
                                  sizeof VERBS / sizeof *VERBS, VERBS };
