/* SPDX-License-Identifier: Apache-2.0 */
#include "logging/log.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/unicode.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sodium/randombytes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define VALUE_MOST 512

/* A write of at most PIPE_BUF bytes is never torn apart, not even in a pipe that many processes share. */
#define LINE_MOST PIPE_BUF

static const char LINE_WAS_CUT[] = " cut=1";

static atomic_int destination = STDERR_FILENO;
static atomic_bool is_file; /* the destination is: there a write of any length is whole */
static atomic_int least_level = LOG_LEVEL_INFO;

void log_open(int descriptor, enum log_level least)
{
    log_flush();
    struct stat about;
    const int saved = errno;
    atomic_store(&destination, descriptor);
    atomic_store(&is_file, fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode));
    errno = saved;
    atomic_store(&least_level, (int) least);
}

int log_wants(enum log_level level)
{
    return (int) level <= atomic_load_explicit(&least_level, memory_order_relaxed);
}

/* ---- one line, on the stack ---- */

/* Room for the mark of a cut line and the line end is always kept back. */
struct line {
    size_t len;
    bool is_cut;
    char bytes[LINE_MOST];
};

#define LINE_ROOM (LINE_MOST - sizeof LINE_WAS_CUT)

static const char DIGITS[] = "0123456789abcdef";

/* Inline, as the small ones below: a line is made of dozens of pieces, most of them literals. */
static inline void put(struct line *line, const char *bytes, size_t len)
{
    if (line->is_cut || len > LINE_ROOM - line->len) {
        line->is_cut = true;
        return;
    }
    memcpy(line->bytes + line->len, bytes, len);
    line->len += len;
}

static inline void put_words(struct line *line, const char *words)
{
    put(line, words, strlen(words));
}

static void put_number(struct line *line, int64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    uint64_t rest = number < 0 ? 0 - (uint64_t) number : (uint64_t) number;
    do {
        digits[--at] = (char) ('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0)
        digits[--at] = '-';
    put(line, digits + at, sizeof digits - at);
}

/* "2026-11-22T19:41:03." */
#define SECOND_LEN 20

static void write_second(time_t second, char text_out[static SECOND_LEN])
{
    static const char SHAPE[SECOND_LEN + 1] = "YYYY-YY-YYTYY:YY:YY.";
    char plain[LK_CLOCK_GENERALIZED_LEN + 1];
    lk_clock_generalized((int64_t) second, plain);
    const char *digit = plain;
    for (size_t i = 0; i < SECOND_LEN; i++)
        text_out[i] = (char) (SHAPE[i] == 'Y' ? *digit++ : SHAPE[i]);
}

/* "2026-11-22T19:41:03.123Z" */
static void put_time(struct line *line)
{
    struct timespec now = { 0 };
    (void) clock_gettime(CLOCK_REALTIME, &now);
    /* Written once a second: gmtime_r takes a lock that all threads share. */
    static _Thread_local time_t written = -1;
    static _Thread_local char second[SECOND_LEN];
    if (written != now.tv_sec) {
        write_second(now.tv_sec, second);
        written = now.tv_sec;
    }
    const int64_t milliseconds = now.tv_nsec / LK_CLOCK_MILLISECOND;
    const char fraction[] = { (char) ('0' + milliseconds / 100), (char) ('0' + milliseconds / 10 % 10),
                              (char) ('0' + milliseconds % 10), 'Z' };
    put(line, second, sizeof second);
    put(line, fraction, sizeof fraction);
}

/* ---- values ---- */

static bool is_plain(char c)
{
    /* A bit for each of the first 128 characters: digits and letters, and "._:/@+,-". */
    static const uint64_t PLAIN[2] = { UINT64_C(0x07fff80000000000), UINT64_C(0x07fffffe87ffffff) };
    const unsigned char byte = (unsigned char) c;
    return byte < 128 && (PLAIN[byte / 64] >> (byte % 64) & 1) != 0;
}

/* Puts a value that may stand as it is; false, and nothing is put, where it has to be quoted. */
static bool put_plain(struct line *line, const char *text, size_t len)
{
    if (len == 0 || len > LINE_ROOM - line->len)
        return false;
    char *to = line->bytes + line->len;
    for (size_t i = 0; i < len; i++) {
        if (!is_plain(text[i]))
            return false;
        to[i] = text[i];
    }
    line->len += len;
    return true;
}

/* How many bytes at `text` are one character that may stand in a line as it is; 0: the first byte may not. */
static size_t showable_len(const char *text, size_t len)
{
    const unsigned char lead = (unsigned char) *text;
    if (lead < 0x80)
        return lead < 0x20 || lead == 0x7F || lead == '"' || lead == '\\' ? 0 : 1;
    const size_t wanted = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    return wanted <= len && lk_unicode_is_line(text, wanted) ? wanted : 0;
}

/* Cuts a value to what is written of it, without tearing a character apart. */
static size_t cut_len(const char *text, size_t len)
{
    if (len <= VALUE_MOST)
        return len;
    /* At most three continuation bytes precede the torn end; more of them are no UTF-8, and escaped one by one. */
    for (size_t back = 0; back < 4; back++) {
        if (((unsigned char) text[VALUE_MOST - back] & 0xC0) != 0x80)
            return VALUE_MOST - back;
    }
    return VALUE_MOST;
}

/* As many characters as may stand in a line as they are. */
static size_t showable_run(const char *text, size_t len)
{
    size_t at = 0;
    for (size_t shown = 1; at < len && shown > 0; at += shown)
        shown = showable_len(text + at, len - at);
    return at;
}

static void put_quoted(struct line *line, const char *text, size_t len)
{
    put(line, "\"", 1);
    for (size_t at = 0; at < len;) {
        const size_t shown = showable_run(text + at, len - at);
        if (shown > 0) {
            put(line, text + at, shown);
            at += shown;
            continue;
        }
        const unsigned char byte = (unsigned char) text[at++];
        const char escape[] = { '\\', 'x', DIGITS[byte >> 4], DIGITS[byte & 0x0F] };
        put(line, escape, sizeof escape);
    }
    put(line, "\"", 1);
}

static void put_value(struct line *line, const char *text, size_t len)
{
    const size_t most = cut_len(text, len);
    if (!put_plain(line, text, most))
        put_quoted(line, text, most);
}

/* A field that the line has no room for is left out whole, and so are all behind it. */
static void put_field(struct line *line, const struct log_field *field)
{
    if (field->text == NULL && field->number == INT64_MIN)
        return;
    const size_t before = line->len;
    put(line, field->key, field->key_len);
    if (field->text == NULL)
        put_number(line, field->number);
    else if (field->is_word)
        put_words(line, field->text);
    else
        put_value(line, field->text, field->len == SIZE_MAX ? strlen(field->text) : field->len);
    if (line->is_cut)
        line->len = before;
}

/* ---- writing ---- */

static const char *level_name(enum log_level level)
{
    switch (level) {
    case LOG_LEVEL_ERROR: return "error";
    case LOG_LEVEL_WARNING: return "warning";
    case LOG_LEVEL_INFO: return "info";
    case LOG_LEVEL_DEBUG: return "debug";
    }
    return "unknown";
}

/* One write. Only what the system left over is written after it; a destination that takes nothing is given up on:
 * a full disk must not stop the daemon. */
static void write_out(const char *bytes, size_t len)
{
    const int saved = errno; /* logging leaves no trace on the caller */
    const int descriptor = atomic_load(&destination);
    while (len > 0) {
        const ssize_t count = write(descriptor, bytes, len);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            break;
        bytes += count;
        len -= (size_t) count;
    }
    errno = saved;
}

/* Lines that wait for the next write. Each thread keeps to one sheaf: the threads that write most
 * have one for themselves, and neither wait for each other nor hand the same memory to and fro. */
#define SHEAF_MOST ((size_t) 4 * LINE_MOST)

struct sheaf {
    _Alignas(64) pthread_mutex_t lock;
    atomic_size_t len;
    char bytes[SHEAF_MOST];
};

#define SHEAF                             \
    {                                     \
        .lock = PTHREAD_MUTEX_INITIALIZER \
    }
static struct sheaf sheaves[] = { SHEAF, SHEAF, SHEAF, SHEAF };
#define SHEAVES (sizeof sheaves / sizeof *sheaves)

static struct sheaf *own_sheaf(void)
{
    static atomic_size_t threads;
    static _Thread_local struct sheaf *own;
    if (own == NULL)
        own = &sheaves[atomic_fetch_add(&threads, 1) % SHEAVES];
    return own;
}

/* As many whole lines as one write is sure to carry. */
static size_t next_piece(const char *bytes, size_t len)
{
    if (len <= LINE_MOST || atomic_load_explicit(&is_file, memory_order_relaxed))
        return len;
    const char *end = memrchr(bytes, '\n', LINE_MOST);
    return end == NULL ? LINE_MOST : (size_t) (end - bytes) + 1;
}

static void flush_locked(struct sheaf *sheaf)
{
    const size_t len = atomic_load_explicit(&sheaf->len, memory_order_relaxed);
    for (size_t at = 0, piece; at < len; at += piece) {
        piece = next_piece(sheaf->bytes + at, len - at);
        write_out(sheaf->bytes + at, piece);
    }
    atomic_store_explicit(&sheaf->len, 0, memory_order_relaxed);
}

void log_flush(void)
{
    for (size_t i = 0; i < SHEAVES; i++) {
        struct sheaf *sheaf = &sheaves[i];
        if (atomic_load_explicit(&sheaf->len, memory_order_relaxed) == 0)
            continue;
        (void) pthread_mutex_lock(&sheaf->lock);
        flush_locked(sheaf);
        (void) pthread_mutex_unlock(&sheaf->lock);
    }
}

static void make_line(struct line *line, enum log_level level, const char *event, const struct log_field *fields,
                      size_t count)
{
    line->len = 0;
    line->is_cut = false;
    put_words(line, "time=");
    put_time(line);
    put_words(line, " level=");
    put_words(line, level_name(level));
    put_words(line, " event=");
    put_value(line, event, strlen(event));
    for (size_t i = 0; i < count && !line->is_cut; i++)
        put_field(line, &fields[i]);

    if (line->is_cut) {
        memcpy(line->bytes + line->len, LINE_WAS_CUT, sizeof LINE_WAS_CUT - 1);
        line->len += sizeof LINE_WAS_CUT - 1;
    }
    line->bytes[line->len++] = '\n';
}

void log_write_fields(enum log_level level, const char *event, const struct log_field *fields, size_t count)
{
    if (!log_wants(level))
        return;
    /* Every line would pay for zeroing 4 KiB that it writes over, as compilers do for safety. */
    LK_UNINITIALIZED struct line line;
    make_line(&line, level, event, fields, count);
    log_flush();
    write_out(line.bytes, line.len);
}

void log_write_fields_soon(enum log_level level, const char *event, const struct log_field *fields, size_t count)
{
    if (!log_wants(level))
        return;
    LK_UNINITIALIZED struct line line;
    make_line(&line, level, event, fields, count);
    struct sheaf *sheaf = own_sheaf();
    (void) pthread_mutex_lock(&sheaf->lock);
    if (line.len > SHEAF_MOST - atomic_load_explicit(&sheaf->len, memory_order_relaxed))
        flush_locked(sheaf);
    const size_t before = atomic_load_explicit(&sheaf->len, memory_order_relaxed);
    memcpy(sheaf->bytes + before, line.bytes, line.len);
    atomic_store_explicit(&sheaf->len, before + line.len, memory_order_relaxed);
    (void) pthread_mutex_unlock(&sheaf->lock);
}

void log_new_id(char id_out[static LOG_ID_LEN + 1])
{
    /* One system call for many ids: every request has one. They are names, not secrets. */
    static _Thread_local unsigned char pool[128][LOG_ID_LEN / 2];
    static _Thread_local size_t left;
    if (left == 0) {
        randombytes_buf(pool, sizeof pool);
        left = sizeof pool / sizeof *pool;
    }
    left--;
    for (size_t i = 0; i < LOG_ID_LEN / 2; i++) {
        id_out[2 * i] = DIGITS[pool[left][i] >> 4];
        id_out[2 * i + 1] = DIGITS[pool[left][i] & 0x0F];
    }
    id_out[LOG_ID_LEN] = '\0';
}
