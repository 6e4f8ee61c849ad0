/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/keep_profile.h"

#include "actions/administrator_mark.h"
#include "actions/end_links.h"
#include "actions/end_ties.h"
#include "actions/invite.h"
#include "base/mail_address.h"
#include "base/telephone.h"
#include "base/unicode.h"
#include "courier/outbox.h"
#include "courier/outbox_record.h"
#include "directory/names.h"
#include "tokens/link.h"

#include <string.h>

#define TRIES_MOST     4
#define NAMESAKES_MOST 20
#define SAME_MAIL_MOST 2 /* one more than the profile that may have it */

static const char *const names[PROFILE_FIELDS] = {
    [PROFILE_GIVEN_NAME] = "given_name", [PROFILE_SURNAME] = "surname", [PROFILE_MAIL] = "mail",
    [PROFILE_TELEPHONE] = "telephone",   [PROFILE_TITLE] = "title",
};

const char *profile_field_name(enum profile_field field)
{
    return names[field];
}

static const char *attribute_name(const struct config *config, enum profile_field field)
{
    static const char *const attributes[PROFILE_FIELDS] = {
        [PROFILE_GIVEN_NAME] = "givenName",
        [PROFILE_SURNAME] = "sn",
        [PROFILE_TELEPHONE] = "telephoneNumber",
        [PROFILE_TITLE] = "title",
    };
    return field == PROFILE_MAIL ? config->directory_profile_mail : attributes[field];
}

/* As the entry has them; NULL where it has nothing. */
static struct profile_form raw_values(const struct profile *profile)
{
    return (struct profile_form){
        {[PROFILE_GIVEN_NAME] = profile->given_name,
         [PROFILE_SURNAME] = profile->surname,
         [PROFILE_MAIL] = profile->mail,
         [PROFILE_TELEPHONE] = profile->telephone,
         [PROFILE_TITLE] = profile->title}
    };
}

struct profile_form profile_form_of(struct lk_arena *arena, const struct profile *profile)
{
    struct profile_form form = raw_values(profile);
    for (size_t i = 0; i < PROFILE_FIELDS; i++) {
        char *tidy = NULL;
        const char *raw = form.values[i];
        const bool can_be_shown = raw != NULL && lk_unicode_tidy(arena, raw, strlen(raw), &tidy) == LK_OK;
        form.values[i] = can_be_shown ? tidy : "";
    }
    return form;
}

/* ---- what is wrong with a form ---- */

static bool is_altered(unsigned fields, enum profile_field field)
{
    return (fields & 1U << field) != 0;
}

static unsigned text_faults(const struct profile_form *form, unsigned altered)
{
    unsigned faults = 0;
    for (size_t i = 0; i < PROFILE_FIELDS; i++) {
        const char *text = form->values[i];
        const bool is_text = i != PROFILE_MAIL && is_altered(altered, (enum profile_field) i);
        if (is_text && lk_unicode_length(text, strlen(text)) > PROFILE_TEXT_MOST)
            faults |= (unsigned) PROFILE_TEXT_LONG << i;
    }
    return faults;
}

static unsigned mail_faults(const char *mail)
{
    if (*mail == '\0')
        return PROFILE_MAIL_MISSING;
    return lk_mail_address_is_valid(mail, strlen(mail)) ? 0 : PROFILE_MAIL_BAD;
}

static unsigned form_faults(const struct profile_form *form, unsigned altered)
{
    unsigned faults = text_faults(form, altered);
    if (*form->values[PROFILE_SURNAME] == '\0')
        faults |= PROFILE_SURNAME_MISSING;
    if (is_altered(altered, PROFILE_MAIL))
        faults |= mail_faults(form->values[PROFILE_MAIL]);
    if (is_altered(altered, PROFILE_TELEPHONE) && !lk_telephone_is_valid(form->values[PROFILE_TELEPHONE]))
        faults |= PROFILE_TELEPHONE_BAD;
    return faults;
}

/* Two profiles of one organisation with one address are a slip far more often than they are meant; whoever means it, writes it to
 * the directory. `but` (may be NULL) is the profile that may have it. */
static enum lk_status check_mail_is_new(struct action_context *context, const struct acting *acting, const char *mail,
                                        const struct profile *but, unsigned *faults)
{
    struct profile_list list = { 0 };
    const enum lk_status status =
        profiles_of_mail(context->directory, context->config, context->arena, acting->organization.dn, mail,
                         SAME_MAIL_MOST, &list, &context->trouble);
    for (size_t i = 0; status == LK_OK && i < list.count; i++) {
        if (but == NULL || memcmp(list.items[i].id, but->id, sizeof but->id) != 0)
            *faults |= PROFILE_MAIL_KNOWN;
    }
    return status;
}

enum lk_status profile_mail_faults(struct action_context *context, const struct acting *acting, const char *mail,
                                   const struct profile *but, unsigned *faults_out)
{
    *faults_out = mail_faults(mail);
    return *faults_out == 0 ? check_mail_is_new(context, acting, mail, but, faults_out) : LK_OK;
}

static const char *whole_name(struct lk_arena *arena, const struct profile_form *form)
{
    const char *given = form->values[PROFILE_GIVEN_NAME];
    const char *surname = form->values[PROFILE_SURNAME];
    return *given == '\0' ? surname : lk_arena_format(arena, "%s %s", given, surname);
}

/* ---- adding ---- */

void name_profile(struct directory_change *entry, const struct config *config, const char *name)
{
    directory_change_add(entry, "cn", name);
    if (strcasecmp(config->directory_profile_name, "cn") != 0)
        directory_change_add(entry, config->directory_profile_name, name);
}

static struct directory_change *new_entry(struct action_context *context, const struct acting *acting,
                                          const struct profile_form *form, const char *common_name, bool invite)
{
    struct directory_change *entry = directory_change_new(context->arena);
    directory_change_add(entry, "objectClass", context->config->directory_new_person_class);
    directory_change_add(entry, "objectClass", context->config->directory_profile_class);
    name_profile(entry, context->config, common_name);
    directory_change_add(entry, "displayName", whole_name(context->arena, form));
    for (size_t i = 0; i < PROFILE_FIELDS; i++)
        if (*form->values[i] != '\0')
            directory_change_add(entry, attribute_name(context->config, (enum profile_field) i), form->values[i]);
    if (invite)
        directory_change_add(entry, NAME_SEND, outbox_invite(context->arena, acting->profile.display_name));
    return entry;
}

/* Without refint the organisation may name somebody who is gone: whoever gets that name would be its administrator. LK_CONFLICT too where
 * there is such an entry. */
static enum lk_status check_is_no_officers(struct action_context *context, const struct organization *organization,
                                           const char *dn)
{
    const bool is_contact = organization->main_contact != NULL && dn_equals(organization->main_contact, dn);
    if (is_contact || organization_has_administrator(organization, dn))
        return lk_fail(&context->trouble, LK_CONFLICT, "the organisation already has this name: %s", dn);
    return LK_OK;
}

static enum lk_status add_called(struct action_context *context, const struct acting *acting,
                                 const struct profile_form *form, const char *common_name, bool invite,
                                 const char **dn_out)
{
    enum lk_status status =
        dn_child(context->arena, context->config->directory_profile_name, common_name, acting->organization.dn, dn_out);
    if (status != LK_OK)
        return lk_fail(&context->trouble, LK_REFUSED, "this cannot be a name in the directory");
    status = check_is_no_operators(context, *dn_out);
    if (status == LK_OK)
        status = check_is_no_officers(context, &acting->organization, *dn_out);
    return status == LK_OK ? acting_add(context, acting, *dn_out, new_entry(context, acting, form, common_name, invite))
                           : status;
}

/* Somebody of this name may be there already, rightly: the entry is then called "Name (2)", the person is not. */
static enum lk_status add_under_some_name(struct action_context *context, const struct acting *acting,
                                          const struct profile_form *form, bool invite, const char **dn_out,
                                          unsigned *faults)
{
    const char *name = whole_name(context->arena, form);
    enum lk_status status = LK_CONFLICT;
    for (int i = 1; i <= NAMESAKES_MOST && status == LK_CONFLICT && *faults == 0; i++) {
        const char *common_name = i == 1 ? name : lk_arena_format(context->arena, "%s (%d)", name, i);
        status = add_called(context, acting, form, common_name, invite, dn_out);
        /* Perhaps the very same person, sent twice. */
        if (status == LK_CONFLICT &&
            check_mail_is_new(context, acting, form->values[PROFILE_MAIL], NULL, faults) != LK_OK)
            return LK_BROKEN;
    }
    return status;
}

enum lk_status add_profile_called(struct action_context *context, const struct acting *acting,
                                  const struct profile_form *form, const char *common_name, bool invite)
{
    const char *dn = NULL;
    return add_called(context, acting, form, common_name, invite, &dn);
}

unsigned profile_faults(const struct profile_form *form)
{
    return form_faults(form, ~0U);
}

const char *profile_form_name(struct lk_arena *arena, const struct profile_form *form)
{
    return whole_name(arena, form);
}

enum keep_outcome add_profile_entry(struct action_context *context, const struct acting *acting,
                                    const struct profile_form *form, bool invite, unsigned *faults_out,
                                    const char **dn_out)
{
    *faults_out = form_faults(form, ~0U);
    enum lk_status status = LK_OK;
    if (*faults_out == 0)
        status = check_mail_is_new(context, acting, form->values[PROFILE_MAIL], NULL, faults_out);
    if (status != LK_OK)
        return KEEP_TROUBLE;
    if (*faults_out == 0)
        status = add_under_some_name(context, acting, form, invite, dn_out, faults_out);
    if (*faults_out != 0)
        return KEEP_FAULTY;
    if (status == LK_REFUSED || status == LK_CONFLICT)
        return KEEP_REFUSED;
    return status == LK_OK ? KEEP_DONE : KEEP_TROUBLE;
}

enum keep_outcome add_profile(struct action_context *context, const struct acting *acting,
                              const struct profile_form *form, bool invite, struct keep_result *result_out)
{
    const char *dn = NULL;
    *result_out = (struct keep_result){ .faults = 0 };
    const enum keep_outcome outcome = add_profile_entry(context, acting, form, invite, &result_out->faults, &dn);
    if (outcome != KEEP_DONE)
        return outcome;
    const enum lk_status status =
        profile_by_dn(context->directory, context->config, context->arena, dn, &result_out->profile, &context->trouble);
    return status == LK_OK ? KEEP_DONE : KEEP_TROUBLE;
}

/* ---- editing ---- */

/* Three views of a profile: as the person read it, as they want it, as it is. */
struct edit {
    const struct profile_form *was, *form;
    struct profile now;
    struct profile_form tidy, raw; /* of `now` */
    unsigned altered, changed;     /* by this person; by others too, otherwise */
};

static void compare(struct lk_arena *arena, struct edit *edit)
{
    edit->tidy = profile_form_of(arena, &edit->now);
    edit->raw = raw_values(&edit->now);
    edit->altered = edit->changed = 0;
    for (size_t i = 0; i < PROFILE_FIELDS; i++) {
        const char *wanted = edit->form->values[i];
        if (strcmp(wanted, edit->was->values[i]) == 0 || strcmp(wanted, edit->tidy.values[i]) == 0)
            continue;
        edit->altered |= 1U << i;
        if (strcmp(edit->tidy.values[i], edit->was->values[i]) != 0)
            edit->changed |= 1U << i;
    }
}

/* By deleting exactly what was read: if somebody is quicker, the whole fails and is looked at again. */
static void swap_value(struct directory_change *change, const char *attribute, const char *former, const char *next)
{
    if (former != NULL)
        directory_change_delete(change, attribute, former);
    if (*next != '\0')
        directory_change_add(change, attribute, next);
}

/* "Ben Brook" that is no longer Brook but Brooks, where nothing says which part of it is the given name. NULL: the name does not end
 * with that surname. */
static const char *with_other_surname(struct lk_arena *arena, const char *name, const char *surname, const char *next)
{
    const size_t len = strlen(name);
    const size_t surname_len = strlen(surname);
    const bool ends_so = surname_len > 0 && surname_len < len && name[len - surname_len - 1] == ' ' &&
                         strcmp(name + len - surname_len, surname) == 0;
    return ends_so ? lk_arena_format(arena, "%.*s%s", (int) (len - surname_len), name, next) : NULL;
}

static const char *next_name(struct lk_arena *arena, const struct edit *edit, const struct profile_form *next)
{
    const char *name = NULL;
    if (*next->values[PROFILE_GIVEN_NAME] == '\0' && !is_altered(edit->altered, PROFILE_GIVEN_NAME) &&
        edit->now.display_name != NULL && edit->raw.values[PROFILE_SURNAME] != NULL)
        name = with_other_surname(arena, edit->now.display_name, edit->raw.values[PROFILE_SURNAME],
                                  next->values[PROFILE_SURNAME]);
    return name != NULL ? name : whole_name(arena, next);
}

static void change_name(struct lk_arena *arena, const struct edit *edit, struct directory_change *change)
{
    struct profile_form next = edit->tidy;

    static const enum profile_field parts[] = { PROFILE_GIVEN_NAME, PROFILE_SURNAME };

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (is_altered(edit->altered, parts[i]))
            next.values[parts[i]] = edit->form->values[parts[i]];
    const char *name = next_name(arena, edit, &next);
    if (edit->now.display_name == NULL || strcmp(edit->now.display_name, name) != 0)
        swap_value(change, "displayName", edit->now.has_display_name ? edit->now.display_name : NULL, name);
}

/* What was refused was refused for the former address; and where the administrators say which address it is, nobody else's change of
 * it goes on. */
static void end_former_mail(struct lk_arena *arena, const struct profile *profile, struct directory_change *change)
{
    for (size_t i = 0; i < profile->send_errors.count; i++)
        directory_change_delete(change, NAME_SEND_ERROR, profile->send_errors.values[i].bytes);
    for (size_t i = 0; i < profile->sends.count; i++) {
        struct outbox_request request;
        const char *name = NULL;
        if (outbox_read(arena, &profile->sends.values[i], &request, &name, NULL) == LK_OK &&
            (request.kind->purpose == LINK_NEW_MAIL || request.kind->purpose == LINK_UNDO_MAIL))
            directory_change_delete(change, NAME_SEND, profile->sends.values[i].bytes);
    }
    if (profile->pending_mail != NULL)
        directory_change_delete(change, NAME_PENDING_MAIL, profile->pending_mail);
}

static struct directory_change *change_of(const struct action_context *context, const struct edit *edit)
{
    struct directory_change *change = directory_change_new(context->arena);
    for (size_t i = 0; i < PROFILE_FIELDS; i++)
        if (is_altered(edit->altered, (enum profile_field) i))
            swap_value(change, attribute_name(context->config, (enum profile_field) i), edit->raw.values[i],
                       edit->form->values[i]);
    if (is_altered(edit->altered, PROFILE_GIVEN_NAME) || is_altered(edit->altered, PROFILE_SURNAME))
        change_name(context->arena, edit, change);
    if (is_altered(edit->altered, PROFILE_MAIL))
        end_former_mail(context->arena, &edit->now, change);
    return change;
}

/* All but those that undo a move: it is none of the address's. */
static bool is_of_mail(enum link_purpose purpose)
{
    return purpose != LINK_UNDO_TIE;
}

static bool puts_mail_back(enum link_purpose purpose)
{
    return purpose == LINK_UNDO_MAIL;
}

static enum lk_status end_links_that(struct action_context *context, const struct profile *profile,
                                     bool (*ends)(enum link_purpose purpose))
{
    struct directory_value *values = lk_arena_array(context->arena, profile->tokens.count, sizeof *values);
    struct directory_attribute ending = { .name = NAME_TOKEN, .values = values };
    for (size_t i = 0; i < profile->tokens.count; i++) {
        const struct directory_value *value = &profile->tokens.values[i];
        struct link_token token;
        if (link_token_read(context->arena, value->bytes, value->len, &token) != LK_OK || ends(token.purpose))
            values[ending.count++] = *value;
    }
    return end_links(context, profile->dn, &ending);
}

/* Another address does not end the links that put the former one back, and whoever may write it may not write lkToken: they end before
 * that, or a crash in between would leave them. Only for who may, so that nobody else ends them. */
static enum lk_status end_ways_back(struct action_context *context, const struct acting *acting,
                                    const struct profile *profile)
{
    const bool may_write = acting->is_administrator || acting->profile.dn == NULL;
    return may_write ? end_links_that(context, profile, puts_mail_back) : LK_OK;
}

/* Nothing else is written here but what slapd allows the acting profile. LK_ABSENT: look again. */
static enum lk_status edit_once(struct action_context *context, const struct acting *acting, struct edit *edit,
                                struct keep_result *result)
{
    compare(context->arena, edit);
    result->faults = form_faults(edit->form, edit->altered);
    result->changed = edit->changed;
    result->mail_changed = is_altered(edit->altered, PROFILE_MAIL);
    if (result->faults != 0 || result->changed != 0 || edit->altered == 0)
        return LK_OK;
    if (result->mail_changed) {
        const enum lk_status status =
            check_mail_is_new(context, acting, edit->form->values[PROFILE_MAIL], &edit->now, &result->faults);
        if (status != LK_OK || result->faults != 0)
            return status == LK_ABSENT ? LK_BROKEN : status;
        if (end_ways_back(context, acting, &edit->now) != LK_OK)
            return LK_BROKEN;
    }
    return acting_modify(context, acting, edit->now.dn, change_of(context, edit));
}

static enum keep_outcome after_edit(struct action_context *context, enum lk_status status, const struct edit *edit,
                                    struct keep_result *result)
{
    result->profile = edit->now;
    if (status == LK_ABSENT || status == LK_CONFLICT || status == LK_REFUSED)
        return KEEP_REFUSED;
    if (status != LK_OK)
        return KEEP_TROUBLE;
    if (result->faults != 0)
        return KEEP_FAULTY;
    if (result->changed != 0)
        return KEEP_CONFLICT;
    /* The other links to the former address are dead by themselves; without their values they look so too. */
    if (result->mail_changed && end_links_that(context, &edit->now, is_of_mail) != LK_OK)
        return KEEP_TROUBLE;
    return KEEP_DONE;
}

enum keep_outcome edit_profile(struct action_context *context, const struct acting *acting,
                               const struct profile *target, const struct profile_form *was,
                               const struct profile_form *form, struct keep_result *result_out)
{
    struct edit edit = { .was = was, .form = form, .now = *target };
    enum lk_status status = LK_ABSENT;
    *result_out = (struct keep_result){ .faults = 0 };
    for (int i = 0; i < TRIES_MOST; i++) {
        status = edit_once(context, acting, &edit, result_out);
        if (status != LK_ABSENT && status != LK_CONFLICT)
            break;
        const enum lk_status read = acting_read_again(context, acting, target, &edit.now);
        if (read != LK_OK)
            return read == LK_ABSENT ? KEEP_GONE : KEEP_TROUBLE;
    }
    return after_edit(context, status, &edit, result_out);
}

/* ---- untying ---- */

static enum lk_status untie_once(struct action_context *context, const struct acting *acting,
                                 const struct profile *profile)
{
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_delete(change, NAME_ACCOUNT_DN, profile->account_dn);
    ends_links(change, context->arena, profile, NULL);
    ends_link_requests(change, context->arena, profile);
    if (profile->pending_mail != NULL)
        directory_change_delete(change, NAME_PENDING_MAIL, profile->pending_mail);
    return acting_modify(context, acting, profile->dn, change);
}

static enum keep_outcome after_untie(enum lk_status status)
{
    switch (status) {
    case LK_OK: return KEEP_DONE;
    case LK_REFUSED: return KEEP_REFUSED;
    case LK_ABSENT:
    case LK_CONFLICT:
    case LK_MALFORMED:
    case LK_BUSY:
    case LK_BROKEN: break;
    }
    return KEEP_TROUBLE;
}

enum keep_outcome untie_profile(struct action_context *context, const struct acting *acting,
                                const struct profile *target)
{
    struct profile now = *target;
    enum lk_status status = LK_ABSENT;
    for (int i = 0; i < TRIES_MOST && status == LK_ABSENT; i++) {
        if (now.account_dn == NULL)
            return KEEP_DONE;
        if (target->account_dn == NULL || !dn_equals(now.account_dn, target->account_dn))
            return KEEP_CONFLICT;
        status = untie_once(context, acting, &now);
        if (status != LK_ABSENT)
            break;
        const enum lk_status read = acting_read_again(context, acting, target, &now);
        if (read != LK_OK)
            return read == LK_ABSENT ? KEEP_GONE : KEEP_TROUBLE;
    }
    return after_untie(status);
}

/* ---- removing ---- */

enum remove_outcome remove_profile(struct action_context *context, const struct acting *acting,
                                   const struct profile *target)
{
    if (organization_has_administrator(&acting->organization, target->dn)) {
        switch (unmake_administrator(context, acting, target)) {
        case MARK_DONE: break;
        case MARK_LAST: return REMOVE_LAST_ADMINISTRATOR;
        case MARK_REFUSED: return REMOVE_REFUSED;
        case MARK_TROUBLE: return REMOVE_TROUBLE;
        }
    }
    switch (acting_delete(context, acting, target->dn)) {
    case LK_OK: return REMOVE_DONE;
    case LK_ABSENT: return REMOVE_GONE;
    case LK_REFUSED: return REMOVE_REFUSED;
    case LK_CONFLICT:
    case LK_MALFORMED:
    case LK_BUSY:
    case LK_BROKEN: break;
    }
    return REMOVE_TROUBLE;
}
