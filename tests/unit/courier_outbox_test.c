/* SPDX-License-Identifier: Apache-2.0 */
/* The life of an lkSend value: what is read, what becomes of it, and what one Modify changes. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "courier/outbox.h"
#include "courier/outbox_record.h"
#include "directory/names.h"
#include "unit/testing.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW     INT64_C(1795376463) /* 20261122194103Z */
#define MAIL    "jane@acme.example"
#define ACCOUNT "0b5ef4c8-3c7e-4f53-9d5c-7b1d2f4a6e10"

static struct lk_arena *arena;
static struct config *config;
static struct key_ring *ring;
static char folder[] = "/tmp/courier_outbox_test.XXXXXX";
static char ring_path[64];

static int set_up(void **state)
{
    (void) state;
    struct lk_trouble trouble = { "" };
    arena = lk_arena_new();
    config = config_defaults();
    if (sodium_init() < 0 || mkdtemp(folder) == NULL)
        return -1;
    (void) snprintf(ring_path, sizeof ring_path, "%s/keys", folder);
    if (key_ring_make(ring_path, &trouble) != LK_OK || key_ring_load(ring_path, &ring, &trouble) != LK_OK)
        return -1;
    return 0;
}

static int tear_down(void **state)
{
    (void) state;
    key_ring_free(ring);
    config_free(config);
    lk_arena_free(arena);
    return unlink(ring_path) + rmdir(folder);
}

static struct outbox_request request_of(const char *words)
{
    const struct directory_value value = { .bytes = words, .len = strlen(words) };
    struct outbox_request request = { 0 };
    const char *name = NULL;
    assert_int_equal(outbox_read(arena, &value, &request, &name, NULL), LK_OK);
    return request;
}

static struct directory_attribute values_of(const char *name, const char *const *words)
{
    struct directory_attribute attribute = { .name = name };
    while (words[attribute.count] != NULL)
        attribute.count++;
    struct directory_value *values = lk_arena_array(arena, attribute.count + 1, sizeof *values);
    for (size_t i = 0; i < attribute.count; i++)
        values[i] = (struct directory_value){ .bytes = words[i], .len = strlen(words[i]) };
    attribute.values = values;
    return attribute;
}

/* ---- reading ---- */

static void requests_are_read(void **state)
{
    (void) state;

    static const struct {
        const char *value, *name, *words; /* words NULL: it is one */
    } rows[] = {
        {"invite",                                                                  "invite",    NULL                                                                     },
        { "  invite ",                                                              "invite",    NULL                                                                     },
        { "invite by=\"Ada Boss\" after=20261122194103Z",                           "invite",    NULL                                                                     },
        { "associate account=" ACCOUNT " name=jane",                                "associate", NULL                                                                     },
        { "associate account=" ACCOUNT,                                             "associate", NULL                                                                     },
        { "confirm",                                                                "confirm",   NULL                                                                     },
        { "find address=jane@acme.example",                                         "find",      NULL                                                                     },
        { "",                                                                       "request",   "not understood: "                                                       },
        { "two  spaces",                                                            "request",   "not understood: two  spaces"                                            },
        { "invite by=\xC3",                                                         "request",   "not understood: invite by="                                             },
        { "letter",                                                                 "request",   "not understood: there is no kind of message called letter"              },
        { "associate",                                                              "associate", "not understood: a request of the kind associate needs the field account"},
        { "associate name=jane",                                                    "associate",
         "not understood: a request of the kind associate needs the field account"                                                                                        },
        { "find",                                                                   "find",      "not understood: a request of the kind find needs the field address"     },
        { "invite colour=red",                                                      "invite",    "not understood: a request of the kind invite has no field colour"       },
        { "confirm by=me",                                                          "confirm",   "not understood: a request of the kind confirm has no field by"          },
        { "invite a=1 b=2 c=3 d=4 e=5 f=6 g=7 h=8 i=9 j=1 k=2 l=3 m=4 n=5 o=6 p=7", "invite",
         "not understood: a request of the kind invite has no field a"                                                                                                    },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct directory_value value = { .bytes = rows[i].value, .len = strlen(rows[i].value) };
        struct outbox_request request = { 0 };
        struct lk_trouble trouble = { "" };
        const char *name = NULL;
        const enum lk_status status = outbox_read(arena, &value, &request, &name, &trouble);
        assert_int_equal(status, rows[i].words == NULL ? LK_OK : LK_MALFORMED);
        assert_string_equal(name, rows[i].name);
        assert_string_equal(trouble.words, rows[i].words == NULL ? "" : rows[i].words);
    }
}

static const char *field_of(const char *words, const char *name)
{
    const struct outbox_request request = request_of(words);
    return lk_record_get(&request.record, name);
}

static void what_actions_add_is_read_again(void **state)
{
    (void) state;
    char long_name[600];
    memset(long_name, 'n', sizeof long_name);
    long_name[sizeof long_name - 1] = '\0';
    const struct account account = { .name = "J\xC3\xB6rg \"=% x" };
    const struct account wordy = { .name = long_name };
    assert_string_equal(field_of(outbox_find(arena, MAIL), "address"), MAIL);
    assert_string_equal(field_of(outbox_invite(arena, "A B"), "by"), "A B");
    assert_string_equal(outbox_invite(arena, NULL), "invite");
    assert_string_equal(outbox_confirm(arena), "confirm");
    const struct outbox_request request = request_of(outbox_associate(arena, &account));
    assert_string_equal(lk_record_get(&request.record, "name"), account.name);
    assert_string_equal(lk_record_get(&request.record, "account"), "00000000-0000-0000-0000-000000000000");
    assert_int_equal(strlen(field_of(outbox_associate(arena, &wordy), "name")), 160);
    /* an address is never cut to another one that is valid */
    assert_int_equal(strlen(field_of(outbox_find(arena, long_name), "address")), 254);
}

static void a_value_is_due_when_it_may_be_worked_on(void **state)
{
    (void) state;

    static const struct {
        const char *value;
        int64_t due;
    } rows[] = {
        {"invite",                                                      NOW    },
        { "invite after=20261122194102Z",                               NOW    },
        { "invite after=20261122194110Z",                               NOW + 7},
        { "invite claim=x until=20261122194110Z",                       NOW + 7},
        { "invite claim=x until=20261122194100Z",                       NOW    },
        { "invite claim=x until=20991122194100Z",                       NOW    }, /* longer than any daemon may claim */
        { "invite claim=x until=nonsense",                              NOW    },
        { "invite claim=x",                                             NOW    },
        { "invite after=20261122194110Z claim=x until=20261122194105Z", NOW + 2},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct outbox_request request = request_of(rows[i].value);
        assert_int_equal(outbox_due(&request, NOW), rows[i].due);
    }
}

/* ---- from state to state ---- */

static void a_life_from_request_to_second_claim(void **state)
{
    (void) state;
    struct link_claim link = { .purpose = LINK_INVITE, .expires = NOW + 1000, .key = 3 };
    memcpy(link.nonce, "noncenon", 8);
    memcpy(link.address, "addressa", 8);
    struct outbox_request request = request_of("invite by=Ada after=20261122194100Z");
    const char *claimed = outbox_claimed(arena, &request, &link, "host-1", NOW, NOW + 90);
    assert_string_equal(claimed,
                        "invite by=Ada begun=20261122194103Z tries=1 key=3 nonce=bm9uY2Vub24 address=YWRkcmVzc2E"
                        " expires=20261122195743Z claim=host-1 until=20261122194233Z");

    request = request_of(claimed);
    const char *deferred = outbox_deferred(arena, &request, NOW + 30, "450 4.2.0 Grey");
    assert_string_equal(deferred,
                        "invite by=Ada begun=20261122194103Z tries=1 key=3 nonce=bm9uY2Vub24 address=YWRkcmVzc2E"
                        " expires=20261122195743Z after=20261122194133Z why=\"450 4.2.0 Grey\"");

    request = request_of(deferred);
    struct link_claim again;
    assert_int_equal(outbox_link(&request, NULL, &again), LK_OK);
    assert_memory_equal(&again, &link, sizeof link);
    assert_string_equal(outbox_claimed(arena, &request, &again, "host-2", NOW + 30, NOW + 120),
                        "invite by=Ada begun=20261122194103Z tries=2 key=3 nonce=bm9uY2Vub24 address=YWRkcmVzc2E"
                        " expires=20261122195743Z claim=host-2 until=20261122194303Z");
}

/* A letter without a link: what its Message-ID is made of stays the same from try to try, and nothing else of a link is kept. */
static void a_letter_without_a_link_keeps_its_nonce(void **state)
{
    (void) state;
    struct outbox_request request = request_of(outbox_administrator_gone(arena, "Ada <ada@acme.example>", "She left."));
    assert_string_equal(request.value, "administrator_gone from=\"Ada <ada@acme.example>\" text=\"She left.\"");
    assert_true(request.kind->address != OUTBOX_TO_NOBODY);
    const struct link_claim first = outbox_nonce(&request, ring, MAIL);
    const char *claimed = outbox_claimed(arena, &request, &first, "host-1", NOW, NOW + 90);
    assert_null(strstr(claimed, " key="));
    assert_null(strstr(claimed, " expires="));
    request = request_of(
        outbox_deferred(arena, &(struct outbox_request){ .record = request_of(claimed).record }, NOW + 30, "450"));
    const struct link_claim second = outbox_nonce(&request, ring, MAIL);
    assert_memory_equal(first.nonce, second.nonce, sizeof first.nonce);
    const struct link_claim other = outbox_nonce(&(struct outbox_request){ .value = "" }, ring, MAIL);
    assert_memory_not_equal(first.nonce, other.nonce, sizeof first.nonce);
    struct link_claim none;
    assert_int_equal(outbox_link(&request, NULL, &none), LK_ABSENT);
}

static void what_was_told_is_seen(void **state)
{
    (void) state;
    const struct directory_value waiting[] = {
        {"invite",                            6 },
        { "administrator_gone from=a text=b", 32}
    };
    const struct directory_value sent[] = {
        {"invite at=20261122194103Z",              25},
        { "administrator_gone at=20261122194103Z", 37}
    };
    struct directory_attribute values = { .count = 1, .values = waiting };
    assert_false(outbox_administrator_gone_waits(arena, &values));
    values.count = 2;
    assert_true(outbox_administrator_gone_waits(arena, &values));
    values = (struct directory_attribute){ .count = 1, .values = sent };
    assert_int_equal(outbox_administrator_gone_sent(arena, &values), 0);
    values.count = 2;
    assert_int_equal(outbox_administrator_gone_sent(arena, &values), NOW);
}

static void words_are_cut_at_a_whole_character(void **state)
{
    (void) state;
    char words[401];
    for (size_t i = 0; i < 400; i += 2)
        memcpy(words + i, "\xC3\xA4", 2);
    words[400] = '\0';
    words[0] = 'x';
    words[1] = 'y';
    memmove(words + 1, words + 2, 399); /* one odd byte first: the cut falls inside a character */
    struct lk_record record;
    const char *error = outbox_error(arena, "invite", NOW, words);
    assert_int_equal(lk_record_parse(arena, error, strlen(error), &record), LK_OK);
    assert_int_equal(strlen(lk_record_get(&record, "words")), 199);
    assert_string_equal(outbox_error(arena, "invite", NOW, "550 5.1.1 No"),
                        "invite at=20261122194103Z words=\"550 5.1.1 No\"");
    assert_string_equal(outbox_sent(arena, "invite", NULL, NOW), "invite at=20261122194103Z");
}

static void a_value_that_grows_too_long_is_none(void **state)
{
    (void) state;
    struct lk_text text LK_CLEANUP(lk_text_done) = LK_TEXT(4096);
    lk_text_literal(&text, "invite by=");
    while (text.len < LK_RECORD_MOST - 10)
        lk_text_char(&text, 'x');
    const struct outbox_request request = request_of(lk_text_string(&text));
    assert_null(outbox_claimed(arena, &request, NULL, "host-1", NOW, NOW + 90));
    assert_null(outbox_deferred(arena, &request, NOW, "why"));
}

static const char *deferred_with(const struct link_claim *link)
{
    const struct outbox_request fresh = request_of("invite");
    const struct outbox_request claimed = request_of(outbox_claimed(arena, &fresh, link, "host-1", NOW, NOW + 90));
    return outbox_deferred(arena, &claimed, NOW + 30, "why");
}

static bool link_is_good(const char *value, const char *mail, int64_t now)
{
    struct link_claim link;
    const struct outbox_request request = request_of(value);
    return outbox_link(&request, NULL, &link) == LK_OK && outbox_link_is_good(&request, &link, config, ring, mail, now);
}

static void a_link_is_sent_again_only_while_it_is_good(void **state)
{
    (void) state;
    const int64_t lifetime = config->links_invite_lifetime;
    const struct link_claim link = link_claim_new(ring, LINK_INVITE, NOW + lifetime, NULL, MAIL);
    const char *value = deferred_with(&link);
    assert_true(link_is_good(value, MAIL, NOW));
    assert_true(link_is_good(value, MAIL, NOW + lifetime / 2));
    assert_false(link_is_good(value, MAIL, NOW + lifetime / 2 + 1)); /* half its life has gone by */
    assert_false(link_is_good(value, MAIL, NOW - 1));                /* longer than we would give it */
    assert_false(link_is_good(value, "other@acme.example", NOW));    /* the address was corrected */
    struct link_claim retired = link;
    retired.key = (uint8_t) (link.key + 1);
    assert_false(link_is_good(deferred_with(&retired), MAIL, NOW));
    assert_false(link_is_good("invite", MAIL, NOW));
    assert_false(link_is_good("invite key=1 nonce=AAAAAAAAAAA expires=20261123194103Z", MAIL, NOW));
    assert_false(link_is_good("invite key=999 nonce=x address=y expires=z", MAIL, NOW));
}

/* ---- Modifies ---- */

static void assert_steps(const struct outbox_steps *steps, const char *wanted)
{
    struct lk_text text LK_CLEANUP(lk_text_done) = LK_TEXT(65536);
    for (size_t i = 0; i < steps->count; i++)
        lk_text_format(&text, "%c%s: %s\n", steps->items[i].is_delete ? '-' : '+', steps->items[i].attribute,
                       steps->items[i].value);
    assert_string_equal(lk_text_string(&text), wanted);
}

#define DIGEST(c) "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" c
#define OTHER     "11111111-3c7e-4f53-9d5c-7b1d2f4a6e10"

static void a_claim_takes_out_what_it_replaces(void **state)
{
    (void) state;
    static const char *const tokens[] = { "invite digest=" DIGEST("A") " until=20261122194103Z", /* ended this second */
                                          "invite digest=" DIGEST("E") " until=20261222194103Z",
                                          "associate digest=" DIGEST("I") " until=20261222194103Z account=" ACCOUNT,
                                          "associate digest=" DIGEST("M") " until=20200101000000Z account=" OTHER,
                                          "confirm digest=" DIGEST("Q") " until=20261222194103Z account=" ACCOUNT,
                                          "not one of ours",
                                          NULL };
    const struct outbox_entry entry = { .tokens = values_of(NAME_TOKEN, tokens) };
    const char *invite = "invite digest=" DIGEST("U") " until=20261222194103Z";
    struct outbox_steps steps = outbox_steps_claim(arena, &entry, "invite", "invite claim=x", invite, true, NOW);
    assert_steps(&steps, "-lkSend: invite\n+lkSend: invite claim=x\n"
                         "-lkToken: invite digest=" DIGEST(
                             "A") " until=20261122194103Z\n"
                                  "-lkToken: invite digest=" DIGEST(
                                      "E") " until=20261222194103Z\n"
                                           "-lkToken: associate digest=" DIGEST(
                                               "M") " until=20200101000000Z account=" OTHER "\n"
                                                    "+lkToken: invite digest=" DIGEST("U") " until=20261222194103Z\n");

    /* another account's link of the same purpose stays */
    const char *associate = "associate digest=" DIGEST("U") " until=20261222194103Z account=" OTHER;
    steps = outbox_steps_claim(arena, &entry, "a", "b", associate, true, NOW);
    assert_steps(&steps,
                 "-lkSend: a\n+lkSend: b\n"
                 "-lkToken: invite digest=" DIGEST("A") " until=20261122194103Z\n"
                                                        "-lkToken: associate digest=" DIGEST(
                                                            "M") " until=20200101000000Z account=" OTHER "\n"
                                                                 "+lkToken: associate digest=" DIGEST(
                                                                     "U") " until=20261222194103Z account=" OTHER "\n");

    /* taken over: the token is there already, and nothing is replaced */
    steps = outbox_steps_claim(arena, &entry, "a", "b", tokens[1], false, NOW);
    assert_steps(&steps, "-lkSend: a\n+lkSend: b\n"
                         "-lkToken: invite digest=" DIGEST("A") " until=20261122194103Z\n"
                                                                "-lkToken: associate digest=" DIGEST(
                                                                    "M") " until=20200101000000Z account=" OTHER "\n");

    steps = outbox_steps_claim(arena, &entry, "find address=x", "find claim=y", NULL, false, NOW);
    assert_steps(&steps, "-lkSend: find address=x\n+lkSend: find claim=y\n");
}

/* When the link ends of a letter about a change at `since`, made at `now`. */
static int64_t end_of_undo(int64_t since, const struct directory_attribute *tokens, int64_t now)
{
    char at[LK_CLOCK_GENERALIZED_LEN + 1];
    lk_clock_generalized(since, at);
    const struct outbox_request request =
        request_of(lk_arena_format(arena, "account_changed to=a@b.example since=%s what=password seal=x", at));
    return outbox_expires(arena, &request, config, tokens, now);
}

static struct directory_attribute one_that_ends(int64_t expires)
{
    char until[LK_CLOCK_GENERALIZED_LEN + 1];
    const char **values = lk_arena_array(arena, 2, sizeof *values);
    lk_clock_generalized(expires, until);
    values[0] = lk_arena_format(arena, "undo_account digest=" DIGEST("A") " until=%s", until);
    values[1] = NULL;
    return values_of(NAME_TOKEN, values);
}

static void no_two_links_that_undo_end_together(void **state)
{
    (void) state;
    const int64_t lifetime = config->links_undo_lifetime;
    const struct directory_attribute none = { .count = 0 }, some = one_that_ends(NOW + lifetime);
    const struct outbox_request reset = request_of("reset");
    assert_int_equal(end_of_undo(NOW, &none, NOW), NOW + lifetime);
    assert_int_equal(end_of_undo(NOW, &some, NOW), NOW + lifetime + 1);
    assert_int_equal(end_of_undo(NOW + 1, &some, NOW + 1), NOW + lifetime + 1);
    assert_int_equal(outbox_expires(arena, &reset, config, &some, NOW), NOW + outbox_lifetime(reset.kind, config));
}

/* After an outage the letter about the later change may be the first to go out. */
static void a_link_that_undoes_is_as_old_as_its_change(void **state)
{
    (void) state;
    const int64_t lifetime = config->links_undo_lifetime;
    const struct directory_attribute later =
        one_that_ends(end_of_undo(NOW, &(struct directory_attribute){ 0 }, NOW + 90));
    assert_int_equal(end_of_undo(NOW - 1, &later, NOW + 100), NOW - 1 + lifetime);
    assert_int_equal(end_of_undo(NOW + 1, &later, NOW + 100), NOW + 1 + lifetime);
    assert_int_equal(end_of_undo(NOW, &later, NOW + lifetime / 2 + 1), NOW + lifetime / 2 + 1 + lifetime);
    assert_int_equal(end_of_undo(NOW + 5, &later, NOW), NOW + lifetime + 1); /* another machine's clock */
}

static bool is_younger(const char *value, int64_t expires)
{
    const struct outbox_request request = request_of(value);
    const struct link_claim claim = { .purpose = LINK_UNDO_ACCOUNT, .expires = expires };
    return outbox_is_younger(&request, config, &claim);
}

/* 20261122194103Z is NOW. */
static void a_letter_to_be_sent_is_older_or_younger(void **state)
{
    (void) state;
    const int64_t ends = NOW + config->links_undo_lifetime;
    const char *asked = "account_changed to=a@b.example since=20261122194103Z what=password seal=x";
    const char *tried =
        "account_changed to=a@b.example since=20261122194103Z what=password seal=x begun=20261122194103Z tries=1 "
        "key=1 nonce=AAAAAAAAAAA address=AAAAAAAAAAA expires=20261122194103Z after=20261122194203Z why=450";
    assert_true(is_younger(asked, ends));
    assert_false(is_younger(asked, ends + 1));
    assert_true(is_younger(tried, NOW));
    assert_false(is_younger(tried, NOW + 1));
}

static void the_first_to_end_gives_way(void **state)
{
    (void) state;
    const char *tokens[OUTBOX_TOKENS_MOST + 3] = { NULL };
    for (int i = 0; i < OUTBOX_TOKENS_MOST + 2; i++) {
        char until[LK_CLOCK_GENERALIZED_LEN + 1];
        lk_clock_generalized(NOW + 10000 - i, until);
        tokens[i] = lk_arena_format(arena, "%s digest=%c%s until=%s account=%08d-3c7e-4f53-9d5c-7b1d2f4a6e10",
                                    i % 2 == 0 ? "associate" : "confirm", 'A' + i % 26, &DIGEST("A")[1], until, i);
    }
    const struct outbox_entry entry = { .tokens = values_of(NAME_TOKEN, tokens) };
    const char *token = "associate digest=" DIGEST("U") " until=20261222194103Z account=" ACCOUNT;
    const struct outbox_steps steps = outbox_steps_claim(arena, &entry, "a", "b", token, true, NOW);
    assert_int_equal(steps.count, 2 + 3 + 1);
    assert_string_equal(steps.items[2].value, tokens[32]);
    assert_string_equal(steps.items[3].value, tokens[30]);
    assert_string_equal(steps.items[4].value, tokens[28]);
}

/* An entry full of `purpose`, each ending a second before the one before it, but for `other` in the middle; which one gives way to `token`? */
static int what_gives_way(const char *purpose, const char *other, const char *token)
{
    const char *tokens[OUTBOX_TOKENS_MOST + 1] = { NULL };
    for (int i = 0; i < OUTBOX_TOKENS_MOST; i++) {
        char until[LK_CLOCK_GENERALIZED_LEN + 1];
        lk_clock_generalized(NOW + 10000 - i, until);
        tokens[i] =
            lk_arena_format(arena, "%s digest=%c%s until=%s account=%08d-3c7e-4f53-9d5c-7b1d2f4a6e10",
                            i == OUTBOX_TOKENS_MOST / 2 ? other : purpose, 'A' + i % 26, &DIGEST("A")[1], until, i);
    }
    const struct outbox_entry entry = { .tokens = values_of(NAME_TOKEN, tokens) };
    const struct outbox_steps steps = outbox_steps_claim(arena, &entry, "a", "b", token, true, NOW);
    assert_int_equal(steps.count, 2 + 1 + 1);
    assert_true(steps.items[2].is_delete);
    int place = 0;
    while (strcmp(steps.items[2].value, tokens[place]) != 0)
        place++;
    return place;
}

static void no_room_for_its_like(void **state)
{
    (void) state;
    const int middle = OUTBOX_TOKENS_MOST / 2;
    const int last = OUTBOX_TOKENS_MOST - 1;
    const char *invite = "invite digest=" DIGEST("U") " until=20261222194103Z";
    const char *undo = "undo_account digest=" DIGEST("U") " until=20261222194103Z";
    assert_int_equal(what_gives_way("associate", "associate", invite), last);
    assert_int_equal(what_gives_way("undo_tie", "associate", invite), middle);
    assert_int_equal(what_gives_way("undo_account", "confirm", undo), middle);
    /* the latest of those that undo: what tells an owner of the first change stays */
    assert_int_equal(what_gives_way("undo_account", "undo_account", undo), 0);
    assert_int_equal(what_gives_way("undo_tie", "undo_mail", invite), 0);
}

static const uint8_t ENTRY[16] = { 1, 2, 3 }, OTHER_ENTRY[16] = { 1, 2, 4 }, ASKER[16] = { 9 };

static const char *told_value(int64_t now)
{
    const struct outbox_told told = { .kind = OUTBOX_MOVED_AWAY,
                                      .entry = ENTRY,
                                      .to = MAIL,
                                      .account = ASKER,
                                      .field = "former",
                                      .text = "J\xC3\xB6rg",
                                      .now = now };
    return outbox_told(arena, ring, &told);
}

static enum lk_status check_seal(const char *value, const uint8_t entry[static 16], int64_t now)
{
    const struct outbox_request request = request_of(value);
    return outbox_seal_check(ring, config, &request, entry, now);
}

/* Through its whole life; and for its entry only, and not for ever. */
static void a_seal_fits_what_an_action_wrote(void **state)
{
    (void) state;
    const char *value = told_value(NOW);
    const int64_t end = NOW + OUTBOX_SEAL_DAYS * 24 * 3600 + config->courier_patience;
    assert_int_equal(check_seal(value, ENTRY, NOW), LK_OK);
    assert_int_equal(check_seal(value, ENTRY, end - 1), LK_OK);
    assert_int_equal(check_seal(value, ENTRY, end), LK_REFUSED);
    assert_int_equal(check_seal(value, ENTRY, NOW - 7200), LK_REFUSED);
    assert_int_equal(check_seal(value, OTHER_ENTRY, NOW), LK_REFUSED);
    const struct outbox_request request = request_of(value);
    const struct link_claim link = link_claim_new(ring, LINK_UNDO_TIE, NOW + 3600, ASKER, MAIL);
    const char *claimed = outbox_claimed(arena, &request, &link, "host-1", NOW, NOW + 90);
    assert_int_equal(check_seal(claimed, ENTRY, NOW), LK_OK);
    const struct outbox_request taken = request_of(claimed);
    assert_int_equal(check_seal(outbox_deferred(arena, &taken, NOW + 30, "450 later"), ENTRY, NOW), LK_OK);
}

/* The decoy's id is not known to whoever asks; what stands there is good nowhere else, for its kind has no other place. */
static void what_stands_on_the_decoy_is_sealed_for_it(void **state)
{
    (void) state;
    const struct outbox_sign_up asked = { .to = MAIL, .offer = "b2ZmZXI", .language = "de", .now = NOW };
    const char *value = outbox_sign_up(arena, ring, &asked);
    const struct outbox_request request = request_of(value);
    assert_int_equal(request.kind->place, OUTBOX_ON_DECOY);
    assert_true(outbox_leaves_no_trace(request.kind) && outbox_is_letter(request.kind));
    assert_string_equal(lk_record_get(&request.record, OUTBOX_OFFER), "b2ZmZXI");
    assert_int_equal(check_seal(value, ENTRY, NOW), LK_OK);
    assert_int_equal(check_seal(value, OTHER_ENTRY, NOW), LK_OK);
    char *changed = lk_arena_words(arena, value);
    *strstr(changed, "b2Zm") = 'c';
    assert_int_equal(check_seal(changed, ENTRY, NOW), LK_REFUSED);
}

static void another_letter_of_a_sealed_value_is_refused(void **state)
{
    (void) state;
    const char *value = told_value(NOW);
    const char *seal = strstr(value, " seal=");
    for (size_t i = 0; value[i] != '\0'; i++) {
        char *changed = lk_arena_words(arena, value);
        changed[i] = changed[i] == 'q' ? 'r' : 'q';
        const struct directory_value as_value = { .bytes = changed, .len = strlen(changed) };
        struct outbox_request request;
        const char *name = NULL;
        if (outbox_read(arena, &as_value, &request, &name, NULL) == LK_OK)
            assert_int_equal(outbox_seal_check(ring, config, &request, ENTRY, NOW), LK_REFUSED);
    }
    const char *without = lk_arena_copy(arena, value, (size_t) (seal - value));
    const struct directory_value as_value = { .bytes = without, .len = strlen(without) };
    struct outbox_request request;
    const char *name = NULL;
    assert_int_equal(outbox_read(arena, &as_value, &request, &name, NULL), LK_MALFORMED);
}

static void where_a_letter_went_is_vouched_for_by_its_link(void **state)
{
    (void) state;
    static const char *const sents[] = { "moved_away at=20261122194103Z to=else@acme.example",
                                         "invite at=20261122194103Z",
                                         "moved_away at=20261122194103Z to=Jane@acme.example", NULL };
    static const char *const none[] = { NULL };
    const struct directory_attribute sent = values_of(NAME_SENT, sents), nothing = values_of(NAME_SEND, none);
    const struct link_claim link = link_claim_new(ring, LINK_UNDO_TIE, NOW + 3600, ASKER, MAIL);
    const struct link_claim stranger = link_claim_new(ring, LINK_UNDO_TIE, NOW + 3600, ASKER, "evil@acme.example");
    assert_string_equal(outbox_told_address(arena, ring, OUTBOX_MOVED_AWAY, &nothing, &sent, &link),
                        "Jane@acme.example");
    assert_null(outbox_told_address(arena, ring, OUTBOX_MOVED, &nothing, &sent, &link));
    assert_null(outbox_told_address(arena, ring, OUTBOX_MOVED_AWAY, &nothing, &sent, &stranger));
    const char *waiting[] = { told_value(NOW), NULL };
    const struct directory_attribute send = values_of(NAME_SEND, waiting);
    assert_string_equal(outbox_told_address(arena, ring, OUTBOX_MOVED_AWAY, &send, &nothing, &link), MAIL);
}

static void letters_to_several_addresses_are_kept_apart(void **state)
{
    (void) state;
    static const char *const sents[] = { "moved at=20261120194103Z to=a@acme.example",
                                         "moved at=20261121194103Z to=b@acme.example",
                                         "moved at=20250121194103Z to=c@acme.example", NULL };
    const struct outbox_entry entry = { .sents = values_of(NAME_SENT, sents) };
    const struct outbox_steps steps = outbox_steps_sent(arena, &entry, "moved to=b@acme.example claim=x", "moved", NOW);
    assert_steps(&steps, "-lkSend: moved to=b@acme.example claim=x\n"
                         "-lkSent: moved at=20261121194103Z to=b@acme.example\n"
                         "-lkSent: moved at=20250121194103Z to=c@acme.example\n"
                         "+lkSent: moved at=20261122194103Z to=b@acme.example\n");
}

static void a_link_that_undoes_is_not_replaced(void **state)
{
    (void) state;
    static const char *const tokens[] = { "undo_tie digest=" DIGEST("A") " until=20261222194103Z account=" ACCOUNT,
                                          "undo_tie digest=" DIGEST("E") " until=20261122194103Z account=" ACCOUNT,
                                          NULL };
    const struct outbox_entry entry = { .tokens = values_of(NAME_TOKEN, tokens) };
    const char *token = "undo_tie digest=" DIGEST("I") " until=20261223194103Z account=" ACCOUNT;
    const struct outbox_steps steps = outbox_steps_claim(arena, &entry, "a", "b", token, true, NOW);
    assert_int_equal(steps.count, 2 + 1 + 1);
    assert_string_equal(steps.items[2].value, tokens[1]);
}

static void ends_leave_the_entry_tidy(void **state)
{
    (void) state;
    static const char *const sents[] = { "invite at=20200101000000Z", "associate at=20200101000000Z", NULL };
    static const char *const errors[] = { "invite at=20200101000000Z words=a", "associate at=20200101000000Z words=b",
                                          "invite at=20200202000000Z words=c", NULL };
    static const char *const tokens[] = { "T", NULL };
    const struct outbox_entry entry = { .sents = values_of(NAME_SENT, sents),
                                        .errors = values_of(NAME_SEND_ERROR, errors),
                                        .tokens = values_of(NAME_TOKEN, tokens) };
    struct outbox_steps steps = outbox_steps_sent(arena, &entry, "V", "invite", NOW);
    assert_steps(&steps, "-lkSend: V\n-lkSent: invite at=20200101000000Z\n"
                         "-lkSendError: invite at=20200101000000Z words=a\n"
                         "-lkSendError: invite at=20200202000000Z words=c\n"
                         "+lkSent: invite at=20261122194103Z\n");
    const char *error = outbox_error(arena, "invite", NOW, "no");
    steps = outbox_steps_refused(arena, &entry, "V", "T", error);
    assert_steps(&steps, "-lkSend: V\n-lkToken: T\n-lkSendError: invite at=20200101000000Z words=a\n"
                         "-lkSendError: invite at=20200202000000Z words=c\n"
                         "+lkSendError: invite at=20261122194103Z words=no\n");
    steps = outbox_steps_refused(arena, &entry, "V", "not there", error);
    assert_false(strcmp(steps.items[1].attribute, NAME_TOKEN) == 0);
    steps = outbox_steps_dropped(&entry, "V", "T");
    assert_steps(&steps, "-lkSend: V\n-lkToken: T\n");
    steps = outbox_steps_swapped("V", "W");
    assert_steps(&steps, "-lkSend: V\n+lkSend: W\n");
}

static void values_of_no_kind_are_answered_each_for_itself(void **state)
{
    (void) state;
    static const char *const errors[] = { "invite at=20200101000000Z words=a", "request at=20200101000000Z words=a",
                                          "request at=20200101000000Z words=b", NULL };
    const struct outbox_entry entry = { .errors = values_of(NAME_SEND_ERROR, errors) };
    const struct outbox_steps steps =
        outbox_steps_refused(arena, &entry, "V", NULL, outbox_error(arena, OUTBOX_UNKNOWN, NOW, "b"));
    assert_steps(&steps, "-lkSend: V\n-lkSendError: request at=20200101000000Z words=b\n"
                         "+lkSendError: request at=20261122194103Z words=b\n");
}

static void of_many_without_a_kind_the_oldest_goes(void **state)
{
    (void) state;
    const char *errors[OUTBOX_UNKNOWN_MOST + 1] = { NULL };
    for (int i = 0; i < OUTBOX_UNKNOWN_MOST; i++)
        errors[i] = lk_arena_format(arena, "request at=202001%02d000000Z words=w%d", i == 3 ? 1 : i + 2, i);
    const struct outbox_entry entry = { .errors = values_of(NAME_SEND_ERROR, errors) };
    const struct outbox_steps steps =
        outbox_steps_refused(arena, &entry, "V", NULL, outbox_error(arena, OUTBOX_UNKNOWN, NOW, "fresh"));
    assert_steps(&steps, "-lkSend: V\n-lkSendError: request at=20200101000000Z words=w3\n"
                         "+lkSendError: request at=20261122194103Z words=fresh\n");
}

static void steps_are_bounded_whatever_stands_on_the_entry(void **state)
{
    (void) state;
    const char *many[301] = { NULL };
    for (int i = 0; i < 300; i++)
        many[i] = lk_arena_format(arena, "invite at=2020010100%04dZ", i);
    const struct outbox_entry entry = { .sents = values_of(NAME_SENT, many),
                                        .errors = values_of(NAME_SEND_ERROR, many) };
    const struct outbox_steps steps = outbox_steps_sent(arena, &entry, "V", "invite", NOW);
    assert_true(steps.count <= OUTBOX_STEPS_MOST);
    assert_false(steps.items[steps.count - 1].is_delete);
    assert_string_equal(steps.items[steps.count - 1].value, "invite at=20261122194103Z");
}

/* ---- pauses ---- */

static void pauses_double_up_to_the_longest(void **state)
{
    (void) state;
    static const int64_t pauses[] = { 30, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600 };
    for (int64_t tries = 0; tries < 10; tries++) {
        assert_int_equal(outbox_pause(config, tries, UINT32_MAX / 2), pauses[tries]);
        assert_int_equal(outbox_pause(config, tries, 0), (pauses[tries] * 3 + 2) / 4);
        assert_int_equal(outbox_pause(config, tries, UINT32_MAX), (pauses[tries] * 5 + 2) / 4);
    }
    assert_int_equal(outbox_pause(config, OUTBOX_TRIES_MOST, UINT32_MAX / 2), 3600);
}

static void patience_ends(void **state)
{
    (void) state;
    const struct outbox_request request = request_of("invite begun=20261122194103Z tries=9");
    assert_false(outbox_is_given_up(config, &request, NOW));
    assert_false(outbox_is_given_up(config, &request, NOW + config->courier_patience - 1));
    assert_true(outbox_is_given_up(config, &request, NOW + config->courier_patience));
    const struct outbox_request fresh = request_of("invite");
    assert_false(outbox_is_given_up(config, &fresh, NOW));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_read),
        cmocka_unit_test(what_actions_add_is_read_again),
        cmocka_unit_test(a_value_is_due_when_it_may_be_worked_on),
        cmocka_unit_test(a_life_from_request_to_second_claim),
        cmocka_unit_test(a_letter_without_a_link_keeps_its_nonce),
        cmocka_unit_test(what_was_told_is_seen),
        cmocka_unit_test(words_are_cut_at_a_whole_character),
        cmocka_unit_test(a_value_that_grows_too_long_is_none),
        cmocka_unit_test(a_link_is_sent_again_only_while_it_is_good),
        cmocka_unit_test(no_two_links_that_undo_end_together),
        cmocka_unit_test(a_link_that_undoes_is_as_old_as_its_change),
        cmocka_unit_test(a_claim_takes_out_what_it_replaces),
        cmocka_unit_test(a_letter_to_be_sent_is_older_or_younger),
        cmocka_unit_test(the_first_to_end_gives_way),
        cmocka_unit_test(no_room_for_its_like),
        cmocka_unit_test(ends_leave_the_entry_tidy),
        cmocka_unit_test(values_of_no_kind_are_answered_each_for_itself),
        cmocka_unit_test(of_many_without_a_kind_the_oldest_goes),
        cmocka_unit_test(steps_are_bounded_whatever_stands_on_the_entry),
        cmocka_unit_test(pauses_double_up_to_the_longest),
        cmocka_unit_test(patience_ends),
        cmocka_unit_test(a_seal_fits_what_an_action_wrote),
        cmocka_unit_test(what_stands_on_the_decoy_is_sealed_for_it),
        cmocka_unit_test(another_letter_of_a_sealed_value_is_refused),
        cmocka_unit_test(where_a_letter_went_is_vouched_for_by_its_link),
        cmocka_unit_test(letters_to_several_addresses_are_kept_apart),
        cmocka_unit_test(a_link_that_undoes_is_not_replaced),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
