/* SPDX-License-Identifier: Apache-2.0 */
/* http_load PORT CONNECTIONS FILE [SECONDS]
 *
 * Sends the requests of FILE over that many keep-alive connections to 127.0.0.1:PORT: each once, or over and over for SECONDS.
 * FILE holds requests one after the other, each as its length in decimal, a line feed, and its bytes. Prints one JSON line:
 * {"requests":…,"seconds":…,"per_second":…,"p50_ms":…,"p99_ms":…,"statuses":{"200":…}}. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_MOST 65536
#define TIMES_MOST  4000000

struct request {
    const char *bytes;
    size_t len;
};

struct connection {
    int descriptor;
    size_t sent;
    const struct request *request; /* NULL: idle */
    double began;
    char answer[ANSWER_MOST];
    size_t got;
};

struct load {
    struct request *requests;
    size_t count, next, done;
    double seconds; /* 0: each request once */
    double began;
    size_t statuses[600];
    float *times;
    int epoll;
    int port;
};

static _Noreturn void die(const char *what)
{
    perror(what);
    exit(1);
}

static double now(void)
{
    struct timespec when;
    clock_gettime(CLOCK_MONOTONIC, &when);
    return (double) when.tv_sec + (double) when.tv_nsec * 1e-9;
}

static void read_requests(struct load *load, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        die(path);
    size_t room = 0, len = 0;
    while (fscanf(file, "%zu", &len) == 1 && fgetc(file) == '\n') {
        if (load->count == room) {
            room = room ? room * 2 : 256;
            load->requests = realloc(load->requests, room * sizeof *load->requests);
        }
        char *bytes = malloc(len);
        if (load->requests == NULL || bytes == NULL || fread(bytes, 1, len, file) != len)
            die("requests");
        load->requests[load->count++] = (struct request){ .bytes = bytes, .len = len };
    }
    fclose(file);
}

static void open_connection(struct load *load, struct connection *connection)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t) load->port) };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connection->descriptor = socket(AF_INET, SOCK_STREAM, 0);
    if (connection->descriptor < 0 ||
        connect(connection->descriptor, (struct sockaddr *) &address, sizeof address) != 0)
        die("connect");
    int on = 1;
    setsockopt(connection->descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };
    if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, connection->descriptor, &event) != 0)
        die("epoll");
}

/* False when there is nothing more to send. */
static bool send_next(struct load *load, struct connection *connection, double when)
{
    bool over = load->seconds > 0 ? when - load->began >= load->seconds : load->next >= load->count;
    if (over) {
        connection->request = NULL;
        return false;
    }
    connection->request = &load->requests[load->next % load->count];
    load->next++;
    connection->got = 0;
    connection->began = when;
    size_t sent = 0;
    while (sent < connection->request->len) {
        ssize_t wrote =
            write(connection->descriptor, connection->request->bytes + sent, connection->request->len - sent);
        if (wrote <= 0)
            die("write");
        sent += (size_t) wrote;
    }
    return true;
}

/* The length of the whole answer once its head is there; 0 before. One pass, line by line, and no further than the head: what the
 * sender costs must depend as little as can be on what the answer says. */
static size_t answer_length(const struct connection *connection, bool *closes_out)
{
    const char *line = connection->answer, *end = connection->answer + connection->got;
    size_t body = 0;
    while ((line = memchr(line, '\n', (size_t) (end - line))) != NULL && ++line < end) {
        if (*line == '\r')
            return line + 1 < end ? (size_t) (line - connection->answer) + 2 + body : 0;
        if (*line != 'C')
            continue;
        if (strncmp(line, "Content-Length: ", 16) == 0)
            body = strtoul(line + 16, NULL, 10);
        else if (strncmp(line, "Connection: close", 17) == 0)
            *closes_out = true;
    }
    return 0;
}

static bool finish(struct load *load, struct connection *connection, bool closes)
{
    double when = now();
    unsigned long status = strtoul(connection->answer + 9, NULL, 10);
    load->statuses[status < 600 ? status : 0]++;
    if (load->done < TIMES_MOST)
        load->times[load->done] = (float) (when - connection->began);
    load->done++;
    if (closes) {
        close(connection->descriptor);
        open_connection(load, connection);
    }
    return send_next(load, connection, when);
}

static bool receive(struct load *load, struct connection *connection)
{
    ssize_t got = read(connection->descriptor, connection->answer + connection->got, ANSWER_MOST - 1 - connection->got);
    if (got <= 0)
        die("the server closed a connection");
    connection->got += (size_t) got;
    bool closes = false;
    size_t length = answer_length(connection, &closes);
    if (length == 0 || connection->got < length)
        return true;
    return finish(load, connection, closes);
}

static int by_size(const void *a, const void *b)
{
    float left = *(const float *) a, right = *(const float *) b;
    return (left > right) - (left < right);
}

static void report(struct load *load, double took)
{
    size_t timed = load->done < TIMES_MOST ? load->done : TIMES_MOST;
    qsort(load->times, timed, sizeof *load->times, by_size);
    printf("{\"requests\":%zu,\"seconds\":%.4f,\"per_second\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"statuses\":{",
           load->done, took, (double) load->done / took, timed ? load->times[timed / 2] * 1e3 : 0.0,
           timed ? load->times[timed * 99 / 100] * 1e3 : 0.0);
    const char *comma = "";
    for (size_t i = 0; i < 600; i++) {
        if (load->statuses[i] == 0)
            continue;
        printf("%s\"%zu\":%zu", comma, i, load->statuses[i]);
        comma = ",";
    }
    printf("}}\n");
}

int main(int count, char **arguments)
{
    if (count < 4)
        return 2;
    struct load load = { .port = atoi(arguments[1]), .seconds = count > 4 ? atof(arguments[4]) : 0 };
    size_t connections = (size_t) atoi(arguments[2]);
    read_requests(&load, arguments[3]);
    load.times = malloc(TIMES_MOST * sizeof *load.times);
    load.epoll = epoll_create1(0);
    struct connection *all = calloc(connections, sizeof *all);
    if (load.times == NULL || all == NULL || load.epoll < 0 || load.count == 0)
        die("start");
    for (size_t i = 0; i < connections; i++)
        open_connection(&load, &all[i]);
    load.began = now();
    size_t busy = 0;
    for (size_t i = 0; i < connections; i++)
        busy += send_next(&load, &all[i], now()) ? 1 : 0;
    while (busy > 0) {
        struct epoll_event events[64];
        int ready = epoll_wait(load.epoll, events, 64, 30000);
        if (ready <= 0)
            die("no answer within half a minute");
        for (int i = 0; i < ready; i++)
            busy -= receive(&load, events[i].data.ptr) ? 0 : 1;
    }
    report(&load, now() - load.began);
    return 0;
}
