/* SPDX-License-Identifier: Apache-2.0 */
/* The server's configuration, where the sysadmin may read it: what `latchkey init` would still have to do. */
#include "cli/doctor_internal.h"
#include "cli/init_internal.h"
#include "cli/options.h"

static const char *mend_of(const struct init_remark *remark)
{
    return remark->is_fault ? "by hand, as it says" : "nothing, if that is so on purpose; otherwise as it says";
}

static void tell_plan(struct doctor *doctor, const struct init *init)
{
    for (const struct init_step *step = init->steps; step != NULL; step = step->next)
        doctor_tell(doctor, FINDING_FAULT, "%s: to do: %s", init_part_name(step->part), step->what);
    for (const struct init_remark *remark = init->remarks; remark != NULL; remark = remark->next)
        doctor_tell_mend(doctor, remark->is_fault ? FINDING_FAULT : FINDING_WARNING, mend_of(remark), "%s: %s",
                         init_part_name(remark->part), remark->words);
    if (init->steps == NULL && init->remarks == NULL)
        doctor_tell(doctor, FINDING_OK,
                    "modules, schema, log, overlays, indexes, identities, access rules, replication");
}

void check_server(struct doctor *doctor)
{
    struct lk_trouble trouble = { "" };
    struct init init = { .command = doctor->command, .arena = doctor->arena, .only_looks = true };
    if (doctor->server == NULL) {
        doctor_tell(doctor, FINDING_SKIPPED,
                    "indexes, overlays and rules: only whoever may read cn=config sees them (-D cn=admin,cn=config "
                    "-W, or -Y EXTERNAL as root)");
        return;
    }
    if (slapd_read(doctor->server, doctor->arena, doctor->config->directory_suffix, &init.slapd, &trouble) != LK_OK) {
        doctor_tell(doctor, FINDING_SKIPPED, "cn=config: %s", trouble.words);
        return;
    }
    if (init_words(&init, command_option(doctor->command, "user"), NULL) != COMMAND_DONE ||
        init_plan(&init, &trouble) != LK_OK)
        doctor_tell(doctor, FINDING_SKIPPED, "cn=config: %s",
                    *trouble.words != '\0' ? trouble.words : "--user, see above");
    else
        tell_plan(doctor, &init);
}
