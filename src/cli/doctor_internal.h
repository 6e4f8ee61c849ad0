/* SPDX-License-Identifier: Apache-2.0 */
/* cli/doctor_internal.h - one examination: what every check is given, and how it says what it found. */
#ifndef LATCHKEY_CLI_DOCTOR_INTERNAL_H
#define LATCHKEY_CLI_DOCTOR_INTERNAL_H

#include "cli/command.h"
#include "cli/output.h"

#include <stdbool.h>

enum finding {
    FINDING_OK,
    FINDING_WARNING, /* works, and should be looked at */
    FINDING_FAULT,
    FINDING_SKIPPED /* could not be looked at: the words say why */
};

struct doctor {
    struct command *command;
    struct lk_arena *arena;
    const struct config *config;
    struct directory *directory; /* as the daemon; NULL: it cannot be reached or does not take us */
    const char *who;             /* whom the directory takes the daemon for; NULL: not known */
    struct directory *server;    /* as the sysadmin; NULL: nobody was named */
    const struct check *check;   /* the one that runs */
    struct listing *rows;
    bool has_fault;
};

/* In doctor.c's table, in its order. */
struct check {
    const char *name;
    void (*run)(struct doctor *doctor);
    const char *mend; /* what to do about a fault or warning, where the check itself does not say better */
};

/* One row under the running check's name. */
void doctor_tell(struct doctor *doctor, enum finding finding, const char *format, ...) LK_PRINTF(3, 4);
/* The same with its own way to mend it. */
void doctor_tell_mend(struct doctor *doctor, enum finding finding, const char *mend, const char *format, ...)
    LK_PRINTF(4, 5);

/* False, and told, where the daemon's directory is not there to be asked. */
bool doctor_has_directory(struct doctor *doctor);

/* ---- doctor_local.c ---- */
void check_configuration(struct doctor *doctor); /* writes config; without it nothing else runs */
void check_key_ring(struct doctor *doctor);
void check_public_url(struct doctor *doctor);
void check_mail(struct doctor *doctor);

/* ---- doctor_directory.c ---- */
/* The configuration with the i-th server only: the real one would be content with the first that answers. */
const struct config *doctor_config_of_one(const struct doctor *doctor, size_t i);

void check_servers(struct doctor *doctor); /* writes directory */
void check_certificate(struct doctor *doctor);
void check_identity(struct doctor *doctor); /* writes who */
void check_features(struct doctor *doctor);
void check_schema(struct doctor *doctor);
void check_entries(struct doctor *doctor);
void check_operators(struct doctor *doctor);
void check_people(struct doctor *doctor); /* of another directory; says nothing where none are to be shown */
void check_clock(struct doctor *doctor);

/* ---- doctor_rights.c ---- */
void check_daemon_rights(struct doctor *doctor);
void check_account_rights(struct doctor *doctor);
void check_profile_rights(struct doctor *doctor);
void check_administrator_rights(struct doctor *doctor);
void check_operator_rights(struct doctor *doctor);

/* ---- doctor_server.c ---- */
void check_server(struct doctor *doctor);

/* ---- doctor_replication.c ---- */
void check_replication(struct doctor *doctor); /* says nothing of a single server */

#endif
