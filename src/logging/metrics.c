/* SPDX-License-Identifier: Apache-2.0 */
#include "logging/metrics.h"

#include "base/clock.h"
#include "base/fatal.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* ---- the table ---- */

enum kind {
    COUNTER,
    GAUGE,
    HISTOGRAM
};

#define LABELS_MOST 2

/* clang-format off */
static const struct {
    const char *name;
    enum kind kind;
    const char *labels[LABELS_MOST]; /* NULL: none */
    const char *help;
} METRICS[METRIC_COUNT] = {
    [METRIC_REQUESTS] = { "latchkey_requests_total", COUNTER, { "route", "status" },
        "Requests answered." },
    [METRIC_REQUEST_SECONDS] = { "latchkey_request_seconds", HISTOGRAM, { NULL },
        "From a request's last byte read to its answer." },
    [METRIC_REQUESTS_REFUSED] = { "latchkey_requests_refused_total", COUNTER, { "why" },
        "Requests turned away before any action." },
    [METRIC_QUEUE_LENGTH] = { "latchkey_queue_length", GAUGE, { NULL },
        "Requests waiting for a worker." },
    [METRIC_CONNECTIONS] = { "latchkey_connections", GAUGE, { NULL },
        "Open client connections." },
    [METRIC_LINKS_REFUSED] = { "latchkey_links_refused_total", COUNTER, { "why" },
        "Links refused without asking the directory." },
    [METRIC_ACTIONS] = { "latchkey_actions_total", COUNTER, { "action", "outcome" },
        "Actions carried out, by outcome." },
    [METRIC_DIRECTORY_OPERATIONS] = { "latchkey_directory_operations_total", COUNTER, { "operation", "outcome" },
        "LDAP operations, by outcome." },
    [METRIC_DIRECTORY_SECONDS] = { "latchkey_directory_operation_seconds", HISTOGRAM, { NULL },
        "Time an LDAP operation took." },
    [METRIC_DIRECTORY_RECONNECTS] = { "latchkey_directory_reconnects_total", COUNTER, { NULL },
        "Connections to the directory made anew." },
    [METRIC_MESSAGES] = { "latchkey_messages_total", COUNTER, { "kind", "outcome" },
        "E-mail messages handled, by outcome." },
    [METRIC_MESSAGE_SECONDS] = { "latchkey_message_seconds", HISTOGRAM, { NULL },
        "From claiming a message to its acceptance." },
    [METRIC_OUTBOX_WAITING] = { "latchkey_outbox_waiting", GAUGE, { NULL },
        "Messages that wait to be sent." },
    [METRIC_HASHES_RUNNING] = { "latchkey_hashes_running", GAUGE, { NULL },
        "Password hashes being computed." },
    [METRIC_HASHES_WAITING] = { "latchkey_hashes_waiting", GAUGE, { NULL },
        "Password hashes waiting for their turn." },
    [METRIC_LIMITED] = { "latchkey_limited_total", COUNTER, { "limit" },
        "Tries refused because there were too many." },
};

/* clang-format on */

/* Upper bounds of the histograms' buckets; the words are what Prometheus reads. +Inf follows. */
static const struct {
    int64_t nanoseconds;
    const char *seconds;
} BUCKETS[] = {
    {INT64_C(100000),       "0.0001" },
    { INT64_C(250000),      "0.00025"},
    { INT64_C(500000),      "0.0005" },
    { INT64_C(1000000),     "0.001"  },
    { INT64_C(2500000),     "0.0025" },
    { INT64_C(5000000),     "0.005"  },
    { INT64_C(10000000),    "0.01"   },
    { INT64_C(25000000),    "0.025"  },
    { INT64_C(50000000),    "0.05"   },
    { INT64_C(100000000),   "0.1"    },
    { INT64_C(250000000),   "0.25"   },
    { INT64_C(500000000),   "0.5"    },
    { INT64_C(1000000000),  "1"      },
    { INT64_C(2500000000),  "2.5"    },
    { INT64_C(5000000000),  "5"      },
    { INT64_C(10000000000), "10"     },
    { INT64_C(30000000000), "30"     },
    { INT64_C(60000000000), "60"     },
};

#define BUCKET_COUNT (sizeof BUCKETS / sizeof BUCKETS[0])

/* ---- what has been counted ---- */

/* One combination of label values. Made once, never freed, never changed but for its value. */
struct series {
    uint64_t hash;
    _Atomic uint64_t value;
    const char *values[LABELS_MOST];
    char words[];
};

/* `count` series are complete; one more may be made only under `growing`. The one past the limit is "other". */
static struct {
    _Atomic size_t count;
    struct series *series[METRICS_SERIES_MOST + 1];
} labelled[METRIC_COUNT];

static pthread_mutex_t growing = PTHREAD_MUTEX_INITIALIZER;

/* Counters without labels, and gauges. */
static _Atomic int64_t plain[METRIC_COUNT];

static struct {
    _Atomic uint64_t buckets[BUCKET_COUNT + 1]; /* each observation is in one; they are added up when written */
    _Atomic int64_t sum;                        /* nanoseconds */
} histograms[METRIC_COUNT];

static bool is_kind(enum metric metric, enum kind kind)
{
    return (size_t) metric < METRIC_COUNT && METRICS[metric].kind == kind;
}

/* ---- series ---- */

/* FNV-1a; the NUL between the values is hashed too, so that ("ab", "c") and ("a", "bc") differ. */
static uint64_t hash_of(const char *const values[LABELS_MOST])
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < LABELS_MOST; i++) {
        const char *at = values[i];
        do {
            hash = (hash ^ (unsigned char) *at) * UINT64_C(1099511628211);
        } while (*at++ != '\0');
    }
    return hash;
}

static struct series *find(enum metric metric, size_t from, size_t to, uint64_t hash,
                           const char *const values[LABELS_MOST])
{
    for (size_t i = from; i < to; i++) {
        struct series *series = labelled[metric].series[i];
        if (series->hash == hash && strcmp(series->values[0], values[0]) == 0 &&
            strcmp(series->values[1], values[1]) == 0)
            return series;
    }
    return NULL;
}

static struct series *series_new(uint64_t hash, const char *const values[LABELS_MOST])
{
    const size_t first_size = strlen(values[0]) + 1;
    const size_t second_size = strlen(values[1]) + 1;
    struct series *series = calloc(1, sizeof *series + first_size + second_size);
    if (series == NULL)
        lk_fatal("out of memory");
    series->hash = hash;
    memcpy(series->words, values[0], first_size);
    memcpy(series->words + first_size, values[1], second_size);
    series->values[0] = series->words;
    series->values[1] = series->words + first_size;
    return series;
}

/* Finds or makes a series past the `seen` ones that have been looked at. Holds the lock. */
static struct series *grow(enum metric metric, size_t seen, const char *const values[LABELS_MOST])
{
    const size_t count = atomic_load_explicit(&labelled[metric].count, memory_order_relaxed);
    const uint64_t hash = hash_of(values);
    struct series *series = find(metric, seen, count, hash, values);
    if (series != NULL)
        return series;
    if (count > METRICS_SERIES_MOST)
        return labelled[metric].series[METRICS_SERIES_MOST];
    if (count == METRICS_SERIES_MOST) {
        const char *const other[LABELS_MOST] = { "other", METRICS[metric].labels[1] == NULL ? "" : "other" };
        series = find(metric, 0, count, hash_of(other), other);
        if (series == NULL)
            series = series_new(hash_of(other), other);
    } else {
        series = series_new(hash, values);
    }
    labelled[metric].series[count] = series;
    /* Released only when it is complete: readers take no lock. */
    atomic_store_explicit(&labelled[metric].count, count + 1, memory_order_release);
    return series;
}

static struct series *series_of(enum metric metric, const char *const values[LABELS_MOST])
{
    const size_t seen = atomic_load_explicit(&labelled[metric].count, memory_order_acquire);
    struct series *series = find(metric, 0, seen, hash_of(values), values);
    if (series != NULL)
        return series;
    if (seen > METRICS_SERIES_MOST) /* full: the lock would be taken at each count */
        return labelled[metric].series[METRICS_SERIES_MOST];
    (void) pthread_mutex_lock(&growing);
    series = grow(metric, seen, values);
    (void) pthread_mutex_unlock(&growing);
    return series;
}

/* ---- counting ---- */

void metrics_count(enum metric metric, const char *label_a, const char *label_b)
{
    if (!is_kind(metric, COUNTER))
        return;
    if (METRICS[metric].labels[0] == NULL) {
        atomic_fetch_add_explicit(&plain[metric], 1, memory_order_relaxed);
        return;
    }
    const bool has_second = METRICS[metric].labels[1] != NULL;
    const char *const values[LABELS_MOST] = { label_a == NULL ? "" : label_a,
                                              label_b == NULL || !has_second ? "" : label_b };
    atomic_fetch_add_explicit(&series_of(metric, values)->value, 1, memory_order_relaxed);
}

void metrics_set(enum metric metric, int64_t value)
{
    if (is_kind(metric, GAUGE))
        atomic_store_explicit(&plain[metric], value, memory_order_relaxed);
}

void metrics_move(enum metric metric, int64_t by)
{
    if (is_kind(metric, GAUGE))
        atomic_fetch_add_explicit(&plain[metric], by, memory_order_relaxed);
}

void metrics_observe(enum metric metric, int64_t nanoseconds)
{
    if (!is_kind(metric, HISTOGRAM))
        return;
    const int64_t observed = nanoseconds < 0 ? 0 : nanoseconds;
    size_t bucket = 0;
    while (bucket < BUCKET_COUNT && observed > BUCKETS[bucket].nanoseconds)
        bucket++;
    atomic_fetch_add_explicit(&histograms[metric].buckets[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&histograms[metric].sum, observed, memory_order_relaxed);
}

/* ---- writing ---- */

static void write_label(struct lk_text *text, const char *name, const char *value)
{
    lk_text_words(text, name);
    lk_text_literal(text, "=\"");
    for (; *value != '\0'; value++) {
        if (*value == '\n') {
            lk_text_literal(text, "\\n");
            continue;
        }
        if (*value == '"' || *value == '\\')
            lk_text_literal(text, "\\");
        lk_text_char(text, *value);
    }
    lk_text_literal(text, "\"");
}

static void write_plain(struct lk_text *text, enum metric metric)
{
    lk_text_format(text, "%s %lld\n", METRICS[metric].name,
                   (long long) atomic_load_explicit(&plain[metric], memory_order_relaxed));
}

static void write_labelled(struct lk_text *text, enum metric metric)
{
    const size_t count = atomic_load_explicit(&labelled[metric].count, memory_order_acquire);
    for (size_t i = 0; i < count; i++) {
        const struct series *series = labelled[metric].series[i];
        /* The code may have counted under "other" itself. */
        if (i == METRICS_SERIES_MOST && find(metric, 0, i, series->hash, series->values) != NULL)
            continue;
        lk_text_words(text, METRICS[metric].name);
        lk_text_literal(text, "{");
        write_label(text, METRICS[metric].labels[0], series->values[0]);
        if (METRICS[metric].labels[1] != NULL) {
            lk_text_literal(text, ",");
            write_label(text, METRICS[metric].labels[1], series->values[1]);
        }
        lk_text_format(text, "} %llu\n",
                       (unsigned long long) atomic_load_explicit(&series->value, memory_order_relaxed));
    }
}

static void write_histogram(struct lk_text *text, enum metric metric)
{
    const char *name = METRICS[metric].name;
    unsigned long long total = 0;
    for (size_t i = 0; i <= BUCKET_COUNT; i++) {
        total += atomic_load_explicit(&histograms[metric].buckets[i], memory_order_relaxed);
        lk_text_format(text, "%s_bucket{le=\"%s\"} %llu\n", name, i < BUCKET_COUNT ? BUCKETS[i].seconds : "+Inf",
                       total);
    }
    /* Seconds without floating point: the decimal sign depends on the locale. */
    const long long sum = (long long) atomic_load_explicit(&histograms[metric].sum, memory_order_relaxed);
    lk_text_format(text, "%s_sum %lld.%09lld\n", name, sum / LK_CLOCK_SECOND, sum % LK_CLOCK_SECOND);
    lk_text_format(text, "%s_count %llu\n", name, total);
}

void metrics_write(struct lk_text *text)
{
    static const char *const KINDS[] = { [COUNTER] = "counter", [GAUGE] = "gauge", [HISTOGRAM] = "histogram" };

    for (size_t i = 0; i < METRIC_COUNT; i++) {
        const enum metric metric = (enum metric) i;
        lk_text_format(text, "# HELP %s %s\n# TYPE %s %s\n", METRICS[i].name, METRICS[i].help, METRICS[i].name,
                       KINDS[METRICS[i].kind]);
        if (METRICS[i].kind == HISTOGRAM)
            write_histogram(text, metric);
        else if (METRICS[i].labels[0] != NULL)
            write_labelled(text, metric);
        else
            write_plain(text, metric);
    }
}
