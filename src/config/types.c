/* SPDX-License-Identifier: Apache-2.0 */
#include "config/types.h"

#include <inttypes.h>
#include <string.h>

struct unit {
    const char *name;
    int64_t factor;
};

/* Largest first; the last one may be left out. */
static const struct unit second_units[] = {
    {"d",   86400},
    { "h",  3600 },
    { "m",  60   },
    { "s",  1    },
    { NULL, 0    }
};
static const struct unit byte_units[] = {
    {"g",   1073741824},
    { "m",  1048576   },
    { "k",  1024      },
    { "",   1         },
    { NULL, 0         }
};
static const struct unit plain_units[] = {
    {"",    1},
    { NULL, 0}
};

/* ---- numbers with a unit ---- */

static bool read_amount(const char *text, const struct unit *units, int64_t *amount_out)
{
    const size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 15)
        return false;
    int64_t number = 0;
    for (size_t i = 0; i < digits; i++)
        number = number * 10 + (text[i] - '0');
    const char *suffix = text + digits;
    for (const struct unit *unit = units; unit->name != NULL; unit++)
        if (strcmp(suffix, unit->name) == 0 || (*suffix == '\0' && unit->factor == 1))
            return !__builtin_mul_overflow(number, unit->factor, amount_out);
    return false;
}

static void print_amount(int64_t amount, const struct unit *units, struct lk_text *text)
{
    while (units->factor > 1 && (amount == 0 || amount % units->factor != 0))
        units++;
    lk_text_format(text, "%" PRId64 "%s", amount / units->factor, units->name);
}

static const struct unit *units_of(const struct setting *setting)
{
    if (setting->type == SETTING_TYPE_SECONDS)
        return second_units;
    return setting->type == SETTING_TYPE_BYTES ? byte_units : plain_units;
}

static void amount_tell(const struct setting *setting, struct lk_text *text)
{
    print_amount(setting->least, units_of(setting), text);
    lk_text_literal(text, " to ");
    print_amount(setting->most, units_of(setting), text);
}

static bool amount_read(const struct setting *setting, struct lk_arena *arena, const char *text, void *member,
                        struct lk_text *why)
{
    (void) arena;
    static const char *const forms[SETTING_TYPES] = { [SETTING_TYPE_NUMBER] = "a number",
                                                      [SETTING_TYPE_SECONDS] = "a duration such as 90s, 15m, 8h or 7d",
                                                      [SETTING_TYPE_BYTES] = "a size such as 512, 64k or 16m" };
    int64_t amount = 0;
    if (!read_amount(text, units_of(setting), &amount)) {
        lk_text_format(why, "must be %s, ", forms[setting->type]);
        amount_tell(setting, why);
        return false;
    }
    if (amount < setting->least || amount > setting->most) {
        lk_text_literal(why, "must be ");
        amount_tell(setting, why);
        return false;
    }
    memcpy(member, &amount, sizeof amount);
    return true;
}

static void amount_print(const struct setting *setting, const void *member, struct lk_text *text)
{
    int64_t amount = 0;
    memcpy(&amount, member, sizeof amount);
    print_amount(amount, units_of(setting), text);
}

static void amount_default(const struct setting *setting, struct lk_arena *arena, void *member)
{
    (void) arena;
    memcpy(member, &setting->otherwise_number, sizeof setting->otherwise_number);
}

/* ---- TEXT and FILE ---- */

static void text_tell(const struct setting *setting, struct lk_text *text)
{
    if (setting->least > 1)
        lk_text_format(text, "%" PRId64 " to %" PRId64 " bytes", setting->least, setting->most);
    else
        lk_text_format(text, "at most %" PRId64 " bytes%s", setting->most, setting->least == 1 ? ", not empty" : "");
}

static bool text_read(const struct setting *setting, struct lk_arena *arena, const char *text, void *member,
                      struct lk_text *why)
{
    const size_t len = strlen(text);
    if (len < (size_t) setting->least || len > (size_t) setting->most) {
        lk_text_literal(why, "must be ");
        text_tell(setting, why);
        return false;
    }
    const char *copy = lk_arena_words(arena, text);
    memcpy(member, &copy, sizeof copy);
    return true;
}

static void text_print(const struct setting *setting, const void *member, struct lk_text *text)
{
    (void) setting;
    const char *words = NULL;
    memcpy(&words, member, sizeof words);
    lk_text_words(text, words);
}

static void text_default(const struct setting *setting, struct lk_arena *arena, void *member)
{
    const char *copy = lk_arena_words(arena, setting->otherwise_words);
    memcpy(member, &copy, sizeof copy);
}

/* ---- FLAG ---- */

static void flag_tell(const struct setting *setting, struct lk_text *text)
{
    (void) setting;
    lk_text_literal(text, "yes or no");
}

static bool flag_read(const struct setting *setting, struct lk_arena *arena, const char *text, void *member,
                      struct lk_text *why)
{
    (void) arena;
    const bool yes = strcmp(text, "yes") == 0;
    if (!yes && strcmp(text, "no") != 0) {
        lk_text_literal(why, "must be ");
        flag_tell(setting, why);
        return false;
    }
    bool *flag = member;
    *flag = yes;
    return true;
}

static void flag_print(const struct setting *setting, const void *member, struct lk_text *text)
{
    (void) setting;
    bool yes = false;
    memcpy(&yes, member, sizeof yes);
    lk_text_words(text, yes ? "yes" : "no");
}

static void flag_default(const struct setting *setting, struct lk_arena *arena, void *member)
{
    (void) arena;
    const bool yes = setting->otherwise_number != 0;
    memcpy(member, &yes, sizeof yes);
}

/* ---- WORDS ---- */

#define WORD_SEPARATORS " \t,"

static const char *next_word(const char *text, size_t *len_out)
{
    text += strspn(text, WORD_SEPARATORS);
    *len_out = strcspn(text, WORD_SEPARATORS);
    return *len_out > 0 ? text : NULL;
}

static struct config_words split_words(struct lk_arena *arena, const char *text)
{
    size_t count = 0;
    size_t len = 0;
    for (const char *word = next_word(text, &len); word != NULL; word = next_word(word + len, &len))
        count++;
    const char **items = lk_arena_array(arena, count + 1, sizeof *items);
    size_t at = 0;
    for (const char *word = next_word(text, &len); word != NULL; word = next_word(word + len, &len))
        items[at++] = lk_arena_copy(arena, word, len);
    return (struct config_words){ .count = count, .items = items };
}

static void words_tell(const struct setting *setting, struct lk_text *text)
{
    if (setting->least > 0)
        lk_text_format(text, "%" PRId64 " to %" PRId64 " words", setting->least, setting->most);
    else
        lk_text_format(text, "at most %" PRId64 " words", setting->most);
}

static bool words_read(const struct setting *setting, struct lk_arena *arena, const char *text, void *member,
                       struct lk_text *why)
{
    const struct config_words words = split_words(arena, text);
    if (words.count < (size_t) setting->least || words.count > (size_t) setting->most) {
        lk_text_literal(why, "must be ");
        words_tell(setting, why);
        return false;
    }
    memcpy(member, &words, sizeof words);
    return true;
}

static void words_print(const struct setting *setting, const void *member, struct lk_text *text)
{
    (void) setting;
    struct config_words words = { 0 };
    memcpy(&words, member, sizeof words);
    for (size_t i = 0; i < words.count; i++)
        lk_text_format(text, "%s%s", i > 0 ? " " : "", words.items[i]);
}

static void words_default(const struct setting *setting, struct lk_arena *arena, void *member)
{
    const struct config_words words = split_words(arena, setting->otherwise_words);
    memcpy(member, &words, sizeof words);
}

/* ---- CHOICE ---- */

static void choice_tell(const struct setting *setting, struct lk_text *text)
{
    const char *list = setting->otherwise_words;
    for (;;) {
        const size_t len = strcspn(list, "|");
        lk_text_add(text, list, len);
        if (list[len] == '\0')
            return;
        list += len + 1;
        lk_text_words(text, strchr(list, '|') != NULL ? ", " : " or ");
    }
}

static bool choice_read(const struct setting *setting, struct lk_arena *arena, const char *text, void *member,
                        struct lk_text *why)
{
    (void) arena;
    const size_t text_len = strlen(text);
    const char *list = setting->otherwise_words;
    for (int index = 0; *list != '\0'; index++) {
        const size_t len = strcspn(list, "|");
        if (len == text_len && memcmp(list, text, len) == 0) {
            int *choice = member;
            *choice = index;
            return true;
        }
        list += list[len] == '|' ? len + 1 : len;
    }
    lk_text_literal(why, "must be ");
    choice_tell(setting, why);
    return false;
}

static void choice_print(const struct setting *setting, const void *member, struct lk_text *text)
{
    int index = 0;
    memcpy(&index, member, sizeof index);
    const char *list = setting->otherwise_words;
    for (; index > 0; index--)
        list += strcspn(list, "|") + 1;
    lk_text_add(text, list, strcspn(list, "|"));
}

static void choice_default(const struct setting *setting, struct lk_arena *arena, void *member)
{
    (void) setting;
    (void) arena;
    const int first = 0;
    memcpy(member, &first, sizeof first);
}

/* ---- the table ---- */

static const struct setting_kind kinds[SETTING_TYPES] = {
    [SETTING_TYPE_TEXT] = {text_read,    text_print,   text_default,   text_tell  },
    [SETTING_TYPE_FILE] = { text_read,   text_print,   text_default,   text_tell  },
    [SETTING_TYPE_FLAG] = { flag_read,   flag_print,   flag_default,   flag_tell  },
    [SETTING_TYPE_NUMBER] = { amount_read, amount_print, amount_default, amount_tell},
    [SETTING_TYPE_SECONDS] = { amount_read, amount_print, amount_default, amount_tell},
    [SETTING_TYPE_BYTES] = { amount_read, amount_print, amount_default, amount_tell},
    [SETTING_TYPE_WORDS] = { words_read,  words_print,  words_default,  words_tell },
    [SETTING_TYPE_CHOICE] = { choice_read, choice_print, choice_default, choice_tell},
};

const struct setting_kind *setting_kind(const struct setting *setting)
{
    return &kinds[setting->type];
}

void setting_print_default(const struct setting *setting, struct lk_text *text)
{
    if (setting->type == SETTING_TYPE_CHOICE)
        lk_text_add(text, setting->otherwise_words, strcspn(setting->otherwise_words, "|"));
    else if (setting->type == SETTING_TYPE_FLAG)
        lk_text_words(text, setting->otherwise_number != 0 ? "yes" : "no");
    else if (setting->otherwise_words != NULL)
        lk_text_words(text, setting->otherwise_words);
    else
        print_amount(setting->otherwise_number, units_of(setting), text);
}
