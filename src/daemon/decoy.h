/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/decoy.h - keeps the entry that answers for accounts that do not exist as costly as a real one.
 *
 * Its password is random and hashed with today's parameters; a thread writes it once the directory answers, so that a start
 * does not wait for a hash. Until then an unknown name costs what the decoy's former hash costs. */
#ifndef LATCHKEY_DAEMON_DECOY_H
#define LATCHKEY_DAEMON_DECOY_H

#include "config/config.h"
#include "credentials/password.h"

struct decoy;

/* `config` and `credentials` must outlive it. Never NULL. */
struct decoy *decoy_start(const struct config *config, struct credentials *credentials);

/* Ends the thread and frees. Accepts NULL. */
void decoy_stop(struct decoy *decoy);

#endif
