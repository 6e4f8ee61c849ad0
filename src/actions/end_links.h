/* SPDX-License-Identifier: Apache-2.0 */
/* actions/end_links.h - outstanding links end in the very Modify that makes them wrong.
 *
 * Each value is deleted as it was read: if one has gone meanwhile the Modify is LK_ABSENT, and the entry is read again. A link that
 * is minted between the two is as good as one minted a moment later. Links that undo something stay (tokens/link.h). */
#ifndef LATCHKEY_ACTIONS_END_LINKS_H
#define LATCHKEY_ACTIONS_END_LINKS_H

#include "actions/context.h"
#include "directory/people.h"

/* All of the profile's lkToken but `but` (NULL: none) and those that undo. */
void ends_links(struct directory_change *change, struct lk_arena *arena, const struct profile *profile,
                const char *but);

/* And what still waits to become such a link. */
void ends_link_requests(struct directory_change *change, struct lk_arena *arena, const struct profile *profile);

#endif
