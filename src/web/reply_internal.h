/* SPDX-License-Identifier: Apache-2.0 */
/* web/reply_internal.h - what a handler has said so far. Words live in the request's arena. */
#ifndef LATCHKEY_WEB_REPLY_INTERNAL_H
#define LATCHKEY_WEB_REPLY_INTERNAL_H

#include "web/reply.h"

#include <stddef.h>

#define WEB_REPLY_HEADERS 16

enum web_reply_kind {
    WEB_REPLY_NONE = 0,
    WEB_REPLY_PAGE,
    WEB_REPLY_REDIRECT,
    WEB_REPLY_PROBLEM,
    WEB_REPLY_EMPTY
};

struct web_reply {
    struct web_request *request;
    enum web_reply_kind kind;
    unsigned status;
    const char *name;           /* template, location, or problem's key */
    const char *field;          /* of a problem: which field is meant; NULL: none */
    struct view_data *data;     /* owned */
    struct view_data *errors;   /* owned: list of {field, code, detail}; NULL: none */
    struct view_data *error_of; /* owned: object, a field's name to its words */
    int64_t retry_after;        /* seconds; 0: what the status asks for */
    size_t header_count;

    struct {
        const char *name;
        const char *value;
    } headers[WEB_REPLY_HEADERS];

    const char *action;
    const char *outcome;
    const char *actor;
    struct lk_trouble trouble;
    bool has_trouble;
};

/* Frees what it owns. */
void web_reply_done(struct web_reply *reply);

/* Cookies are named after the public URL's scheme. */
const char *web_session_cookie_name(bool is_https);
const char *web_names_cookie_name(bool is_https);

#endif
