/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/prompt.h"

#include "base/cleanup.h"
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium/utils.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define WORDS_MOST 512

static void put(int terminal, const char *words)
{
    if (write(terminal, words, strlen(words)) < 0)
        return; /* whoever cannot read the question may answer all the same */
}

/* Up to the line's end, which is not kept; one byte more than fits tells that it is too long. */
static size_t read_line(int terminal, char *line, size_t room)
{
    size_t len = 0;
    char byte = '\0';
    for (;;) {
        const ssize_t got = read(terminal, &byte, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || byte == '\n')
            break;
        if (len < room)
            line[len++] = byte;
    }
    return len;
}

static size_t read_hidden(int terminal, const char *words, char *line, size_t room)
{
    struct termios before;
    const bool has_echo = tcgetattr(terminal, &before) == 0;
    struct termios hidden = before;
    hidden.c_lflag &= ~(tcflag_t) ECHO;
    if (has_echo)
        (void) tcsetattr(terminal, TCSAFLUSH, &hidden);
    put(terminal, words);
    const size_t len = read_line(terminal, line, room);
    if (has_echo)
        (void) tcsetattr(terminal, TCSAFLUSH, &before);
    put(terminal, "\n");
    return len;
}

enum lk_status prompt_secret(const char *words, struct lk_secret **secret_out, struct lk_trouble *trouble)
{
    LK_CLEANUP(lk_cleanup_close) int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0)
        return lk_fail(trouble, LK_ABSENT, "there is no terminal to ask for the password at");
    char line[PROMPT_SECRET_MOST + 1];
    const size_t len = read_hidden(terminal, words, line, sizeof line);
    enum lk_status status = LK_OK;
    if (len == 0 || len > PROMPT_SECRET_MOST)
        status = lk_fail(trouble, LK_MALFORMED, "the password is %s", len == 0 ? "empty" : "too long");
    else
        *secret_out = lk_secret_new(line, len);
    sodium_memzero(line, sizeof line);
    return status;
}

enum command_exit prompt_confirm(const struct command *command, const char *format, ...)
{
    if (command->yes || command->dry_run)
        return COMMAND_DONE;
    char words[WORDS_MOST];
    va_list values;
    va_start(values, format);
    (void) vsnprintf(words, sizeof words, format, values);
    va_end(values);
    LK_CLEANUP(lk_cleanup_close) int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0)
        return command_end(COMMAND_USAGE, "%s: nobody is there to confirm it; --yes does it without asking", words);
    put(terminal, output_visible(command->action.arena, words));
    put(terminal, "? [y/N] ");
    char answer[2];
    const size_t len = read_line(terminal, answer, sizeof answer);
    if (len > 0 && (answer[0] == 'y' || answer[0] == 'Y'))
        return COMMAND_DONE;
    return command_end(COMMAND_REFUSED, "nothing was done");
}
