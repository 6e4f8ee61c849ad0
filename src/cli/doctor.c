/* SPDX-License-Identifier: Apache-2.0 */
/* latchkey doctor: everything that the daemon needs, looked at as the daemon would find it. Changes nothing. */
#include "base/cleanup.h"
#include "cli/daemon_user.h"
#include "cli/doctor_internal.h"
#include "cli/nouns.h"
#include "cli/options.h"

#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WORDS_MOST 1024

/* From the ground up: what comes later needs what came before. */
static const struct check CHECKS[] = {
    {"configuration",          check_configuration,        "mend what is named there; latchkeyd -t checks again"                },
    { "key ring",              check_key_ring,             NULL                                                                 },
    { "public URL",            check_public_url,           "set server.public_url to the URL under which people reach the pages"},
    { "directory",             check_servers,
     "start it, or correct directory.uri, directory.ca_file, directory.bind and its password or keytab"                         },
    { "certificate",           check_certificate,          "renew the directory's certificate"                                  },
    { "identity",              check_identity,             NULL                                                                 },
    { "features",              check_features,             NULL                                                                 },
    { "schema",                check_schema,               "latchkey init brings it forward"                                    },
    { "entries",               check_entries,              "latchkey init adds it"                                              },
    { "operators",             check_operators,            NULL                                                                 },
    { "people",                check_people,               "compare the server with ldif/second.ldif (docs/second.md)"          },
    { "rights: daemon",        check_daemon_rights,
     "compare olcAccess with ldif/access.ldif; latchkey init adds what is missing"                                              },
    { "rights: account",       check_account_rights,
     "compare olcAccess with ldif/access.ldif; latchkey init adds what is missing"                                              },
    { "rights: profile",       check_profile_rights,
     "compare olcAccess with ldif/access.ldif; latchkey init adds what is missing"                                              },
    { "rights: administrator", check_administrator_rights,
     "compare olcAccess with ldif/access.ldif; latchkey init adds what is missing"                                              },
    { "rights: operator",      check_operator_rights,
     "compare olcAccess with ldif/access.ldif; latchkey init adds what is missing"                                              },
    { "server",                check_server,               "latchkey init adds it"                                              },
    { "replication",           check_replication,
     "if it is still so after the next change: look for syncrepl in its log, and at the way to the other"                       },
    { "clock",                 check_clock,                "keep both machines' clocks by NTP"                                  },
    { "mail",                  check_mail,                 "correct [courier], or start the mail server"                        },
};

static const struct field FIELDS[] = {
    {"check",  "Check",       FIELD_TEXT},
    { "state", "State",       FIELD_TEXT},
    { "found", "Found",       FIELD_TEXT},
    { "mend",  "How to mend", FIELD_TEXT},
};

static const char *finding_name(enum finding finding)
{
    static const char *const NAMES[] = {
        [FINDING_OK] = "ok", [FINDING_WARNING] = "warning", [FINDING_FAULT] = "fault", [FINDING_SKIPPED] = "skipped"
    };
    return NAMES[finding];
}

static void tell(struct doctor *doctor, enum finding finding, const char *mend, const char *words)
{
    const bool is_wrong = finding == FINDING_FAULT || finding == FINDING_WARNING;
    listing_row(doctor->rows);
    listing_text(doctor->rows, "check", doctor->check->name);
    listing_text(doctor->rows, "state", finding_name(finding));
    listing_text(doctor->rows, "found", lk_arena_words(doctor->arena, words));
    listing_text(doctor->rows, "mend", is_wrong ? mend : NULL);
    doctor->has_fault = doctor->has_fault || finding == FINDING_FAULT;
}

void doctor_tell(struct doctor *doctor, enum finding finding, const char *format, ...)
{
    char words[WORDS_MOST];
    va_list values;
    va_start(values, format);
    (void) vsnprintf(words, sizeof words, format, values);
    va_end(values);
    tell(doctor, finding, doctor->check->mend, words);
}

void doctor_tell_mend(struct doctor *doctor, enum finding finding, const char *mend, const char *format, ...)
{
    char words[WORDS_MOST];
    va_list values;
    va_start(values, format);
    (void) vsnprintf(words, sizeof words, format, values);
    va_end(values);
    tell(doctor, finding, mend, words);
}

bool doctor_has_directory(struct doctor *doctor)
{
    if (doctor->directory == NULL)
        doctor_tell(doctor, FINDING_SKIPPED, "the directory cannot be asked as the daemon");
    return doctor->directory != NULL;
}

/* Was somebody named on the command line, who may look where the daemon may not? */
static bool is_somebody_named(const struct options *options)
{
    return options->bind_dn != NULL || options->mechanism != NULL;
}

/* Without the sysadmin less is seen, and that is told in its place. */
static void connect_sysadmin(struct doctor *doctor)
{
    if (doctor->config != NULL && is_somebody_named(doctor->command->options) &&
        command_connect(doctor->command) == COMMAND_DONE)
        doctor->server = doctor->command->action.directory;
}

/* Root looks as the daemon's user: that one's files, and that one's bind at the Unix socket, whose other end asks the kernel. False, and
 * told: the user is not there, or cannot be had. */
static bool become_daemon(struct doctor *doctor)
{
    const char *given = command_option(doctor->command, "user");
    if (geteuid() != 0)
        return true;
    const char *name = given != NULL ? given : DAEMON_USER;
    const struct passwd *user = daemon_user(name);
    if (user == NULL && given == NULL)
        return true; /* then the daemon runs as root, or this is another machine */
    if (user != NULL && initgroups(user->pw_name, user->pw_gid) == 0 && setegid(user->pw_gid) == 0 &&
        seteuid(user->pw_uid) == 0)
        return true;
    doctor_tell_mend(doctor, FINDING_FAULT, "--user names the one that the daemon runs as",
                     user == NULL ? "this machine has no user \"%s\"" : "this process may not look as the user \"%s\"",
                     name);
    return false;
}

static void examine(struct doctor *doctor)
{
    for (size_t i = 0; i < sizeof CHECKS / sizeof *CHECKS; i++) {
        doctor->check = &CHECKS[i];
        CHECKS[i].run(doctor);
        if (doctor->config == NULL)
            return;
        if (i > 0)
            continue;
        connect_sysadmin(doctor);
        if (!become_daemon(doctor))
            return;
    }
}

static enum command_exit run(struct command *command)
{
    struct doctor doctor = { .command = command,
                             .arena = command->action.arena,
                             .rows = LISTING_NEW(command->action.arena, FIELDS) };
    examine(&doctor);
    directory_free(doctor.directory);
    const enum command_exit exit = output_listing(command, doctor.rows);
    return exit == COMMAND_DONE && doctor.has_fault ? COMMAND_TROUBLE : exit;
}

static const struct verb_option OPTIONS[] = {
    {"user", "NAME", "The user that the daemon runs as on this machine (latchkey)"},
};

static const struct verb VERBS[] = {
    {.help = "Look at everything that the daemon needs, say what is wrong and how to mend it",
     .arguments = "",
     .option_count = sizeof OPTIONS / sizeof *OPTIONS,
     .options = OPTIONS,
     .need = VERB_NEEDS_NOTHING,
     .run = run},
};

const struct noun noun_doctor = { "doctor", "say what is wrong and how to mend it", 1, VERBS };
