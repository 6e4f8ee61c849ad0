/* SPDX-License-Identifier: Apache-2.0 */
/* latchkey account: what people sign in with. One at a time: there is no list of accounts and whose they are. */
#include "actions/delete_account.h"
#include "actions/manage_account.h"
#include "actions/new_password.h"
#include "actions/sign_up.h"
#include "base/cleanup.h"
#include "base/encoding.h"
#include "base/mail_address.h"
#include "cli/find.h"
#include "cli/nouns.h"
#include "cli/output.h"
#include "cli/prompt.h"

#include <string.h>

#define PROFILES_MOST 1000

/* ---- what is shown ---- */

static const struct field FIELDS[] = {
    {"name",            "Name",              FIELD_TEXT  },
    { "display_name",   "Person",            FIELD_TEXT  },
    { "given_name",     "Given name",        FIELD_TEXT  },
    { "surname",        "Surname",           FIELD_TEXT  },
    { "mail",           "E-mail",            FIELD_TEXT  },
    { "alternate_mail", "Confirmed address", FIELD_TEXT  },
    { "pending_mail",   "To be confirmed",   FIELD_TEXT  },
    { "telephone",      "Telephone",         FIELD_TEXT  },
    { "postal_code",    "Postal code",       FIELD_TEXT  },
    { "language",       "Language",          FIELD_TEXT  },
    { "question",       "Secret question",   FIELD_FLAG  },
    { "second_factor",  "Second factor",     FIELD_FLAG  },
    { "locked",         "Locked",            FIELD_FLAG  },
    { "operator",       "Operator",          FIELD_FLAG  },
    { "sessions",       "Sessions",          FIELD_NUMBER},
    { "dn",             "DN",                FIELD_TEXT  },
    { "id",             "ID",                FIELD_TEXT  },
    { "profiles",       "Profiles",          FIELD_ROWS  },
};

static const struct field PROFILE_ROW[] = {
    {"name",  "Name",   FIELD_TEXT},
    { "mail", "E-mail", FIELD_TEXT},
    { "dn",   "DN",     FIELD_TEXT},
};

static enum command_exit list_profiles(struct command *command, const struct account *account,
                                       struct listing **listing_out)
{
    struct action_context *action = &command->action;
    struct profile *profiles = NULL;
    size_t count = 0;
    const enum lk_status status = profiles_by_account(action->directory, action->config, action->arena, account->dn,
                                                      PROFILES_MOST, &profiles, &count, NULL, &action->trouble);
    struct listing *listing = LISTING_NEW(action->arena, PROFILE_ROW);
    for (size_t i = 0; status == LK_OK && i < count; i++) {
        listing_row(listing);
        listing_text(listing, "name", profiles[i].display_name);
        listing_text(listing, "mail", profiles[i].mail);
        listing_text(listing, "dn", profiles[i].dn);
    }
    *listing_out = listing;
    return status == LK_ABSENT ? COMMAND_DONE : command_end_of(command, status);
}

static enum lk_status is_operator(struct command *command, const struct account *account)
{
    struct action_context *action = &command->action;
    return group_has_member(action->directory, action->arena, action->config->directory_operators_group, account->dn,
                            NULL, &action->trouble);
}

/* What only some may see cannot be said not to be there: it is said only where it is. */
static void list_if(struct listing *listing, const char *name, bool is_there)
{
    if (is_there)
        listing_flag(listing, name, true);
}

static void list_texts(struct listing *listing, const struct account *account)
{
    listing_text(listing, "name", account->name);
    listing_text(listing, "display_name", account->display_name);
    listing_text(listing, "given_name", account->given_name);
    listing_text(listing, "surname", account_own_surname(account));
    listing_text(listing, "mail", account->mail);
    listing_text(listing, "alternate_mail", account->alternate_mail);
    listing_text(listing, "pending_mail", account->pending_mail);
    listing_text(listing, "telephone", account->telephone);
    listing_text(listing, "postal_code", account->postal_code);
    listing_text(listing, "language", account->language);
    listing_text(listing, "dn", account->dn);
}

static enum command_exit show(struct command *command)
{
    struct action_context *action = &command->action;
    struct account account;
    struct listing *profiles = NULL;
    bool is_locked = false;
    enum command_exit exit = find_account(command, command->arguments[0], &account);
    if (exit == COMMAND_DONE)
        exit = list_profiles(command, &account, &profiles);
    if (exit == COMMAND_DONE)
        exit = command_end_of(command, manage_is_locked(action, &account, &is_locked));
    if (exit != COMMAND_DONE)
        return exit;
    const struct session_view *sessions = NULL;
    char *id = lk_arena_alloc(action->arena, LK_UUID_TEXT_LEN + 1);
    lk_uuid_format(account.id, id);
    struct listing *listing = LISTING_NEW(action->arena, FIELDS);
    listing_row(listing);
    list_texts(listing, &account);
    listing_text(listing, "id", id);
    list_if(listing, "question", account.question != NULL);
    list_if(listing, "second_factor", account.second_factor != NULL);
    list_if(listing, "locked", is_locked);
    list_if(listing, "operator", is_operator(command, &account) == LK_OK);
    const size_t count = session_list(action->config, action->arena, &account, action->now, &sessions);
    if (count > 0)
        listing_number(listing, "sessions", (int64_t) count);
    listing_rows(listing, "profiles", profiles);
    return output_record(command, listing);
}

/* ---- passwords ---- */

static const char *const POOR[] = {
    [QUALITY_REFUSED] = "the password is refused",
    [QUALITY_TOO_SHORT] = "the password is too short",
    [QUALITY_TOO_LONG] = "the password is too long",
    [QUALITY_NOT_TEXT] = "the password is not UTF-8, or has control characters in it",
    [QUALITY_IS_YOURS] = "the password is made of the account's own name, address or number",
    [QUALITY_BREACHED] = "the password is known from a data breach",
    [QUALITY_UNKNOWN] = "the service that knows breached passwords does not answer, and without it none is taken",
    [QUALITY_TOO_WEAK] = "the password is too easy to guess",
    [QUALITY_GOOD] = "the password is good",
};

static enum command_exit say_poor(const struct quality *quality)
{
    return command_end(quality->verdict == QUALITY_UNKNOWN ? COMMAND_BUSY : COMMAND_REFUSED, "%s",
                       POOR[quality->verdict]);
}

static enum command_exit ask_twice(struct command *command, struct lk_secret **password_out)
{
    struct lk_secret *again LK_CLEANUP(lk_cleanup_secret) = NULL;
    struct lk_trouble *trouble = &command->action.trouble;
    enum lk_status status = prompt_secret("New password: ", password_out, trouble);
    if (status == LK_OK)
        status = prompt_secret("The same again: ", &again, trouble);
    if (status != LK_OK)
        return command_end(COMMAND_USAGE, "%s; --new-password-file FILE has it", trouble->words);
    return lk_secret_equals(*password_out, again) ? COMMAND_DONE
                                                  : command_end(COMMAND_USAGE, "the two passwords differ");
}

static enum command_exit read_password(struct command *command, struct lk_secret **password_out)
{
    const char *path = command_option(command, "new-password-file");
    if (path == NULL)
        return ask_twice(command, password_out);
    struct lk_trouble *trouble = &command->action.trouble;
    const enum lk_status status = lk_secret_read(path, PASSWORD_MOST, password_out, trouble);
    return status == LK_OK ? COMMAND_DONE : command_end(COMMAND_TROUBLE, "%s", trouble->words);
}

/* Beside the daemon the ring is there to be read, and the holder can be told; from elsewhere it is not. */
static struct key_ring *load_ring(struct command *command)
{
    struct key_ring *ring = NULL;
    if (key_ring_load(command->action.config->links_key_ring, &ring, NULL) == LK_OK)
        command->action.ring = ring;
    return ring;
}

static void drop_ring(struct command *command, struct key_ring *ring)
{
    command->action.ring = NULL;
    key_ring_free(ring);
}

static enum command_exit put_password(struct command *command, const struct account *account,
                                      const struct lk_secret *password, bool *told_out)
{
    struct action_context *action = &command->action;
    const struct new_password_form form = { password, password };
    struct quality quality;
    enum directory_password_refusal refusal;
    if (new_password_judge_for(action->credentials, &form, account, &quality) != NEW_PASSWORD_GOOD)
        return say_poor(&quality);
    struct key_ring *ring = load_ring(command);
    *told_out = ring != NULL;
    const enum lk_status status = manage_password(action, account, password, &refusal);
    drop_ring(command, ring);
    return command_end_of_change(command, status);
}

static enum command_exit set_password(struct command *command)
{
    struct account account;
    struct lk_secret *password LK_CLEANUP(lk_cleanup_secret) = NULL;
    bool is_told = false;
    enum command_exit exit = find_account(command, command->arguments[0], &account);
    if (exit == COMMAND_DONE)
        exit = read_password(command, &password);
    if (exit != COMMAND_DONE)
        return exit;
    struct credentials *credentials = credentials_new(command->action.config);
    command->action.credentials = credentials;
    exit = put_password(command, &account, password, &is_told);
    credentials_free(credentials);
    if (exit != COMMAND_DONE)
        return exit;
    return output_done(command, "%s has a new password and is signed out everywhere%s", account.name,
                       is_told ? "" : "; the holder is not told, as the key ring cannot be read here");
}

static const struct verb_option PASSWORD_OPTIONS[] = {
    {"new-password-file", "FILE", "the password is in it, instead of being asked for (not readable by others)"},
};

/* ---- making one ---- */

static const struct {
    unsigned fault;
    const char *words;
} FAULTS[] = {
    {SIGN_UP_NAME_MISSING,      "the account needs a name"                                                    },
    { SIGN_UP_NAME_TOO_SHORT,   "the name is shorter than 3 characters"                                       },
    { SIGN_UP_NAME_BAD,         "the name is longer than 64 characters, or has one in it that it may not have"},
    { SIGN_UP_NAME_NOT_ADDRESS, "the name looks like an e-mail address, and is none"                          },
    { SIGN_UP_MAIL_BAD,         "--mail is not an e-mail address"                                             },
    { SIGN_UP_TELEPHONE_BAD,    "--telephone is not a telephone number"                                       },
};

static enum command_exit say_faults(const struct sign_up_result *result)
{
    enum command_exit exit = COMMAND_USAGE;
    for (size_t i = 0; i < sizeof FAULTS / sizeof *FAULTS; i++) {
        if ((result->faults & FAULTS[i].fault) != 0)
            (void) command_end(COMMAND_USAGE, "%s", FAULTS[i].words);
    }
    if ((result->faults & SIGN_UP_PASSWORD_POOR) != 0)
        exit = say_poor(&result->quality);
    return exit;
}

static enum command_exit after_create(struct command *command, enum lk_status status,
                                      const struct sign_up_result *result, const char *name)
{
    const char *shown = output_visible(command->action.arena, name);
    if (status == LK_MALFORMED)
        return result->faults != 0 ? say_faults(result)
                                   : command_end(COMMAND_USAGE, "this cannot be a name in the directory");
    if (status == LK_CONFLICT)
        return command_end(COMMAND_CONFLICT, "there is an account \"%s\" already", shown);
    return command_end_of(command, status);
}

static const char *tidy_option(struct command *command, const char *name)
{
    const char *text = command_option(command, name);
    return text == NULL ? "" : command_tidy(command, name, text);
}

static enum command_exit create(struct command *command)
{
    struct lk_secret *password LK_CLEANUP(lk_cleanup_secret) = NULL;
    struct sign_up_result result;
    const char *dn = NULL;
    struct sign_up_form form = { .name = command_tidy(command, "the name", command->arguments[0]),
                                 .alternate_mail = tidy_option(command, "mail"),
                                 .given_name = tidy_option(command, "first"),
                                 .surname = tidy_option(command, "last"),
                                 .telephone = tidy_option(command, "telephone"),
                                 .question = "",
                                 .postal_code = "" };
    if (form.name == NULL || form.alternate_mail == NULL || form.given_name == NULL || form.surname == NULL ||
        form.telephone == NULL)
        return COMMAND_USAGE;
    enum command_exit exit = read_password(command, &password);
    if (exit != COMMAND_DONE)
        return exit;
    form.password = form.password_again = password;
    struct credentials *credentials = credentials_new(command->action.config);
    command->action.credentials = credentials;
    exit = after_create(command, create_account(&command->action, &form, &result, &dn), &result, form.name);
    credentials_free(credentials);
    if (exit != COMMAND_DONE)
        return exit;
    return *form.alternate_mail == '\0'
               ? output_done(command, "created %s", dn)
               : output_done(command, "created %s; %s is asked to confirm the address", dn, form.alternate_mail);
}

static const struct verb_option CREATE_OPTIONS[] = {
    {"mail",               "ADDRESS", "alternate address, which a letter asks to confirm"                         },
    { "first",             "NAME",    "given name"                                                                },
    { "last",              "NAME",    "surname"                                                                   },
    { "telephone",         "NUMBER",  "telephone number"                                                          },
    { "new-password-file", "FILE",    "the password is in it, instead of being asked for (not readable by others)"},
};

/* ---- the rest ---- */

static enum command_exit set_mail(struct command *command)
{
    struct account account;
    const char *mail = command->argument_count > 1 ? command->arguments[1] : "";
    if ((*mail == '\0') != command_has(command, "none"))
        return command_end(COMMAND_USAGE, "either an ADDRESS, or --none");
    if (*mail != '\0' && !lk_mail_address_is_valid(mail, strlen(mail)))
        return command_end(COMMAND_USAGE, "this is not an e-mail address");
    const enum command_exit exit = find_account(command, command->arguments[0], &account);
    if (exit != COMMAND_DONE)
        return exit;
    struct key_ring *ring = load_ring(command);
    const enum lk_status status = manage_mail(&command->action, &account, mail);
    drop_ring(command, ring);
    if (status != LK_OK)
        return command_end_of_change(command, status);
    return *mail == '\0' ? output_done(command, "%s has no alternate address", account.name)
                         : output_done(command, "%s has the confirmed address %s", account.name, mail);
}

static const struct verb_option MAIL_OPTIONS[] = {
    {"none", NULL, "take it away"},
};

static enum command_exit reset(struct command *command)
{
    struct account account;
    enum command_exit exit = find_account(command, command->arguments[0], &account);
    if (exit == COMMAND_DONE)
        exit = command_end_of_change(command, manage_reset(&command->action, &account));
    if (exit != COMMAND_DONE)
        return exit;
    const char *mail = account_rescue_mail(&account);
    if (mail == NULL)
        return output_done(command,
                           "a link to set a new password goes to the confirmed address of %s, "
                           "if there is one: you see none",
                           account.name);
    return output_done(command, "a link to set a new password goes to %s", mail);
}

static enum command_exit unlock(struct command *command)
{
    struct account account;
    enum command_exit exit = find_account(command, command->arguments[0], &account);
    if (exit == COMMAND_DONE)
        exit = command_end_of_change(command, manage_unlock(&command->action, &account));
    return exit == COMMAND_DONE ? output_done(command, "%s may try again", account.name) : exit;
}

static enum command_exit drop_second_factor_verb(struct command *command)
{
    struct account account;
    enum command_exit exit = find_account(command, command->arguments[0], &account);
    if (exit == COMMAND_DONE)
        exit = prompt_confirm(command, "Let %s sign in by the password alone", account.name);
    if (exit != COMMAND_DONE)
        return exit;
    struct key_ring *ring = load_ring(command);
    exit = command_end_of_change(command, manage_drop_second_factor(&command->action, &account));
    drop_ring(command, ring);
    return exit == COMMAND_DONE ? output_done(command, "%s has no second factor", account.name) : exit;
}

static enum command_exit check_removable(struct command *command, const struct account *account)
{
    const enum lk_status status = is_operator(command, account);
    if (status == LK_OK)
        return command_end(COMMAND_REFUSED, "%s is an operator: take it out of %s first", account->name,
                           command->action.config->directory_operators_group);
    return status == LK_ABSENT ? COMMAND_DONE : command_end_of(command, status);
}

static enum command_exit remove_verb(struct command *command)
{
    struct account account;
    enum command_exit exit = find_account(command, command->arguments[0], &account);
    if (exit == COMMAND_DONE)
        exit = check_removable(command, &account);
    if (exit == COMMAND_DONE)
        exit = prompt_confirm(command, "Remove the account %s (%s)", account.name, account.dn);
    if (exit == COMMAND_DONE)
        exit = command_end_of_change(command, remove_account(&command->action, account.dn));
    return exit == COMMAND_DONE ? output_done(command, "removed %s", account.dn) : exit;
}

/* ---- the table ---- */

static const struct verb VERBS[] = {
    {.name = "show",
     .arguments = "ACCOUNT",
     .help = "Show one with the profiles that are tied to it",
     .least = 1,
     .most = 1,
     .run = show                                                   },
    { .name = "create",
     .arguments = "NAME",
     .help = "Create one; its password is asked for",
     .least = 1,
     .most = 1,
     .option_count = sizeof CREATE_OPTIONS / sizeof *CREATE_OPTIONS,
     .options = CREATE_OPTIONS,
     .run = create },
    { .name = "password",
     .arguments = "ACCOUNT",
     .help = "Set its password, which is asked for; sessions and links end",
     .least = 1,
     .most = 1,
     .option_count = sizeof PASSWORD_OPTIONS / sizeof *PASSWORD_OPTIONS,
     .options = PASSWORD_OPTIONS,
     .run = set_password },
    { .name = "mail",
     .arguments = "ACCOUNT [ADDRESS]",
     .help = "Set its confirmed alternate address, where links for a new password go",
     .least = 1,
     .most = 2,
     .option_count = sizeof MAIL_OPTIONS / sizeof *MAIL_OPTIONS,
     .options = MAIL_OPTIONS,
     .run = set_mail },
    { .name = "reset",
     .arguments = "ACCOUNT",
     .help = "Have a link sent that sets a new password",
     .least = 1,
     .most = 1,
     .run = reset                                            },
    { .name = "unlock",
     .arguments = "ACCOUNT",
     .help = "Forget failed tries, and take off a lock of the password policy",
     .least = 1,
     .most = 1,
     .run = unlock    },
    { .name = "drop-second-factor",
     .arguments = "ACCOUNT",
     .help = "Take its second factor and recovery codes away: for one whose telephone is lost",
     .least = 1,
     .most = 1,
     .run = drop_second_factor_verb                                           },
    { .name = "remove",
     .arguments = "ACCOUNT",
     .help = "Remove it; the profiles that it held stay, tied to none",
     .least = 1,
     .most = 1,
     .run = remove_verb},
};

const struct noun noun_account = { "account", "what people sign in with", sizeof VERBS / sizeof *VERBS, VERBS };
