/* SPDX-License-Identifier: Apache-2.0 */
/* directory/certificate.h - the certificates between us and the directory: what is wrong with those in our files, and why a
 * server's was not accepted. libldap says "Connect error" to all of it.
 *
 * Verifying itself is libldap's and GnuTLS' (connection_options.c): nothing here lets a session pass.
 * Threads: any; nothing is shared. */
#ifndef LATCHKEY_DIRECTORY_CERTIFICATE_H
#define LATCHKEY_DIRECTORY_CERTIFICATE_H

#include "base/status.h"
#include "base/text.h"
#include "config/config.h"

#include <stddef.h>
#include <stdint.h>

/* For the daemon: reads directory.ca_file, directory.certificate and directory.private_key as far as they are set (certificates, and a
 * key that fits), and asks for a certificate where it could be nobody without one. Appends one line for each fault;
 * LK_MALFORMED if there is one. */
LK_MUST_CHECK enum lk_status directory_check_certificates(const struct config *config, struct lk_text *faults);

/* The same for certificates of ours that others are shown, or that others are believed by: SECTION.ca_file; SECTION.certificate and
 * SECTION.private_key. What is not set is no fault. */
LK_MUST_CHECK enum lk_status certificate_check_authorities(const char *section, const char *path,
                                                           struct lk_text *faults);
LK_MUST_CHECK enum lk_status certificate_check_pair(const char *section, const char *certificate,
                                                    const char *private_key, struct lk_text *faults);

/* When a certificate (DER) ends, in seconds since 1970. LK_MALFORMED: it cannot be read. */
LK_MUST_CHECK enum lk_status certificate_read_end(const void *der, size_t len, int64_t *end_out);

#define CERTIFICATE_WORDS_MOST 192

/* Says what is wrong with a server's certificate (DER) that was not accepted for `host`: its time, its name, or else who
 * signed it. */
void certificate_describe_fault(const void *der, size_t len, const char *host,
                                char words_out[static CERTIFICATE_WORDS_MOST]);

#endif
