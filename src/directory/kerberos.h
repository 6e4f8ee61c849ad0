/* SPDX-License-Identifier: Apache-2.0 */
/* directory/kerberos.h - directory.bind = gssapi: where the daemon's tickets come from.
 *
 * MIT's library takes that out of the environment, and gets and renews tickets by itself when a bind needs one: with a keytab in
 * KRB5_CLIENT_KTNAME there is nobody who must run kinit. Cyrus SASL and libldap leave no other way to hand it over. */
#ifndef LATCHKEY_DIRECTORY_KERBEROS_H
#define LATCHKEY_DIRECTORY_KERBEROS_H

#include "base/status.h"
#include "base/text.h"
#include "config/config.h"

/* For the daemon: directory.keytab, where it is set, is there, and others may not read it. Appends a line for a fault; LK_MALFORMED
 * then. */
LK_MUST_CHECK enum lk_status directory_check_keytab(const struct config *config, struct lk_text *faults);

/* Changes the environment of the process: binds by GSSAPI use directory.keytab from now on, where it is set, and keep their tickets in
 * memory. Once, before there is a second thread. What is in the file counts whenever a ticket is got. */
void directory_use_keytab(const struct config *config);

#endif
