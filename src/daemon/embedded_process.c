/* SPDX-License-Identifier: Apache-2.0 */
/* The children: slapd's tools, which are waited for, and slapd itself under its thread. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "daemon/embedded_internal.h"
#include "logging/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAUSE_FIRST_MS   100
#define PAUSE_LONGEST_MS 10000
#define STEADY_MS        INT64_C(30000) /* slapd that stayed up this long begins a new row of pauses */
#define STOP_MS          10000
#define LOG_MOST         INT64_C(1048576)

static int open_log(const struct embedded *embedded)
{
    return open(embedded->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

void embedded_last_words(const struct embedded *embedded, char *words, size_t size)
{
    words[0] = '\0';
    LK_CLEANUP(lk_cleanup_close) int log = open(embedded->log_path, O_RDONLY | O_CLOEXEC);
    char bytes[512];
    const off_t end = log < 0 ? 0 : lseek(log, 0, SEEK_END);
    const off_t start = end > (off_t) sizeof bytes ? end - (off_t) sizeof bytes : 0;
    const ssize_t count = log < 0 ? 0 : pread(log, bytes, sizeof bytes, start);
    size_t len = count > 0 ? (size_t) count : 0;
    while (len > 0 && bytes[len - 1] == '\n')
        len--;
    size_t begin = len;
    while (begin > 0 && bytes[begin - 1] != '\n')
        begin--;
    len = len - begin < size - 1 ? len - begin : size - 1;
    memcpy(words, bytes + begin, len);
    words[len] = '\0';
}

/* ---- tools */

/* `input` as a file that has no name: a pipe could fill up while the tool fills another. */
static int input_file(const struct lk_text *input)
{
    LK_CLEANUP(lk_cleanup_close) int file = memfd_create("input", MFD_CLOEXEC);
    const char *bytes = lk_text_string(input);
    size_t left = input->len;
    while (file >= 0 && left > 0) {
        const ssize_t count = write(file, bytes, left);
        if (count < 0 && errno != EINTR)
            return -1;
        bytes += count > 0 ? count : 0;
        left -= count > 0 ? (size_t) count : 0;
    }
    if (file < 0 || lseek(file, 0, SEEK_SET) != 0)
        return -1;
    return lk_take_descriptor(&file);
}

static int spawn_tool(const struct embedded *embedded, const char *const *arguments, int input, int log, pid_t *pid_out)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    (void) sigemptyset(&none);
    if (posix_spawn_file_actions_init(&actions) != 0)
        return ENOMEM;
    if (posix_spawnattr_init(&attributes) != 0) {
        (void) posix_spawn_file_actions_destroy(&actions);
        return ENOMEM;
    }
    int failed = posix_spawn_file_actions_addchdir_np(&actions, embedded->folder);
    failed = failed != 0 ? failed : posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    failed = failed != 0 ? failed : posix_spawn_file_actions_adddup2(&actions, log, STDOUT_FILENO);
    failed = failed != 0 ? failed : posix_spawn_file_actions_adddup2(&actions, log, STDERR_FILENO);
    /* The lock too (a descriptor put on itself is inherited): the folder is not let go while a tool still writes. */
    failed = failed != 0 ? failed : posix_spawn_file_actions_adddup2(&actions, embedded->lock, embedded->lock);
    failed = failed != 0 ? failed : posix_spawnattr_setsigmask(&attributes, &none);
    failed = failed != 0 ? failed : posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    if (failed == 0) {
        union {
            const char *const *ours;
            char *const *theirs;
        } words = { .ours = arguments }; /* posix_spawn only reads them */

        failed = posix_spawn(pid_out, arguments[0], &actions, &attributes, words.theirs, environ);
    }
    (void) posix_spawnattr_destroy(&attributes);
    (void) posix_spawn_file_actions_destroy(&actions);
    return failed;
}

static int wait_for(pid_t pid)
{
    int how = 0;
    while (waitpid(pid, &how, 0) < 0)
        if (errno != EINTR)
            return -1;
    return how;
}

enum lk_status embedded_run_tool(const struct embedded *embedded, const char *const *arguments,
                                 const struct lk_text *input, struct lk_trouble *trouble)
{
    LK_CLEANUP(lk_cleanup_close) int file = input_file(input);
    LK_CLEANUP(lk_cleanup_close) int log = open_log(embedded);
    if (file < 0 || log < 0)
        return lk_fail(trouble, LK_BROKEN, "cannot prepare %s: %s", arguments[0], strerrordesc_np(errno));
    pid_t pid = 0;
    const int failed = spawn_tool(embedded, arguments, file, log, &pid);
    if (failed != 0)
        return lk_fail(trouble, LK_BROKEN, "cannot start %s: %s", arguments[0], strerrordesc_np(failed));
    if (wait_for(pid) == 0)
        return LK_OK;
    char words[160];
    embedded_last_words(embedded, words, sizeof words);
    return lk_fail(trouble, LK_BROKEN, "%s failed: %s", arguments[0], words);
}

/* ---- slapd */

struct child {
    pid_t pid;
    int alive; /* the read end of a pipe whose other end only slapd holds: it ends when slapd does */
};

/* In the child, between fork and exec, in a process that has threads: nothing but async-signal-safe calls. */
_Noreturn static void become_slapd(const struct embedded *embedded, pid_t parent, char *const *words, int log,
                                   int alive)
{
    sigset_t none;
    (void) sigemptyset(&none);
    (void) signal(SIGPIPE, SIG_DFL);
    (void) pthread_sigmask(SIG_SETMASK, &none, NULL);
    /* Set before looking whether the parent is still there: it may have died in between. */
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent)
        _exit(1);
    (void) setpgid(0, 0); /* a terminal's Ctrl-C is for the daemon, which ends slapd last */
    const int nothing = open("/dev/null", O_RDONLY);
    if (chdir(embedded->folder) != 0 || nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 ||
        dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0 || fcntl(alive, F_SETFD, 0) != 0 ||
        fcntl(embedded->lock, F_SETFD, 0) != 0)
        _exit(1);
    (void) execv(embedded->slapd, words);
    _exit(127);
}

/* slapd is given the socket's name relative to its folder: a long path, blanks and percent signs are then no matter. */
static int start_slapd(const struct embedded *embedded, struct child *child_out)
{
    int ends[2] = { -1, -1 };
    if (pipe2(ends, O_CLOEXEC) != 0)
        return errno;
    LK_CLEANUP(lk_cleanup_close) int theirs = ends[1];
    LK_CLEANUP(lk_cleanup_close) int ours = ends[0];
    LK_CLEANUP(lk_cleanup_close) int log = open_log(embedded);
    struct stat facts = { 0 };
    if (log < 0)
        return errno;
    if (fstat(log, &facts) == 0 && facts.st_size > LOG_MOST && ftruncate(log, 0) != 0)
        return errno;
    char program[] = "slapd", folder_option[] = "-F", folder[] = "slapd.d", urls_option[] = "-h", level_option[] = "-d",
         level[] = "shell";
    char urls[256] = "ldapi://ldapi ";
    (void) strncat(urls, embedded->listen, sizeof urls - strlen(urls) - 1);
    char *const words[] = { program, folder_option, folder, urls_option, urls, level_option, level, NULL };
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid < 0)
        return errno;
    if (pid == 0)
        become_slapd(embedded, parent, words, log, theirs);
    *child_out = (struct child){ .pid = pid, .alive = lk_take_descriptor(&ours) };
    return 0;
}

/* Waits up to `milliseconds` (-1: for ever) for either end of a pipe to move. */
static bool moved(int descriptor, int64_t milliseconds)
{
    const int64_t deadline = lk_clock_monotonic() + milliseconds * LK_CLOCK_MILLISECOND;
    for (;;) {
        const int64_t left = milliseconds < 0 ? -1 : (deadline - lk_clock_monotonic()) / LK_CLOCK_MILLISECOND;
        struct pollfd wait = { .fd = descriptor, .events = POLLIN };
        const int found = poll(&wait, 1, milliseconds < 0 ? -1 : (int) (left > 0 ? left : 0));
        if (found > 0)
            return true;
        if (found == 0 || errno != EINTR)
            return false;
    }
}

/* Waits until slapd has ended or the thread shall. */
static void watch(const struct embedded *embedded, const struct child *child)
{
    for (;;) {
        struct pollfd wait[] = {
            {.fd = child->alive,       .events = POLLIN},
            { .fd = embedded->stop[0], .events = POLLIN}
        };
        if (poll(wait, 2, -1) > 0 || errno != EINTR)
            return;
    }
}

static void note(struct embedded *embedded, bool running, bool counts)
{
    (void) pthread_mutex_lock(&embedded->mutex);
    embedded->running = running;
    embedded->ends = counts ? embedded->ends + 1 : embedded->ends;
    (void) pthread_mutex_unlock(&embedded->mutex);
}

static void reset_ends(struct embedded *embedded)
{
    (void) pthread_mutex_lock(&embedded->mutex);
    embedded->ends = 0;
    (void) pthread_mutex_unlock(&embedded->mutex);
}

static void end_slapd(const struct child *child)
{
    (void) kill(child->pid, SIGTERM);
    if (!moved(child->alive, STOP_MS)) {
        log_write(LOG_LEVEL_WARNING, "slapd_killed", log_text("words", "it did not end when asked to"));
        (void) kill(child->pid, SIGKILL);
    }
}

/* One life of slapd. True: the thread shall end. */
static bool run_slapd(struct embedded *embedded)
{
    struct child child = { .alive = -1 };
    const int64_t begun = lk_clock_monotonic();
    const int failed = start_slapd(embedded, &child);
    if (failed != 0) {
        log_write(LOG_LEVEL_ERROR, "slapd_not_started", log_text("words", strerrordesc_np(failed)));
        note(embedded, false, true);
        return moved(embedded->stop[0], 0);
    }
    note(embedded, true, false);
    log_write(LOG_LEVEL_INFO, "slapd_started", log_number("pid", child.pid));
    watch(embedded, &child);
    const bool shall_end = moved(embedded->stop[0], 0);
    if (shall_end)
        end_slapd(&child);
    const int how = wait_for(child.pid);
    (void) close(child.alive);
    if (lk_clock_monotonic() - begun > STEADY_MS * LK_CLOCK_MILLISECOND)
        reset_ends(embedded);
    note(embedded, false, !shall_end);
    if (!shall_end) {
        char words[160];
        embedded_last_words(embedded, words, sizeof words);
        log_write(LOG_LEVEL_ERROR, "slapd_ended", log_number("pid", child.pid),
                  log_number("status", WIFEXITED(how) ? WEXITSTATUS(how) : -1),
                  log_number("signal", WIFSIGNALED(how) ? WTERMSIG(how) : 0), log_text("words", words));
    }
    return shall_end;
}

static void *supervise(void *context)
{
    struct embedded *embedded = context;
    for (;;) {
        if (run_slapd(embedded))
            return NULL;
        (void) pthread_mutex_lock(&embedded->mutex);
        const unsigned ends = embedded->ends;
        (void) pthread_mutex_unlock(&embedded->mutex);
        int64_t pause = PAUSE_FIRST_MS;
        for (unsigned i = 1; i < ends && pause < PAUSE_LONGEST_MS; i++)
            pause *= 2;
        if (moved(embedded->stop[0], pause < PAUSE_LONGEST_MS ? pause : PAUSE_LONGEST_MS))
            return NULL;
    }
}

/* The daemon's signals are its main thread's business: this one takes none. And as PR_SET_PDEATHSIG follows the thread
 * that forked, it must be this one, which lives as long as the daemon needs slapd. */
enum lk_status embedded_supervise(struct embedded *embedded, struct lk_trouble *trouble)
{
    sigset_t all, former;
    (void) sigfillset(&all);
    (void) pthread_sigmask(SIG_SETMASK, &all, &former);
    const int failed = pthread_create(&embedded->thread, NULL, supervise, embedded);
    (void) pthread_sigmask(SIG_SETMASK, &former, NULL);
    if (failed != 0)
        return lk_fail(trouble, LK_BROKEN, "cannot start a thread: %s", strerrordesc_np(failed));
    embedded->has_thread = true;
    return LK_OK;
}
