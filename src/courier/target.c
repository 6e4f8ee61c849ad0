/* SPDX-License-Identifier: Apache-2.0 */
#include "courier/target.h"

#include "base/unicode.h"
#include "directory/filter.h"
#include "directory/names.h"

#include <string.h>
#include <strings.h>

static struct directory_attribute attribute_of(const struct directory_entry *entry, const char *name)
{
    const struct directory_attribute *found = directory_attribute(entry, name);
    return found != NULL ? *found : (struct directory_attribute){ .name = name, .count = 0 };
}

static bool has_class(const struct directory_entry *entry, const char *name)
{
    const struct directory_attribute classes = attribute_of(entry, "objectClass");
    for (size_t i = 0; i < classes.count; i++) {
        if (strcasecmp(classes.values[i].bytes, name) == 0)
            return true;
    }
    return false;
}

/* An entryUUID is text; other servers' identifiers may be bytes, which the log is spared. */
static const char *shown_id(const struct directory_entry *entry, const char *attribute)
{
    const char *id = directory_first(entry, attribute);
    return id != NULL && *id != '\0' && lk_unicode_is_line(id, strlen(id)) ? id : entry->dn;
}

/* As people.h has it: what names the entry may have to differ from what the person is called. */
static const char *shown_name(const struct directory_entry *entry)
{
    const char *name = directory_first(entry, "displayName");
    return name != NULL ? name : directory_first(entry, "cn");
}

struct attributes {
    const char *names[14]; /* ends with NULL */
};

static struct attributes attributes_of(const struct config *config)
{
    return (struct attributes){
        {"objectClass", "cn", "displayName", config->directory_organization_name, config->directory_profile_mail,
         config->directory_unique_id, NAME_PENDING_MAIL, NAME_PREFERRED_LANGUAGE, NAME_ACCOUNT_DN, NAME_SEND,
         NAME_SEND_ERROR, NAME_SENT, NAME_TOKEN, NULL}
    };
}

static struct target target_from(const struct config *config, const struct directory_entry *entry,
                                 struct lk_trouble *trouble)
{
    struct target target = {
        .dn = entry->dn,
        .id = shown_id(entry, config->directory_unique_id),
        .is_profile = has_class(entry, config->directory_profile_class),
        .is_account = has_class(entry, config->directory_account_class),
        .is_organization = has_class(entry, config->directory_organization_class),
        .is_decoy = dn_equals(entry->dn, config->directory_decoy),
        .name = shown_name(entry),
        .organization_name = directory_first(entry, config->directory_organization_name),
        .mail = directory_first(entry, config->directory_profile_mail),
        .pending_mail = directory_first(entry, NAME_PENDING_MAIL),
        .language = directory_first(entry, NAME_PREFERRED_LANGUAGE),
        .account_dn = directory_first(entry, NAME_ACCOUNT_DN),
        .entry = {.sends = attribute_of(entry, NAME_SEND),
                  .tokens = attribute_of(entry, NAME_TOKEN),
                  .sents = attribute_of(entry, NAME_SENT),
                  .errors = attribute_of(entry, NAME_SEND_ERROR)},
    };
    if (people_id(config, entry, target.unique, trouble) != LK_OK) /* no seal fits it then */
        memset(target.unique, 0, sizeof target.unique);
    return target;
}

enum lk_status target_read(struct directory *directory, const struct config *config, struct lk_arena *arena,
                           const char *dn, struct target *target_out, struct lk_trouble *trouble)
{
    const struct attributes attributes = attributes_of(config);
    struct directory_entry entry;
    const enum lk_status status = directory_read(directory, arena, dn, NULL, attributes.names, &entry, trouble);
    if (status == LK_OK)
        *target_out = target_from(config, &entry, trouble);
    return status;
}

enum lk_status target_find(struct directory *directory, const struct config *config, struct lk_arena *arena,
                           const uint8_t unique[static 16], struct target *target_out, struct lk_trouble *trouble)
{
    const struct attributes attributes = attributes_of(config);
    const struct directory_search search = { .base = config->directory_suffix,
                                             .scope = DIRECTORY_SUBTREE,
                                             .filter = filter_equals_uuid(arena, config->directory_unique_id, unique),
                                             .attributes = attributes.names,
                                             .most = 1 };
    struct directory_entry *entries = NULL;
    size_t count = 0;
    const enum lk_status status = directory_search(directory, arena, &search, &entries, &count, NULL, trouble);
    if (status != LK_OK)
        return status;
    if (count == 0)
        return lk_fail(trouble, LK_ABSENT, "the entry is gone");
    *target_out = target_from(config, &entries[0], trouble);
    return LK_OK;
}
