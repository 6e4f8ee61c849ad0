/* SPDX-License-Identifier: Apache-2.0 */
/* logging/log.h - one line per event, one writer that escapes.
 *
 * Lines are logfmt, whole lines in one write(2), so that many threads and many daemons may share a file:
 *   time=2026-11-22T19:41:03.123Z level=info event=request req=7f3a9c… method=GET route=/signin status=200 ms=1
 * Values with anything but [A-Za-z0-9._:/@+,-] are quoted (log_word: never); quotes, backslashes, controls and bytes that are not UTF-8
 * are escaped (\xNN), so a stranger's bytes can neither break a line nor forge one. Every value is cut at 512 bytes,
 * a line at PIPE_BUF (a field without room is left out with all behind it, and the line ends in "cut=1").
 * Rooms below the doors (web, courier, daemon, cli) do not log: they return trouble.
 * Never logged: passwords, answers, links, cookies.
 * Threads: any. */
#ifndef LATCHKEY_LOGGING_LOG_H
#define LATCHKEY_LOGGING_LOG_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

enum log_level {
    LOG_LEVEL_ERROR,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG
};

struct log_field {
    const char *key; /* " name=", as it stands in the line */
    size_t key_len;
    const char *text; /* NULL: a number */
    size_t len;       /* SIZE_MAX: text is NUL-terminated */
    int64_t number;
    int is_word; /* nothing in the text needs a quote */
};

/* Names are literals. A text field whose value is NULL is left out of the line. */
#define LOG_KEY(name) .key = " " name "=", .key_len = sizeof(" " name "=") - 1
#define log_text(name, value)                                                \
    {                                                                        \
        LOG_KEY(name), .text = (value), .len = SIZE_MAX, .number = INT64_MIN \
    }
#define log_bytes(name, bytes, length)                                       \
    {                                                                        \
        LOG_KEY(name), .text = (bytes), .len = (length), .number = INT64_MIN \
    }
/* A word of our own program's, or digits: it is not looked at whether it needs quotes. Never what somebody sent. */
#define log_word(name, value)                                                              \
    {                                                                                      \
        LOG_KEY(name), .text = (value), .len = SIZE_MAX, .number = INT64_MIN, .is_word = 1 \
    }
#define log_number(name, value)                                  \
    {                                                            \
        LOG_KEY(name), .text = NULL, .len = 0, .number = (value) \
    }

/* Where lines go: a descriptor that the caller keeps open (default: standard error), and the least level written. */
void log_open(int descriptor, enum log_level least);

/* False where a line of that level would not be written: for work that only a log line needs. */
int log_wants(enum log_level level);

void log_write_fields(enum log_level level, const char *event, const struct log_field *fields, size_t count);

/* log_write(LOG_LEVEL_INFO, "request", log_text("req", id), log_number("status", 200)); */
#define log_write(level, event, ...)                                              \
    log_write_fields((level), (event), (const struct log_field[]){ __VA_ARGS__ }, \
                     sizeof((const struct log_field[]){ __VA_ARGS__ }) / sizeof(struct log_field))

/* The same for lines that a stranger can cause by the thousand: they share a write with what comes after them, are written at
 * the latest by the next log_flush (which a door calls a few times a second), and a process that is killed may lose the last few.
 * Lines of one thread stay in order. */
void log_write_fields_soon(enum log_level level, const char *event, const struct log_field *fields, size_t count);

#define log_write_soon(level, event, ...)                                              \
    log_write_fields_soon((level), (event), (const struct log_field[]){ __VA_ARGS__ }, \
                          sizeof((const struct log_field[]){ __VA_ARGS__ }) / sizeof(struct log_field))

void log_flush(void);

/* A fresh request id: 64 random bits in hexadecimal and a NUL. */
#define LOG_ID_LEN 16
void log_new_id(char id_out[static LOG_ID_LEN + 1]);

#endif
