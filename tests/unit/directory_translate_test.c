/* SPDX-License-Identifier: Apache-2.0 */
/* The names that a directory has for attributes: on the way out and on the way in. */
#include "support.h"

#include "directory/connection_internal.h"
#include "directory/filter.h"
#include "directory/names.h"

#include <string.h>

static struct lk_arena *arena;
static struct config *plain, *named;

static int set_up(void **state)
{
    (void) state;
    static const char *const settings[] = { "directory.attribute_names=title=jobTitle lkSend=acmeOutbox sn=title" };
    arena = lk_arena_new();
    plain = config_defaults();
    return config_read(NULL, settings, 1, &named, NULL) == LK_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void) state;
    config_free(plain);
    config_free(named);
    lk_arena_free(arena);
    return 0;
}

static void filters_are_translated(void **state)
{
    (void) state;

    static const struct {
        const char *ours, *theirs;
    } cases[] = {
        {"(title=x)",                             "(jobTitle=x)"                               },
        { "(&(TITLE=a*)(|(cn=title)(lkSend=*)))", "(&(jobTitle=a*)(|(cn=title)(acmeOutbox=*)))"},
        { "(!(sn>=title=x))",                     "(!(title>=title=x))"                        },
        { "(titles=x)",                           "(titles=x)"                                 },
        { "(title;lang-de=x)",                    "(jobTitle;lang-de=x)"                       },
        { "(cn=\\28title=x\\29)",                 "(cn=\\28title=x\\29)"                       },
        { "(lkSend:caseExactMatch:=invite)",      "(acmeOutbox:caseExactMatch:=invite)"        },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(translate_filter(named, arena, cases[i].ours), cases[i].theirs);
        assert_ptr_equal(translate_filter(plain, arena, cases[i].ours), cases[i].ours);
    }
    const struct directory_filter *made = filter_equals(arena, "title", "(title=x)");
    assert_string_equal(translate_filter(named, arena, made->text), "(jobTitle=\\28title=x\\29)");
}

static void names_come_back(void **state)
{
    (void) state;
    assert_string_equal(translate_back(named, arena, "JOBTITLE"), "title");
    assert_string_equal(translate_back(named, arena, "title;lang-de"), "sn;lang-de");
    assert_string_equal(translate_back(named, arena, "acmeOutbox"), NAME_SEND);
    assert_string_equal(translate_back(named, arena, "acmeOutboxes"), "acmeOutboxes");
    assert_string_equal(translate_back(plain, arena, "title"), "title");
    assert_string_equal(directory_name(named, NAME_SEND), "acmeOutbox");
    assert_string_equal(directory_name(named, "cn"), "cn");
}

static void lists_are_translated(void **state)
{
    (void) state;
    static const char *const asked[] = { "cn", "title", NULL };
    const char *const *list = translate_list(named, arena, asked);
    assert_string_equal(list[0], "cn");
    assert_string_equal(list[1], "jobTitle");
    assert_null(list[2]);
    assert_null(translate_list(named, arena, NULL));
    assert_ptr_equal(translate_list(plain, arena, asked), asked);
}

/* The change itself stays as it is: it may be sent again, or shown. */
static void changes_are_translated(void **state)
{
    (void) state;
    struct directory_change *change = directory_change_new(arena);
    directory_change_delete(change, NAME_SEND, "invite");
    directory_change_replace(change, "cn", "x");
    LDAPMod **sent = translate_changes(named, arena, change->changes, change->count);
    assert_string_equal(sent[0]->mod_type, "acmeOutbox");
    assert_string_equal(sent[0]->mod_bvalues[0]->bv_val, "invite");
    assert_string_equal(sent[1]->mod_type, "cn");
    assert_null(sent[2]);
    assert_string_equal(change->changes[0]->mod_type, NAME_SEND);
    assert_ptr_equal(translate_changes(plain, arena, change->changes, change->count), change->changes);
}

/* config/ keeps a list of what may be renamed; what this room names is on it, but for what servers themselves go by. */
static void every_name_of_the_schema_may_be_renamed(void **state)
{
    (void) state;
    static const char *const names[] = { NAME_SEND,          NAME_SEND_ERROR,     NAME_SENT,
                                         NAME_TOKEN,         NAME_SESSION,        NAME_ATTEMPT,
                                         NAME_VERIFIER,      NAME_ALTERNATE_MAIL, NAME_PENDING_MAIL,
                                         NAME_QUESTION,      NAME_ANSWER,         NAME_SECOND_FACTOR,
                                         NAME_RECOVERY_CODE, NAME_ACCOUNT_DN,     NAME_ADMINISTRATOR,
                                         NAME_MAIN_CONTACT,  NAME_SERVICE_PLAN,   NAME_PREFERRED_LANGUAGE };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct config *config = NULL;
        const char *const setting[] = { lk_arena_format(arena, "directory.attribute_names=%s=other", names[i]) };
        assert_int_equal(config_read(NULL, setting, 1, &config, NULL), LK_OK);
        config_free(config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_are_translated),
        cmocka_unit_test(names_come_back),
        cmocka_unit_test(lists_are_translated),
        cmocka_unit_test(changes_are_translated),
        cmocka_unit_test(every_name_of_the_schema_may_be_renamed),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
