/* SPDX-License-Identifier: Apache-2.0 */
/* Several threads add at once, each with a handle of its own, and all wait in one place while the directory is away (cli/patience.h). */
#include "actions/keep_profile.h"
#include "base/cleanup.h"
#include "cli/import_internal.h"
#include "cli/interrupt.h"
#include "cli/patience.h"
#include "cli/progress.h"
#include "directory/people.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>

#define TELLING_PAUSE 100 /* ms */

struct crew {
    struct import *import;
    atomic_size_t next;
    atomic_size_t done;
    atomic_size_t working;
    int ended; /* readable when none works any more */
    struct patience patience;
    pthread_mutex_t lock; /* for all below, and import's words, stopped and trouble */
    bool is_stopped;      /* somebody has said why nobody goes on */
};

struct worker {
    struct crew *crew;
    struct directory *directory;
    pthread_t thread;
};

static void stop(struct crew *crew, enum command_exit how, const char *words)
{
    (void) pthread_mutex_lock(&crew->lock);
    if (!crew->is_stopped) {
        crew->is_stopped = true;
        crew->import->stopped = how;
        (void) lk_fail(&crew->import->trouble, LK_BROKEN, "%s", words);
    }
    (void) pthread_mutex_unlock(&crew->lock);
    patience_stop(&crew->patience);
}

/* ---- one line ---- */

static enum lk_status add(const struct import *import, struct action_context *context, const struct line *line)
{
    return add_profile_called(context, &import->acting, &line->row->form, line->common_name, import->invite);
}

/* The line's person, as the next run of the same command would find them. LK_ABSENT: nobody has the address. */
static enum lk_status find(const struct import *import, struct action_context *context, const struct line *line)
{
    const struct profile_form *form = &line->row->form;
    struct profile_list list = { 0 };
    const enum lk_status status =
        profiles_of_mail(context->directory, context->config, context->arena, import->acting.organization.dn,
                         form->values[PROFILE_MAIL], 1, &list, &context->trouble);
    if (status != LK_OK)
        return status;
    if (list.count == 0)
        return LK_ABSENT;
    return import_is_same(context->arena, &list.items[0], form)
               ? LK_OK
               : lk_fail(&context->trouble, LK_REFUSED, IMPORT_OTHER_CONTENT);
}

/* Who is there by now with the same content is as good as added. That is looked for where it is not known whether an earlier try had its
 * effect, and where the directory does not take the person: then the earlier try, or what another run had asked for, had its effect only now. */
static enum lk_status add_unless_there(const struct import *import, struct action_context *context,
                                       const struct line *line, bool is_doubtful)
{
    const enum lk_status before = is_doubtful ? find(import, context, line) : LK_ABSENT;
    if (before != LK_ABSENT)
        return before;
    const enum lk_status added = add(import, context, line);
    if (added != LK_CONFLICT && added != LK_REFUSED)
        return added;
    const enum lk_status after = find(import, context, line);
    return after == LK_ABSENT ? added : after;
}

/* There was no answer about the line, or the server has no time. */
static bool is_away(const struct action_context *context, enum lk_status status)
{
    return status == LK_BUSY || (status == LK_BROKEN && !directory_has_session(context->directory));
}

static void refuse_added(struct crew *crew, struct line *line, const char *words)
{
    (void) pthread_mutex_lock(&crew->lock);
    import_refuse(line, lk_arena_words(crew->import->words, words));
    (void) pthread_mutex_unlock(&crew->lock);
}

/* The directory has answered: about the line, or that it has trouble of its own, or that it does not take us any more, which says nothing
 * about anybody of the file. */
static void end_line(struct crew *crew, const struct action_context *context, struct line *line, enum lk_status status)
{
    if (status == LK_BROKEN || !directory_has_session(context->directory)) {
        stop(crew, status == LK_BROKEN ? COMMAND_TROUBLE : COMMAND_REFUSED, context->trouble.words);
        return;
    }
    line->is_done = status == LK_OK;
    if (status != LK_OK)
        refuse_added(crew, line, status == LK_CONFLICT ? "the name is taken" : context->trouble.words);
    atomic_fetch_add(&crew->done, 1);
}

/* Until the directory has answered; what was asked before that may have been carried out. False: nobody asks it any more. */
static bool add_line(struct crew *crew, struct action_context *context, struct line *line)
{
    for (bool is_doubtful = false;; is_doubtful = true) {
        const enum outage_pass pass = patience_pass(&crew->patience);
        if (pass == OUTAGE_WAIT)
            return false;
        enum lk_status status = directory_ready(context->directory, &context->trouble);
        if (status == LK_OK)
            status = add_unless_there(crew->import, context, line, is_doubtful);
        if (!is_away(context, status)) {
            patience_answered(&crew->patience);
            end_line(crew, context, line, status);
            return true;
        }
        patience_failed(&crew->patience, pass, status, &context->trouble);
    }
}

/* ---- all of them ---- */

static void add_lines(struct crew *crew, struct action_context *context)
{
    const struct import *import = crew->import;
    for (;;) {
        const size_t i = atomic_fetch_add(&crew->next, 1);
        if (i >= import->file.count)
            break;
        if (import->lines[i].plan != PLAN_ADD)
            continue;
        if (!add_line(crew, context, &import->lines[i]))
            break;
        lk_arena_reset(context->arena);
    }
}

/* With a handle of its own, and an arena that is one line's after the other. */
static void *work(void *argument)
{
    struct worker *worker = argument;
    struct crew *crew = worker->crew;
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    struct action_context context = crew->import->command->action;
    context.arena = arena;
    context.directory = worker->directory;
    add_lines(crew, &context);
    if (atomic_fetch_sub(&crew->working, 1) == 1)
        (void) eventfd_write(crew->ended, 1);
    return NULL;
}

static bool begin_worker(struct crew *crew, struct worker *worker)
{
    const struct command *command = crew->import->command;
    *worker = (struct worker){ .crew = crew, .directory = command_connect_as(command, command->identity) };
    atomic_fetch_add(&crew->working, 1);
    if (pthread_create(&worker->thread, NULL, work, worker) == 0)
        return true;
    atomic_fetch_sub(&crew->working, 1);
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

/* This thread tells how far they are and whether they wait, and hears who wants them to end. */
static void watch(struct crew *crew, struct progress *progress, struct interrupt *interrupt)
{
    while (atomic_load(&crew->working) > 0) {
        if (interrupt_wait(interrupt, crew->ended, TELLING_PAUSE))
            stop(crew, COMMAND_PARTLY, "interrupted");
        progress_tell(progress, (int64_t) atomic_load(&crew->done));
        progress_wait(progress, patience_is_waiting(&crew->patience) ? "the directory" : NULL);
    }
}

static void end_patience(struct crew *crew)
{
    struct lk_trouble trouble = { "" };
    const enum lk_status status = patience_verdict(&crew->patience, &trouble);
    if (status != LK_OK)
        stop(crew, status == LK_BUSY ? COMMAND_BUSY : COMMAND_TROUBLE, trouble.words);
}

void import_add(struct import *import, size_t count)
{
    struct worker workers[IMPORT_AT_ONCE_MOST];
    size_t begun = 0;
    LK_CLEANUP(lk_cleanup_close) int ended = eventfd(0, EFD_CLOEXEC); /* without it the end is seen a little later */
    struct crew crew = { .import = import, .ended = ended, .lock = PTHREAD_MUTEX_INITIALIZER };
    /* A server with a slow disk, which many ask at once, may need more than a page has. */
    command_be_patient(import->command);
    patience_begin(&crew.patience, import->wait);
    struct progress progress = progress_begin(import->command, "importing", (int64_t) count);
    struct interrupt interrupt = interrupt_begin();
    while (begun < import->at_once && begin_worker(&crew, &workers[begun]))
        begun++;
    if (begun == 0)
        stop(&crew, COMMAND_TROUBLE, "no thread can be made");
    watch(&crew, &progress, &interrupt);
    end_workers(workers, begun);
    end_patience(&crew);
    interrupt_end(&interrupt);
    progress_end(&progress);
}
