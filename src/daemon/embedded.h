/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/embedded.h - a directory of the daemon's own: writes slapd's configuration, runs slapd, keeps it running.
 *
 * Owns:    one folder, mode 0700:
 *            admin.password   of cn=admin,SUFFIX, made at the first start
 *            slapd.d          slapd's configuration, made of share/schema and share/ldif; made again when those, the
 *                             settings or the daemon's uid change, and otherwise left as it is
 *            data, log        the databases, never thrown away; the base entries are added at the first start
 *            ldapi            the Unix socket at which slapd knows the daemon by its uid and gid
 *            slapd.log        what slapd and its tools say
 *          and one child process, slapd, and the thread that starts it again when it ends (after growing pauses).
 * Promise: slapd never outlives the daemon: it is told to end when its parent dies, however that dies, and a new start waits
 *          until an earlier slapd has let go of the folder. Nothing goes through a shell. Any uid will do.
 * Needs:   slapd (OpenLDAP 2.5 or later) with its modules; sodium_init() has been called.
 * Threads: start, wait and stop from one thread; embedded_is_running from any. The daemon reaps no children but its own. */
#ifndef LATCHKEY_DAEMON_EMBEDDED_H
#define LATCHKEY_DAEMON_EMBEDDED_H

#include "base/status.h"
#include "config/config.h"

#include <stdbool.h>
#include <stdint.h>

struct embedded;

struct embedded_settings {
    const char *directory;       /* the folder; made if missing, its parent must be there */
    const char *suffix;          /* dc=…[,dc=…]: letters, digits and hyphens, no blanks */
    const struct config *config; /* where things are in it; read by embedded_start only */
    const char *share;           /* holds schema/ and ldif/ */
    const char *listen;          /* a further ldap:// URL on a loopback address, or NULL or "" */
    const char *programs;        /* where slapd, slapadd and slapmodify are; NULL or "": the usual places */
};

/* Writes what is missing or stale and starts slapd; does not wait until it answers. Takes milliseconds where nothing
 * changed. Words say what to do about it:
 *   LK_MALFORMED  a setting, or a path that is too long for a socket
 *   LK_ABSENT     slapd, its modules or the share folder are not there
 *   LK_BUSY       another daemon runs on this folder
 *   LK_REFUSED    the folder holds a directory with another suffix
 *   LK_BROKEN     the folder cannot be written, or slapd refused the configuration */
LK_MUST_CHECK enum lk_status embedded_start(const struct embedded_settings *settings, struct embedded **embedded_out,
                                            struct lk_trouble *trouble);

/* Waits until slapd answers a request. LK_BUSY: not within `milliseconds`. LK_BROKEN: it keeps ending (words: its own). */
LK_MUST_CHECK enum lk_status embedded_wait_ready(struct embedded *embedded, int64_t milliseconds,
                                                 struct lk_trouble *trouble);

/* Where it listens, as an LDAP URI (ldapi://%2F…), and the folder as an absolute path. Valid until embedded_stop. */
const char *embedded_uri(const struct embedded *embedded);
const char *embedded_folder(const struct embedded *embedded);

bool embedded_is_running(struct embedded *embedded);

/* Ends slapd in good order (by force after ten seconds) and frees everything. Accepts NULL. */
void embedded_stop(struct embedded *embedded);

#endif
