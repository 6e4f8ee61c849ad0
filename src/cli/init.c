/* SPDX-License-Identifier: Apache-2.0 */
/* latchkey init: what Latchkey needs, put into an OpenLDAP that is there; and into one that has an older Latchkey's. */
#include "base/cleanup.h"
#include "cli/init_internal.h"
#include "cli/nouns.h"
#include "cli/output.h"
#include "cli/prompt.h"
#include "directory/filter.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSWORD_MOST 1024

/* ---- --print ---- */

/* In the order in which they are applied. */
static const struct printed {
    const char *path;
    bool is_filled;
} FILES[] = {
    {"schema/authpassword.ldif", false},
    { "schema/latchkey.ldif",    false},
    { "ldif/modules.ldif",       true },
    { "ldif/log.ldif",           true },
    { "ldif/overlays.ldif",      true },
    { "ldif/indexes.ldif",       true },
    { "ldif/access.ldif",        true },
    { "ldif/base.ldif",          true },
};

/* Without the overlay's entries, which have no blank lines in them, and the line that loads its module. */
static const char *text_without(struct lk_arena *arena, const char *text, const char *overlay)
{
    const char *entry = lk_arena_format(arena, "\nolcOverlay: %s\n", overlay);
    const char *module = lk_arena_format(arena, "\nolcModuleLoad: %s\n", overlay);
    const char *rest = "";
    while (*text != '\0') {
        const char *end = strstr(text, "\n\n");
        const char *paragraph = end == NULL ? text : lk_arena_copy(arena, text, (size_t) (end - text) + 2);
        const char *load = strcasestr(paragraph, module);
        text += strlen(paragraph);
        if (load != NULL)
            rest = lk_arena_format(arena, "%s%.*s%s", rest, (int) (load - paragraph), paragraph,
                                   load + strlen(module) - 1);
        else if (strcasestr(paragraph, entry) == NULL)
            rest = lk_arena_format(arena, "%s%s", rest, paragraph);
    }
    return rest;
}

static enum command_exit print_files(struct init *init)
{
    (void) puts(
        "# All that Latchkey needs, for an OpenLDAP that has none of it, in the order in which `ldapmodify -a` takes "
        "it.\n"
        "# What the server has already is refused: take it out. The last part wants the database's rootdn, the others\n"
        "# whoever may write cn=config. slapd's own schema dyngroup comes before all.\n");
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        const char *text = NULL;
        const enum lk_status status = shipped_text(init->arena, FILES[i].path, FILES[i].is_filled ? init->words : NULL,
                                                   &text, &init->command->action.trouble);
        if (status != LK_OK)
            return command_end_of(init->command, status);
        if (init->without != NULL)
            text = text_without(init->arena, text, init->without);
        (void) printf("# ---- %s\n%s\n", FILES[i].path, text);
    }
    return COMMAND_DONE;
}

/* ---- a server that is not set up through LDAP ---- */

static enum command_exit tell_other_server(struct init *init, const char *why)
{
    static const char *const ASKED[] = { "configContext", "vendorName", NULL };
    struct directory_entry root = { .dn = "" };
    const enum lk_status status =
        directory_read(init->command->action.directory, init->arena, "", NULL, ASKED, &root, NULL);
    const char *vendor = status == LK_OK ? directory_first(&root, "vendorName") : NULL;
    const char *share = shipped_share();
    if (vendor != NULL && strstr(vendor, "389") != NULL)
        return command_end(COMMAND_TROUBLE,
                           "this is a 389 Directory Server, which latchkey does not set up: "
                           "%s/schema/latchkey-389ds.ldif and %s/ldif/389ds "
                           "have all of it, docs/389ds.md the order",
                           share, share);
    if (status == LK_OK && directory_first(&root, "configContext") == NULL)
        return command_end(COMMAND_TROUBLE,
                           "this server has no cn=config: what it needs, `latchkey init --print` prints");
    return command_end(
        COMMAND_REFUSED,
        "cn=config: %s. Who may read and write it? As root on the server: -H ldapi:/// -Y EXTERNAL; elsewhere: -D "
        "cn=admin,cn=config -W. Where slapd still has a slapd.conf, nobody: turn it into slapd.d first (slaptest -f "
        "slapd.conf -F slapd.d), or include %s/schema/authpassword.schema and latchkey.schema there and write by hand "
        "what `latchkey init --print` prints",
        why, share);
}

/* ---- the second identity ---- */

static enum command_exit open_entries(struct init *init, struct directory_identity *identity,
                                      struct lk_secret **password_out, struct directory **directory_out)
{
    struct command *command = init->command;
    const char *path = command_option(command, "entries-password-file");
    identity->dn = command_option(command, "entries-dn");
    init->entries = command->action.directory;
    if (identity->dn == NULL && path == NULL)
        return COMMAND_DONE;
    if (identity->dn == NULL || path == NULL)
        return command_end(COMMAND_USAGE, "--entries-dn and --entries-password-file go together");
    const enum lk_status status = lk_secret_read(path, PASSWORD_MOST, password_out, &command->action.trouble);
    if (status != LK_OK)
        return command_end(COMMAND_USAGE, "%s", command->action.trouble.words);
    identity->password = *password_out;
    init->entries = *directory_out = command_connect_as(command, identity);
    return command_end_of(command, directory_ready(init->entries, &command->action.trouble));
}

static void see_who_we_are(struct init *init)
{
    const char *who = "";
    const char *root = directory_first(init->slapd.database, "olcRootDN");
    if (directory_who_am_i(init->entries, init->arena, &who, NULL) == LK_OK && root != NULL)
        init->sees_all = strncasecmp(who, "dn:", 3) == 0 && dn_equals(who + 3, root);
}

/* ---- the plan, shown and carried out ---- */

static const struct field FIELDS[] = {
    {"part",  "Part", FIELD_TEXT},
    { "what", "What", FIELD_TEXT},
    { "dn",   NULL,   FIELD_TEXT},
};

static enum command_exit show(struct init *init)
{
    struct listing *listing = LISTING_NEW(init->arena, FIELDS);
    for (const struct init_step *step = init->steps; step != NULL; step = step->next) {
        listing_row(listing);
        listing_text(listing, "part", init_part_name(step->part));
        listing_text(listing, "what", step->what);
        listing_text(listing, "dn", step->dn);
    }
    return init->command->dry_run || (init->steps == NULL && !init->command->json)
               ? COMMAND_DONE
               : output_listing(init->command, listing);
}

/* Is something in the way? Then the work is done in part only. */
static bool tell_remarks(const struct init *init)
{
    bool is_fault = false;
    for (const struct init_remark *remark = init->remarks; remark != NULL; remark = remark->next) {
        (void) fprintf(stderr, "latchkey: %s: %s: %s\n", remark->is_fault ? "to be done by hand" : "note",
                       init_part_name(remark->part), remark->words);
        is_fault = is_fault || remark->is_fault;
    }
    return is_fault;
}

/* The folder of the log must be there before its database; on the server's own machine it is made, as its parent's owner's. */
static void make_log_folder(const struct init *init)
{
    struct stat parent = { 0 };
    char *path = lk_arena_words(init->arena, init->log_folder);
    char *slash = strrchr(path, '/');
    if (slash == NULL || slash == path || access(path, F_OK) == 0)
        return;
    *slash = '\0';
    const bool is_there = stat(path, &parent) == 0;
    *slash = '/';
    if (is_there && mkdir(path, S_IRWXU) == 0 && chown(path, parent.st_uid, parent.st_gid) != 0)
        (void) fprintf(stderr, "latchkey: %s: %s\n", path, strerrordesc_np(errno));
}

static enum lk_status carry_out(const struct init *init, const struct init_step *step, struct lk_trouble *trouble)
{
    struct directory *directory = step->part == INIT_ENTRIES ? init->entries : init->command->action.directory;
    if (step->part == INIT_LOG && !init->command->dry_run)
        make_log_folder(init);
    return step->is_add ? directory_add(directory, step->dn, step->change, trouble)
                        : directory_modify(directory, step->dn, step->change, trouble);
}

static enum command_exit carry_out_all(struct init *init)
{
    struct lk_trouble *trouble = &init->command->action.trouble;
    size_t done = 0;
    for (const struct init_step *step = init->steps; step != NULL; step = step->next, done++) {
        const enum lk_status status = carry_out(init, step, trouble);
        if (status == LK_OK)
            continue;
        const bool is_for_others = step->part == INIT_ENTRIES && status == LK_REFUSED && !init->sees_all;
        return command_end(COMMAND_PARTLY, "%s: %s%s (%zu steps before it are done; the next run goes on here)",
                           step->what, trouble->words,
                           is_for_others ? ": name somebody who may, by --entries-dn and --entries-password-file" : "",
                           done);
    }
    return COMMAND_DONE;
}

static enum command_exit finish(struct init *init)
{
    struct command *command = init->command;
    enum command_exit exit = show(init);
    const bool is_fault = tell_remarks(init);
    if (exit == COMMAND_DONE && init->steps != NULL)
        exit = prompt_confirm(command, "Change the directory so");
    if (exit == COMMAND_DONE)
        exit = carry_out_all(init);
    if (exit == COMMAND_DONE && !command->json)
        exit = init->steps == NULL ? output_done(command, "nothing is missing")
                                   : output_done(command, "the directory is ready for Latchkey");
    return exit == COMMAND_DONE && is_fault ? COMMAND_PARTLY : exit;
}

static enum command_exit set_up(struct init *init)
{
    struct command *command = init->command;
    struct lk_trouble *trouble = &command->action.trouble;
    enum lk_status status = slapd_read(command->action.directory, init->arena, command->action.config->directory_suffix,
                                       &init->slapd, trouble);
    if (status == LK_ABSENT)
        return tell_other_server(init, trouble->words);
    if (status != LK_OK)
        return command_end_of(command, status);
    const enum command_exit exit =
        init_words(init, command_option(command, "user"), command_option(command, "log-folder"));
    if (exit != COMMAND_DONE)
        return exit;
    see_who_we_are(init);
    status = init_plan(init, trouble);
    return status == LK_OK ? finish(init) : command_end_of(command, status);
}

static enum command_exit run(struct command *command)
{
    struct init init = { .command = command,
                         .arena = command->action.arena,
                         .without = command_option(command, "without") };
    enum command_exit exit = COMMAND_DONE;
    if (init.without != NULL && !init_is_dispensable(init.without))
        return command_end(COMMAND_USAGE, "--without %s: what Latchkey can do without is: %s", init.without,
                           init_dispensable(init.arena));
    if (command_has(command, "print")) {
        exit = init_words(&init, command_option(command, "user"), command_option(command, "log-folder"));
        return exit == COMMAND_DONE ? print_files(&init) : exit;
    }
    if (*command->action.config->directory_embedded != '\0')
        return output_done(command, "the embedded directory is set up by the daemon itself: nothing to do");
    /* Before slapd changes its configuration it waits for what it is about, such as hearing of another provider's changes. */
    command_be_patient(command);
    exit = command_connect(command);
    if (exit != COMMAND_DONE)
        return exit;
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *password = NULL;
    LK_CLEANUP(directory_cleanup) struct directory *entries = NULL;
    struct directory_identity identity = { .dn = NULL };
    exit = open_entries(&init, &identity, &password, &entries);
    return exit == COMMAND_DONE ? set_up(&init) : exit;
}

static const struct verb_option OPTIONS[] = {
    {"print",                  NULL,      "Print all of it as LDIF, and ask no directory"                             },
    { "user",                  "NAME",    "The user that the daemon runs as on this machine (latchkey)"               },
    { "log-folder",            "FOLDER",  "Where slapd keeps the log of writes (log, below the database's folder)"    },
    { "without",               "OVERLAY", "Leave it out: refint, where there are a great many entries (docs/scale.md)"},
    { "entries-dn",            "DN",      "Who adds the entries, where who may write cn=config may not"               },
    { "entries-password-file", "FILE",    "That one's password"                                                       },
};

static const struct verb VERBS[] = {
    {.help = "Put schema, indexes, overlays, rules and first entries into an OpenLDAP, or bring them forward",
     .arguments = "",
     .option_count = sizeof OPTIONS / sizeof *OPTIONS,
     .options = OPTIONS,
     .need = VERB_NEEDS_CONFIGURATION,
     .run = run},
};

const struct noun noun_init = { "init", "set up a directory, or bring it forward", 1, VERBS };
