/* SPDX-License-Identifier: Apache-2.0 */
#include "courier/letter.h"

#include "base/cleanup.h"
#include "base/encoding.h"
#include "base/mail_address.h"
#include "courier/message.h"

#include <stdio.h>
#include <string.h>

#define NAME_MOST    64
#define SUBJECT_MOST 1024
#define URL_MOST     1024

struct written {
    struct lk_text subject, text, html;
};

/* They hold the link. */
static void wipe(struct written *written)
{
    lk_text_done(&written->subject);
    lk_text_done(&written->text);
    lk_text_done(&written->html);
}

static const char *or_null(const char *text)
{
    return text != NULL && *text != '\0' ? text : NULL;
}

/* A URL of ours: `path`, and what comes behind it. */
static void add_url(struct view_data *data, const char *name, const struct config *config, const char *path,
                    const char *rest)
{
    struct lk_text url LK_CLEANUP(lk_text_done) = LK_TEXT(URL_MOST);
    size_t len = strlen(config->server_public_url);
    while (len > 0 && config->server_public_url[len - 1] == '/')
        len--;
    lk_text_add(&url, config->server_public_url, len);
    lk_text_words(&url, path);
    lk_text_words(&url, rest);
    view_text(data, name, lk_text_string(&url));
}

/* What a link is about that says more than the directory knows stands behind it. */
static void add_link(struct view_data *data, const struct config *config, const struct letter *letter)
{
    struct lk_text rest LK_CLEANUP(lk_text_done) = LK_TEXT(URL_MOST);
    const char *offer = lk_record_get(letter->request, OUTBOX_OFFER);
    lk_text_words(&rest, letter->link);
    if (offer != NULL) {
        lk_text_literal(&rest, "?" OUTBOX_OFFER "=");
        lk_text_words(&rest, offer);
    }
    add_url(data, "link", config, "/t/", lk_text_string(&rest));
    view_time(data, "until", letter->claim->expires);
}

static void add_ways_in(struct view_data *data, const struct config *config)
{
    add_url(data, "sign_in", config, "/signin", "");
    if (config->accounts_reset_by_link || config->accounts_reset_by_question)
        add_url(data, "reset", config, "/reset", "");
}

/* What whoever asked has written. */
static void add_fields(struct view_data *data, const struct lk_record *request)
{
    static const struct {
        const char *field, *name;
    } shown[] = {
        {"by",      "by"      },
        { "from",   "from"    },
        { "text",   "text"    },
        { "former", "former"  },
        { "mail",   "new_mail"},
        { "what",   "what"    },
    };

    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        view_text(data, shown[i].name, lk_record_get(request, shown[i].field));
}

static struct view_data *make_data(const struct config *config, const struct letter *letter)
{
    struct view_data *data = view_object();
    if (letter->link != NULL)
        add_link(data, config, letter);
    if (letter->name_is_known)
        add_ways_in(data, config);
    if (letter->kind->address == OUTBOX_TO_SUPPORT)
        add_url(data, "page", config, "/operator/", letter->target);
    if (letter->kind->address == OUTBOX_TO_ADMINISTRATOR)
        add_url(data, "page", config, "/organization/people/", letter->target);
    view_text(data, "organization", letter->organization);
    view_text(data, "to", letter->to);
    add_fields(data, letter->request);
    if (letter->kind->place == OUTBOX_ON_PROFILE) {
        struct view_data *profile = view_object();
        view_text(profile, "name", letter->profile_name);
        view_text(profile, "mail", letter->profile_mail);
        view_child(data, "profile", profile);
    }
    if (letter->account != NULL) {
        struct view_data *account = view_object();
        view_text(account, "name", letter->account);
        view_child(data, "account", account);
    }
    return data;
}

static const char *face_of(const struct letter *letter)
{
    return letter->name_is_known ? OUTBOX_SIGN_UP "_known" : letter->kind->name;
}

static enum lk_status render(const struct views *views, const char *kind, const char *ending, const char *language,
                             const struct view_data *data, struct lk_text *text, struct lk_trouble *trouble)
{
    char name[NAME_MOST];
    (void) snprintf(name, sizeof name, "letter/%s.%s", kind, ending);
    const enum lk_status status = views_render(views, name, language, data, text);
    if (status != LK_OK || !lk_text_ok(text))
        return lk_fail(trouble, LK_BROKEN, "the letter cannot be written: template %s: %s", name,
                       lk_status_name(status == LK_OK ? LK_MALFORMED : status));
    return LK_OK;
}

static enum lk_status render_all(const struct config *config, const struct views *views, const struct letter *letter,
                                 struct written *written, const char *language, struct lk_trouble *trouble)
{
    struct view_data *data LK_CLEANUP(view_data_cleanup) = make_data(config, letter);
    char subject[NAME_MOST];
    (void) snprintf(subject, sizeof subject, "letter_%s_subject", face_of(letter));
    views_message(views, subject, language, data, &written->subject);
    if (!lk_text_ok(&written->subject))
        return lk_fail(trouble, LK_BROKEN, "the letter cannot be written: %s is too long", subject);
    const enum lk_status status = render(views, face_of(letter), "txt", language, data, &written->text, trouble);
    if (status != LK_OK)
        return status;
    return render(views, face_of(letter), "html", language, data, &written->html, trouble);
}

/* The nonce makes it the same each time the message is sent, and another one for every other message. */
static void write_id(const struct config *config, const struct letter *letter, char *id, size_t room)
{
    char nonce[LK_BASE64URL_LEN(sizeof letter->claim->nonce) + 1];
    const char *at = strchr(config->courier_from, '@');
    lk_base64url_encode(letter->claim->nonce, sizeof letter->claim->nonce, nonce);
    (void) snprintf(id, room, "%s.%s@%s", nonce, letter->kind->name, at == NULL ? "" : at + 1);
}

enum lk_status letter_write(const struct config *config, const struct views *views, const struct letter *letter,
                            struct lk_text *text, struct lk_trouble *trouble)
{
    struct written written LK_CLEANUP(wipe) = { .subject = LK_TEXT(SUBJECT_MOST),
                                                .text = LK_TEXT(LETTER_MOST / 8),
                                                .html = LK_TEXT(LETTER_MOST / 8) };
    const char *language = views_language(views, letter->language);
    const enum lk_status status = render_all(config, views, letter, &written, language, trouble);
    if (status != LK_OK)
        return status;
    char id[LK_MAIL_ADDRESS_MOST + 1];
    write_id(config, letter, id, sizeof id);
    const struct message message = {
        .from_name = or_null(config->courier_from_name),
        .from = config->courier_from,
        .to_name = or_null(letter->name),
        .to = letter->to,
        .reply_to = or_null(config->courier_reply_to),
        .subject = lk_text_string(&written.subject),
        .id = id,
        .date = letter->now,
        .language = language,
        .text = lk_text_string(&written.text),
        .html = lk_text_string(&written.html),
    };
    return message_write(&message, text, trouble);
}
