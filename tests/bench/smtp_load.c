/* SPDX-License-Identifier: Apache-2.0 */
/* smtp_load URL CONNECTIONS COUNT FILE
 *
 * Straight through libcurl, as little as can be: the message in FILE, COUNT times, over that many connections (a thread and a
 * handle each), every time to another address.
 * Prints one JSON line: {"messages":…,"seconds":…,"per_second":…,"failed":…}. */
#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CONNECTIONS_MOST 64

static const char *url;
static char *message;
static size_t message_len;
static long count;
static atomic_long next_message, failed;

struct reading {
    size_t at;
};

static size_t give(char *buffer, size_t size, size_t items, void *context)
{
    struct reading *reading = context;
    const size_t left = message_len - reading->at;
    const size_t len = left < size * items ? left : size * items;
    memcpy(buffer, message + reading->at, len);
    reading->at += len;
    return len;
}

static void send_one(CURL *handle, long number)
{
    char to[64];
    struct reading reading = { 0 };
    snprintf(to, sizeof to, "<bare-%ld@bench.example>", number);
    struct curl_slist *recipients = curl_slist_append(NULL, to);
    curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, recipients);
    curl_easy_setopt(handle, CURLOPT_READDATA, &reading);
    if (curl_easy_perform(handle) != CURLE_OK)
        atomic_fetch_add(&failed, 1);
    curl_slist_free_all(recipients);
}

static void *send_all(void *nothing)
{
    CURL *handle = curl_easy_init();
    curl_easy_setopt(handle, CURLOPT_URL, url);
    curl_easy_setopt(handle, CURLOPT_MAIL_FROM, "<no-reply@bench.example>");
    curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, give);
    for (long number = atomic_fetch_add(&next_message, 1); number < count; number = atomic_fetch_add(&next_message, 1))
        send_one(handle, number);
    curl_easy_cleanup(handle);
    return nothing;
}

static void read_message(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        exit(2);
    message_len = (size_t) ftell(file);
    rewind(file);
    message = malloc(message_len);
    if (message == NULL || fread(message, 1, message_len, file) != message_len)
        exit(2);
    fclose(file);
}

static double now(void)
{
    struct timespec when;
    clock_gettime(CLOCK_MONOTONIC, &when);
    return (double) when.tv_sec + (double) when.tv_nsec * 1e-9;
}

int main(int argument_count, char **arguments)
{
    pthread_t threads[CONNECTIONS_MOST];
    if (argument_count != 5)
        return 2;
    const long connections = atol(arguments[2]);
    if (connections < 1 || connections > CONNECTIONS_MOST)
        return 2;
    url = arguments[1];
    count = atol(arguments[3]);
    read_message(arguments[4]);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    const double begun = now();
    for (long i = 0; i < connections; i++)
        pthread_create(&threads[i], NULL, send_all, NULL);
    for (long i = 0; i < connections; i++)
        pthread_join(threads[i], NULL);
    const double seconds = now() - begun;
    printf("{\"messages\":%ld,\"seconds\":%.4f,\"per_second\":%.1f,\"failed\":%ld}\n", count, seconds,
           (double) count / seconds, atomic_load(&failed));
    return 0;
}
