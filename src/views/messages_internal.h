/* SPDX-License-Identifier: Apache-2.0 */
/* views/messages_internal.h - messages.txt: `key = Words with {name}.`, one a line; a line that begins with a blank goes on
 * with the one before; # begins a comment line. */
#ifndef LATCHKEY_VIEWS_MESSAGES_INTERNAL_H
#define LATCHKEY_VIEWS_MESSAGES_INTERNAL_H

#include "views/views_internal.h"

struct message_list {
    struct message *items;
    size_t count, room;
};

void message_list_done(struct message_list *list);
void message_list_sort(struct message_list *list);

/* Adds the messages of a file. A key that `list` has already, from an earlier file, gets the new words; twice in one file,
 * or new in a second file (so that a mistyped key does not go unseen), is a fault. */
void messages_read(struct template_loader *loader, const struct template_source *source, bool is_second,
                   struct message_list *list);

#endif
