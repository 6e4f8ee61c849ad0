/* SPDX-License-Identifier: Apache-2.0 */
/* courier/target.h - the entry that an lkSend value stands on, as far as a letter is concerned. */
#ifndef LATCHKEY_COURIER_TARGET_H
#define LATCHKEY_COURIER_TARGET_H

#include "base/arena.h"
#include "base/status.h"
#include "config/config.h"
#include "courier/outbox_record.h"
#include "directory/people.h"

#include <stdbool.h>
#include <stdint.h>

struct target {
    const char *dn;
    const char *id; /* for the log: entryUUID where it is text, the DN otherwise */
    uint8_t unique[16];
    bool is_profile, is_account, is_organization, is_decoy;
    const char *name;              /* cn */
    const char *organization_name; /* o */
    const char *mail;
    const char *pending_mail;
    const char *language;
    const char *account_dn;
    struct outbox_entry entry;
};

/* One read; everything lives in the arena. LK_ABSENT: no such entry. Others as directory_read. */
LK_MUST_CHECK enum lk_status target_read(struct directory *directory, const struct config *config,
                                         struct lk_arena *arena, const char *dn, struct target *target_out,
                                         struct lk_trouble *trouble);

/* The entry that was read as `unique`, whatever its DN is by now. LK_ABSENT: it is gone. Others as directory_search. */
LK_MUST_CHECK enum lk_status target_find(struct directory *directory, const struct config *config,
                                         struct lk_arena *arena, const uint8_t unique[static 16],
                                         struct target *target_out, struct lk_trouble *trouble);

#endif
