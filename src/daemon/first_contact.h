/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/first_contact.h - what is done once the directory answers for the first time, without the start waiting for it.
 *
 * The log is told if the server cannot let people act under their own names (RFC 4370). And the entry that answers for accounts
 * that do not exist is made as costly as a real one: its password is random and hashed with today's parameters. Until then an
 * unknown name costs what the decoy's former hash costs. */
#ifndef LATCHKEY_DAEMON_FIRST_CONTACT_H
#define LATCHKEY_DAEMON_FIRST_CONTACT_H

#include "config/config.h"
#include "credentials/password.h"

struct first_contact;

/* A thread that ends when it is done. `config` and `credentials` must outlive it. Never NULL. */
struct first_contact *first_contact_begin(const struct config *config, struct credentials *credentials);

/* Ends the thread and frees. Accepts NULL. */
void first_contact_end(struct first_contact *contact);

#endif
