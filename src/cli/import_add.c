/* SPDX-License-Identifier: Apache-2.0 */
/* Several threads add at once, each with a handle of its own. */
#include "actions/keep_profile.h"
#include "base/cleanup.h"
#include "cli/import_internal.h"
#include "cli/interrupt.h"
#include "cli/progress.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>

#define TELLING_PAUSE 100 /* ms */
#define PATIENCE      60  /* s, for one answer */

struct crew {
    struct import *import;
    atomic_size_t next;
    atomic_size_t done;
    atomic_size_t working;
    atomic_bool is_stopped; /* nobody goes on */
    int ended;              /* readable when none works any more */
    pthread_mutex_t lock;   /* for import's words, stopped and trouble */
};

struct worker {
    struct crew *crew;
    struct directory *directory;
    pthread_t thread;
};

static void stop(struct crew *crew, enum command_exit how, const char *words)
{
    (void) pthread_mutex_lock(&crew->lock);
    if (!atomic_exchange(&crew->is_stopped, true)) {
        crew->import->stopped = how;
        (void) lk_fail(&crew->import->trouble, LK_BROKEN, "%s", words);
    }
    (void) pthread_mutex_unlock(&crew->lock);
}

static void refuse_added(struct crew *crew, struct line *line, const char *words)
{
    (void) pthread_mutex_lock(&crew->lock);
    import_refuse(line, lk_arena_words(crew->import->words, words));
    (void) pthread_mutex_unlock(&crew->lock);
}

static void end_line(struct crew *crew, struct line *line, enum lk_status status, const struct lk_trouble *trouble)
{
    if (status == LK_BROKEN || status == LK_BUSY) {
        stop(crew, status == LK_BUSY ? COMMAND_BUSY : COMMAND_TROUBLE, trouble->words);
        return;
    }
    line->is_done = status == LK_OK;
    if (status != LK_OK)
        refuse_added(crew, line, status == LK_CONFLICT ? "the name is taken" : trouble->words);
    atomic_fetch_add(&crew->done, 1);
}

static void add_lines(struct crew *crew, struct action_context *context)
{
    const struct import *import = crew->import;
    while (!atomic_load(&crew->is_stopped)) {
        const size_t i = atomic_fetch_add(&crew->next, 1);
        if (i >= import->file.count)
            break;
        struct line *line = &import->lines[i];
        if (line->plan != PLAN_ADD)
            continue;
        const enum lk_status status =
            add_profile_called(context, &import->acting, &line->row->form, line->common_name, import->invite);
        end_line(crew, line, status, &context->trouble);
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

/* This thread tells how far they are, and hears who wants them to end. */
static void watch(struct crew *crew, struct progress *progress, struct interrupt *interrupt)
{
    while (atomic_load(&crew->working) > 0) {
        if (interrupt_wait(interrupt, crew->ended, TELLING_PAUSE))
            stop(crew, COMMAND_PARTLY, "interrupted");
        progress_tell(progress, (int64_t) atomic_load(&crew->done));
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

void import_add(struct import *import, size_t at_once, size_t count)
{
    struct worker workers[IMPORT_AT_ONCE_MOST];
    size_t begun = 0;
    LK_CLEANUP(lk_cleanup_close) int ended = eventfd(0, EFD_CLOEXEC); /* without it the end is seen a little later */
    struct crew crew = { .import = import, .ended = ended, .lock = PTHREAD_MUTEX_INITIALIZER };
    be_patient(import->command);
    struct progress progress = progress_begin(import->command, "importing", (int64_t) count);
    struct interrupt interrupt = interrupt_begin();
    while (begun < at_once && begin_worker(&crew, &workers[begun]))
        begun++;
    if (begun == 0)
        stop(&crew, COMMAND_TROUBLE, "no thread can be made");
    watch(&crew, &progress, &interrupt);
    end_workers(workers, begun);
    interrupt_end(&interrupt);
    progress_end(&progress);
}
