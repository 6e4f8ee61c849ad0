/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/key_ring.h"
#include "unit/testing.h"

#include <sodium/core.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEY_A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define KEY_B "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

static char folder[64];
static char path[128];

static int make_folder(void **state)
{
    (void) state;
    if (sodium_init() < 0)
        return -1;
    (void) snprintf(folder, sizeof folder, "/tmp/latchkey-keys-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    (void) snprintf(path, sizeof path, "%s/keys", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void) state;
    (void) unlink(path);
    return rmdir(folder);
}

static void write_ring(const char *words, mode_t mode)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fchmod(fileno(file), mode), 0);
    assert_true(fputs(words, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static struct key_ring *must_load(const char *words)
{
    struct key_ring *ring = NULL;
    struct lk_trouble trouble = { "" };
    write_ring(words, 0600);
    if (key_ring_load(path, &ring, &trouble) != LK_OK)
        fail_msg("%s", trouble.words);
    return ring;
}

static const struct bad_ring {
    const char *words;
    enum lk_status status;
    const char *fault;
} bad_rings[] = {
    {"\n",                                                                      LK_MALFORMED, ""                                       },
    { "# only words\n",                                                         LK_MALFORMED, "has no key to make new things with"     },
    { "1 20260101000000Z check " KEY_A "\n",                                    LK_MALFORMED, "has no key to make new things with"     },
    { "1 20260101000000Z make\n",                                               LK_MALFORMED, ":1: a key is written ID CREATED USE KEY"},
    { "1 20260101000000Z make " KEY_A " x\n",                                   LK_MALFORMED, ":1: a key is written"                   },
    { "0 20260101000000Z make " KEY_A "\n",                                     LK_MALFORMED, ":1: a key's ID"                         },
    { "256 20260101000000Z make " KEY_A "\n",                                   LK_MALFORMED, ":1: a key's ID"                         },
    { "1x 20260101000000Z make " KEY_A "\n",                                    LK_MALFORMED, ":1: a key's ID"                         },
    { "-1 20260101000000Z make " KEY_A "\n",                                    LK_MALFORMED, ":1: a key's ID"                         },
    { "\n1 20260101000000Z make " KEY_A "\n1 20260101000000Z make " KEY_B "\n", LK_MALFORMED,
     ":3: there is a key with this ID already"                                                                                         },
    { "1 yesterday make " KEY_A "\n",                                           LK_MALFORMED, ":1: CREATED is a time"                  },
    { "1 20260101000000Z sign " KEY_A "\n",                                     LK_MALFORMED, ":1: USE is make or check"               },
    { "1 20260101000000Z makes " KEY_A "\n",                                    LK_MALFORMED, ":1: USE is make or check"               },
    { "1 20260101000000Z make AAEC\n",                                          LK_MALFORMED, ":1: KEY is 32 bytes"                    },
    { "1 20260101000000Z make " KEY_A "=\n",                                    LK_MALFORMED, ":1: KEY is 32 bytes"                    },
    { "1 20260101000000Z make +AECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n",   LK_MALFORMED, ":1: KEY is 32 bytes"                    },
};

static void test_bad_rings(void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof bad_rings / sizeof bad_rings[0]; i++) {
        struct key_ring *ring = NULL;
        struct lk_trouble trouble = { "" };
        write_ring(bad_rings[i].words, 0600);
        const enum lk_status status = key_ring_load(path, &ring, &trouble);
        if (status != bad_rings[i].status || strstr(trouble.words, bad_rings[i].fault) == NULL)
            fail_msg("'%s' gives %s '%s'", bad_rings[i].words, lk_status_name(status), trouble.words);
        assert_null(ring);
        if (strstr(trouble.words, KEY_A) != NULL)
            fail_msg("the words have a key in them: %s", trouble.words);
    }
}

static void test_mode_and_absence(void **state)
{
    (void) state;
    static const mode_t open_modes[] = { 0640, 0604, 0620, 0602, 0660 };
    struct key_ring *ring = NULL;
    struct lk_trouble trouble = { "" };
    for (size_t i = 0; i < sizeof open_modes / sizeof open_modes[0]; i++) {
        write_ring("1 20260101000000Z make " KEY_A "\n", open_modes[i]);
        assert_int_equal(key_ring_load(path, &ring, &trouble), LK_REFUSED);
    }
    assert_int_equal(unlink(path), 0);
    assert_int_equal(key_ring_load(path, &ring, &trouble), LK_ABSENT);
    assert_null(ring);
}

static void test_newest_is_the_last_that_makes(void **state)
{
    (void) state;
    struct key_ring *ring =
        must_load("# words\n\n  7 20260101000000Z\tmake  " KEY_A " \r\n255 20260102000000Z make " KEY_B
                  "\n3 20260103000000Z check AgECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
    assert_int_equal(key_ring_newest(ring), 255);
    assert_int_equal(key_ring_newest_created(ring), 1767312000); /* 2026-01-02 */
    assert_true(key_ring_has(ring, 7));
    assert_true(key_ring_has(ring, 3));
    assert_false(key_ring_has(ring, 0));
    assert_false(key_ring_has(ring, 1));
    key_ring_free(ring);
    key_ring_free(NULL);
}

static void test_tags(void **state)
{
    (void) state;
    uint8_t tags[2 * KEY_USE_LAST][KEY_RING_TAG_LEN];
    size_t count = 0;
    struct key_ring *ring = must_load("1 20260101000000Z make " KEY_A "\n2 20260102000000Z make " KEY_B "\n");
    for (uint8_t id = 1; id <= 2; id++)
        for (enum key_use use = KEY_USE_LINK; use <= KEY_USE_LAST; use++) {
            assert_int_equal(key_ring_tag(ring, id, use, "words", 5, tags[count]), LK_OK);
            for (enum key_use other = KEY_USE_LINK; other <= KEY_USE_LAST; other++)
                assert_int_equal(key_ring_check(ring, id, other, "words", 5, tags[count]),
                                 other == use ? LK_OK : LK_REFUSED);
            assert_int_equal(key_ring_check(ring, (uint8_t) (3 - id), use, "words", 5, tags[count]), LK_REFUSED);
            assert_int_equal(key_ring_check(ring, id, use, "word", 4, tags[count]), LK_REFUSED);
            assert_int_equal(key_ring_check(ring, 9, use, "words", 5, tags[count]), LK_REFUSED);
            for (size_t i = 0; i < count; i++)
                assert_memory_not_equal(tags[i], tags[count], KEY_RING_TAG_LEN);
            count++;
        }
    assert_int_equal(key_ring_tag(ring, 9, KEY_USE_LINK, "words", 5, tags[0]), LK_ABSENT);
    key_ring_free(ring);
}

/* Links in people's mailboxes outlive a release: what a key gives must never change. */
static void test_tag_stays_what_it_was(void **state)
{
    (void) state;

    static const struct {
        enum key_use use;
        uint8_t tag[KEY_RING_TAG_LEN];
    } EXPECTED[] = {
        {KEY_USE_LINK,
         { 0xc9, 0x9e, 0xf7, 0x60, 0x6b, 0x51, 0xc3, 0xb0, 0xd8, 0x89, 0x19, 0xfc, 0x83, 0x45, 0xaf, 0xd7 }},
        { KEY_USE_SESSION,
         { 0xe4, 0x10, 0x53, 0x70, 0xdb, 0xe8, 0x79, 0x91, 0xbf, 0xbd, 0x78, 0x61, 0x26, 0x04, 0xb7, 0x16 }},
    };
    struct key_ring *ring = must_load("1 20260101000000Z make " KEY_A "\n");
    for (size_t i = 0; i < sizeof EXPECTED / sizeof *EXPECTED; i++) {
        uint8_t tag[KEY_RING_TAG_LEN];
        assert_int_equal(key_ring_tag(ring, 1, EXPECTED[i].use, "latchkey", 8, tag), LK_OK);
        assert_memory_equal(tag, EXPECTED[i].tag, sizeof tag);
    }
    key_ring_free(ring);
}

static void test_full_ring(void **state)
{
    (void) state;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fchmod(fileno(file), 0600), 0);
    for (int id = 1; id <= 255; id++)
        assert_true(fprintf(file, "%d 20260101000000Z make " KEY_A "\n", id) > 0);
    assert_int_equal(fclose(file), 0);
    struct key_ring *ring = NULL;
    assert_int_equal(key_ring_load(path, &ring, NULL), LK_OK);
    assert_int_equal(key_ring_newest(ring), 255);
    key_ring_free(ring);
}

static void read_whole(char *bytes, size_t most)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    const size_t len = fread(bytes, 1, most - 1, file);
    bytes[len] = '\0';
    assert_int_equal(fclose(file), 0);
}

/* Many daemons start at the same moment: one ring, and each loads that one. */
static void test_made_once(void **state)
{
    (void) state;

    enum {
        PROCESSES = 20
    };

    int start[2];
    int seen[2];
    (void) unlink(path);
    assert_int_equal(pipe(start), 0);
    assert_int_equal(pipe(seen), 0);
    pid_t children[PROCESSES];
    for (size_t i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            char go;
            struct key_ring *ring = NULL;
            uint8_t tag[KEY_RING_TAG_LEN] = { 0 };
            (void) close(start[1]);
            /* the read ends for all at once, when the parent closes its end */
            const bool worked = read(start[0], &go, 1) == 0 && key_ring_make(path, NULL) == LK_OK &&
                                key_ring_load(path, &ring, NULL) == LK_OK &&
                                key_ring_tag(ring, 1, KEY_USE_LINK, "x", 1, tag) == LK_OK &&
                                write(seen[1], tag, sizeof tag) == sizeof tag;
            key_ring_free(ring);
            _exit(worked ? 0 : 1);
        }
    }
    (void) close(start[0]);
    (void) close(start[1]);
    uint8_t first[KEY_RING_TAG_LEN];
    uint8_t tag[KEY_RING_TAG_LEN];
    for (size_t i = 0; i < PROCESSES; i++) {
        int status = -1;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
        assert_int_equal(read(seen[0], i == 0 ? first : tag, sizeof tag), sizeof tag);
        if (i > 0)
            assert_memory_equal(first, tag, sizeof tag);
    }
    (void) close(seen[0]);
    (void) close(seen[1]);
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(status.st_nlink, 1); /* nothing is left beside it */
}

static void test_make_leaves_a_ring_alone(void **state)
{
    (void) state;
    char before[1024];
    char after[1024];
    struct lk_trouble trouble = { "" };
    (void) unlink(path);
    assert_int_equal(key_ring_make(path, &trouble), LK_OK);
    read_whole(before, sizeof before);
    assert_int_equal(key_ring_make(path, &trouble), LK_OK);
    read_whole(after, sizeof after);
    assert_string_equal(before, after);
    assert_int_equal(key_ring_make("/nowhere/keys", &trouble), LK_BROKEN);
    assert_non_null(strstr(trouble.words, "/nowhere/keys"));
}

/* ---- what only we may read ---- */

static const struct key_ring_about about_a = { "account a", 9 }, about_b = { "account b", 9 };

static void what_is_sealed_opens_for_whom_it_is_about(void **state)
{
    (void) state;
    struct lk_arena *arena = lk_arena_new();
    struct key_ring *ring = must_load("1 20260101000000Z make " KEY_A "\n");
    char plain[8];
    uint8_t key = 0;
    const char *text = key_ring_seal(ring, arena, KEY_USE_SECOND_FACTOR, about_a, "a secret", 8);
    assert_int_equal(strlen(text), KEY_RING_SEALED_LEN(8));
    assert_int_equal(key_ring_open(ring, KEY_USE_SECOND_FACTOR, about_a, text, strlen(text), plain, 8, &key), LK_OK);
    assert_memory_equal(plain, "a secret", 8);
    assert_int_equal(key, 1);
    assert_string_not_equal(text, key_ring_seal(ring, arena, KEY_USE_SECOND_FACTOR, about_a, "a secret", 8));
    assert_int_equal(key_ring_open(ring, KEY_USE_SECOND_FACTOR, about_b, text, strlen(text), plain, 8, NULL),
                     LK_REFUSED);
    assert_int_equal(key_ring_open(ring, KEY_USE_ENROLMENT, about_a, text, strlen(text), plain, 8, NULL), LK_REFUSED);
    assert_int_equal(key_ring_open(ring, KEY_USE_SECOND_FACTOR, about_a, text, strlen(text), plain, 7, NULL),
                     LK_MALFORMED);
    assert_int_equal(key_ring_open(ring, KEY_USE_SECOND_FACTOR, about_a, text, strlen(text) - 1, plain, 8, NULL),
                     LK_MALFORMED);
    assert_int_equal(key_ring_open(ring, KEY_USE_SECOND_FACTOR, about_a, "", 0, plain, 8, NULL), LK_MALFORMED);
    key_ring_free(ring);
    lk_arena_free(arena);
}

static void no_sealed_character_can_be_changed(void **state)
{
    (void) state;
    struct lk_arena *arena = lk_arena_new();
    struct key_ring *ring = must_load("1 20260101000000Z make " KEY_A "\n");
    char plain[8];
    const char *text = key_ring_seal(ring, arena, KEY_USE_SECOND_FACTOR, about_a, "a secret", 8);
    for (size_t i = 0; i < strlen(text); i++) {
        char *changed = lk_arena_words(arena, text);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        assert_int_not_equal(
            key_ring_open(ring, KEY_USE_SECOND_FACTOR, about_a, changed, strlen(changed), plain, 8, NULL), LK_OK);
    }
    key_ring_free(ring);
    lk_arena_free(arena);
}

static void an_old_key_opens_and_the_newest_seals(void **state)
{
    (void) state;
    struct lk_arena *arena = lk_arena_new();
    struct key_ring *ring = must_load("1 20260101000000Z make " KEY_A "\n");
    char plain[8];
    uint8_t key = 0;
    const char *text = key_ring_seal(ring, arena, KEY_USE_SECOND_FACTOR, about_a, "a secret", 8);
    key_ring_free(ring);
    ring = must_load("1 20260101000000Z check " KEY_A "\n2 20260201000000Z make " KEY_B "\n");
    assert_int_equal(key_ring_open(ring, KEY_USE_SECOND_FACTOR, about_a, text, strlen(text), plain, 8, &key), LK_OK);
    assert_int_equal(key, 1);
    const char *anew = key_ring_seal(ring, arena, KEY_USE_SECOND_FACTOR, about_a, plain, 8);
    assert_int_equal(key_ring_open(ring, KEY_USE_SECOND_FACTOR, about_a, anew, strlen(anew), plain, 8, &key), LK_OK);
    assert_int_equal(key, 2);
    key_ring_free(ring);
    ring = must_load("2 20260201000000Z make " KEY_B "\n");
    assert_int_equal(key_ring_open(ring, KEY_USE_SECOND_FACTOR, about_a, text, strlen(text), plain, 8, &key),
                     LK_ABSENT);
    key_ring_free(ring);
    lk_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_rings),
        cmocka_unit_test(test_mode_and_absence),
        cmocka_unit_test(test_newest_is_the_last_that_makes),
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_tag_stays_what_it_was),
        cmocka_unit_test(test_full_ring),
        cmocka_unit_test(test_made_once),
        cmocka_unit_test(test_make_leaves_a_ring_alone),
        cmocka_unit_test(what_is_sealed_opens_for_whom_it_is_about),
        cmocka_unit_test(no_sealed_character_can_be_changed),
        cmocka_unit_test(an_old_key_opens_and_the_newest_seals),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
