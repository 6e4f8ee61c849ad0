/* SPDX-License-Identifier: Apache-2.0 */
/* What has become of an invite, told from what stands on the profile. */
#include "actions/invite_state.h"
#include "base/clock.h"
#include "unit/support.h"

#include <string.h>

#define NOW    INT64_C(1795376463) /* 20261122194103Z */
#define AT     "20261120080000Z"
#define PAST   "20261122194102Z"
#define FUTURE "20261122194104Z"
#define LATER  "20261129000000Z"
#define DIGEST "digest=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define TIED   "uid=jane,ou=accounts,dc=example,dc=com"
#define MOST   3

struct row {
    const char *what;
    const char *sends[MOST], *errors[MOST], *sents[MOST], *tokens[MOST];
    const char *account_dn;
    enum invite_state state;
    const char *when, *until, *words;
};

static const struct row ROWS[] = {
    {.what = "an empty entry",                                                                  .state = INVITE_NONE},
    {                                                                                   .what = "asked for",                                                                                                                                                                                                                       .sends = { "invite" },                                                                                      .state = INVITE_QUEUED },
    {                                                        .what = "asked for by name",                                                                                                                       .sends = { "invite by=Ada" },                                                                                        .state = INVITE_QUEUED },
    {                                                .what = "not before",                                                                                                                                  .sends = { "invite after=" FUTURE },                                                                                 .state = INVITE_DEFERRED, .when = FUTURE },
    {                                                           .what = "the time has come",                                                                                                                                                                                 .sends = { "invite after=" PAST },                                    .state = INVITE_QUEUED },
    {                                                                                                                                                                            .what = "put off",
     .sends = { "invite begun=" AT " tries=2 after=" LATER " why=\"450 4.2.0\"" },
     .state = INVITE_DEFERRED,
     .when = LATER,
     .words = "450 4.2.0" },
    {                                                     .what = "in hand",                                                                                                                                                                  .sends = { "invite begun=" AT " tries=1 claim=d until=" FUTURE },                                                  .state = INVITE_SENDING },
    {                                                                                                                                                                              .what = "whoever had it is gone",
     .sends = { "invite begun=" AT " tries=1 claim=d until=" PAST },
     .state = INVITE_QUEUED },
    {                                                                                                                                                                          .what = "the furthest counts",
     .sends = { "invite after=" LATER, "invite begun=" AT " claim=d until=" FUTURE, "invite" },
     .state = INVITE_SENDING },
    {                                                               .what = "queued before put off",                                                                                                                                                                                                                                                                                                                                                                   .sends = { "invite after=" LATER, "invite by=Ada" },                                                                       .state = INVITE_QUEUED },
    {      .what = "another kind is no invite",
     .sends = { "associate account=0b5ef4c8-3c7e-4f53-9d5c-7b1d2f4a6e10 name=x" },
     .state = INVITE_NONE },
    {                                                                                                                                                                             .what = "what cannot be read is none",                                                                                                                                                                                                                                                                                                                                                                                                                                     .sends = { "invite  twice", "nonsense=", "invite no=field" }                                                                  },
    {                                                                                                                                                                               .what = "refused",
     .errors = { "invite at=" AT " words=\"550 5.1.1 no\"" },
     .sents = { "invite at=" PAST },
     .state = INVITE_REFUSED,
     .when = AT,
     .words = "550 5.1.1 no" },
    {                                    .what = "asked for again after a refusal",
     .sends = { "invite" },
     .errors = { "invite at=" AT " words=550" },
     .state = INVITE_QUEUED },
    {                                                                                                                                                      .what = "another kind was refused",                                                                                                                                                                                                                                                                                                                                                                                                                           .errors = { "associate at=" AT " words=550" },                                                                                               .state = INVITE_NONE },
    {                                                                                                                                           .what = "sent",
     .sents = { "invite at=" AT },
     .tokens = { "invite " DIGEST " until=" LATER },
     .state = INVITE_SENT,
     .when = AT,
     .until = LATER },
    {                                                                                                                                                                                      .what = "the last of its links counts",
     .sents = { "invite at=" AT },
     .tokens = { "invite " DIGEST " until=" FUTURE, "invite " DIGEST " until=" LATER,
                  "invite " DIGEST " until=" PAST },
     .state = INVITE_SENT,
     .when = AT,
     .until = LATER },
    {                                                                                                                                                                             .what = "its link has ended",
     .sents = { "invite at=" AT },
     .tokens = { "invite " DIGEST " until=" PAST },
     .state = INVITE_EXPIRED,
     .when = AT },
    { .what = "its link is gone",                                                                                                                                                                                                                                .sents = { "invite at=" AT },                                                                                    .state = INVITE_EXPIRED, .when = AT },
    {                                                                                                   .what = "a link of another purpose does not keep it alive",
     .sents = { "invite at=" AT },
     .tokens = { "associate " DIGEST " until=" LATER " account=0b5ef4c8-3c7e-4f53-9d5c-7b1d2f4a6e10" },
     .state = INVITE_EXPIRED,
     .when = AT },
    {                                                                                                                                                      .what = "sent, but when is not known",
     .tokens = { "invite " DIGEST " until=" LATER },
     .state = INVITE_SENT,
     .until = LATER },
    {                                                         .what = "accepted",                                                                                                                                             .sents = { "invite at=" AT },                                                                            .account_dn = TIED, .state = INVITE_ACCEPTED },
    {                                                                                        .what = "tied without an invite",                                                                                                                               .account_dn = TIED,                                                                                    .state = INVITE_ACCEPTED },
    {                                                                                                                                                      .what = "invited to another account",
     .sents = { "invite at=" AT },
     .tokens = { "invite " DIGEST " until=" LATER },
     .account_dn = TIED,
     .state = INVITE_SENT,
     .when = AT,
     .until = LATER },
    {                                                                                                                                                                                   .what = "asked for again by somebody tied",                                                                                                                                                                                                .sends = { "invite" },                                                                     .account_dn = TIED, .state = INVITE_QUEUED },
};

static struct directory_attribute values_of(struct lk_arena *arena, const char *const words[MOST])
{
    struct directory_value *values = lk_arena_array(arena, MOST, sizeof *values);
    struct directory_attribute attribute = { .values = values };
    for (; attribute.count < MOST && words[attribute.count] != NULL; attribute.count++)
        values[attribute.count] = (struct directory_value){ words[attribute.count], strlen(words[attribute.count]) };
    return attribute;
}

static int64_t time_of(const char *text)
{
    int64_t when = 0;
    if (text != NULL)
        assert_int_equal(lk_clock_parse_generalized(text, strlen(text), &when), LK_OK);
    return when;
}

static void each_state_is_told(void **state)
{
    (void) state;
    struct lk_arena *arena = lk_arena_new();
    bool seen[INVITE_STATES] = { false };
    for (size_t i = 0; i < COUNT_OF(ROWS); i++) {
        const struct row *row = &ROWS[i];
        const struct profile profile = { .account_dn = row->account_dn,
                                         .sends = values_of(arena, row->sends),
                                         .send_errors = values_of(arena, row->errors),
                                         .sents = values_of(arena, row->sents),
                                         .tokens = values_of(arena, row->tokens) };
        const struct invite invite = invite_of(arena, &profile, NOW);
        if (invite.state != row->state || invite.when != time_of(row->when) || invite.until != time_of(row->until))
            fail_msg("%s: %s, when %lld, until %lld", row->what, invite_state_name(invite.state),
                     (long long) invite.when, (long long) invite.until);
        if ((row->words == NULL) != (invite.words == NULL) ||
            (row->words != NULL && strcmp(row->words, invite.words) != 0))
            fail_msg("%s: words %s", row->what, invite.words == NULL ? "(none)" : invite.words);
        seen[invite.state] = true;
    }
    for (size_t i = 0; i < INVITE_STATES; i++)
        if (!seen[i])
            fail_msg("no row is %s", invite_state_name((enum invite_state) i));
    lk_arena_free(arena);
}

static void what_is_open_can_be_called_back(void **state)
{
    (void) state;
    static const bool open[INVITE_STATES] = {
        [INVITE_QUEUED] = true, [INVITE_SENDING] = true, [INVITE_DEFERRED] = true, [INVITE_SENT] = true
    };
    for (size_t i = 0; i < INVITE_STATES; i++) {
        const struct invite invite = { .state = (enum invite_state) i };
        assert_int_equal(invite_is_open(&invite), open[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(each_state_is_told),
                                        cmocka_unit_test(what_is_open_can_be_called_back) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
