/* SPDX-License-Identifier: Apache-2.0 */
/* actions/bulk.h - an administrator does one thing to several people (S3, S4, S5).
 *
 * Each person is looked up, asked policy about and changed for itself, as if alone: what becomes of one says nothing about the
 * others, and whoever is of another organisation is not found. The acting profile itself comes last, so that whoever unmakes
 * themselves among others does what was asked before. */
#ifndef LATCHKEY_ACTIONS_BULK_H
#define LATCHKEY_ACTIONS_BULK_H

#include "actions/list_people.h"

#define BULK_MOST PEOPLE_ON_PAGE

enum bulk_act {
    BULK_INVITE = 0,
    BULK_CANCEL_INVITE,
    BULK_MAKE_ADMINISTRATOR,
    BULK_UNMAKE_ADMINISTRATOR,
    BULK_REMOVE,
    BULK_ACTS
};

enum bulk_outcome {
    BULK_TROUBLE = 0,
    BULK_DONE,
    BULK_ALREADY,   /* nothing had to be done: is (no) administrator, is associated, has no open invite */
    BULK_NOT_FOUND, /* nobody of this organisation */
    BULK_LAST,      /* the last administrator */
    BULK_ONESELF,
    BULK_NO_ADDRESS,
    BULK_UNDER_WAY, /* an invite is being sent at this moment */
    BULK_BUSY,
    BULK_DENIED, /* by policy or by the directory */
    BULK_OUTCOMES
};

/* One of those chosen. */
struct bulk_person {
    uint8_t id[16];
    bool is_known;        /* of this organisation: `person` is there */
    struct person person; /* before anything was done */
    enum bulk_outcome outcome;
};

/* "invite", "cancel_invite", "make_administrator", "unmake_administrator", "remove"; BULK_ACTS: none of them. */
const char *bulk_act_name(enum bulk_act act);
enum bulk_act bulk_act_named(const char *name);
/* "done", "already", ... */
const char *bulk_outcome_name(enum bulk_outcome outcome);

/* Who they are, before they are removed; nothing is done: BULK_DONE for whom it may be done to. `chosen` has the ids, none twice. */
enum acting_outcome bulk_look(struct action_context *context, struct session *session, struct bulk_person *chosen,
                              size_t count, struct acting *acting_out);

enum acting_outcome bulk_carry_out(struct action_context *context, struct session *session, enum bulk_act act,
                                   struct bulk_person *chosen, size_t count, struct acting *acting_out);

#endif
