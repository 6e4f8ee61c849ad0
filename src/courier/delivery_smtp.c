/* SPDX-License-Identifier: Apache-2.0 */
/* One libcurl handle, one connection, one message after the other. The only file that speaks to libcurl but for its
 * initialisation in courier.c. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fatal.h"
#include "base/secret.h"
#include "courier/delivery_internal.h"
#include "courier/reply.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#define PASSWORD_MOST 1024
#define URL_MOST      1024
#define CONNECT_MOST  INT64_C(10000) /* milliseconds, where there is more time */

struct smtp {
    CURL *handle;
    struct reply reply;
    const struct lk_text *message; /* while one is being sent */
    size_t sent;
    char words[CURL_ERROR_SIZE];
};

static void cleanup_list(struct curl_slist **list)
{
    curl_slist_free_all(*list);
}

/* ---- what libcurl calls ---- */

static size_t give_message(char *buffer, size_t size, size_t count, void *context)
{
    struct smtp *smtp = context;
    const size_t room = size * count;
    const size_t left = smtp->message == NULL ? 0 : smtp->message->len - smtp->sent;
    const size_t len = left < room ? left : room;
    if (len > 0)
        memcpy(buffer, smtp->message->data + smtp->sent, len);
    smtp->sent += len;
    return len;
}

static size_t take_reply(const char *buffer, size_t size, size_t count, void *context)
{
    struct smtp *smtp = context;
    reply_line(&smtp->reply, buffer, size * count);
    return size * count;
}

static size_t take_nothing(const char *buffer, size_t size, size_t count, void *context)
{
    (void) buffer;
    (void) context;
    return size * count;
}

/* Of all that libcurl tells, only that a command went out. Nothing is printed or kept: AUTH passes here too. */
static int watch(CURL *handle, curl_infotype kind, char *bytes, size_t len, void *context)
{
    (void) handle;
    struct smtp *smtp = context;
    if (kind == CURLINFO_HEADER_OUT)
        reply_command(&smtp->reply, bytes, len);
    return 0;
}

/* ---- the handle ---- */

/* CURLcode and CURLoption are taken together so that a refused option is never overlooked. */
#define SET(status, handle, option, value) \
    ((status) = (status) != CURLE_OK ? (status) : curl_easy_setopt((handle), (option), (value)))

static long tls_level(const struct config *config)
{
    static const long LEVELS[] = { [CONFIG_START_TLS_TRY] = CURLUSESSL_TRY,
                                   [CONFIG_START_TLS_REQUIRE] = CURLUSESSL_ALL,
                                   [CONFIG_START_TLS_NEVER] = CURLUSESSL_NONE };
    /* "try" falls back to a connection in the clear, on which a password must not be sent because somebody took STARTTLS
     * out of the server's greeting. Who wants that says "never". */
    if (config->courier_start_tls == CONFIG_START_TLS_TRY && *config->courier_user != '\0')
        return CURLUSESSL_ALL;
    return LEVELS[config->courier_start_tls];
}

static CURLcode set_address(CURL *handle, const struct config *config)
{
    struct lk_text url LK_CLEANUP(lk_text_done) = LK_TEXT(URL_MOST);
    lk_text_words(&url, config->courier_deliver_to);
    if (url.len > 0 && url.data[url.len - 1] != '/')
        lk_text_char(&url, '/');
    lk_text_words(&url, config->courier_hello); /* libcurl says EHLO with what stands as the path */
    if (!lk_text_ok(&url))
        return CURLE_URL_MALFORMAT;
    CURLcode status = CURLE_OK;
    SET(status, handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    SET(status, handle, CURLOPT_URL, lk_text_string(&url)); /* copied */
    SET(status, handle, CURLOPT_PROXY, "");                 /* never one out of the environment */
    return status;
}

static CURLcode set_security(CURL *handle, const struct config *config)
{
    CURLcode status = CURLE_OK;
    SET(status, handle, CURLOPT_USE_SSL, tls_level(config));
    SET(status, handle, CURLOPT_SSL_VERIFYPEER, 1L);
    SET(status, handle, CURLOPT_SSL_VERIFYHOST, 2L);
    if (*config->courier_ca_file != '\0') {
        SET(status, handle, CURLOPT_CAINFO, config->courier_ca_file);
        SET(status, handle, CURLOPT_CAPATH, NULL); /* or the system's authorities would be believed besides */
    }
    return status;
}

static CURLcode set_callbacks(struct smtp *smtp)
{
    CURL *handle = smtp->handle;
    CURLcode status = CURLE_OK;
    SET(status, handle, CURLOPT_ERRORBUFFER, smtp->words);
    SET(status, handle, CURLOPT_UPLOAD, 1L);
    SET(status, handle, CURLOPT_READFUNCTION, give_message);
    SET(status, handle, CURLOPT_READDATA, smtp);
    SET(status, handle, CURLOPT_HEADERFUNCTION, take_reply);
    SET(status, handle, CURLOPT_HEADERDATA, smtp);
    SET(status, handle, CURLOPT_WRITEFUNCTION, take_nothing);
    SET(status, handle, CURLOPT_DEBUGFUNCTION, watch);
    SET(status, handle, CURLOPT_DEBUGDATA, smtp);
    SET(status, handle, CURLOPT_VERBOSE, 1L); /* calls watch(), prints nothing */
    return status;
}

/* For what is done next; to libcurl zero would be no limit. */
static CURLcode set_times(CURL *handle, int64_t deadline)
{
    const int64_t left = (deadline - lk_clock_monotonic()) / LK_CLOCK_MILLISECOND;
    const int64_t whole = left > 0 ? left : 1;
    const int64_t connect = whole < CONNECT_MOST ? whole : CONNECT_MOST;
    CURLcode status = CURLE_OK;
    SET(status, handle, CURLOPT_TIMEOUT_MS, (long) whole);
    SET(status, handle, CURLOPT_CONNECTTIMEOUT_MS, (long) connect);
    return status;
}

static enum lk_status set_login(CURL *handle, const struct config *config, struct lk_trouble *trouble)
{
    if (*config->courier_user == '\0')
        return LK_OK;
    struct lk_secret *password LK_CLEANUP(lk_cleanup_secret) = NULL;
    if (lk_secret_read(config->courier_password_file, PASSWORD_MOST, &password, trouble) != LK_OK)
        return LK_BUSY;
    CURLcode status = CURLE_OK;
    SET(status, handle, CURLOPT_USERNAME, config->courier_user);
    SET(status, handle, CURLOPT_PASSWORD, lk_secret_bytes(password));
    if (status != CURLE_OK)
        return lk_fail(trouble, LK_BUSY, "the mail connection cannot be set up: %s", curl_easy_strerror(status));
    return LK_OK;
}

static enum lk_status set_up(struct smtp *smtp, const struct config *config, struct lk_trouble *trouble)
{
    smtp->handle = curl_easy_init();
    if (smtp->handle == NULL)
        return lk_fail(trouble, LK_BUSY, "the mail connection cannot be set up");
    CURLcode status = set_address(smtp->handle, config);
    if (status == CURLE_OK)
        status = set_security(smtp->handle, config);
    if (status == CURLE_OK)
        status = set_callbacks(smtp);
    SET(status, smtp->handle, CURLOPT_NOSIGNAL, 1L);
    if (status != CURLE_OK)
        return lk_fail(trouble, LK_BUSY, "the mail connection cannot be set up: %s", curl_easy_strerror(status));
    return set_login(smtp->handle, config, trouble);
}

void delivery_smtp_free(void *state)
{
    struct smtp *smtp = state;
    if (smtp == NULL)
        return;
    curl_easy_cleanup(smtp->handle); /* accepts NULL; says QUIT, whose answer still comes to take_reply */
    free(smtp);
}

static enum lk_status ready(void **state, const struct config *config, struct lk_trouble *trouble)
{
    if (*state != NULL)
        return LK_OK;
    struct smtp *smtp = calloc(1, sizeof *smtp);
    if (smtp == NULL)
        lk_fatal("out of memory");
    const enum lk_status status = set_up(smtp, config, trouble);
    if (status != LK_OK) {
        delivery_smtp_free(smtp);
        return status;
    }
    *state = smtp;
    return LK_OK;
}

/* ---- one message ---- */

static CURLcode perform(struct smtp *smtp, const struct envelope *envelope, long fresh)
{
    struct curl_slist *recipients LK_CLEANUP(cleanup_list) = curl_slist_append(NULL, envelope->to);
    if (recipients == NULL)
        lk_fatal("out of memory");
    smtp->reply = (struct reply){ 0 };
    smtp->words[0] = '\0';
    smtp->message = envelope->message;
    smtp->sent = 0;
    CURLcode status = set_times(smtp->handle, envelope->deadline);
    SET(status, smtp->handle, CURLOPT_MAIL_FROM, envelope->from);
    SET(status, smtp->handle, CURLOPT_MAIL_RCPT, recipients);
    SET(status, smtp->handle, CURLOPT_INFILESIZE_LARGE, (curl_off_t) envelope->message->len);
    SET(status, smtp->handle, CURLOPT_FRESH_CONNECT, fresh);
    if (status == CURLE_OK)
        status = curl_easy_perform(smtp->handle);
    (void) curl_easy_setopt(smtp->handle, CURLOPT_MAIL_RCPT, NULL); /* the list ends here */
    smtp->message = NULL;
    return status;
}

/* Everything up to a message, and NOOP (RFC 5321 section 4.1.1.9) in its place. */
static CURLcode perform_nothing(struct smtp *smtp, int64_t deadline)
{
    CURLcode status = set_times(smtp->handle, deadline);
    smtp->reply = (struct reply){ 0 };
    smtp->words[0] = '\0';
    SET(status, smtp->handle, CURLOPT_UPLOAD, 0L);
    SET(status, smtp->handle, CURLOPT_NOBODY, 1L);
    SET(status, smtp->handle, CURLOPT_CUSTOMREQUEST, "NOOP");
    if (status == CURLE_OK)
        status = curl_easy_perform(smtp->handle);
    return status;
}

/* Did a connection that had been kept open turn out to be dead before the server had a word to say about the message? */
static bool was_stale(const struct smtp *smtp, CURLcode status)
{
    long made = 1;
    if (status == CURLE_OK || status == CURLE_OPERATION_TIMEDOUT || smtp->sent > 0)
        return false;
    if (curl_easy_getinfo(smtp->handle, CURLINFO_NUM_CONNECTS, &made) != CURLE_OK || made > 0)
        return false;
    return smtp->reply.code == 0 || smtp->reply.code == 421;
}

static enum lk_status fail(const struct smtp *smtp, CURLcode status, struct lk_trouble *trouble)
{
    char sentence[REPLY_SENTENCE_MOST + 1];
    reply_sentence(&smtp->reply, sentence);
    if (smtp->reply.code >= 400)
        return lk_fail(trouble, LK_BUSY, "%s", sentence);
    return lk_fail(trouble, LK_BUSY, "mail server: %s",
                   smtp->words[0] != '\0' ? smtp->words : curl_easy_strerror(status));
}

/* With a handle of its own, which is of no use for messages afterwards. */
enum lk_status delivery_smtp_look(void **state, const struct config *config, struct lk_trouble *trouble)
{
    delivery_smtp_free(*state);
    *state = NULL;
    const enum lk_status is_ready = ready(state, config, trouble);
    if (is_ready != LK_OK)
        return is_ready;
    const int64_t deadline = lk_clock_monotonic() + config->courier_timeout * LK_CLOCK_SECOND;
    const CURLcode status = perform_nothing(*state, deadline);
    const enum lk_status outcome = status == CURLE_OK ? LK_OK : fail(*state, status, trouble);
    delivery_smtp_free(*state);
    *state = NULL;
    return outcome;
}

enum lk_status delivery_smtp_send(void **state, const struct config *config, const struct envelope *envelope,
                                  bool *answered, struct lk_trouble *trouble)
{
    const enum lk_status is_ready = ready(state, config, trouble);
    if (is_ready != LK_OK)
        return is_ready;
    struct smtp *smtp = *state;
    CURLcode status = perform(smtp, envelope, 0L);
    if (was_stale(smtp, status))
        status = perform(smtp, envelope, 1L);
    if (status == CURLE_OK)
        return LK_OK;
    char sentence[REPLY_SENTENCE_MOST + 1];
    reply_sentence(&smtp->reply, sentence);
    if (reply_is_permanent(&smtp->reply))
        return lk_fail(trouble, LK_REFUSED, "%s", sentence);
    *answered = reply_is_temporary(&smtp->reply);
    return fail(smtp, status, trouble);
}
