/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/keep_second_factor.h"

#include "actions/new_password.h"
#include "actions/own_account.h"
#include "credentials/verifiers.h"
#include "directory/names.h"

#include <sodium/utils.h>
#include <string.h>

/* ---- who may ---- */

static enum factor_outcome outcome_of_own(enum own_outcome outcome)
{
    switch (outcome) {
    case OWN_DONE: return FACTOR_DONE;
    case OWN_WRONG_PASSWORD: return FACTOR_WRONG_PASSWORD;
    case OWN_TOO_SOON: return FACTOR_TOO_SOON;
    case OWN_LOCKED: return FACTOR_LOCKED;
    case OWN_REFUSED: return FACTOR_REFUSED;
    case OWN_BUSY: return FACTOR_BUSY;
    case OWN_SIGNED_OUT: return FACTOR_SIGNED_OUT;
    case OWN_FAULTY:
    case OWN_ELSEWHERE:
    case OWN_TROUBLE: break;
    }
    return FACTOR_TROUBLE;
}

static enum factor_outcome ask(struct action_context *context, const struct session *session,
                               const struct lk_secret *password)
{
    return outcome_of_own(own_account_prove(context, session, POLICY_CHANGE_SECOND_FACTOR, password));
}

/* ---- turning it on ---- */

/* An enrolment is about the account and the session that began it. */
static struct key_ring_about about_session(struct action_context *context, const struct session *session)
{
    const size_t id_len = strlen(session->id);
    const size_t len = sizeof session->account.id + id_len;
    char *bytes = lk_arena_alloc(context->arena, len);
    memcpy(bytes, session->account.id, sizeof session->account.id);
    memcpy(bytes + sizeof session->account.id, session->id, id_len);
    return (struct key_ring_about){ bytes, len };
}

static const char *enrolment_write(struct action_context *context, const struct session *session,
                                   const uint8_t secret[static TOTP_SECRET_LEN])
{
    uint8_t bytes[ENROLMENT_PLAIN_LEN];
    const uint64_t expires = (uint64_t) (context->now + ENROLMENT_LIFETIME);
    memcpy(bytes, secret, TOTP_SECRET_LEN);
    for (unsigned i = 0; i < 8; i++)
        bytes[TOTP_SECRET_LEN + i] = (uint8_t) (expires >> (56 - 8 * i));
    const char *text = key_ring_seal(context->ring, context->arena, KEY_USE_ENROLMENT, about_session(context, session),
                                     bytes, sizeof bytes);
    sodium_memzero(bytes, sizeof bytes);
    return text;
}

static enum factor_outcome enrolment_read(struct action_context *context, const struct session *session,
                                          const char *text, uint8_t secret_out[static TOTP_SECRET_LEN])
{
    uint8_t bytes[ENROLMENT_PLAIN_LEN];
    uint64_t expires = 0;
    if (key_ring_open(context->ring, KEY_USE_ENROLMENT, about_session(context, session), text, strlen(text), bytes,
                      sizeof bytes, NULL) != LK_OK)
        return FACTOR_STALE;
    memcpy(secret_out, bytes, TOTP_SECRET_LEN);
    for (unsigned i = 0; i < 8; i++)
        expires = expires << 8 | bytes[TOTP_SECRET_LEN + i];
    sodium_memzero(bytes, sizeof bytes);
    return (int64_t) expires > context->now ? FACTOR_DONE : FACTOR_STALE;
}

static void make_offer(struct action_context *context, const struct session *session,
                       const uint8_t secret[static TOTP_SECRET_LEN], struct factor_offer *offer)
{
    offer->secret = totp_secret_text(context->arena, secret);
    offer->address = totp_address(context->arena, context->config->pages_service, session->account.name, secret);
}

/* Is there something to be turned on at all? */
static enum factor_outcome may_begin(const struct action_context *context, const struct session *session)
{
    if (context->config->accounts_second_factor == CONFIG_SECOND_FACTOR_OFF)
        return FACTOR_OFF;
    return session->account.second_factor != NULL ? FACTOR_ALREADY : FACTOR_DONE;
}

enum factor_outcome offer_second_factor(struct action_context *context, const struct session *session,
                                        const struct lk_secret *password, struct factor_offer *offer_out)
{
    uint8_t secret[TOTP_SECRET_LEN];
    enum factor_outcome outcome = may_begin(context, session);
    if (outcome == FACTOR_DONE)
        outcome = ask(context, session, password);
    if (outcome != FACTOR_DONE)
        return outcome;
    totp_secret_new(secret);
    make_offer(context, session, secret, offer_out);
    offer_out->enrolment = enrolment_write(context, session, secret);
    sodium_memzero(secret, sizeof secret);
    return FACTOR_DONE;
}

enum factor_outcome repeat_offer(struct action_context *context, const struct session *session, const char *enrolment,
                                 struct factor_offer *offer_out)
{
    uint8_t secret[TOTP_SECRET_LEN];
    const enum factor_outcome outcome = enrolment_read(context, session, enrolment, secret);
    if (outcome == FACTOR_DONE) {
        make_offer(context, session, secret, offer_out);
        offer_out->enrolment = enrolment;
    }
    sodium_memzero(secret, sizeof secret);
    return outcome;
}

/* The attribute has one value at most, so an Add of it fails where somebody else was first. Whoever is being signed in by the password
 * alone counts on its note, and finds another one. */
static enum factor_outcome turn_on(struct action_context *context, const struct session *session,
                                   const struct second_factor *factor, const char *codes_out[static RECOVERY_CODES])
{
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_add(change, NAME_SECOND_FACTOR, second_factor_value(context, &session->account, factor));
    recovery_codes_renew(context, &session->account, change, codes_out);
    tell_holder(context, change, &session->account, "factor_on");
    directory_change_delete(change, NAME_SESSION, session->value);
    directory_change_replace(change, NAME_SESSION, session->value);
    directory_change_replace(change, NAME_VERIFIER, verifiers_note_again(context->arena, session->account.verifier));
    switch (directory_modify(context->directory, session->account.dn, change, &context->trouble)) {
    case LK_OK: return FACTOR_DONE;
    case LK_ABSENT:
    case LK_CONFLICT: return FACTOR_CHANGED;
    case LK_BUSY: return FACTOR_BUSY;
    case LK_REFUSED:
    case LK_MALFORMED:
    case LK_BROKEN: break;
    }
    struct account now;
    if (account_by_id(context->directory, context->config, context->arena, session->account.id, &now, NULL) == LK_OK &&
        now.second_factor != NULL)
        return FACTOR_ALREADY;
    return FACTOR_TROUBLE;
}

enum factor_outcome confirm_second_factor(struct action_context *context, const struct session *session,
                                          const char *enrolment, const struct lk_secret *code,
                                          const char *codes_out[static RECOVERY_CODES])
{
    struct second_factor factor = { .since = context->now };
    char digits[TOTP_DIGITS + 1];
    enum factor_outcome outcome = may_begin(context, session);
    if (outcome == FACTOR_DONE)
        outcome = enrolment_read(context, session, enrolment, factor.secret);
    if (outcome != FACTOR_DONE)
        return outcome;
    if (code == NULL || !totp_code_read(lk_secret_bytes(code), lk_secret_len(code), digits) ||
        totp_check(factor.secret, context->now, -1, digits, &factor.step) != LK_OK)
        outcome = FACTOR_WRONG_CODE;
    if (outcome == FACTOR_DONE)
        outcome = turn_on(context, session, &factor, codes_out);
    sodium_memzero(&factor, sizeof factor);
    return outcome;
}

/* ---- what asks for a code besides ---- */

static enum factor_outcome outcome_of(enum proof_outcome outcome)
{
    switch (outcome) {
    case PROOF_DONE: return FACTOR_DONE;
    case PROOF_WRONG: return FACTOR_WRONG_CODE;
    case PROOF_WAIT: return FACTOR_WAIT;
    case PROOF_NONE: return FACTOR_NONE;
    case PROOF_BUSY: return FACTOR_BUSY;
    case PROOF_TROUBLE: break;
    }
    return FACTOR_TROUBLE;
}

/* What is done where password and code are right. */
struct undoing {
    const struct session *session;
    bool has_ended;
    void (*effect)(struct action_context *context, const struct account *account, struct directory_change *change,
                   const char **codes_out);
    const char **codes_out; /* for the effect; may be NULL */
};

/* In the Modify that uses the code up, which holds the session: whoever has ended it wants nothing done by it any more. */
static enum lk_status undo(struct action_context *context, const struct account *account,
                           struct directory_change *change, void *its)
{
    struct undoing *undoing = its;
    const enum lk_status status = session_hold_again(context->arena, undoing->session, account, change);
    undoing->has_ended = status == LK_ABSENT;
    if (status == LK_OK)
        undoing->effect(context, account, change, undoing->codes_out);
    return status;
}

static enum factor_outcome prove(struct action_context *context, const struct lk_secret *password,
                                 const struct lk_secret *code, struct undoing *undoing, int64_t *wait_out)
{
    struct account account = undoing->session->account;
    if (account.second_factor == NULL)
        return FACTOR_NONE;
    enum factor_outcome outcome = ask(context, undoing->session, password);
    if (outcome == FACTOR_DONE)
        outcome = outcome_of(prove_second_factor(context, &account, code, undo, undoing, wait_out));
    return undoing->has_ended ? FACTOR_SIGNED_OUT : outcome;
}

static void renew(struct action_context *context, const struct account *account, struct directory_change *change,
                  const char **codes_out)
{
    recovery_codes_renew(context, account, change, codes_out);
    tell_holder(context, change, account, "codes");
}

enum factor_outcome renew_recovery_codes(struct action_context *context, const struct session *session,
                                         const struct lk_secret *password, const struct lk_secret *code,
                                         const char *codes_out[static RECOVERY_CODES], int64_t *wait_out)
{
    struct undoing renewing = { .session = session, .effect = renew, .codes_out = codes_out };
    return prove(context, password, code, &renewing, wait_out);
}

static void drop(struct action_context *context, const struct account *account, struct directory_change *change,
                 const char **codes_out)
{
    (void) codes_out;
    directory_change_replace(change, NAME_SECOND_FACTOR, NULL);
    directory_change_replace(change, NAME_RECOVERY_CODE, NULL);
    tell_holder(context, change, account, "factor_off");
}

enum factor_outcome drop_second_factor(struct action_context *context, const struct session *session,
                                       const struct lk_secret *password, const struct lk_secret *code,
                                       int64_t *wait_out)
{
    struct undoing dropping = { .session = session, .effect = drop };
    return prove(context, password, code, &dropping, wait_out);
}
