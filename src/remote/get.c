/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/get.h"

#include "base/cleanup.h"
#include "base/fatal.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

static void start_curl(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        lk_fatal("libcurl cannot be used");
}

static void cleanup_handle(CURL **handle)
{
    curl_easy_cleanup(*handle); /* accepts NULL */
}

static void cleanup_list(struct curl_slist **list)
{
    curl_slist_free_all(*list);
}

/* Anything but `len` ends the transfer: past its bound the text has failed. */
static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    struct lk_text *body = context;
    lk_text_add(body, bytes, size * count);
    return lk_text_ok(body) ? size * count : 0;
}

/* clang-format off */
#define SET(status, handle, option, value) \
    ((status) = (status) != CURLE_OK ? (status) : curl_easy_setopt((handle), (option), (value)))

/* clang-format on */

static CURLcode set_up(CURL *handle, const char *url, const struct curl_slist *headers, int64_t seconds,
                       struct lk_text *body)
{
    CURLcode status = CURLE_OK;
    SET(status, handle, CURLOPT_URL, url);
    SET(status, handle, CURLOPT_PROTOCOLS_STR, "http,https");
    SET(status, handle, CURLOPT_HTTPHEADER, headers);
    SET(status, handle, CURLOPT_USERAGENT, "latchkeyd");
    SET(status, handle, CURLOPT_NOSIGNAL, 1L);
    SET(status, handle, CURLOPT_TIMEOUT, (long) seconds);
    SET(status, handle, CURLOPT_WRITEFUNCTION, take_body);
    SET(status, handle, CURLOPT_WRITEDATA, body);
    return status;
}

static enum lk_status meaning_of(CURLcode code, const struct lk_text *body)
{
    if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT || code == CURLE_WEIRD_SERVER_REPLY ||
        !lk_text_ok(body))
        return LK_MALFORMED;
    return LK_BUSY;
}

enum lk_status remote_get(const char *url, const char *header, int64_t seconds, struct lk_text *body,
                          struct lk_trouble *trouble)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void) pthread_once(&once, start_curl);
    LK_CLEANUP(cleanup_handle) CURL *handle = curl_easy_init();
    LK_CLEANUP(cleanup_list) struct curl_slist *headers = header != NULL ? curl_slist_append(NULL, header) : NULL;
    if (handle == NULL || (header != NULL && headers == NULL))
        return lk_fail(trouble, LK_BUSY, "GET: no memory");
    CURLcode code = set_up(handle, url, headers, seconds, body);
    if (code == CURLE_OK)
        code = curl_easy_perform(handle);
    if (code != CURLE_OK)
        return lk_fail(trouble, meaning_of(code, body), "GET: %s", curl_easy_strerror(code));
    long answer = 0;
    (void) curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer);
    return answer == 200 ? LK_OK : lk_fail(trouble, LK_REFUSED, "GET: answered with %ld", answer);
}
