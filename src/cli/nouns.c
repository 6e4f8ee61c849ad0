/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/nouns.h"

#include <stddef.h>
#include <string.h>

static const struct noun *const CUSTOMERS[] = {
    &noun_organization,
    &noun_profile,
    &noun_administrator,
    NULL,
};

static const struct noun *const ACCOUNTS[] = {
    &noun_account,
    &noun_session,
    &noun_link,
    NULL,
};

static const struct noun *const MAIL[] = {
    &noun_invite,
    &noun_outbox,
    NULL,
};

static const struct noun *const MANY[] = {
    &noun_import,
    &noun_export,
    NULL,
};

static const struct noun *const INSTALLATION[] = {
    &noun_init,
    &noun_doctor,
    &noun_keys,
    NULL,
};

const struct topic TOPICS[] = {
    {"Customers",         CUSTOMERS   },
    { "Accounts",         ACCOUNTS    },
    { "E-mail",           MAIL        },
    { "Many at once",     MANY        },
    { "The installation", INSTALLATION},
    { NULL,               NULL        },
};

const struct noun *noun_named(const char *name)
{
    for (const struct topic *topic = TOPICS; topic->title != NULL; topic++) {
        for (const struct noun *const *noun = topic->nouns; *noun != NULL; noun++) {
            if (strcmp((*noun)->name, name) == 0)
                return *noun;
        }
    }
    return strcmp(noun_complete.name, name) == 0 ? &noun_complete : NULL;
}

const struct verb *verb_named(const struct noun *noun, const char *name)
{
    for (size_t i = 0; i < noun->verb_count; i++) {
        if (noun->verbs[i].name != NULL && strcmp(noun->verbs[i].name, name) == 0)
            return &noun->verbs[i];
    }
    return NULL;
}

bool noun_stands_alone(const struct noun *noun)
{
    return noun->verbs[0].name == NULL;
}
