/* SPDX-License-Identifier: Apache-2.0 */
/* actions/new_password.h - a new password for an account: judged, and written (lessons 6, 15).
 *
 * One Modify on the account writes its verifiers and ends what the old one opened: every session, every link that was mailed
 * and not used yet (one that is mailed in the same moment is as good as one of a moment later), every recovery under way. Only links
 * that say "this was not me" stay good: whoever has stolen the password cannot end them by changing it. Where such a link itself sets the
 * password, those in letters that are as young or younger end too, sent or still to be sent. */
#ifndef LATCHKEY_ACTIONS_NEW_PASSWORD_H
#define LATCHKEY_ACTIONS_NEW_PASSWORD_H

#include "actions/context.h"
#include "credentials/quality.h"

/* What was typed; NULL: nothing. */
struct new_password_form {
    const struct lk_secret *password, *again;
};

enum new_password_verdict {
    NEW_PASSWORD_MISSING = 0,
    NEW_PASSWORD_POOR, /* `quality` says why; typing it twice would not mend it */
    NEW_PASSWORD_DIFFERS,
    NEW_PASSWORD_GOOD
};

#define NEW_PASSWORD_WORDS 8

/* `own_words`: what a person's password should not be made of; NULL and "" are skipped. */
enum new_password_verdict new_password_judge(struct credentials *credentials, const struct new_password_form *form,
                                             const char *const own_words[static NEW_PASSWORD_WORDS],
                                             struct quality *quality_out);

/* The same with the words of an account. */
enum new_password_verdict new_password_judge_for(struct credentials *credentials, const struct new_password_form *form,
                                                 const struct account *account, struct quality *quality_out);

struct new_password {
    const struct account *account;
    const struct lk_secret *password;
    const char *proof;       /* attribute of which an exact value is used up, so that it serves once; NULL: none */
    const char *proof_value; /* that value */
    const char *session;     /* the lkSession value that takes the place of all; NULL: none */
    const char
        *told; /* what the account's confirmed addresses are told has happened (courier/outbox.h); NULL: nothing */
    const struct link_claim
        *disputed; /* by "this was not me": the question with its answer goes, and an alternate address that is not
                                        * the one this link was sent to; NULL: not so */
};

/* Adds what tells `to` of a change of the account, with "this was not me". */
void tell_of_change(struct action_context *context, struct directory_change *change, const struct account *account,
                    const char *what, const char *to);

/* The same to every address that is known to be the holder's. */
void tell_holder(struct action_context *context, struct directory_change *change, const struct account *account,
                 const char *what);

/*   LK_OK      written
 *   LK_ABSENT  the account, or the proof, is gone: somebody was first
 *   LK_REFUSED the directory does not take this password: *refusal_out says why; or another directory keeps it
 *   LK_BUSY    too many hashes wait     LK_BROKEN  also: the password is set, and the rest could not be written (password_method exop) */
LK_MUST_CHECK enum lk_status new_password_write(struct action_context *context, const struct new_password *wanted,
                                                enum directory_password_refusal *refusal_out);

#endif
