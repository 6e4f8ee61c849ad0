/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "tokens/key_file.h"
#include "tokens/key_ring.h"
#include "unit/support.h"

#include <dirent.h>
#include <sodium/core.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define KEY_B "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define KEY_C "AgECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define WHEN  "20260101000000Z"
#define BLANKS                                                                                                         \
    "                                                                                                                " \
    "                                "

#define THREE "# words\n1 " WHEN " check " KEY_A "\n\n2 " WHEN " make " KEY_B "\n 3 " WHEN " check " KEY_C

static char folder[64];
static char path[128];
static struct lk_arena *arena;

static int begin(void **state)
{
    (void) state;
    (void) snprintf(folder, sizeof folder, "/tmp/latchkey-key-file-XXXXXX");
    if (sodium_init() < 0 || mkdtemp(folder) == NULL)
        return -1;
    (void) snprintf(path, sizeof path, "%s/keys", folder);
    arena = lk_arena_new();
    return 0;
}

static int end(void **state)
{
    (void) state;
    lk_arena_free(arena);
    (void) unlink(path);
    return rmdir(folder);
}

static void write_file(const char *bytes, size_t len, mode_t mode)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fchmod(fileno(file), mode), 0);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void write_words(const char *words)
{
    write_file(words, strlen(words), 0600);
}

static const char *read_words(void)
{
    char bytes[4096];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    const size_t len = fread(bytes, 1, sizeof bytes, file);
    assert_int_equal(fclose(file), 0);
    return lk_arena_copy(arena, bytes, len);
}

/* "1 check, 2 make newest" */
static const char *listed(void)
{
    const struct key_file_entry *entries = NULL;
    struct lk_trouble trouble = { "" };
    const char *all = "";
    size_t count = 0;
    if (key_file_list(path, arena, &entries, &count, &trouble) != LK_OK)
        fail_msg("%s", trouble.words);
    for (size_t i = 0; i < count; i++)
        all = lk_arena_format(arena, "%s%s%u %s%s", all, i == 0 ? "" : ", ", (unsigned) entries[i].id,
                              entries[i].makes ? "make" : "check", entries[i].is_newest ? " newest" : "");
    return all;
}

static void must_change(enum key_file_act act, uint8_t *id)
{
    struct lk_trouble trouble = { "" };
    if (key_file_change(path, act, id, &trouble) != LK_OK)
        fail_msg("%s", trouble.words);
}

/* ---- looking ---- */

static void keys_are_listed(void **state)
{
    (void) state;
    const struct key_file_entry *entries = NULL;
    size_t count = 0;
    write_words(THREE);
    assert_string_equal(listed(), "1 check, 2 make newest, 3 check");
    assert_int_equal(key_file_list(path, arena, &entries, &count, NULL), LK_OK);
    assert_int_equal(entries[0].created, 1767225600);
    write_words("007\t" WHEN "  make\t" KEY_A "\r\n8 " WHEN " make " KEY_B "\r\n9 " WHEN " check " KEY_C "\r\n");
    assert_string_equal(listed(), "7 make, 8 make newest, 9 check");
}

/* Whatever the ring takes for a key, the list and the changes take for one: with other words for the time, and far apart. */
static const char *const unusual[] = {
    "1 202601010000Z make " KEY_A "\n2 20260101000000.5Z check " KEY_B "\n3 20260101020000+0200 check " KEY_C "\n",
    "1 " WHEN BLANKS "make " KEY_A "\n2" BLANKS WHEN " check " KEY_B "\n3 " WHEN " check" BLANKS KEY_C "\n",
};

static void unusual_lines_are_keys(void **state)
{
    (void) state;
    for (size_t i = 0; i < COUNT_OF(unusual); i++) {
        uint8_t id = 2;
        write_words(unusual[i]);
        assert_string_equal(listed(), "1 make newest, 2 check, 3 check");
        must_change(KEY_FILE_REMOVE, &id);
        assert_string_equal(listed(), "1 make newest, 3 check");
        assert_null(strstr(read_words(), KEY_B));
        id = 3;
        must_change(KEY_FILE_PROMOTE, &id);
        assert_string_equal(listed(), "1 make, 3 make newest");
        must_change(KEY_FILE_ROTATE, &id);
        assert_string_equal(listed(), "1 check, 3 check, 4 make newest");
    }
}

/* ---- changing ---- */

static const struct {
    enum key_file_act act;
    uint8_t id;
    const char *then;
} changes[] = {
    {KEY_FILE_ADD,      0, "1 check, 2 make newest, 3 check, 4 check"},
    { KEY_FILE_MAKE,    0, "1 check, 2 make, 3 check, 4 make newest" },
    { KEY_FILE_ROTATE,  0, "1 check, 2 check, 3 check, 4 make newest"},
    { KEY_FILE_PROMOTE, 1, "2 make, 3 check, 1 make newest"          },
    { KEY_FILE_PROMOTE, 2, "1 check, 3 check, 2 make newest"         },
    { KEY_FILE_RETIRE,  3, "1 check, 2 make newest, 3 check"         },
    { KEY_FILE_REMOVE,  1, "2 make newest, 3 check"                  },
};

static void changes_are_made(void **state)
{
    (void) state;
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        uint8_t id = changes[i].id;
        write_words(THREE);
        must_change(changes[i].act, &id);
        assert_string_equal(listed(), changes[i].then);
        assert_int_equal(id, changes[i].id == 0 ? 4 : changes[i].id);
        assert_non_null(strstr(read_words(), "# words\n"));
        struct stat facts;
        assert_int_equal(stat(path, &facts), 0);
        assert_int_equal(facts.st_mode & 07777, 0600);
    }
}

static void a_newer_one_may_be_retired(void **state)
{
    (void) state;
    uint8_t id = 2;
    write_words("1 " WHEN " make " KEY_A "\n2 " WHEN " make " KEY_B "\n");
    must_change(KEY_FILE_RETIRE, &id);
    assert_string_equal(listed(), "1 make newest, 2 check");
}

static void comments_stay_as_they_are(void **state)
{
    (void) state;
    static const char words[] = "#\n# 9 " WHEN " make " KEY_B "\r\n \t\n#a\0b\n1 " WHEN " make " KEY_A "\n";
    char bytes[sizeof words + 128];
    uint8_t id = 0;
    write_file(LITERAL(words), 0600);
    must_change(KEY_FILE_ADD, &id);
    assert_int_equal(id, 2);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(bytes, 1, sizeof bytes, file) > sizeof words - 1);
    assert_int_equal(fclose(file), 0);
    assert_memory_equal(bytes, words, sizeof words - 1);
}

/* ---- what is refused leaves the file alone ---- */

static const struct {
    const char *words;
    enum key_file_act act;
    uint8_t id;
    enum lk_status status;
    const char *said;
} refusals[] = {
    {THREE,                                    KEY_FILE_PROMOTE, 9, LK_ABSENT,    "there is no key 9"                 },
    { THREE,                                   KEY_FILE_RETIRE,  0, LK_ABSENT,    "there is no key 0"                 },
    { THREE,                                   KEY_FILE_REMOVE,  4, LK_ABSENT,    "there is no key 4"                 },
    { THREE,                                   KEY_FILE_REMOVE,  2, LK_REFUSED,   "no key would be left"              },
    { THREE,                                   KEY_FILE_RETIRE,  2, LK_REFUSED,   "no key would be left"              },
    { "",                                      KEY_FILE_ADD,     0, LK_MALFORMED, ""                                  },
    { "# words\n",                             KEY_FILE_ROTATE,  0, LK_MALFORMED, "has no key to make new things with"},
    { THREE "\n3 " WHEN " make " KEY_A,        KEY_FILE_REMOVE,  3, LK_MALFORMED, ":6: there is a key with this ID"   },
    { THREE "\n4 " WHEN " make",               KEY_FILE_ADD,     0, LK_MALFORMED, ":6: a key is written"              },
    { THREE "\n4 " WHEN " make " KEY_A " x",   KEY_FILE_ADD,     0, LK_MALFORMED, ":6: a key is written"              },
    { THREE "\n+4 " WHEN " make " KEY_A,       KEY_FILE_ADD,     0, LK_MALFORMED, ":6: a key's ID"                    },
    { THREE "\n0004 " WHEN " make " KEY_A,     KEY_FILE_ADD,     0, LK_MALFORMED, ":6: a key's ID"                    },
    { THREE "\n4 20261301000000Z make " KEY_A, KEY_FILE_ADD,     0, LK_MALFORMED, ":6: CREATED is a time"             },
    { THREE "\n4 " WHEN " Make " KEY_A,        KEY_FILE_ADD,     0, LK_MALFORMED, ":6: USE is make or check"          },
    { THREE "\n4 " WHEN " make x" KEY_A,       KEY_FILE_ADD,     0, LK_MALFORMED, ":6: KEY is 32 bytes"               },
    { THREE "\ntrailing garbage",              KEY_FILE_ADD,     0, LK_MALFORMED, ":6: a key is written"              },
};

static void what_is_refused_changes_nothing(void **state)
{
    (void) state;
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        uint8_t id = refusals[i].id;
        struct lk_trouble trouble = { "" };
        write_words(refusals[i].words);
        const enum lk_status status = key_file_change(path, refusals[i].act, &id, &trouble);
        if (status != refusals[i].status || strstr(trouble.words, refusals[i].said) == NULL)
            fail_msg("refusal %zu gives %s '%s'", i, lk_status_name(status), trouble.words);
        assert_null(strstr(trouble.words, KEY_A));
        assert_int_equal(id, refusals[i].id);
        assert_string_equal(read_words(), refusals[i].words);
    }
}

static void the_place_must_be_right(void **state)
{
    (void) state;
    const struct key_file_entry *entries = NULL;
    struct lk_trouble trouble = { "" };
    size_t count = 0;
    uint8_t id = 1;
    write_file(LITERAL(THREE), 0640);
    assert_int_equal(key_file_change(path, KEY_FILE_ADD, &id, &trouble), LK_REFUSED);
    assert_int_equal(key_file_list(path, arena, &entries, &count, &trouble), LK_REFUSED);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(key_file_change(path, KEY_FILE_ADD, &id, &trouble), LK_ABSENT);
    assert_int_equal(key_file_list(path, arena, &entries, &count, &trouble), LK_ABSENT);
    assert_int_equal(key_file_change("/nowhere/keys", KEY_FILE_ADD, &id, &trouble), LK_ABSENT);
    assert_int_equal(key_file_change(lk_arena_format(arena, "/%04096d", 0), KEY_FILE_ADD, &id, &trouble), LK_BROKEN);
}

/* ---- IDs ---- */

static void fill(unsigned but)
{
    char *all = lk_arena_alloc(arena, (size_t) 255 * 80);
    char *at = all;
    for (unsigned id = 1; id <= 255; id++)
        if (id != but)
            at += sprintf(at, "%u " WHEN " make " KEY_A "\n", id);
    write_words(all);
}

static void ids_go_on_and_are_used_again(void **state)
{
    (void) state;
    uint8_t id = 0;
    fill(255);
    must_change(KEY_FILE_ADD, &id);
    assert_int_equal(id, 255);
    assert_int_equal(key_file_change(path, KEY_FILE_ADD, &id, NULL), LK_CONFLICT);
    fill(17);
    must_change(KEY_FILE_MAKE, &id);
    assert_int_equal(id, 17);
}

static void nothing_is_left_beside_it(void **state)
{
    (void) state;
    DIR *open_folder = opendir(folder);
    assert_non_null(open_folder);
    for (const struct dirent *entry = readdir(open_folder); entry != NULL; entry = readdir(open_folder))
        assert_true(*entry->d_name == '.' || strcmp(entry->d_name, "keys") == 0);
    assert_int_equal(closedir(open_folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_listed),           cmocka_unit_test(unusual_lines_are_keys),
        cmocka_unit_test(changes_are_made),          cmocka_unit_test(a_newer_one_may_be_retired),
        cmocka_unit_test(comments_stay_as_they_are), cmocka_unit_test(what_is_refused_changes_nothing),
        cmocka_unit_test(the_place_must_be_right),   cmocka_unit_test(ids_go_on_and_are_used_again),
        cmocka_unit_test(nothing_is_left_beside_it), /* of all of the above */
    };
    return cmocka_run_group_tests(tests, begin, end);
}
