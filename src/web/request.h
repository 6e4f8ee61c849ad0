/* SPDX-License-Identifier: Apache-2.0 */
/* web/request.h - what a handler is given, and the routes' table.
 *
 * By the time a handler runs, the engine has: matched the route, refused wrong methods (405 with Allow), bodies over the limit
 * (413), types other than application/x-www-form-urlencoded (415); parsed query and form into exactly the fields that the
 * route's table names, each at most once and within its bound (else 400); checked the form's `csrf` field and Origin /
 * Sec-Fetch-Site on every POST (else 403 stale_form / csrf); loaded the session where the route wants one.
 * A request and all it points to live in its arena, wiped when it is answered.
 * Threads: one request belongs to one worker. */
#ifndef LATCHKEY_WEB_REQUEST_H
#define LATCHKEY_WEB_REQUEST_H

#include "actions/context.h"
#include "base/secret.h"
#include "sessions/sessions.h"
#include "views/views.h"
#include "web/web.h"

#include <stdbool.h>
#include <stddef.h>

enum web_field_kind {
    WEB_LINE = 0,  /* one line of text (lk_unicode_is_line), tidied (lk_unicode_tidy) */
    WEB_SECRET,    /* a password or an answer: kept as lk_secret, never shown again; wiped */
    WEB_ADDRESS,   /* an e-mail address by form (else the field is kept, and web_field_is_bad says so) */
    WEB_BOX,       /* a ticked box: "yes" / "on" / "1" */
    WEB_IDENTIFIER /* a UUID */
};

/* In the order of the tables' columns. NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding) */
struct web_field {
    const char *name;
    enum web_field_kind kind;
    size_t most; /* bytes; more is a 400 field_too_long */
    bool
        required; /* absent or empty: a 400 field_missing. Leave false for what the page itself should complain about */
};

enum web_session_need {
    WEB_ANYBODY = 0,      /* the session is loaded if there is a cookie */
    WEB_SIGNED_IN,        /* without one: 303 to /signin?continue=PATH, or 401 as JSON */
    WEB_NO_SESSION_NEEDED /* the cookie is not even looked at: no directory operation */
};

struct web_request;
struct web_reply;

/* Likewise. NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding) */
struct web_route {
    const char *method; /* "GET" (answers HEAD too) or "POST" */
    const char *path;   /* "/signin", "/t/{token}": one {name} matches one segment of at most 128 bytes */
    void (*handler)(struct web_request *request, struct web_reply *reply);
    enum web_session_need session;
    const struct web_field *fields; /* of the query (GET) or form (POST), ends with a NULL name; NULL: none but csrf */
    bool may_continue;              /* may be the target of a `continue` */
};

extern const struct web_route web_routes[]; /* routes.c; ends with a NULL method */

struct web_request {
    struct action_context action; /* what actions want: arena, directory, config, ring, credentials, now, origin */
    const struct views *views;
    const struct web_route *route;
    const char *path;     /* decoded, without the query */
    const char *segment;  /* what {name} matched, or NULL */
    const char *language; /* chosen for this person */
    const char *id;       /* request id, for logs and problem pages */
    bool wants_json;
    bool is_https;            /* public_url is https */
    struct session *session;  /* NULL: not signed in */
    const char *names_cookie; /* raw value of the cookie with names used before, or NULL */
    struct web_form *form;    /* through the functions below */
};

/* The field's text: tidied; "" where it is absent. NULL only for names that the route does not have (a fault of ours). */
const char *web_value(const struct web_request *request, const char *name);
/* A secret field; NULL where it is absent or empty. Belongs to the request. */
const struct lk_secret *web_secret(const struct web_request *request, const char *name);
bool web_box(const struct web_request *request, const char *name);
/* LK_MALFORMED: absent, or not a UUID. */
LK_MUST_CHECK enum lk_status web_identifier(const struct web_request *request, const char *name,
                                            uint8_t id_out[static 16]);
/* True where a field was given but has not its kind's form (an address that is none). */
bool web_field_is_bad(const struct web_request *request, const char *name);

/* A `continue` that may be followed: the path of a route with may_continue, optionally with a query; NULL for anything else. */
const char *web_continue(const struct web_request *request, const char *target);

#endif
