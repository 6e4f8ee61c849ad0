/* SPDX-License-Identifier: Apache-2.0 */
/* courier/letter.h - from what is known about a message to its text.
 *
 * The words stand in the templates letter/KIND.txt and letter/KIND.html and in the message letter_KIND_subject; where somebody wants to
 * sign up under a name that is known (KIND is sign_up), KIND_known stands for KIND. They see:
 *   link                         the URL
 *   until                        when it ends (a time)
 *   organization                 the profile's organisation, by name
 *   profile.name, profile.mail   the profile
 *   account.name                 the account that asked
 *   by                           which administrator invites
 *   from, text                   who says something about an organisation, and what
 *   page                         where operators see to that organisation, or administrators to that profile (a URL)
 *   to                           where the letter goes
 *   former                       the name of the account that had the profile
 *   new_mail                     the address that a profile is to have
 *   what                         what was disputed: tie, mail
 *   sign_in, reset               to somebody whose name is known: where to sign in, and to set a new password (URLs; reset is missing
 *                                where that is closed)
 * What there is nothing of is missing. What comes from the configuration (service, support) every template sees anyway: see
 * views/views.h. */
#ifndef LATCHKEY_COURIER_LETTER_H
#define LATCHKEY_COURIER_LETTER_H

#include "base/status.h"
#include "base/text.h"
#include "config/config.h"
#include "courier/outbox_record.h"
#include "tokens/link.h"
#include "views/views.h"

#include <stdbool.h>
#include <stdint.h>

struct letter {
    const struct outbox_kind *kind;
    bool name_is_known;    /* of whoever wants to sign up */
    const char *link;      /* its text, without the URL before it; NULL: it has none */
    const char *to, *name; /* where it goes; whose address that is */
    const char *language;  /* preferredLanguage; NULL: not known */
    const char *organization, *account;
    const char *profile_name, *profile_mail; /* of the profile that it is about, if it is about one */
    const char *target;                      /* what identifies the entry it is about */
    const struct lk_record *request;         /* its fields are shown, each under its name */
    const struct link_claim *claim;
    int64_t now;
};

#define LETTER_MOST ((size_t) 256 * 1024)

/* Appends the whole message. LK_MALFORMED: a name or address that may not stand in one (words say which). LK_BROKEN: a template
 * is missing or writes too much. */
LK_MUST_CHECK enum lk_status letter_write(const struct config *config, const struct views *views,
                                          const struct letter *letter, struct lk_text *text,
                                          struct lk_trouble *trouble);

#endif
