/* SPDX-License-Identifier: Apache-2.0 */
/* logging/metrics.h - counters, gauges and histograms, in Prometheus' text format 0.0.4.
 *
 * The list is a table (metrics.c, one row a metric: name, type, help, label names). Label values come from the code
 * (route patterns, outcomes), never from strangers. METRICS_SERIES_MOST series of one metric are more than all routes have with all the
 * statuses that strangers can bring about, so that nobody crowds out the others; past them the rest is counted
 * under the label value "other".
 * Threads: any; counting takes no lock on the usual path or a very short one. */
#ifndef LATCHKEY_LOGGING_METRICS_H
#define LATCHKEY_LOGGING_METRICS_H

#include "base/text.h"

#include <stdint.h>

#define METRICS_SERIES_MOST 1024

enum metric {
    METRIC_REQUESTS,             /* counter latchkey_requests_total{route,status} */
    METRIC_REQUEST_SECONDS,      /* histogram latchkey_request_seconds */
    METRIC_REQUESTS_REFUSED,     /* counter latchkey_requests_refused_total{why}: queue, body, form, csrf, ... */
    METRIC_QUEUE_LENGTH,         /* gauge latchkey_queue_length */
    METRIC_CONNECTIONS,          /* gauge latchkey_connections */
    METRIC_LINKS_REFUSED,        /* counter latchkey_links_refused_total{why}: garbage, forged, expired */
    METRIC_ACTIONS,              /* counter latchkey_actions_total{action,outcome} */
    METRIC_DIRECTORY_OPERATIONS, /* counter latchkey_directory_operations_total{operation,outcome} */
    METRIC_DIRECTORY_SECONDS,    /* histogram latchkey_directory_operation_seconds */
    METRIC_DIRECTORY_RECONNECTS, /* counter latchkey_directory_reconnects_total */
    METRIC_MESSAGES,             /* counter latchkey_messages_total{kind,outcome}: sent, deferred, refused, given-up */
    METRIC_MESSAGE_SECONDS,      /* histogram latchkey_message_seconds: claim to acceptance */
    METRIC_OUTBOX_WAITING,       /* gauge latchkey_outbox_waiting */
    METRIC_HASHES_RUNNING,       /* gauge latchkey_hashes_running */
    METRIC_HASHES_WAITING,       /* gauge latchkey_hashes_waiting */
    METRIC_LIMITED,              /* counter latchkey_limited_total{limit}: sign_in_address, account, mail_target, ... */
    METRIC_COUNT
};

/* Adds one. Labels that the metric does not have are NULL. */
void metrics_count(enum metric metric, const char *label_a, const char *label_b);

/* Sets / moves a gauge. */
void metrics_set(enum metric metric, int64_t value);
void metrics_move(enum metric metric, int64_t by);

/* One observation of a histogram, in nanoseconds (written as seconds). */
void metrics_observe(enum metric metric, int64_t nanoseconds);

/* Appends everything, with HELP and TYPE lines. */
void metrics_write(struct lk_text *text);

#endif
