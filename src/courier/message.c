/* SPDX-License-Identifier: Apache-2.0 */
#include "courier/message.h"

#include "base/clock.h"
#include "base/mail_address.h"
#include "courier/header_encoding_internal.h"
#include "courier/quoted_printable_internal.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* "=_" cannot occur in quoted-printable (RFC 2045 section 6.7), so the boundary cannot occur in a part. */
#define BOUNDARY      "=_latchkey_alternative_="
#define LANGUAGE_MOST 35

static bool is_language(const char *tag)
{
    const size_t len = strlen(tag);
    return len >= 1 && len <= LANGUAGE_MOST &&
           strspn(tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == len;
}

static enum lk_status check_words(const char *what, const char *value, struct lk_trouble *trouble)
{
    if (value != NULL && !header_is_safe(value))
        return lk_fail(trouble, LK_MALFORMED, "%s holds a line break, a control, or bytes that are not UTF-8", what);
    return LK_OK;
}

static enum lk_status check_address(const char *what, const char *value, struct lk_trouble *trouble)
{
    if (value == NULL || !lk_mail_address_is_valid(value, strlen(value)))
        return lk_fail(trouble, LK_MALFORMED, "%s is not a valid e-mail address", what);
    return LK_OK;
}

static enum lk_status check(const struct message *message, struct lk_trouble *trouble)
{
    enum lk_status status = check_words("the sender's name", message->from_name, trouble);
    if (status == LK_OK)
        status = check_words("the recipient's name", message->to_name, trouble);
    if (status == LK_OK)
        status = check_words("the subject", message->subject, trouble);
    if (status == LK_OK)
        status = check_address("the sender's address", message->from, trouble);
    if (status == LK_OK)
        status = check_address("the recipient's address", message->to, trouble);
    if (status == LK_OK && message->reply_to != NULL)
        status = check_address("the reply address", message->reply_to, trouble);
    if (status == LK_OK)
        status = check_address("the message's id", message->id, trouble); /* an addr-spec is a valid msg-id */
    if (status == LK_OK && !is_language(message->language))
        status = lk_fail(trouble, LK_MALFORMED, "the message's language is not a language tag");
    return status;
}

static void write_headers(const struct message *message, struct lk_text *text)
{
    char date[LK_CLOCK_MAIL_MOST];
    lk_clock_mail_date(message->date, date);
    header_plain(text, "Date", date);
    header_mailbox(text, "From", message->from_name, message->from);
    header_mailbox(text, "To", message->to_name, message->to);
    if (message->reply_to != NULL)
        header_mailbox(text, "Reply-To", NULL, message->reply_to);
    header_words(text, "Subject", message->subject == NULL ? "" : message->subject);
    header_mailbox(text, "Message-ID", NULL, message->id);
    header_plain(text, "Auto-Submitted", "auto-generated");
    header_plain(text, "Content-Language", message->language);
    header_plain(text, "MIME-Version", "1.0");
    header_plain(text, "Content-Type", "multipart/alternative;\r\n boundary=\"" BOUNDARY "\"");
    lk_text_literal(text, "\r\n");
}

static void write_part(struct lk_text *text, const char *type, const char *body)
{
    lk_text_literal(text, "--" BOUNDARY "\r\n");
    header_plain(text, "Content-Type", type);
    header_plain(text, "Content-Transfer-Encoding", "quoted-printable");
    lk_text_literal(text, "\r\n");
    quoted_printable_write(text, body);
    lk_text_literal(text, "\r\n"); /* the line end before a boundary belongs to the boundary */
}

enum lk_status message_write(const struct message *message, struct lk_text *text, struct lk_trouble *trouble)
{
    const enum lk_status status = check(message, trouble);
    if (status != LK_OK)
        return status;
    write_headers(message, text);
    /* Plain text first: the last part is the one that a reader prefers (RFC 2046 section 5.1.4). */
    write_part(text, "text/plain; charset=UTF-8", message->text);
    write_part(text, "text/html; charset=UTF-8", message->html);
    lk_text_literal(text, "--" BOUNDARY "--\r\n");
    if (!lk_text_ok(text))
        return lk_fail(trouble, LK_MALFORMED, "the message is too long");
    return LK_OK;
}
