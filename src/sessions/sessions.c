/* SPDX-License-Identifier: Apache-2.0 */
/* A change of a session is the swap of its exact value, so it can be lost to another change of the same session: then the
 * value is looked up again by its id, which never changes, and the swap is tried again. */
#include "sessions/sessions.h"

#include "directory/names.h"
#include "sessions/cookie.h"
#include "sessions/value.h"

#include <sodium/utils.h>
#include <stdlib.h>
#include <string.h>

#define TRIES 6

/* ---- the values on an entry ---- */

/* LK_ABSENT: no value has this id. */
static enum lk_status find_value(struct lk_arena *arena, const struct directory_attribute *values, const char *id,
                                 struct session_value *value_out)
{
    for (size_t i = 0; i < values->count; i++)
        if (session_value_read(arena, values->values[i].bytes, values->values[i].len, value_out) == LK_OK &&
            sodium_memcmp(value_out->id, id, TOKEN_DIGEST_TEXT_LEN) == 0)
            return LK_OK;
    return LK_ABSENT;
}

static enum lk_status read_value(struct directory *directory, struct lk_arena *arena, const char *dn, const char *id,
                                 struct session_value *value_out, struct lk_trouble *trouble)
{
    static const char *const attributes[] = { NAME_SESSION, NULL };
    struct directory_entry entry;
    const enum lk_status status = directory_read(directory, arena, dn, NULL, attributes, &entry, trouble);
    if (status != LK_OK)
        return status == LK_ABSENT ? LK_ABSENT : LK_BROKEN;
    const struct directory_attribute *values = directory_attribute(&entry, NAME_SESSION);
    return values != NULL ? find_value(arena, values, id, value_out) : LK_ABSENT;
}

/* LK_ABSENT / LK_CONFLICT: somebody else changed it first. */
static enum lk_status swap(struct directory *directory, struct lk_arena *arena, const char *dn, const char *before,
                           const char *after, struct lk_trouble *trouble)
{
    struct directory_change *change = directory_change_new(arena);
    directory_change_delete(change, NAME_SESSION, before);
    if (after != NULL)
        directory_change_add(change, NAME_SESSION, after);
    return directory_modify(directory, dn, change, trouble);
}

static bool was_changed(enum lk_status status)
{
    return status == LK_ABSENT || status == LK_CONFLICT;
}

static void fill(const struct config *config, const struct session_value *value, struct session *session)
{
    session->value = value->text;
    session->id = value->id;
    session->begun = value->begun;
    session->seen = value->seen;
    session->kept = value->kept;
    session->has_profile = value->has_profile;
    memcpy(session->profile, value->profile, sizeof session->profile);
    if (config != NULL)
        session->ends = session_value_ends(config, value);
}

/* ---- begin ---- */

static size_t least_recent(const struct session_value *values, size_t count)
{
    size_t least = 0;
    for (size_t i = 1; i < count; i++)
        if (values[i].seen < values[least].seen)
            least = i;
    return least;
}

/* Takes away what has ended, what nobody can read, and the least recently used past the cap. */
static void trim(const struct config *config, struct lk_arena *arena, const struct directory_attribute *sessions,
                 int64_t now, struct directory_change *change)
{
    struct session_value *live = lk_arena_array(arena, sessions->count, sizeof *live);
    size_t count = 0;
    for (size_t i = 0; i < sessions->count; i++) {
        const struct directory_value *value = &sessions->values[i];
        if (session_value_read(arena, value->bytes, value->len, &live[count]) != LK_OK ||
            session_value_ends(config, &live[count]) <= now)
            directory_change_delete(change, NAME_SESSION, value->bytes);
        else
            count++;
    }
    while (count >= (size_t) config->sessions_per_account) {
        const size_t least = least_recent(live, count);
        directory_change_delete(change, NAME_SESSION, live[least].text);
        live[least] = live[--count];
    }
}

/* Value and cookie of a new session. NOLINTNEXTLINE(readability-function-size): each is a thing of its own */
static enum lk_status make(const struct key_ring *ring, struct lk_arena *arena, const uint8_t account[static 16],
                           bool kept, const struct session_origin *origin, int64_t now, char *cookie_out,
                           const char **value_out)
{
    char id[TOKEN_DIGEST_TEXT_LEN + 1];
    struct session_cookie cookie = session_cookie_new(ring, account);
    session_cookie_id(&cookie, id);
    const enum lk_status status = session_cookie_write(ring, &cookie, cookie_out);
    sodium_memzero(&cookie, sizeof cookie);
    *value_out = session_value_begin(arena, id, now, kept, origin);
    return status;
}

/* It is taken out and put back exactly: who has changed the password meanwhile has changed that too. */
static void hold_password(const struct account *account, struct directory_change *change)
{
    if (account->verifier == NULL)
        return;
    directory_change_delete(change, NAME_VERIFIER, account->verifier);
    directory_change_add(change, NAME_VERIFIER, account->verifier);
}

/* NOLINTNEXTLINE(readability-function-size): each parameter is a thing of its own, and callers have them apart */
enum lk_status session_begin_in(const struct config *config, const struct key_ring *ring, struct lk_arena *arena,
                                const struct account *account, bool kept, const struct session_origin *origin,
                                int64_t now, struct directory_change *change, char *cookie_out)
{
    const char *value = NULL;
    if (make(ring, arena, account->id, kept, origin, now, cookie_out, &value) != LK_OK)
        return LK_BROKEN;
    hold_password(account, change);
    trim(config, arena, &account->sessions, now, change);
    directory_change_add(change, NAME_SESSION, value);
    return LK_OK;
}

/* NOLINTNEXTLINE(readability-function-size): each parameter is a thing of its own, and callers have them apart */
enum lk_status session_begin(const struct config *config, const struct key_ring *ring, struct directory *directory,
                             struct lk_arena *arena, const struct account *account, bool kept,
                             const struct session_origin *origin, int64_t now, char *cookie_out,
                             struct lk_trouble *trouble)
{
    char text[SESSION_COOKIE_LEN + 1];
    const char *value = NULL;
    enum lk_status status = make(ring, arena, account->id, kept, origin, now, text, &value);
    struct account current = *account;
    for (int tries = 1; status == LK_OK; tries++) {
        struct directory_change *change = directory_change_new(arena);
        hold_password(account, change);
        /* The last try only adds: better one session too many until the next sign-in than nobody signed in. */
        if (tries < TRIES)
            trim(config, arena, &current.sessions, now, change);
        directory_change_add(change, NAME_SESSION, value);
        status = directory_modify(directory, current.dn, change, trouble);
        if (!was_changed(status) || tries == TRIES)
            break;
        status = account_by_id(directory, config, arena, account->id, &current, trouble);
        if (status == LK_OK && !account_has_same_password(&current, account))
            status = lk_fail(trouble, LK_ABSENT, "the password was changed meanwhile");
    }
    if (status == LK_OK)
        memcpy(cookie_out, text, sizeof text);
    sodium_memzero(text, sizeof text);
    return status;
}

/* ---- check ---- */

/* Keeps the last use, at most once in sessions.touch. That it could not be written is no reason to send anyone away; that
 * the value is gone is one. */
static enum lk_status touch(const struct config *config, struct directory *directory, struct lk_arena *arena,
                            const char *dn, int64_t now, struct session_value *value)
{
    if (now - value->seen < config->sessions_touch)
        return LK_OK;
    const char *after = session_value_seen(arena, value, now);
    const enum lk_status status = swap(directory, arena, dn, value->text, after, NULL);
    if (status == LK_OK)
        return session_value_read(arena, after, strlen(after), value);
    if (!was_changed(status))
        return LK_OK;
    return read_value(directory, arena, dn, value->id, value, NULL);
}

/* Has the person behind the account gone from the other directory, or may sign in no longer? Asked as often as the last use is kept. That
 * nobody answers there is no reason to send anyone away. */
static bool has_left(const struct config *config, struct directory *directory, struct lk_arena *arena,
                     const struct account *account, int64_t now, const struct session_value *value)
{
    return account->person_dn != NULL && now - value->seen >= config->sessions_touch &&
           outsider_is_there(directory, config, arena, account->person_dn, NULL) == LK_ABSENT;
}

/* NOLINTNEXTLINE(readability-function-size): each parameter is a thing of its own, and callers have them apart */
enum lk_status session_check(const struct config *config, const struct key_ring *ring, struct directory *directory,
                             struct lk_arena *arena, const char *cookie, size_t cookie_len, int64_t now,
                             struct session *session_out, struct lk_trouble *trouble)
{
    char id[TOKEN_DIGEST_TEXT_LEN + 1];
    struct session_cookie known;
    struct session_value value;
    struct session session = { .value = NULL };
    enum lk_status status = session_cookie_read(ring, cookie, cookie_len, &known);
    if (status != LK_OK)
        return lk_fail(trouble, status, "the session cookie is %s", status == LK_REFUSED ? "forged" : "garbage");
    session_cookie_id(&known, id);
    sodium_memzero(known.secret, sizeof known.secret);
    status = account_by_id(directory, config, arena, known.account, &session.account, trouble);
    if (status != LK_OK)
        return status == LK_ABSENT ? LK_ABSENT : LK_BROKEN;
    if (find_value(arena, &session.account.sessions, id, &value) != LK_OK)
        return lk_fail(trouble, LK_ABSENT, "signed out");
    if (session_value_ends(config, &value) <= now)
        return lk_fail(trouble, LK_ABSENT, "the session has ended");
    if (has_left(config, directory, arena, &session.account, now, &value))
        return lk_fail(trouble, LK_ABSENT, "the other directory has that person no longer");
    status = touch(config, directory, arena, session.account.dn, now, &value);
    if (status != LK_OK)
        return lk_fail(trouble, status, "signed out meanwhile");
    fill(config, &value, &session);
    *session_out = session;
    return LK_OK;
}

/* ---- changes ---- */

void session_hold(const struct session *session, struct directory_change *change)
{
    directory_change_delete(change, NAME_SESSION, session->value);
    directory_change_add(change, NAME_SESSION, session->value);
}

enum lk_status session_hold_again(struct lk_arena *arena, const struct session *session, const struct account *account,
                                  struct directory_change *change)
{
    struct session_value value;
    if (find_value(arena, &account->sessions, session->id, &value) != LK_OK)
        return LK_ABSENT;
    const struct session now = { .value = value.text };
    session_hold(&now, change);
    return LK_OK;
}

enum lk_status session_is_there(struct directory *directory, struct lk_arena *arena, const struct session *session,
                                struct lk_trouble *trouble)
{
    struct session_value value;
    return read_value(directory, arena, session->account.dn, session->id, &value, trouble);
}

enum lk_status session_select_profile(struct directory *directory, struct lk_arena *arena, struct session *session,
                                      const uint8_t profile[static 16], struct lk_trouble *trouble)
{
    struct session_value value;
    const char *dn = session->account.dn;
    enum lk_status status = session_value_read(arena, session->value, strlen(session->value), &value);
    for (int tries = 1; status == LK_OK; tries++) {
        if (value.has_profile && memcmp(value.profile, profile, sizeof value.profile) == 0)
            break;
        const char *after = session_value_selecting(arena, &value, profile);
        status = swap(directory, arena, dn, value.text, after, trouble);
        if (status == LK_OK)
            status = session_value_read(arena, after, strlen(after), &value);
        else if (was_changed(status) && tries < TRIES)
            status = read_value(directory, arena, dn, session->id, &value, trouble);
    }
    if (status == LK_OK)
        fill(NULL, &value, session);
    return status;
}

enum lk_status session_end(struct directory *directory, struct lk_arena *arena, const struct session *session,
                           struct lk_trouble *trouble)
{
    struct session_value value = { .text = session->value };
    enum lk_status status = LK_OK;
    for (int tries = 1; status == LK_OK; tries++) {
        status = swap(directory, arena, session->account.dn, value.text, NULL, trouble);
        if (!was_changed(status) || tries == TRIES)
            return status;
        status = read_value(directory, arena, session->account.dn, session->id, &value, trouble);
    }
    return status == LK_ABSENT ? LK_OK : status;
}

/* ---- all sessions of an account ---- */

static int used_later(const void *a, const void *b)
{
    const int64_t left = ((const struct session_view *) a)->seen;
    const int64_t right = ((const struct session_view *) b)->seen;
    return (left < right) - (left > right);
}

size_t session_list(const struct config *config, struct lk_arena *arena, const struct account *account, int64_t now,
                    const struct session_view **views_out)
{
    const struct directory_attribute *sessions = &account->sessions;
    struct session_view *views = lk_arena_array(arena, sessions->count, sizeof *views);
    size_t count = 0;
    for (size_t i = 0; i < sessions->count; i++) {
        struct session_value value;
        if (session_value_read(arena, sessions->values[i].bytes, sessions->values[i].len, &value) != LK_OK ||
            session_value_ends(config, &value) <= now)
            continue;
        views[count++] = (struct session_view){ .id = value.id,
                                                .begun = value.begun,
                                                .seen = value.seen,
                                                .ends = session_value_ends(config, &value),
                                                .kept = value.kept,
                                                .address = lk_record_get(&value.record, "from"),
                                                .agent = lk_record_get(&value.record, "agent") };
    }
    if (count > 1)
        qsort(views, count, sizeof *views, used_later);
    *views_out = views;
    return count;
}

enum lk_status session_end_by_id(struct directory *directory, struct lk_arena *arena, const struct account *account,
                                 const char *id, struct lk_trouble *trouble)
{
    struct session_value value;
    if (strlen(id) != TOKEN_DIGEST_TEXT_LEN || find_value(arena, &account->sessions, id, &value) != LK_OK)
        return LK_OK;
    const struct session session = { .account = *account, .value = value.text, .id = value.id };
    return session_end(directory, arena, &session, trouble);
}

enum lk_status session_end_all(struct directory *directory, struct lk_arena *arena, const char *account_dn,
                               struct lk_trouble *trouble)
{
    struct directory_change *change = directory_change_new(arena);
    directory_change_replace(change, NAME_SESSION, NULL);
    const enum lk_status status = directory_modify(directory, account_dn, change, trouble);
    return status == LK_ABSENT ? LK_OK : status;
}

enum lk_status session_renew(const struct key_ring *ring, struct lk_arena *arena, const struct session *former,
                             const struct session_origin *origin, int64_t now, char *cookie_out, const char **value_out)
{
    char id[TOKEN_DIGEST_TEXT_LEN + 1];
    struct session_cookie cookie = session_cookie_new(ring, former->account.id);
    session_cookie_id(&cookie, id);
    const enum lk_status status = session_cookie_write(ring, &cookie, cookie_out);
    sodium_memzero(&cookie, sizeof cookie);
    if (status != LK_OK)
        return LK_BROKEN;
    const char *text = session_value_begin(arena, id, now, former->kept, origin);
    struct session_value value;
    if (former->has_profile && session_value_read(arena, text, strlen(text), &value) == LK_OK)
        text = session_value_selecting(arena, &value, former->profile);
    *value_out = text;
    return LK_OK;
}
