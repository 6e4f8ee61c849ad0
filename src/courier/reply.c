/* SPDX-License-Identifier: Apache-2.0 */
#include "courier/reply.h"

#include "base/unicode.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The reply code at the start of a line, or 0. */
static int read_code(const char *bytes, size_t len)
{
    if (len < 3 || !is_digit(bytes[0]) || !is_digit(bytes[1]) || !is_digit(bytes[2]))
        return 0;
    if (len > 3 && bytes[3] != ' ' && bytes[3] != '-')
        return 0;
    const int code = (bytes[0] - '0') * 100 + (bytes[1] - '0') * 10 + (bytes[2] - '0');
    return code >= 200 && code <= 599 ? code : 0;
}

/* Length of up to three digits at `at`. */
static size_t number_len(const char *at, size_t len)
{
    size_t i = 0;
    while (i < len && i < 3 && is_digit(at[i]))
        i++;
    return i;
}

/* Length of an enhanced status code at the start of the text (RFC 3463: class.subject.detail), or 0. Its class has to be
 * the reply's (RFC 2034 section 4). */
static size_t enhanced_len(const char *text, size_t len, int code)
{
    if (len < 5 || text[0] - '0' != code / 100 || text[1] != '.')
        return 0;
    const size_t subject = number_len(text + 2, len - 2);
    size_t at = 2 + subject;
    if (subject == 0 || at >= len || text[at] != '.')
        return 0;
    at++;
    const size_t detail = number_len(text + at, len - at);
    at += detail;
    if (detail == 0 || (at < len && text[at] != ' '))
        return 0;
    return at;
}

static size_t character_len(const char *at, size_t len)
{
    size_t most = len < 4 ? len : 4;
    for (size_t i = 1; i <= most; i++) {
        if (lk_unicode_is_line(at, i))
            return i;
    }
    return 0;
}

/* Adds `text` behind a space, whole characters only; what is not one line of UTF-8 becomes '?'. */
static void add_words(char *words, size_t most, const char *text, size_t len)
{
    size_t used = strlen(words);
    if (used > 0 && used < most && len > 0)
        words[used++] = ' ';
    for (size_t i = 0; i < len;) {
        const size_t whole = character_len(text + i, len - i);
        const size_t bytes = whole == 0 ? 1 : whole;
        if (used + bytes > most)
            break;
        if (whole == 0)
            words[used] = '?';
        else
            memcpy(words + used, text + i, bytes);
        used += bytes;
        i += bytes;
    }
    if (used > 0 && words[used - 1] == ' ') /* nothing had room behind it */
        used--;
    words[used] = '\0';
}

static void begin_reply(struct reply *reply, int code)
{
    reply->code = code;
    reply->enhanced[0] = '\0';
    reply->words[0] = '\0';
}

void reply_command(struct reply *reply, const char *bytes, size_t len)
{
    static const char MESSAGE[][5] = { "MAIL", "RCPT", "DATA" };
    reply->after_quit = len >= 4 && memcmp(bytes, "QUIT", 4) == 0;
    if (reply->after_quit)
        return;
    begin_reply(reply, 0);
    reply->is_open = false;
    reply->about_message = false;
    for (size_t i = 0; i < sizeof MESSAGE / sizeof MESSAGE[0]; i++)
        reply->about_message |= len >= 4 && memcmp(bytes, MESSAGE[i], 4) == 0;
}

void reply_line(struct reply *reply, const char *bytes, size_t len)
{
    if (reply->after_quit)
        return;
    while (len > 0 && (bytes[len - 1] == '\n' || bytes[len - 1] == '\r' || bytes[len - 1] == ' '))
        len--;
    const int code = read_code(bytes, len);
    if (!reply->is_open || code != reply->code)
        begin_reply(reply, code);
    reply->is_open = code != 0 && len > 3 && bytes[3] == '-';

    size_t at = code == 0 ? 0 : (len > 3 ? 4 : 3);
    const size_t enhanced = code == 0 ? 0 : enhanced_len(bytes + at, len - at, code);
    if (enhanced > 0) {
        memcpy(reply->enhanced, bytes + at, enhanced);
        reply->enhanced[enhanced] = '\0';
        at += enhanced;
    }
    while (at < len && bytes[at] == ' ')
        at++;
    add_words(reply->words, REPLY_WORDS_MOST, bytes + at, len - at);
}

bool reply_is_permanent(const struct reply *reply)
{
    static const int OURS[] = { 530, 534, 535, 538 };
    if (!reply->about_message || reply->is_open || reply->code < 500)
        return false;
    for (size_t i = 0; i < sizeof OURS / sizeof OURS[0]; i++) {
        if (reply->code == OURS[i])
            return false;
    }
    return true;
}

bool reply_is_temporary(const struct reply *reply)
{
    return reply->about_message && !reply->is_open && reply->code >= 400 && reply->code <= 499 && reply->code != 421;
}

void reply_sentence(const struct reply *reply, char words_out[static REPLY_SENTENCE_MOST + 1])
{
    words_out[0] = '\0';
    if (reply->code != 0) {
        const char digits[] = { (char) ('0' + reply->code / 100), (char) ('0' + reply->code / 10 % 10),
                                (char) ('0' + reply->code % 10) };
        add_words(words_out, REPLY_SENTENCE_MOST, digits, sizeof digits);
    }
    add_words(words_out, REPLY_SENTENCE_MOST, reply->enhanced, strlen(reply->enhanced));
    add_words(words_out, REPLY_SENTENCE_MOST, reply->words, strlen(reply->words));
}
