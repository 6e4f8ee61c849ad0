/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/kerberos.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fatal.h"
#include "base/secret.h"
#include "directory/connection_internal.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define KEYTAB_MOST ((size_t) 64 * 1024)
#define NAME_MOST   (sizeof "FILE:" + 1024)

/* ---- the daemon's keytab ---- */

enum lk_status directory_check_keytab(const struct config *config, struct lk_text *faults)
{
    struct lk_trouble trouble = { "" };
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *keytab = NULL;
    if (*config->directory_keytab == '\0' ||
        lk_secret_read(config->directory_keytab, KEYTAB_MOST, &keytab, &trouble) == LK_OK)
        return LK_OK;
    lk_text_format(faults, "directory.keytab: %s\n", trouble.words);
    return LK_MALFORMED;
}

static void set_environment(const char *name, const char *value)
{
    if (setenv(name, value, 1) != 0) // NOLINT(concurrency-mt-unsafe): there is one thread yet
        lk_fatal("out of memory");
}

void directory_use_keytab(const struct config *config)
{
    char name[NAME_MOST];
    if (*config->directory_keytab == '\0')
        return;
    (void) snprintf(name, sizeof name, "FILE:%s", config->directory_keytab);
    set_environment("KRB5_CLIENT_KTNAME", name);
    set_environment("KRB5CCNAME", "MEMORY:latchkey");
}

/* ---- one at a time ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

bool kerberos_begin(int64_t deadline)
{
    struct timespec end;
    (void) clock_gettime(CLOCK_REALTIME, &end); /* which is what the lock goes by */
    const int64_t left = deadline - lk_clock_monotonic();
    const int64_t nanoseconds = end.tv_nsec + (left > 0 ? left : 0);
    end.tv_sec += nanoseconds / LK_CLOCK_SECOND;
    end.tv_nsec = nanoseconds % LK_CLOCK_SECOND;
    return pthread_mutex_timedlock(&lock, &end) == 0;
}

void kerberos_end(void)
{
    (void) pthread_mutex_unlock(&lock);
}

/* ---- what goes wrong ---- */

/* By words of MIT's library (untranslated: no program of ours asks for a locale of messages). What it wants is in no code that reaches
 * us. */
static const struct kerberos_fault {
    const char *sign;
    enum lk_status status; /* of somebody's own bind; to the daemon any refusal is a configuration that is wrong */
    const char *words;
    const char *daemon; /* words for it, where those are not its own */
} FAULTS[] = {
    {"Cannot contact any KDC",    LK_BROKEN,  "no KDC of the realm answers",                                            NULL                        },
    { "Cannot find KDC",          LK_BROKEN,  "neither krb5.conf nor the DNS names a KDC of the realm",                 NULL                        },
    { "Clock skew too great",     LK_REFUSED, "this machine's clock differs from the KDC's",                            NULL                        },
    { "Preauthentication failed", LK_REFUSED, "the keytab lacks the principal's newest key: ktadd writes it",           NULL                        },
    { "Client ",                  LK_REFUSED, "the realm does not know the keytab's principal",                         NULL                        },
    { "Server krbtgt/",           LK_REFUSED, "the directory's realm does not trust the ticket's: kinit in that realm",
     "the directory's realm does not trust the keytab's"                                                                                            },
    { "Server ldap/",             LK_REFUSED,
     "the ticket's realm knows no such service: what is it called in the directory's keytab?",                          NULL                        },
    { "gss_accept_sec_context",   LK_REFUSED, "the directory cannot read the ticket: is its keytab as new as its key?",
     NULL                                                                                                                                           },
    { "no mechanism available",   LK_REFUSED, "install libsasl2-modules-gssapi-mit",                                    NULL                        },
    { "No Kerberos credentials",  LK_REFUSED, "there is no ticket: kinit gets one",
     "there is neither a ticket nor directory.keytab"                                                                                               },
    { "xpired",                   LK_REFUSED, "the ticket has expired: kinit gets a new one",
     "the ticket has expired, and nobody has renewed it"                                                                                            },
    { "",                         LK_REFUSED, "klist shows the ticket, kinit gets another",                             "kinit -kt tries the keytab"},
};

bool kerberos_is_meant(const char *mechanism)
{
    return strcasecmp(mechanism, "GSSAPI") == 0 || strcasecmp(mechanism, "GSS-SPNEGO") == 0;
}

/* The library's own words, without what is the same before all of them and without the brackets around the rest. */
static const char *own_words(const char *words, size_t *len_out)
{
    static const char *const PREAMBLES[] = { "GSSAPI Error: ", "Minor code may provide more information " };
    for (size_t i = 0; i < sizeof PREAMBLES / sizeof *PREAMBLES; i++) {
        const char *found = strstr(words, PREAMBLES[i]);
        words = found == NULL ? words : found + strlen(PREAMBLES[i]);
    }
    const size_t len = strlen(words);
    const bool is_bracketed = len > 2 && words[0] == '(' && words[len - 1] == ')';
    *len_out = is_bracketed ? len - 2 : len;
    return is_bracketed ? words + 1 : words;
}

enum lk_status kerberos_fail(struct lk_trouble *trouble, const char *how, bool is_daemon, const char *words)
{
    size_t i = 0;
    while (strstr(words, FAULTS[i].sign) == NULL)
        i++;
    const enum lk_status status = is_daemon ? LK_BROKEN : FAULTS[i].status;
    size_t len = 0;
    const char *own = own_words(words, &len);
    const char *advice = is_daemon && FAULTS[i].daemon != NULL ? FAULTS[i].daemon : FAULTS[i].words;
    return lk_fail(trouble, status, "%s: %s (%.*s)", how, advice, (int) len, own);
}
