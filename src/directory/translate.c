/* SPDX-License-Identifier: Apache-2.0 */
/* Between the names that attributes have in this project and those that this directory has for them (directory.attribute_names, items
 * OURS=THEIRS). */
#include "directory/connection_internal.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define FILTER_BEFORE_NAME "&|!" /* what may follow a parenthesis that begins no assertion */
#define FILTER_BEHIND_NAME "=~<>:;)"

/* The other side of a pair whose left or right side is these bytes; NULL: there is none. */
static const char *their_name(const struct config *config, const char *ours, size_t len)
{
    const struct config_words *pairs = &config->directory_attribute_names;
    for (size_t i = 0; i < pairs->count; i++) {
        if (strncasecmp(pairs->items[i], ours, len) == 0 && pairs->items[i][len] == '=')
            return pairs->items[i] + len + 1;
    }
    return NULL;
}

static const char *our_name(const struct config *config, struct lk_arena *arena, const char *theirs, size_t len)
{
    const struct config_words *pairs = &config->directory_attribute_names;
    for (size_t i = 0; i < pairs->count; i++) {
        const char *equals = strchr(pairs->items[i], '=');
        if (strncasecmp(equals + 1, theirs, len) == 0 && equals[1 + len] == '\0')
            return lk_arena_copy(arena, pairs->items[i], (size_t) (equals - pairs->items[i]));
    }
    return NULL;
}

static bool says_nothing(const struct config *config)
{
    return config->directory_attribute_names.count == 0;
}

const char *directory_name(const struct config *config, const char *attribute)
{
    const char *theirs = their_name(config, attribute, strlen(attribute));
    return theirs != NULL ? theirs : attribute;
}

const char *translate_back(const struct config *config, struct lk_arena *arena, const char *name)
{
    if (says_nothing(config))
        return name;
    const size_t len = strcspn(name, ";");
    const char *ours = our_name(config, arena, name, len);
    return ours == NULL ? name : lk_arena_format(arena, "%s%s", ours, name + len);
}

static size_t longest_of_theirs(const struct config *config)
{
    const struct config_words *pairs = &config->directory_attribute_names;
    size_t longest = 0;
    for (size_t i = 0; i < pairs->count; i++) {
        const size_t len = strlen(strchr(pairs->items[i], '=') + 1);
        longest = len > longest ? len : longest;
    }
    return longest;
}

static size_t count_parentheses(const char *filter)
{
    size_t count = 0;
    for (const char *at = strchr(filter, '('); at != NULL; at = strchr(at + 1, '('))
        count++;
    return count;
}

/* A name stands behind each parenthesis; within a value that was escaped (RFC 4515) there are none. Room for all of it at once: the
 * filters that read a list of people have hundreds of parts. */
const char *translate_filter(const struct config *config, struct lk_arena *arena, const char *filter)
{
    if (says_nothing(config))
        return filter;
    const size_t room = strlen(filter) + count_parentheses(filter) * longest_of_theirs(config) + 1;
    char *const text = lk_arena_alloc(arena, room);
    char *end = text;
    while (*filter != '\0') {
        const size_t until = strcspn(filter, "(") + (strchr(filter, '(') != NULL);
        const char *name = filter + until;
        const size_t len = strcspn(name, FILTER_BEFORE_NAME FILTER_BEHIND_NAME "(");
        const char *theirs = until > 0 && filter[until - 1] == '(' ? their_name(config, name, len) : NULL;
        end = mempcpy(end, filter, until);
        if (theirs != NULL)
            end = mempcpy(end, theirs, strlen(theirs));
        filter = theirs != NULL ? name + len : name;
    }
    *end = '\0';
    return text;
}

const char *const *translate_list(const struct config *config, struct lk_arena *arena, const char *const *attributes)
{
    size_t count = 0;
    if (says_nothing(config) || attributes == NULL)
        return attributes;
    while (attributes[count] != NULL)
        count++;
    const char **list = lk_arena_array(arena, count + 1, sizeof *list);
    for (size_t i = 0; i < count; i++)
        list[i] = directory_name(config, attributes[i]);
    return list;
}

LDAPMod **translate_changes(const struct config *config, struct lk_arena *arena, LDAPMod **changes, size_t count)
{
    if (says_nothing(config))
        return changes;
    LDAPMod **list = lk_arena_array(arena, count + 1, sizeof(LDAPMod *));
    for (size_t i = 0; i < count; i++) {
        list[i] = lk_arena_alloc(arena, sizeof *list[i]);
        *list[i] = *changes[i];
        list[i]->mod_type = directory_lend(directory_name(config, changes[i]->mod_type));
    }
    return list;
}
