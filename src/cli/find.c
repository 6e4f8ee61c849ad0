/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/find.h"

#include "base/encoding.h"
#include "base/unicode.h"
#include "cli/output.h"

#include <stdio.h>
#include <string.h>

#define PROFILES_MOST 100 /* of one address, or looking like one name */

static bool is_dn(const char *text)
{
    return strchr(text, '=') != NULL && dn_equals(text, text);
}

static bool is_id(const char *text, uint8_t id_out[static LK_UUID_LEN])
{
    return lk_uuid_parse(text, strlen(text), id_out) == LK_OK;
}

/* The same whatever the case, and however it was composed. */
static bool is_same(struct lk_arena *arena, const char *a, const char *b)
{
    char *folded_a = NULL, *folded_b = NULL;
    return a != NULL && b != NULL && lk_unicode_fold(arena, a, strlen(a), &folded_a) == LK_OK &&
           lk_unicode_fold(arena, b, strlen(b), &folded_b) == LK_OK && strcmp(folded_a, folded_b) == 0;
}

static enum command_exit not_found(struct command *command, const char *what, const char *text)
{
    return command_end(COMMAND_NOT_FOUND, "there is no %s \"%s\", or you may not see it", what,
                       output_visible(command->action.arena, text));
}

static enum command_exit found(struct command *command, enum lk_status status, const char *what, const char *text)
{
    return status == LK_ABSENT ? not_found(command, what, text) : command_end_of(command, status);
}

/* ---- organisations ---- */

/* Named by another attribute or with more beside it. */
static enum lk_status search_organization(struct action_context *action, const char *name,
                                          struct organization *organization_out)
{
    const struct people_search search = { .text = name, .most = PROFILES_MOST };
    struct organization_list list = { 0 };
    const enum lk_status status =
        organizations_search(action->directory, action->config, action->arena, &search, &list, &action->trouble);
    const struct organization *match = NULL;
    for (size_t i = 0; status == LK_OK && i < list.count; i++) {
        if (!is_same(action->arena, list.items[i].name, name))
            continue;
        if (match != NULL)
            return lk_fail(&action->trouble, LK_CONFLICT, "several organisations are called so: %s and %s", match->dn,
                           list.items[i].dn);
        match = &list.items[i];
    }
    if (match == NULL)
        return status == LK_OK ? LK_ABSENT : status;
    *organization_out = *match;
    return LK_OK;
}

/* First where its name puts it: that also works for those who may not look into the others. */
static enum lk_status organization_by_name(struct action_context *action, const char *name,
                                           struct organization *organization_out)
{
    const char *dn = NULL;
    if (dn_child(action->arena, action->config->directory_organization_name, name,
                 action->config->directory_organizations_base, &dn) != LK_OK)
        return LK_ABSENT;
    const enum lk_status status =
        organization_by_dn(action->directory, action->config, action->arena, dn, organization_out, &action->trouble);
    return status == LK_ABSENT ? search_organization(action, name, organization_out) : status;
}

enum command_exit find_organization(struct command *command, const char *text, struct organization *organization_out)
{
    struct action_context *action = &command->action;
    uint8_t id[LK_UUID_LEN];
    enum lk_status status = LK_ABSENT;
    if (is_dn(text))
        status = organization_by_dn(action->directory, action->config, action->arena, text, organization_out,
                                    &action->trouble);
    else if (is_id(text, id))
        status = organization_by_id(action->directory, action->config, action->arena, id, organization_out,
                                    &action->trouble);
    if (status == LK_ABSENT)
        status = organization_by_name(action, text, organization_out);
    return found(command, status, "organisation", text);
}

/* ---- profiles ---- */

static enum lk_status list_profiles(struct action_context *action, const char *text,
                                    const struct organization *organization, struct profile_list *list_out)
{
    if (organization == NULL)
        return profiles_by_mail(action->directory, action->config, action->arena, text, PROFILES_MOST, &list_out->items,
                                &list_out->count, &list_out->more, &action->trouble);
    const struct people_search search = { .text = text, .most = PROFILES_MOST };
    return profiles_search(action->directory, action->config, action->arena, organization->dn, &search, list_out,
                           &action->trouble);
}

/* Keeps those that are called exactly so. */
static void keep_exact(const struct action_context *action, const char *text, struct profile_list *list)
{
    struct lk_arena *arena = action->arena;
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        const char *name = NULL;
        const struct profile *profile = &list->items[i];
        if (is_same(arena, profile->mail, text) || is_same(arena, profile->display_name, text) ||
            (dn_value(arena, profile->dn, action->config->directory_profile_name, &name) == LK_OK &&
             is_same(arena, name, text)))
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
}

static enum command_exit ambiguous(struct command *command, const char *text, const struct profile_list *list)
{
    struct lk_arena *arena = command->action.arena;
    (void) command_end(COMMAND_CONFLICT,
                       "\"%s\" is not one profile; name one of these by its DN:", output_visible(arena, text));
    for (size_t i = 0; i < list->count; i++)
        (void) fprintf(stderr, "  %s\n", output_visible(arena, list->items[i].dn));
    if (list->more)
        (void) fputs("  ...\n", stderr);
    return COMMAND_CONFLICT;
}

static enum command_exit search_profile(struct command *command, const char *text,
                                        const struct organization *organization, struct profile *profile_out)
{
    struct profile_list list = { 0 };
    const enum lk_status status = list_profiles(&command->action, text, organization, &list);
    if (status != LK_OK)
        return found(command, status, "profile", text);
    keep_exact(&command->action, text, &list);
    if (list.count == 0)
        return not_found(command, "profile", text);
    if (list.count > 1)
        return ambiguous(command, text, &list);
    *profile_out = list.items[0];
    return COMMAND_DONE;
}

enum command_exit find_profile(struct command *command, const char *text, const struct organization *organization,
                               struct profile *profile_out)
{
    struct action_context *action = &command->action;
    uint8_t id[LK_UUID_LEN];
    enum lk_status status = LK_OK;
    if (is_dn(text))
        status = profile_by_dn(action->directory, action->config, action->arena, text, profile_out, &action->trouble);
    else if (is_id(text, id))
        status = profile_by_id(action->directory, action->config, action->arena, id, profile_out, &action->trouble);
    else
        return search_profile(command, text, organization, profile_out);
    if (status == LK_OK && organization != NULL && !dn_equals(profile_out->organization_dn, organization->dn))
        status = LK_ABSENT;
    return found(command, status, "profile", text);
}

enum command_exit find_target(struct command *command, const char *text, struct acting *acting_out,
                              struct profile *profile_out)
{
    struct action_context *action = &command->action;
    struct organization organization = { 0 };
    const char *in = command_option(command, "in");
    enum command_exit exit = in != NULL ? find_organization(command, in, &organization) : COMMAND_DONE;
    if (exit == COMMAND_DONE)
        exit = find_profile(command, text, in != NULL ? &organization : NULL, profile_out);
    if (exit != COMMAND_DONE)
        return exit;
    if (in == NULL)
        exit = found(command,
                     organization_by_dn(action->directory, action->config, action->arena, profile_out->organization_dn,
                                        &organization, &action->trouble),
                     "organisation", profile_out->organization_dn);
    if (exit == COMMAND_DONE)
        *acting_out = acting_as_bound(&organization);
    return exit;
}

/* ---- accounts ---- */

enum command_exit find_account(struct command *command, const char *text, struct account *account_out)
{
    struct action_context *action = &command->action;
    uint8_t id[LK_UUID_LEN];
    enum lk_status status = LK_ABSENT;
    if (is_dn(text))
        status = account_by_dn(action->directory, action->config, action->arena, text, account_out, &action->trouble);
    else if (is_id(text, id))
        status = account_by_id(action->directory, action->config, action->arena, id, account_out, &action->trouble);
    if (status == LK_ABSENT)
        status = account_by_name(action->directory, action->config, action->arena, text, account_out, &action->trouble);
    return found(command, status, "account", text);
}
