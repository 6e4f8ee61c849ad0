/* SPDX-License-Identifier: Apache-2.0 */
/* People of an LDIF file (RFC 2849): its entries, or changes that add them. */
#include "cli/people_file_internal.h"

#include <sodium/utils.h>
#include <string.h>

struct ldif {
    struct people_list *list;
    const char *at, *end;
    size_t line; /* of `at` */
    bool is_in_entry;
    struct building building;
};

/* "name: text", or what else stands there. */
struct pair {
    struct value name, text;
    char mark; /* behind the colon: ':' the text is base64, '<' a URL; 0: neither */
};

/* ---- lines ---- */

static struct value line_of_file(struct ldif *ldif)
{
    const char *line_end = memchr(ldif->at, '\n', (size_t) (ldif->end - ldif->at));
    const char *stop = line_end != NULL ? line_end : ldif->end;
    struct value line = { ldif->at, (size_t) (stop - ldif->at) };
    line.len -= line.len > 0 && stop[-1] == '\r';
    ldif->at = line_end != NULL ? line_end + 1 : ldif->end;
    ldif->line++;
    return line;
}

static bool goes_on(const struct ldif *ldif)
{
    return ldif->at < ldif->end && *ldif->at == ' ';
}

/* One line with those that it goes on in. An empty one goes on in none. Photographs have thousands: each byte is copied once. */
static struct value next_line(struct ldif *ldif)
{
    struct value line = line_of_file(ldif);
    if (line.len == 0 || !goes_on(ldif))
        return line;
    struct ldif ahead = *ldif;
    size_t len = line.len;
    while (goes_on(&ahead))
        len += line_of_file(&ahead).len - 1;
    char *whole = lk_arena_alloc(ldif->list->arena, len);
    memcpy(whole, line.bytes, line.len);
    for (size_t at = line.len; goes_on(ldif); at += line.len - 1) {
        line = line_of_file(ldif);
        memcpy(whole + at, line.bytes + 1, line.len - 1);
    }
    return (struct value){ whole, len };
}

static bool split_line(struct value line, struct pair *pair_out)
{
    const char *colon = memchr(line.bytes, ':', line.len);
    if (colon == NULL)
        return false;
    const char *const end = line.bytes + line.len;
    const char *text = colon + 1;
    const bool is_marked = text < end && (*text == ':' || *text == '<');
    pair_out->mark = '\0';
    if (is_marked)
        pair_out->mark = *text++;
    while (text < end && *text == ' ')
        text++;
    pair_out->name = (struct value){ line.bytes, (size_t) (colon - line.bytes) };
    pair_out->text = (struct value){ text, (size_t) (end - text) };
    return true;
}

/* ---- entries ---- */

static bool decode(struct lk_arena *arena, struct value text, struct value *value_out)
{
    unsigned char *bytes = lk_arena_alloc(arena, text.len);
    size_t len = 0;
    if (sodium_base642bin(bytes, text.len, text.bytes, text.len, NULL, &len, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    *value_out = (struct value){ (const char *) bytes, len };
    return true;
}

static void put_pair(struct building *building, const struct column *column, const struct pair *pair)
{
    struct value value = pair->text;
    if (pair->mark == '<')
        building_fail(building, lk_arena_format(building->arena, "%s is a URL, and none is followed", column->name));
    else if (pair->mark == ':' && !decode(building->arena, pair->text, &value))
        building_fail(building, lk_arena_format(building->arena, "%s is not base64", column->name));
    else
        building_put(building, column, value);
}

/* What a person is not made of is passed over, whatever it is. */
static void take_attribute(struct building *building, const struct pair *pair)
{
    const struct column *column = column_of_attribute(pair->name);
    if (value_is(pair->name, "dn"))
        building_fail(building, "a second dn: an empty line is missing before it");
    else if (value_is(pair->name, "changetype") && !value_is(pair->text, "add"))
        building_fail(building, "only entries, and changes that add one");
    else if (column != NULL)
        put_pair(building, column, pair);
}

static enum lk_status begin_entry(struct ldif *ldif, const struct pair *pair, size_t number, struct lk_trouble *trouble)
{
    if (pair == NULL || !value_is(pair->name, "dn"))
        return lk_fail(trouble, LK_MALFORMED, "line %zu: an entry begins with dn:", number);
    ldif->building = building_begin(ldif->list->arena, number);
    ldif->is_in_entry = true;
    return LK_OK;
}

static void end_entry(struct ldif *ldif)
{
    if (ldif->is_in_entry)
        people_list_add(ldif->list, &ldif->building);
    ldif->is_in_entry = false;
}

/* Neither empty nor a comment. */
static enum lk_status take_line(struct ldif *ldif, struct value line, size_t number, struct lk_trouble *trouble)
{
    struct pair pair;
    const bool is_pair = split_line(line, &pair);
    if (!ldif->is_in_entry && is_pair && value_is(pair.name, "version"))
        return value_is(pair.text, "1")
                   ? LK_OK
                   : lk_fail(trouble, LK_MALFORMED, "line %zu: LDIF of another version than 1", number);
    if (!ldif->is_in_entry)
        return begin_entry(ldif, is_pair ? &pair : NULL, number, trouble);
    if (is_pair)
        take_attribute(&ldif->building, &pair);
    else
        building_fail(&ldif->building,
                      lk_arena_format(ldif->list->arena, "line %zu is not \"attribute: value\"", number));
    return LK_OK;
}

enum lk_status people_read_ldif(struct people_list *list, struct value file, struct lk_trouble *trouble)
{
    struct ldif ldif = { .list = list, .at = file.bytes, .end = file.bytes + file.len, .line = 1 };
    enum lk_status status = LK_OK;
    while (ldif.at < ldif.end && status == LK_OK) {
        const size_t number = ldif.line;
        const struct value line = next_line(&ldif);
        if (line.len == 0)
            end_entry(&ldif);
        else if (*line.bytes != '#')
            status = take_line(&ldif, line, number, trouble);
    }
    end_entry(&ldif);
    return status;
}
