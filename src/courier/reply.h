/* SPDX-License-Identifier: Apache-2.0 */
/* courier/reply.h - what a mail server answers (RFC 5321 section 4.2, RFC 3463), line by line.
 *
 * The bytes are a stranger's: anything is accepted, nothing grows, and what is kept is one line of UTF-8 without controls.
 * Owns:    nothing but its own bytes; a zeroed struct is one that has heard nothing.
 * Threads: one struct belongs to one thread at a time. */
#ifndef LATCHKEY_COURIER_REPLY_H
#define LATCHKEY_COURIER_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#define REPLY_WORDS_MOST    200
#define REPLY_ENHANCED_MOST 11 /* "5.123.123" and some */

struct reply {
    int code;                               /* of the last reply; 0: none, or not a reply */
    char enhanced[REPLY_ENHANCED_MOST + 1]; /* "5.1.1", or "" */
    char words[REPLY_WORDS_MOST + 1];       /* the text of all its lines, joined by spaces */
    bool is_open;                           /* its last line has not come yet */
    bool about_message;                     /* it answers MAIL, RCPT, DATA or the message itself */
    bool after_quit;                        /* what comes now is a farewell */
};

/* A command was sent: the former reply is no longer the last one. Only its first word is looked at. QUIT, which libcurl says
 * as soon as something has been refused, changes nothing, and nor does its reply. */
void reply_command(struct reply *reply, const char *bytes, size_t len);

/* Takes in one line, with or without its line end. */
void reply_line(struct reply *reply, const char *bytes, size_t len);

/* Is the last reply a permanent refusal (5xx) of this message, rather than of us? Being told to authenticate or to use TLS
 * (530, 534, 535, 538) is our own trouble, which an administrator can mend. */
bool reply_is_permanent(const struct reply *reply);

/* Is it a refusal of this message for now (4xx)? 421 is not: the server is about to go away, for all messages. */
bool reply_is_temporary(const struct reply *reply);

/* "550 5.1.1 No such user here" into words_out, cut at a whole character; "" where there was no reply. */
#define REPLY_SENTENCE_MOST REPLY_WORDS_MOST
void reply_sentence(const struct reply *reply, char words_out[static REPLY_SENTENCE_MOST + 1]);

#endif
