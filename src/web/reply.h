/* SPDX-License-Identifier: Apache-2.0 */
/* web/reply.h - what a handler gives back: data that becomes a page or JSON, a redirect, or a problem.
 *
 * Exactly one of web_page, web_redirect, web_problem, web_empty is called by a handler (the last call counts; none is a 500).
 * The engine adds the common data of every page (service, notice, support, csrf, account, acting profile, language), the
 * security headers (Content-Security-Policy, Referrer-Policy: no-referrer, X-Content-Type-Options, Cross-Origin-Opener-Policy,
 * Cache-Control: no-store, Strict-Transport-Security under https), renders, logs one line and counts. */
#ifndef LATCHKEY_WEB_REPLY_H
#define LATCHKEY_WEB_REPLY_H

#include "base/status.h"
#include "views/data.h"
#include "web/request.h"

#include <stdbool.h>
#include <stdint.h>

/* Shows template `name` ("page/sign_in", without .html), or `data` as JSON. `data` is taken over; may be NULL. */
void web_page(struct web_reply *reply, unsigned status, const char *name, struct view_data *data);

/* 303 to a path of ours (as JSON: 200 {"location": …}) or to home_url. */
void web_redirect(struct web_reply *reply, const char *location);

/* An error: page/problem.html, or RFC 9457 application/problem+json with type "about:blank#KEY", title (message KEY_title),
 * detail (message KEY with values from `data`, taken over, may be NULL), status, instance = request id. Retry-After where
 * status is 429 or 503. */
void web_problem(struct web_reply *reply, unsigned status, const char *key, struct view_data *data);

/* A form that was not accepted: the page again with `status` 422 (or what is given), what was typed, and an error beside each
 * field; as JSON a problem with key form_refused and an "errors" list of {field, code, detail}. */
void web_form_error(struct web_reply *reply, const char *field, const char *key, struct view_data *data);
bool web_has_form_errors(const struct web_reply *reply);

/* Retry-After, in seconds. */
void web_retry_after(struct web_reply *reply, int64_t seconds);

/* Only a status and headers (/auth). */
void web_empty(struct web_reply *reply, unsigned status);
void web_header(struct web_reply *reply, const char *name,
                const char *value); /* value: printable ASCII or it is dropped */

/* The trouble behind a 5xx or an unexpected outcome: goes to the log with the request id, never to the visitor. */
void web_trouble(struct web_reply *reply, const struct lk_trouble *trouble);
/* 503 directory_down for LK_BROKEN, 503 busy for LK_BUSY, 500 internal for the rest; logs the words. */
void web_failed(struct web_reply *reply, enum lk_status status, const struct lk_trouble *trouble);

/* What the log line and latchkey_actions_total call this: action "sign_in", outcome "wrong_password". Literals. */
void web_outcome(struct web_reply *reply, const char *action, const char *outcome);
/* Who it was, for the log (an account's name). */
void web_actor(struct web_reply *reply, const char *name);

/* The session cookie: `__Host-latchkey` (https) or `latchkey` (http); HttpOnly, SameSite=Lax, Path=/, Secure under https.
 * `most_age` 0: until the browser closes. NULL takes it away. */
void web_session_cookie(struct web_reply *reply, const char *value, int64_t most_age);
/* The names used before in this browser (at most 5, authenticated, HttpOnly, one year). NULL takes it away. */
void web_names_cookie(struct web_reply *reply, const char *value);

#endif
