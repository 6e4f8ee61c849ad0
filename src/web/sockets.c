/* SPDX-License-Identifier: Apache-2.0 */
#include "web/sockets.h"

#include "base/cleanup.h"
#include "base/fatal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define UNIX_PREFIX "unix:"
#define URL_MOST    192

struct listening {
    char *name; /* as server.listen has it */
    int descriptor;
    bool is_borrowed; /* still `former`'s, until web_sockets_take_over */
    char url[URL_MOST];
    dev_t device; /* of a Unix socket's path, so that only our own is removed */
    ino_t inode;
};

struct web_sockets {
    size_t count;
    struct listening items[];
};

union any_address {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_un local;
};

/* ---- from words to an address ---- */

static bool read_port(const char *text, in_port_t *port_out)
{
    const size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 5 || text[digits] != '\0')
        return false;
    const unsigned long port = strtoul(text, NULL, 10);
    if (port > UINT16_MAX)
        return false;
    *port_out = htons((uint16_t) port);
    return true;
}

static bool read_host(const char *host, in_port_t port, union any_address *address_out, socklen_t *len_out)
{
    memset(address_out, 0, sizeof *address_out);
    if (inet_pton(AF_INET, host, &address_out->in.sin_addr) == 1) {
        address_out->in.sin_family = AF_INET;
        address_out->in.sin_port = port;
        *len_out = sizeof address_out->in;
        return true;
    }
    if (inet_pton(AF_INET6, host, &address_out->in6.sin6_addr) == 1) {
        address_out->in6.sin6_family = AF_INET6;
        address_out->in6.sin6_port = port;
        *len_out = sizeof address_out->in6;
        return true;
    }
    return false;
}

/* "192.0.2.1:80", "[2001:db8::1]:80" */
static bool read_tcp(const char *name, union any_address *address_out, socklen_t *len_out)
{
    char host[INET6_ADDRSTRLEN];
    const char *colon = strrchr(name, ':');
    in_port_t port = 0;
    if (colon == NULL || !read_port(colon + 1, &port))
        return false;
    size_t len = (size_t) (colon - name);
    const bool bracketed = len > 2 && name[0] == '[' && name[len - 1] == ']';
    if (bracketed) {
        name++;
        len -= 2;
    }
    if (len == 0 || len >= sizeof host || (!bracketed && memchr(name, ':', len) != NULL))
        return false;
    memcpy(host, name, len);
    host[len] = '\0';
    return read_host(host, port, address_out, len_out);
}

static bool read_unix(const char *name, union any_address *address_out, socklen_t *len_out)
{
    const char *path = name + sizeof UNIX_PREFIX - 1;
    const size_t len = strlen(path);
    if (path[0] != '/' || len >= sizeof address_out->local.sun_path)
        return false;
    memset(address_out, 0, sizeof *address_out);
    address_out->local.sun_family = AF_UNIX;
    memcpy(address_out->local.sun_path, path, len + 1);
    *len_out = sizeof address_out->local;
    return true;
}

static bool is_unix(const char *name)
{
    return strncmp(name, UNIX_PREFIX, sizeof UNIX_PREFIX - 1) == 0;
}

/* ---- opening ---- */

static enum lk_status fail(struct lk_trouble *trouble, const char *name, const char *what)
{
    char why[128];
    return lk_fail(trouble, LK_BROKEN, "server.listen: %s: %s: %s", name, what, strerror_r(errno, why, sizeof why));
}

/* A socket file that nobody answers at was left behind by a process that is gone. */
static enum lk_status remove_stale(const char *name, const union any_address *address, socklen_t len,
                                   struct lk_trouble *trouble)
{
    struct stat about;
    if (lstat(address->local.sun_path, &about) != 0)
        return errno == ENOENT ? LK_OK : fail(trouble, name, "cannot be looked at");
    if (!S_ISSOCK(about.st_mode))
        return lk_fail(trouble, LK_BROKEN, "server.listen: %s: there is a file that is no socket", name);
    LK_CLEANUP(lk_cleanup_close) int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0)
        return fail(trouble, name, "no socket");
    if (connect(probe, &address->any, len) == 0 || errno != ECONNREFUSED)
        return lk_fail(trouble, LK_BROKEN, "server.listen: %s: another process is listening there", name);
    return unlink(address->local.sun_path) == 0 ? LK_OK : fail(trouble, name, "cannot be removed");
}

static enum lk_status bind_socket(const char *name, int descriptor, const union any_address *address, socklen_t len,
                                  struct lk_trouble *trouble)
{
    const int yes = 1;
    if (address->any.sa_family == AF_UNIX) {
        const enum lk_status status = remove_stale(name, address, len, trouble);
        if (status != LK_OK)
            return status;
    } else if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0) {
        return fail(trouble, name, "SO_REUSEADDR");
    }
    if (address->any.sa_family == AF_INET6 && setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) != 0)
        return fail(trouble, name, "IPV6_V6ONLY");
    if (bind(descriptor, &address->any, len) != 0)
        return fail(trouble, name, "cannot be bound");
    /* Whoever may reach the folder may use the socket: access is the folder's matter, as with a port. */
    if (address->any.sa_family == AF_UNIX && chmod(address->local.sun_path, 0666) != 0)
        return fail(trouble, name, "chmod");
    return listen(descriptor, SOMAXCONN) == 0 ? LK_OK : fail(trouble, name, "cannot listen");
}

static void note_file(struct listening *listening, const char *path)
{
    struct stat about;
    if (lstat(path, &about) == 0) {
        listening->device = about.st_dev;
        listening->inode = about.st_ino;
    }
}

static enum lk_status open_one(const char *name, struct listening *listening, struct lk_trouble *trouble)
{
    union any_address address;
    socklen_t len = 0;
    if (!(is_unix(name) ? read_unix(name, &address, &len) : read_tcp(name, &address, &len)))
        return lk_fail(trouble, LK_BROKEN, "server.listen: %s is neither address:port, [address]:port nor unix:/path",
                       name);
    const int descriptor = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0)
        return fail(trouble, name, "no socket");
    const enum lk_status status = bind_socket(name, descriptor, &address, len, trouble);
    if (status != LK_OK) {
        (void) close(descriptor);
        return status;
    }
    if (is_unix(name))
        note_file(listening, address.local.sun_path);
    listening->descriptor = descriptor;
    return LK_OK;
}

/* ---- as people open it ---- */

static void write_url(struct listening *listening, bool is_https)
{
    union any_address address;
    socklen_t len = sizeof address;
    char host[INET6_ADDRSTRLEN] = "";
    const char *scheme = is_https ? "https" : "http";
    memset(&address, 0, sizeof address);
    if (is_unix(listening->name) || getsockname(listening->descriptor, &address.any, &len) != 0) {
        (void) snprintf(listening->url, sizeof listening->url, "%s", listening->name);
    } else if (address.any.sa_family == AF_INET6) {
        (void) inet_ntop(AF_INET6, &address.in6.sin6_addr, host, sizeof host);
        (void) snprintf(listening->url, sizeof listening->url, "%s://[%s]:%u", scheme, host,
                        (unsigned) ntohs(address.in6.sin6_port));
    } else {
        (void) inet_ntop(AF_INET, &address.in.sin_addr, host, sizeof host);
        (void) snprintf(listening->url, sizeof listening->url, "%s://%s:%u", scheme, host,
                        (unsigned) ntohs(address.in.sin_port));
    }
}

/* ---- the set ---- */

static struct listening *find(struct web_sockets *sockets, const char *name)
{
    for (size_t i = 0; sockets != NULL && i < sockets->count; i++) {
        if (sockets->items[i].descriptor >= 0 && strcmp(sockets->items[i].name, name) == 0)
            return &sockets->items[i];
    }
    return NULL;
}

static void close_one(struct listening *listening)
{
    struct stat about;
    if (listening->descriptor >= 0 && !listening->is_borrowed) {
        const char *path = listening->name + sizeof UNIX_PREFIX - 1;
        if (is_unix(listening->name) && lstat(path, &about) == 0 && about.st_dev == listening->device &&
            about.st_ino == listening->inode)
            (void) unlink(path);
        (void) close(listening->descriptor);
    }
    free(listening->name);
}

void web_sockets_close(struct web_sockets *sockets)
{
    if (sockets == NULL)
        return;
    for (size_t i = 0; i < sockets->count; i++)
        close_one(&sockets->items[i]);
    free(sockets);
}

void web_sockets_take_over(struct web_sockets *sockets, struct web_sockets *former)
{
    for (size_t i = 0; i < sockets->count; i++) {
        struct listening *listening = &sockets->items[i];
        if (!listening->is_borrowed)
            continue;
        struct listening *lender = find(former, listening->name);
        if (lender != NULL)
            lender->descriptor = -1;
        listening->is_borrowed = false;
    }
    web_sockets_close(former);
}

enum lk_status web_sockets_open(const struct config *config, struct web_sockets *former,
                                struct web_sockets **sockets_out, struct lk_trouble *trouble)
{
    const struct config_words names = config->server_listen;
    struct web_sockets *sockets = calloc(1, sizeof *sockets + names.count * sizeof sockets->items[0]);
    if (sockets == NULL)
        lk_fatal("out of memory");
    for (size_t i = 0; i < names.count; i++) {
        struct listening *listening = &sockets->items[sockets->count];
        *listening = (struct listening){ .name = strdup(names.items[i]), .descriptor = -1 };
        if (listening->name == NULL)
            lk_fatal("out of memory");
        sockets->count++;
        const struct listening *open = find(former, names.items[i]);
        enum lk_status status = LK_OK;
        if (open != NULL) {
            listening->descriptor = open->descriptor;
            listening->device = open->device;
            listening->inode = open->inode;
            listening->is_borrowed = true;
        } else {
            status = open_one(names.items[i], listening, trouble);
        }
        if (status != LK_OK) {
            web_sockets_close(sockets);
            return status;
        }
        write_url(listening, config->server_certificate[0] != '\0');
    }
    *sockets_out = sockets;
    return LK_OK;
}

const char *web_sockets_url(const struct web_sockets *sockets, size_t n)
{
    return n < sockets->count ? sockets->items[n].url : NULL;
}

int web_sockets_descriptor(const struct web_sockets *sockets, size_t n)
{
    return n < sockets->count ? sockets->items[n].descriptor : -1;
}
