/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/end_links.h"

#include "courier/outbox_record.h"
#include "directory/names.h"
#include "tokens/link.h"

#include <string.h>

void ends_links(struct directory_change *change, struct lk_arena *arena, const struct profile *profile, const char *but)
{
    for (size_t i = 0; i < profile->tokens.count; i++) {
        const struct directory_value *value = &profile->tokens.values[i];
        struct link_token token;
        const bool undoes =
            link_token_read(arena, value->bytes, value->len, &token) == LK_OK && link_purpose_undoes(token.purpose);
        if (!undoes && (but == NULL || strcmp(value->bytes, but) != 0))
            directory_change_delete(change, NAME_TOKEN, value->bytes);
    }
}

void ends_link_requests(struct directory_change *change, struct lk_arena *arena, const struct profile *profile)
{
    for (size_t i = 0; i < profile->sends.count; i++) {
        struct outbox_request request;
        const char *name = NULL;
        if (outbox_read(arena, &profile->sends.values[i], &request, &name, NULL) == LK_OK &&
            request.kind->purpose != LINK_NONE && !link_purpose_undoes(request.kind->purpose))
            directory_change_delete(change, NAME_SEND, profile->sends.values[i].bytes);
    }
}
