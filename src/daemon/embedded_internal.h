/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/embedded_internal.h - shared by the files of the embedded directory. */
#ifndef LATCHKEY_DAEMON_EMBEDDED_INTERNAL_H
#define LATCHKEY_DAEMON_EMBEDDED_INTERNAL_H

#include "base/arena.h"
#include "base/status.h"
#include "base/text.h"
#include "daemon/embedded.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct embedded {
    struct lk_arena *arena; /* every string below; not used once the thread runs */
    const char *folder;     /* absolute */
    const char *suffix;
    const struct config *config; /* until embedded_start has returned */
    const char *share;           /* absolute */
    const char *listen;
    const char *programs; /* "": the usual places */
    const char *slapd;
    const char *uri;
    const char *socket_path;
    const char *log_path;
    int lock;    /* held by us and by slapd: whoever lives last lets the folder go */
    int stop[2]; /* a pipe: a byte in it ends the thread */
    bool has_thread;
    pthread_t thread;

    pthread_mutex_t mutex; /* protects what follows */
    bool running;
    unsigned ends; /* how often slapd ended in a row, without staying up for long */
};

/* ---- embedded_files.c: no longer than it takes, whole or not at all */

const char *embedded_path(const struct embedded *embedded, const char *name);
/* LK_ABSENT: no such file. */
LK_MUST_CHECK enum lk_status embedded_read_file(const char *path, struct lk_text *text, struct lk_trouble *trouble);
/* Mode 0600; a reader sees the old or the new file. */
LK_MUST_CHECK enum lk_status embedded_write_file(const char *path, const struct lk_text *text,
                                                 struct lk_trouble *trouble);
LK_MUST_CHECK enum lk_status embedded_make_folder(const char *path, struct lk_trouble *trouble);
/* What is not there counts as removed. */
LK_MUST_CHECK enum lk_status embedded_remove(const char *path, struct lk_trouble *trouble);
bool embedded_is_there(const char *path);

/* ---- embedded_names.c */

/* dc=…[,dc=…], as embedded_settings.suffix says. */
bool embedded_suffix_is_plain(const char *suffix);
/* ldap:// and a loopback address, maybe a port. */
bool embedded_listen_is_loopback(const char *url);

/* ---- embedded_configuration.c */

/* Makes slapd.d and the base entries, where they are missing or stale. Sets embedded->slapd. */
LK_MUST_CHECK enum lk_status embedded_configure(struct embedded *embedded, struct lk_trouble *trouble);

/* ---- embedded_process.c */

/* Runs a tool of slapd in the folder with `input` as its standard input, and waits for it. LK_BROKEN: it failed; its last
 * line is in the words. */
LK_MUST_CHECK enum lk_status embedded_run_tool(const struct embedded *embedded, const char *const *arguments,
                                               const struct lk_text *input, struct lk_trouble *trouble);
/* The last line of slapd.log, in `words`. */
void embedded_last_words(const struct embedded *embedded, char *words, size_t size);
/* Starts the thread that runs slapd. */
LK_MUST_CHECK enum lk_status embedded_supervise(struct embedded *embedded, struct lk_trouble *trouble);

#endif
