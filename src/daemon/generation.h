/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/generation.h - everything made from one reading of the configuration: settings, keys, templates, courier, server.
 *
 * To reload, a new generation is loaded and started on the same sockets, and then the old one is stopped: it finishes what it
 * has in hand. A fault in the new configuration leaves the old generation running.
 * Threads: generation_* from the main thread. */
#ifndef LATCHKEY_DAEMON_GENERATION_H
#define LATCHKEY_DAEMON_GENERATION_H

#include "base/status.h"
#include "base/text.h"
#include "config/config.h"
#include "daemon/options.h"
#include "web/web.h"

struct generation;

/* Reads the configuration and templates; starts and changes nothing. LK_MALFORMED: `faults` has a line for each. */
LK_MUST_CHECK enum lk_status generation_load(const struct options *options, struct generation **generation_out,
                                             struct lk_text *faults);

/* Where templates, catalogues, schema and LDIF are installed. */
const char *generation_share(void);

const struct config *generation_config(const struct generation *generation);

/* Reads or makes the key ring, checks what only the start can know, begins to follow the outbox and to serve. */
LK_MUST_CHECK enum lk_status generation_start(struct generation *generation, const struct web_sockets *sockets,
                                              struct lk_trouble *trouble);

/* Accepts no more connections: its listening sockets may be closed. To be followed by generation_stop. */
void generation_stop_accepting(struct generation *generation);

/* Serves nothing new, finishes what is in hand, frees. Accepts NULL, and one that was never started. */
void generation_stop(struct generation *generation);

#endif
