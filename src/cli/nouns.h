/* SPDX-License-Identifier: Apache-2.0 */
/* cli/nouns.h - every noun, in the order and under the headings of the help. */
#ifndef LATCHKEY_CLI_NOUNS_H
#define LATCHKEY_CLI_NOUNS_H

#include "cli/command.h"

struct topic {
    const char *title;
    const struct noun *const *nouns; /* ends with NULL */
};

/* Ends with one whose title is NULL. */
extern const struct topic TOPICS[];

/* NULL: there is none. A hidden one is found too. */
const struct noun *noun_named(const char *name);
const struct verb *verb_named(const struct noun *noun, const char *name);

/* Its one verb has no name. */
bool noun_stands_alone(const struct noun *noun);

/* What the shell asks when Tab is pressed; stands under no heading. */
extern const struct noun noun_complete;

/* customers */
extern const struct noun noun_organization;
extern const struct noun noun_profile;
extern const struct noun noun_administrator;

/* accounts */
extern const struct noun noun_account;
extern const struct noun noun_session;
extern const struct noun noun_link;

/* mail */
extern const struct noun noun_invite;
extern const struct noun noun_outbox;

/* many at once */
extern const struct noun noun_import;
extern const struct noun noun_export;

/* the installation */
extern const struct noun noun_init;
extern const struct noun noun_doctor;
extern const struct noun noun_keys;

#endif
