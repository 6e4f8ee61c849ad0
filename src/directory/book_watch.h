/* SPDX-License-Identifier: Apache-2.0 */
/* directory/book_watch.h - hears of people without displayName, for the book (directory/book.h).
 *
 * The book asks for such people by cn beside those by displayName, though there are none as a rule: at a million accounts, which have
 * names too, that costs more than the page. Whoever hears of each of them when they come or change need not ask again where none
 * were. That takes a server that tells at once (RFC 4533) and says when it was changed last (contextCSN): OpenLDAP with syncprov.
 * Of any other nothing is heard, and the book goes on asking.
 *
 * Owns:    a session and a thread.
 * Promise: while the server is listened to, what the book remembers is void as soon as the server has told of such a person, some
 *          milliseconds after the change; and once the session was lost.
 * Threads: one, by itself; start and stop from any. Several may watch at once, as while a new configuration takes over. */
#ifndef LATCHKEY_DIRECTORY_BOOK_WATCH_H
#define LATCHKEY_DIRECTORY_BOOK_WATCH_H

#include "config/config.h"

struct book_watch;

/* `config` must outlive it. NULL: the server is to be polled, so there is nothing to hear. */
struct book_watch *book_watch_start(const struct config *config);

/* Accepts NULL. */
void book_watch_stop(struct book_watch *watch);

#endif
