/* SPDX-License-Identifier: Apache-2.0 */
/* web/exchange_internal.h - one request on its way, and the connection it came by.
 *
 * An exchange is part of its connection's struct, because HTTP/1.1 has one at a time: nothing is allocated for a request that is
 * answered at the door. Between web_queue_add and MHD_resume_connection it belongs to whoever took it from the queue; else to
 * the libmicrohttpd thread of its connection. */
#ifndef LATCHKEY_WEB_EXCHANGE_INTERNAL_H
#define LATCHKEY_WEB_EXCHANGE_INTERNAL_H

#include "base/encoding.h"
#include "logging/log.h"
#include "web/head.h"
#include "web/route.h"
#include "web/server_internal.h"

#include <sys/socket.h>

#define WEB_QUERY_MOST 2048 /* bytes of a query; a longer one is a 414 */

struct web_door_row;

enum web_link_verdict {
    WEB_LINK_NONE = 0,
    WEB_LINK_GARBAGE,
    WEB_LINK_FORGED,
    WEB_LINK_EXPIRED
};

enum web_phase {
    WEB_PHASE_IDLE = 0, /* no request */
    WEB_PHASE_BEGUN,    /* its first line is here */
    WEB_PHASE_READING,  /* its headers are; the body may follow */
    WEB_PHASE_WAITING,  /* in the queue or with a worker; the connection is suspended */
    WEB_PHASE_ANSWERED
};

struct web_exchange {
    struct web_queue_item item; /* first: the queue's links */
    struct web_server *server;
    struct MHD_Connection *connection;
    enum web_phase phase;
    unsigned status;
    int64_t begun; /* monotonic: its headers were complete */

    const char *method;
    const char *raw_path; /* not decoded; until the head has been checked the whole target, but for the query */
    char *query;          /* copied; NULL: none */
    size_t target_len;
    struct web_head head;
    struct web_match match; /* `segment` is not kept: it points into a path that is decoded anew */

    bool keeps_body;
    const char *refusal; /* key of the problem to answer with once the body has been read and thrown away */
    unsigned refusal_status;
    char *body;
    size_t body_len;
    size_t body_room;
    int64_t body_seen; /* bytes that came, kept or not */

    struct MHD_Response *response; /* a worker's answer */
    const char *pattern;           /* the route's path, for log and metrics */
    const char *action;
    const char *outcome;
    bool is_stranger;                  /* a dead link: anybody can send thousands, so its log line shares a write */
    char *actor;                       /* copied; an account's name */
    char *acting_as;                   /* copied; the DN under which it acted */
    char target[LK_UUID_TEXT_LEN + 1]; /* the entryUUID in the path; "": none */
    char *forwarded_address;           /* copied; NULL: the peer's own */
    const struct web_door_row *door;
    enum web_link_verdict link;
    char id[LOG_ID_LEN + 1];
};

struct web_connection {
    struct web_exchange exchange; /* first */
    struct web_connection *next;  /* the watch's list */
    struct web_connection *previous;
    int descriptor;
    _Atomic int64_t deadline; /* monotonic; it is shut down then; INT64_MAX: never */
    atomic_bool is_overdue;   /* and has been */
    const struct sockaddr *peer;
    char address[WEB_ADDRESS_MOST]; /* the peer's */
};

/* libmicrohttpd's callbacks; the closure is the server. */
void *web_exchange_on_line(void *server, const char *uri, struct MHD_Connection *connection);
enum MHD_Result web_exchange_on_request(void *server, struct MHD_Connection *connection, const char *url,
                                        const char *method, const char *version, const char *upload, size_t *upload_len,
                                        void **context);
void web_exchange_on_completed(void *server, struct MHD_Connection *connection, void **context,
                               enum MHD_RequestTerminationCode how);

/* Connections come and go. */
void web_exchange_on_connection(void *server, struct MHD_Connection *connection, void **context,
                                enum MHD_ConnectionNotificationCode what);

/* The connection is shut down then (monotonic); INT64_MAX: never. */
void web_exchange_set_deadline(struct web_exchange *exchange, int64_t when);
/* From the end of one request to the first line of the next. */
int64_t web_exchange_idle_time(const struct web_server *server);
/* Wipes and frees the body. */
void web_exchange_drop_body(struct web_exchange *exchange);

/* Whose request it is. */
const char *web_exchange_address(const struct web_exchange *exchange);
const char *web_exchange_language(const struct web_exchange *exchange);

/* For the log; copied. NULL: nobody is known. */
void web_exchange_note_actor(struct web_exchange *exchange, const char *name, const char *acting_as);

/* Queues `response` and gives it up; on the connection's own thread. */
enum MHD_Result web_exchange_answer(struct web_exchange *exchange, unsigned status, struct MHD_Response *response);
/* The same for a response that others share. */
enum MHD_Result web_exchange_answer_shared(struct web_exchange *exchange, unsigned status,
                                           struct MHD_Response *response);

/* A worker's answer (or the watch's): hands the exchange back to its connection's thread. */
void web_exchange_give_back(struct web_exchange *exchange, unsigned status, struct MHD_Response *response);

/* A problem for this request, in its language and face. Any thread that owns the exchange. */
struct MHD_Response *web_exchange_problem(struct web_exchange *exchange, unsigned status, const char *key);

#endif
