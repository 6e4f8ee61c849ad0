/* SPDX-License-Identifier: Apache-2.0 */
#include "base/record.h"
#include "directory/filter.h"
#include "directory/names.h"
#include "directory/people_internal.h"

#include <stddef.h>

/* "support until=20271231235959Z"; without `until` it does not end. A plan that cannot be read, or whose end cannot, is left
 * out: it gives no access. */
static bool plan_from(struct lk_arena *arena, const struct directory_value *value, struct service_plan *plan_out)
{
    struct lk_record record = { 0 };
    if (lk_record_parse(arena, value->bytes, value->len, &record) != LK_OK)
        return false;
    const bool has_end = lk_record_get(&record, "until") != NULL;
    const int64_t ends = has_end ? lk_record_time(&record, "until", -1) : INT64_MAX;
    if (ends < 0)
        return false;
    *plan_out = (struct service_plan){ .name = record.kind, .ends = ends, .value = value->bytes };
    return true;
}

static void read_plans(struct lk_arena *arena, const struct directory_entry *entry, struct organization *organization)
{
    const struct directory_attribute values = people_values(entry, NAME_SERVICE_PLAN);
    struct service_plan *plans = lk_arena_array(arena, values.count, sizeof *plans);
    for (size_t i = 0; i < values.count; i++) {
        if (plan_from(arena, &values.values[i], &plans[organization->plan_count]))
            organization->plan_count++;
    }
    organization->plans = plans;
}

struct people_attributes organization_attributes(const struct config *config)
{
    return (struct people_attributes){
        {config->directory_organization_name, config->directory_unique_id, NAME_MAIN_CONTACT, NAME_ADMINISTRATOR,
         NAME_SERVICE_PLAN, NAME_SEND, NAME_SENT, NULL}
    };
}

enum lk_status organization_from(const struct config *config, struct lk_arena *arena,
                                 const struct directory_entry *entry, struct organization *organization_out,
                                 struct lk_trouble *trouble)
{
    struct organization organization = { .dn = entry->dn,
                                         .name = directory_first(entry, config->directory_organization_name),
                                         .main_contact = directory_first(entry, NAME_MAIN_CONTACT),
                                         .administrators = people_values(entry, NAME_ADMINISTRATOR),
                                         .sends = people_values(entry, NAME_SEND),
                                         .sents = people_values(entry, NAME_SENT) };
    const enum lk_status status = people_id(config, entry, organization.id, trouble);
    if (status != LK_OK)
        return status;
    read_plans(arena, entry, &organization);
    *organization_out = organization;
    return LK_OK;
}

enum lk_status organization_by_dn(struct directory *directory, const struct config *config, struct lk_arena *arena,
                                  const char *dn, struct organization *organization_out, struct lk_trouble *trouble)
{
    const struct people_kind kind = { config->directory_organizations_base, organizations_filter(config, arena) };
    const struct people_attributes attributes = organization_attributes(config);
    struct directory_entry entry = { 0 };
    const enum lk_status status = people_read(directory, arena, dn, &kind, attributes.names, &entry, trouble);
    return status == LK_OK ? organization_from(config, arena, &entry, organization_out, trouble) : status;
}

enum lk_status organization_by_id(struct directory *directory, const struct config *config, struct lk_arena *arena,
                                  const uint8_t id[static 16], struct organization *organization_out,
                                  struct lk_trouble *trouble)
{
    const struct directory_filter *filter = filter_and(
        arena, filter_equals_uuid(arena, config->directory_unique_id, id), organizations_filter(config, arena));
    const struct people_attributes attributes = organization_attributes(config);
    struct directory_entry entry = { 0 };
    const enum lk_status status =
        people_find(directory, arena, config->directory_organizations_base, filter, attributes.names, &entry, trouble);
    return status == LK_OK ? organization_from(config, arena, &entry, organization_out, trouble) : status;
}

const struct service_plan *organization_current_plan(const struct organization *organization, int64_t now)
{
    const struct service_plan *best = NULL;
    for (size_t i = 0; i < organization->plan_count; i++) {
        const struct service_plan *plan = &organization->plans[i];
        if (plan->ends > now && (best == NULL || plan->ends > best->ends))
            best = plan;
    }
    return best;
}

const struct service_plan *organization_ended_plan(const struct organization *organization, int64_t now)
{
    const struct service_plan *last = NULL;
    for (size_t i = 0; i < organization->plan_count; i++) {
        const struct service_plan *plan = &organization->plans[i];
        if (plan->ends <= now && (last == NULL || plan->ends > last->ends))
            last = plan;
    }
    return last;
}

bool organization_has_administrator(const struct organization *organization, const char *profile_dn)
{
    for (size_t i = 0; i < organization->administrators.count; i++) {
        if (dn_equals(organization->administrators.values[i].bytes, profile_dn))
            return true;
    }
    return false;
}
