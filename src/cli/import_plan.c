/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/keep_profile.h"
#include "base/unicode.h"
#include "cli/import_internal.h"
#include "cli/outcome.h"
#include "directory/filter.h"
#include "directory/people.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#define PEOPLE_MOST    ((size_t) 10 * 1000 * 1000)
#define NAMESAKES_MOST 100

/* Somebody who is there, or will be. */
struct known {
    const char *key; /* folded address, or folded cn */
    const struct profile *profile;
    const struct line *line; /* of this file; NULL: of the directory */
};

struct planning {
    struct import *import;
    struct lk_arena *arena;
    void *addresses, *names; /* trees of struct known */
};

/* ---- who is there ---- */

static int by_key(const void *a, const void *b)
{
    const struct known *left = a, *right = b;
    return strcmp(left->key, right->key);
}

static const char *folded(struct lk_arena *arena, const char *text)
{
    char *fold = NULL;
    return lk_unicode_fold(arena, text, strlen(text), &fold) == LK_OK ? fold : text;
}

static const struct known *find_known(void *const *tree, const char *key)
{
    const struct known wanted = { .key = key };
    struct known *const *found = tfind(&wanted, tree, by_key);
    return found != NULL ? *found : NULL;
}

static void add_known(const struct planning *planning, void **tree, const struct known *known)
{
    struct known *kept = lk_arena_alloc(planning->arena, sizeof *kept);
    *kept = *known;
    if (tsearch(kept, tree, by_key) == NULL)
        abort(); /* no memory */
}

static void leave_known(void *known)
{
    (void) known; /* the arena's */
}

static enum command_exit read_people(struct planning *planning)
{
    const struct import *import = planning->import;
    struct action_context *action = &import->command->action;
    const struct people_search search = { .text = "", .most = PEOPLE_MOST };
    struct profile_list list = { 0 };
    const enum lk_status status = profiles_search(action->directory, action->config, action->arena,
                                                  import->acting.organization.dn, &search, &list, &action->trouble);
    if (status != LK_OK)
        return command_end_of(import->command, status);
    if (list.more)
        return command_end(COMMAND_TROUBLE,
                           "the directory's size limit hides some of the people that are there already");
    for (size_t i = 0; i < list.count; i++) {
        const struct profile *profile = &list.items[i];
        const char *name = NULL;
        if (profile->mail != NULL)
            add_known(planning, &planning->addresses,
                      &(struct known){ folded(action->arena, profile->mail), profile, NULL });
        if (dn_value(action->arena, profile->dn, action->config->directory_profile_name, &name) == LK_OK)
            add_known(planning, &planning->names, &(struct known){ folded(action->arena, name), profile, NULL });
    }
    return COMMAND_DONE;
}

/* ---- what is to become of each ---- */

void import_refuse(struct line *line, const char *words)
{
    line->plan = PLAN_REFUSE;
    line->words = words;
}

/* An entry that has no given name may say it in its whole name only. */
bool import_is_same(struct lk_arena *arena, const struct profile *profile, const struct profile_form *form)
{
    const struct profile_form there = profile_form_of(arena, profile);

    static const enum profile_field exact[] = { PROFILE_SURNAME, PROFILE_TELEPHONE, PROFILE_TITLE };

    for (size_t i = 0; i < sizeof exact / sizeof *exact; i++) {
        if (strcmp(there.values[exact[i]], form->values[exact[i]]) != 0)
            return false;
    }
    return strcmp(there.values[PROFILE_GIVEN_NAME], form->values[PROFILE_GIVEN_NAME]) == 0 ||
           (*there.values[PROFILE_GIVEN_NAME] == '\0' && profile->display_name != NULL &&
            strcmp(profile->display_name, profile_form_name(arena, form)) == 0);
}

static bool is_same_form(const struct profile_form *a, const struct profile_form *b)
{
    for (size_t i = 0; i < PROFILE_FIELDS; i++) {
        if (i != PROFILE_MAIL && strcmp(a->values[i], b->values[i]) != 0)
            return false;
    }
    return true;
}

/* Somebody has the address: the same once more, or another? */
static void plan_known(struct planning *planning, struct line *line, const struct known *known)
{
    struct lk_arena *arena = planning->arena;
    const struct profile_form *form = &line->row->form;
    const bool same =
        known->line != NULL ? is_same_form(&known->line->row->form, form) : import_is_same(arena, known->profile, form);
    if (same)
        line->plan = PLAN_SKIP;
    else if (known->line != NULL)
        import_refuse(line,
                      lk_arena_format(arena, "line %zu has this address, with other content", known->line->row->line));
    else
        import_refuse(line, IMPORT_OTHER_CONTENT);
}

/* "Ada Archer", or where there is one, "Ada Archer (2)". */
static void choose_name(struct planning *planning, struct line *line)
{
    struct lk_arena *arena = planning->arena;
    const char *name = profile_form_name(arena, &line->row->form);
    for (int i = 1; i <= NAMESAKES_MOST; i++) {
        line->common_name = i == 1 ? name : lk_arena_format(arena, "%s (%d)", name, i);
        const char *key = folded(arena, line->common_name);
        if (find_known(&planning->names, key) != NULL)
            continue;
        add_known(planning, &planning->names, &(struct known){ key, NULL, line });
        return;
    }
    import_refuse(line, "too many have this name");
}

static void plan_line(struct planning *planning, struct line *line)
{
    struct lk_arena *arena = planning->arena;
    const char *mail = line->row->form.values[PROFILE_MAIL];
    if (line->row->fault != NULL) {
        import_refuse(line, line->row->fault);
        return;
    }
    const unsigned faults = profile_faults(&line->row->form);
    if (faults != 0) {
        import_refuse(line, outcome_profile_fault(faults));
        return;
    }
    const char *key = folded(arena, mail);
    const struct known *known = find_known(&planning->addresses, key);
    if (known != NULL) {
        plan_known(planning, line, known);
        return;
    }
    choose_name(planning, line);
    if (line->plan == PLAN_ADD)
        add_known(planning, &planning->addresses, &(struct known){ key, NULL, line });
}

static size_t plan_all(struct planning *planning)
{
    struct import *import = planning->import;
    size_t count = 0;
    import->lines = lk_arena_array(planning->arena, import->file.count, sizeof *import->lines);
    for (size_t i = 0; i < import->file.count; i++) {
        import->lines[i] = (struct line){ .row = &import->file.rows[i] };
        plan_line(planning, &import->lines[i]);
        count += import->lines[i].plan == PLAN_ADD;
    }
    return count;
}

enum command_exit import_plan(struct import *import, size_t *count_out)
{
    struct planning planning = { .import = import, .arena = import->command->action.arena };
    const enum command_exit exit = read_people(&planning);
    if (exit == COMMAND_DONE)
        *count_out = plan_all(&planning);
    tdestroy(planning.addresses, leave_known);
    tdestroy(planning.names, leave_known);
    return exit;
}
