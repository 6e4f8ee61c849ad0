/* SPDX-License-Identifier: Apache-2.0 */
#include "courier/outbox.h"

#include "base/encoding.h"
#include "base/mail_address.h"
#include "base/record.h"
#include "courier/outbox_record.h"

#include <stddef.h>
#include <string.h>

#define SHOWN_MOST 160 /* bytes of a name that is only shown */

#define ADMINISTRATOR_GONE "administrator_gone"
#define RESET              "reset"

#define LIFETIME(setting) offsetof(struct config, setting)

/* clang-format off */
static const struct outbox_kind KINDS[] = {
    { "associate", OUTBOX_ON_PROFILE, OUTBOX_TO_OWN, LINK_ASSOCIATE, { { "account", true }, { "name", false } }, LIFETIME(links_associate_lifetime) },
    { "invite", OUTBOX_ON_PROFILE, OUTBOX_TO_OWN, LINK_INVITE, { { "by", false } }, LIFETIME(links_invite_lifetime) },
    { "confirm", OUTBOX_ON_ACCOUNT, OUTBOX_TO_PENDING, LINK_CONFIRM, { { NULL, false } }, LIFETIME(links_confirm_lifetime) },
    { RESET, OUTBOX_ON_ACCOUNT, OUTBOX_TO_RESCUE, LINK_RESET, { { NULL, false } }, LIFETIME(links_reset_lifetime) },
    { OUTBOX_ACCOUNT_CHANGED, OUTBOX_ON_ACCOUNT, OUTBOX_TO_SEALED, LINK_UNDO_ACCOUNT, { { "what", true } }, LIFETIME(links_undo_lifetime) },
    { "recover", OUTBOX_ON_DECOY, OUTBOX_TO_NOBODY, LINK_NONE, { { "name", true } }, 0 },
    { OUTBOX_SIGN_UP, OUTBOX_ON_DECOY, OUTBOX_TO_SEALED, LINK_SIGN_UP, { { OUTBOX_OFFER, true }, { "language", false } }, LIFETIME(links_confirm_lifetime) },
    { "find", OUTBOX_ON_ACCOUNT, OUTBOX_TO_NOBODY, LINK_NONE, { { "address", true } }, 0 },
    { ADMINISTRATOR_GONE, OUTBOX_ON_ORGANIZATION, OUTBOX_TO_SUPPORT, LINK_NONE, { { "from", true }, { "text", true } }, 0 },
    { OUTBOX_MOVED, OUTBOX_ON_PROFILE, OUTBOX_TO_SEALED, LINK_UNDO_TIE, { { "account", true }, { "former", false } }, LIFETIME(links_undo_lifetime) },
    { OUTBOX_MOVED_AWAY, OUTBOX_ON_PROFILE, OUTBOX_TO_SEALED, LINK_UNDO_TIE, { { "account", true }, { "former", false } }, LIFETIME(links_undo_lifetime) },
    { "new_mail", OUTBOX_ON_PROFILE, OUTBOX_TO_PENDING, LINK_NEW_MAIL, { { "account", true } }, LIFETIME(links_confirm_lifetime) },
    { OUTBOX_MAIL_CHANGING, OUTBOX_ON_PROFILE, OUTBOX_TO_SEALED, LINK_UNDO_MAIL, { { "account", true }, { "mail", true } }, LIFETIME(links_undo_lifetime) },
    { OUTBOX_DISPUTED, OUTBOX_ON_PROFILE, OUTBOX_TO_ADMINISTRATOR, LINK_NONE, { { "what", true } }, 0 },
};

/* clang-format on */

const struct outbox_kind *outbox_kind_named(const char *name)
{
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++) {
        if (strcmp(KINDS[i].name, name) == 0)
            return &KINDS[i];
    }
    return NULL;
}

int64_t outbox_lifetime(const struct outbox_kind *kind, const struct config *config)
{
    int64_t lifetime = 0;
    if (kind->purpose != LINK_NONE)
        memcpy(&lifetime, (const char *) config + kind->lifetime, sizeof lifetime);
    return lifetime;
}

const char *outbox_written(struct lk_arena *arena, const struct lk_record *record)
{
    struct lk_text text = LK_TEXT(LK_RECORD_MOST);
    lk_record_write(record, &text);
    const char *value = lk_arena_words(arena, lk_text_string(&text)); /* short: every field is bounded */
    lk_text_done(&text);
    return value;
}

const char *outbox_cut(struct lk_arena *arena, const char *name, size_t most)
{
    size_t len = strlen(name);
    if (len > most) {
        len = most;
        while (len > 0 && ((unsigned char) name[len] & 0xC0) == 0x80)
            len--;
    }
    return lk_arena_copy(arena, name, len);
}

const char *outbox_find(struct lk_arena *arena, const char *address)
{
    struct lk_record record = { .kind = "find" };
    lk_record_set(&record, "address", outbox_cut(arena, address, LK_MAIL_ADDRESS_MOST));
    return outbox_written(arena, &record);
}

const char *outbox_associate(struct lk_arena *arena, const struct account *account)
{
    char id[LK_UUID_TEXT_LEN + 1];
    lk_uuid_format(account->id, id);
    struct lk_record record = { .kind = "associate" };
    lk_record_set(&record, "account", lk_arena_words(arena, id));
    if (account->name != NULL)
        lk_record_set(&record, "name", outbox_cut(arena, account->name, SHOWN_MOST));
    return outbox_written(arena, &record);
}

const char *outbox_confirm(struct lk_arena *arena)
{
    return lk_arena_words(arena, "confirm");
}

const char *outbox_reset(struct lk_arena *arena)
{
    return lk_arena_words(arena, RESET);
}

bool outbox_reset_waits(struct lk_arena *arena, const struct directory_attribute *sends)
{
    return outbox_count(arena, sends, RESET) > 0;
}

const char *outbox_recover(struct lk_arena *arena, const char *name)
{
    struct lk_record record = { .kind = "recover" };
    lk_record_set(&record, "name", outbox_cut(arena, name, OUTBOX_NAME_MOST));
    return outbox_written(arena, &record);
}

const char *outbox_invite(struct lk_arena *arena, const char *by)
{
    struct lk_record record = { .kind = "invite" };
    if (by != NULL)
        lk_record_set(&record, "by", outbox_cut(arena, by, SHOWN_MOST));
    return outbox_written(arena, &record);
}

const char *outbox_new_mail(struct lk_arena *arena, const struct account *account)
{
    char id[LK_UUID_TEXT_LEN + 1];
    lk_uuid_format(account->id, id);
    return lk_arena_format(arena, "new_mail account=%s", id);
}

const char *outbox_disputed(struct lk_arena *arena, const char *what)
{
    struct lk_record record = { .kind = OUTBOX_DISPUTED };
    lk_record_set(&record, "what", what);
    return outbox_written(arena, &record);
}

const char *outbox_administrator_gone(struct lk_arena *arena, const char *from, const char *text)
{
    struct lk_record record = { .kind = ADMINISTRATOR_GONE };
    lk_record_set(&record, "from", outbox_cut(arena, from, SHOWN_MOST));
    lk_record_set(&record, "text", outbox_cut(arena, text, OUTBOX_TEXT_MOST));
    return outbox_written(arena, &record);
}

bool outbox_administrator_gone_waits(struct lk_arena *arena, const struct directory_attribute *sends)
{
    return outbox_count(arena, sends, ADMINISTRATOR_GONE) > 0;
}

static int64_t last_sent(struct lk_arena *arena, const struct directory_attribute *sents, const char *kind)
{
    int64_t last = 0;
    for (size_t i = 0; i < sents->count; i++) {
        struct lk_record record;
        if (lk_record_parse(arena, sents->values[i].bytes, sents->values[i].len, &record) != LK_OK ||
            strcmp(record.kind, kind) != 0)
            continue;
        const int64_t at = lk_record_time(&record, "at", 0);
        last = at > last ? at : last;
    }
    return last;
}

int64_t outbox_administrator_gone_sent(struct lk_arena *arena, const struct directory_attribute *sents)
{
    return last_sent(arena, sents, ADMINISTRATOR_GONE);
}

int64_t outbox_disputed_sent(struct lk_arena *arena, const struct directory_attribute *sents)
{
    return last_sent(arena, sents, OUTBOX_DISPUTED);
}
