/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/files.h - the files that the configuration names, looked at before anything is begun: what is not there, may not be read or makes no
 * sense is a fault of the configuration, and not one of the first letter or the first visitor. */
#ifndef LATCHKEY_DAEMON_FILES_H
#define LATCHKEY_DAEMON_FILES_H

#include "base/status.h"
#include "base/text.h"
#include "config/config.h"

/* Certificates, keys, passwords and the key ring (which need not be there yet). Appends a line for each fault, with setting and file;
 * LK_MALFORMED if there is one. Changes nothing. */
LK_MUST_CHECK enum lk_status files_check(const struct config *config, struct lk_text *faults);

#endif
