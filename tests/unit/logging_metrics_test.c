/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "base/cleanup.h"
#include "logging/metrics.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Metrics are the process's; each test below counts under names, or in metrics, that no other one looks at. */

static struct lk_text page = { .limit = 1024 * 1024 };

static void write_page(void)
{
    lk_text_reset(&page);
    metrics_write(&page);
    assert_true(lk_text_ok(&page));
}

/* Is this one of the page's lines? */
static bool has_line(const char *wanted)
{
    const size_t len = strlen(wanted);
    for (const char *at = lk_text_string(&page); (at = strstr(at, wanted)) != NULL; at++) {
        if ((at == page.data || at[-1] == '\n') && at[len] == '\n')
            return true;
    }
    return false;
}

static void assert_has_line(const char *wanted)
{
    if (!has_line(wanted))
        fail_msg("no line: %s", wanted);
}

static size_t lines_with(const char *beginning)
{
    size_t count = 0;
    for (const char *at = lk_text_string(&page); (at = strstr(at, beginning)) != NULL; at++)
        count += at == page.data || at[-1] == '\n';
    return count;
}

static void every_metric_has_help_and_type(void **state)
{
    (void) state;

    static const struct {
        const char *name;
        const char *type;
    } CASES[] = {
        {"latchkey_requests_total",               "counter"  },
        { "latchkey_request_seconds",             "histogram"},
        { "latchkey_requests_refused_total",      "counter"  },
        { "latchkey_queue_length",                "gauge"    },
        { "latchkey_connections",                 "gauge"    },
        { "latchkey_links_refused_total",         "counter"  },
        { "latchkey_actions_total",               "counter"  },
        { "latchkey_directory_operations_total",  "counter"  },
        { "latchkey_directory_operation_seconds", "histogram"},
        { "latchkey_directory_reconnects_total",  "counter"  },
        { "latchkey_messages_total",              "counter"  },
        { "latchkey_message_seconds",             "histogram"},
        { "latchkey_outbox_waiting",              "gauge"    },
        { "latchkey_hashes_running",              "gauge"    },
        { "latchkey_hashes_waiting",              "gauge"    },
        { "latchkey_limited_total",               "counter"  },
    };

    assert_int_equal(COUNT_OF(CASES), METRIC_COUNT);
    write_page();
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        char line[200];
        (void) snprintf(line, sizeof line, "# TYPE %s %s", CASES[i].name, CASES[i].type);
        assert_has_line(line);
        (void) snprintf(line, sizeof line, "# HELP %s ", CASES[i].name);
        assert_int_equal(lines_with(line), 1);
    }
    assert_int_equal(lines_with("# "), 2 * METRIC_COUNT);
}

/* Every line is a comment, or a name, perhaps labels, one space, a number. */
static void the_page_is_well_formed(void **state)
{
    (void) state;
    metrics_count(METRIC_REQUESTS, "/", "200");
    metrics_observe(METRIC_REQUEST_SECONDS, 12345678);
    write_page();
    char *rest = page.data;
    for (char *line = NULL; (line = strsep(&rest, "\n")) != NULL && rest != NULL;) {
        if (line[0] == '#')
            continue;
        size_t at = strspn(line, "abcdefghijklmnopqrstuvwxyz_");
        assert_true(at > strlen("latchkey_"));
        if (line[at] == '{')
            at = (size_t) (strstr(line, "\"} ") - line) + 2;
        assert_int_equal(line[at], ' ');
        char *end = NULL;
        (void) strtod(line + at + 1, &end);
        assert_true(end > line + at + 1);
        assert_int_equal(*end, '\0');
    }
}

static void counters_count(void **state)
{
    (void) state;
    write_page();
    assert_has_line("latchkey_directory_reconnects_total 0"); /* without labels it is there from the start */
    assert_int_equal(lines_with("latchkey_messages_total"), 0);

    metrics_count(METRIC_DIRECTORY_RECONNECTS, NULL, NULL);
    metrics_count(METRIC_DIRECTORY_RECONNECTS, "a label it does not have", "another");
    for (int i = 0; i < 3; i++)
        metrics_count(METRIC_MESSAGES, "invite", "sent");
    metrics_count(METRIC_MESSAGES, "invite", "deferred");
    metrics_count(METRIC_MESSAGES, "reset", "sent");
    metrics_count(METRIC_MESSAGES, NULL, NULL);
    metrics_count(METRIC_LINKS_REFUSED, "forged", NULL);
    metrics_count(METRIC_LINKS_REFUSED, "forged", "a second that it does not have");
    write_page();
    assert_has_line("latchkey_directory_reconnects_total 2");
    assert_has_line("latchkey_messages_total{kind=\"invite\",outcome=\"sent\"} 3");
    assert_has_line("latchkey_messages_total{kind=\"invite\",outcome=\"deferred\"} 1");
    assert_has_line("latchkey_messages_total{kind=\"reset\",outcome=\"sent\"} 1");
    assert_has_line("latchkey_messages_total{kind=\"\",outcome=\"\"} 1");
    assert_has_line("latchkey_links_refused_total{why=\"forged\"} 2");
}

static void label_values_are_copied_and_told_apart(void **state)
{
    (void) state;
    char status[] = "200";
    metrics_count(METRIC_REQUESTS, "/ab", status);
    strcpy(status, "404");
    metrics_count(METRIC_REQUESTS, "/ab", status);
    metrics_count(METRIC_REQUESTS, "/a", "b200");
    write_page();
    assert_has_line("latchkey_requests_total{route=\"/ab\",status=\"200\"} 1");
    assert_has_line("latchkey_requests_total{route=\"/ab\",status=\"404\"} 1");
    assert_has_line("latchkey_requests_total{route=\"/a\",status=\"b200\"} 1");
}

static void label_values_are_escaped(void **state)
{
    (void) state;
    metrics_count(METRIC_REQUESTS_REFUSED, "quote\" back\\ line\nend", NULL);
    write_page();
    assert_has_line("latchkey_requests_refused_total{why=\"quote\\\" back\\\\ line\\nend\"} 1");
}

static void gauges_are_set_and_moved(void **state)
{
    (void) state;
    metrics_set(METRIC_QUEUE_LENGTH, 7);
    metrics_move(METRIC_QUEUE_LENGTH, 5);
    metrics_move(METRIC_QUEUE_LENGTH, -10);
    metrics_move(METRIC_CONNECTIONS, -3);
    metrics_set(METRIC_OUTBOX_WAITING, INT64_MAX);
    write_page();
    assert_has_line("latchkey_queue_length 2");
    assert_has_line("latchkey_connections -3");
    assert_has_line("latchkey_outbox_waiting 9223372036854775807");
    assert_has_line("latchkey_hashes_running 0");
}

static void histograms_are_cumulative(void **state)
{
    (void) state;
    metrics_observe(METRIC_MESSAGE_SECONDS, 1000000); /* just the bound: within */
    metrics_observe(METRIC_MESSAGE_SECONDS, 1000001);
    metrics_observe(METRIC_MESSAGE_SECONDS, INT64_C(1500000000));
    metrics_observe(METRIC_MESSAGE_SECONDS, INT64_C(3600000000000)); /* an hour: past every bound */
    metrics_observe(METRIC_MESSAGE_SECONDS, 0);
    metrics_observe(METRIC_MESSAGE_SECONDS, -5); /* a clock that ran backwards counts as nothing */
    write_page();
    assert_has_line("latchkey_message_seconds_bucket{le=\"0.0001\"} 2");
    assert_has_line("latchkey_message_seconds_bucket{le=\"0.0005\"} 2");
    assert_has_line("latchkey_message_seconds_bucket{le=\"0.001\"} 3");
    assert_has_line("latchkey_message_seconds_bucket{le=\"0.0025\"} 4");
    assert_has_line("latchkey_message_seconds_bucket{le=\"1\"} 4");
    assert_has_line("latchkey_message_seconds_bucket{le=\"2.5\"} 5");
    assert_has_line("latchkey_message_seconds_bucket{le=\"60\"} 5");
    assert_has_line("latchkey_message_seconds_bucket{le=\"+Inf\"} 6");
    assert_has_line("latchkey_message_seconds_sum 3601.502000001");
    assert_has_line("latchkey_message_seconds_count 6");
}

static void the_wrong_call_for_a_metric_does_nothing(void **state)
{
    (void) state;
    write_page();
    LK_CLEANUP(lk_text_done) struct lk_text before = LK_TEXT(page.limit);
    lk_text_add(&before, page.data, page.len);
    metrics_count(METRIC_QUEUE_LENGTH, "a", "b");
    metrics_count(METRIC_DIRECTORY_SECONDS, NULL, NULL);
    metrics_set(METRIC_REQUESTS, 5);
    metrics_move(METRIC_DIRECTORY_RECONNECTS, 5);
    metrics_observe(METRIC_QUEUE_LENGTH, 5);
    metrics_count(METRIC_COUNT, NULL, NULL);
    metrics_set((enum metric) 1000, 5);
    metrics_observe(METRIC_COUNT, 5);
    write_page();
    assert_string_equal(lk_text_string(&page), lk_text_string(&before));
}

static void count_numbered(enum metric metric, int number)
{
    char label[20];
    (void) snprintf(label, sizeof label, "n%d", number);
    metrics_count(metric, label, "x");
}

static void past_the_most_series_the_rest_is_other(void **state)
{
    (void) state;
    for (int i = 0; i < METRICS_SERIES_MOST; i++)
        count_numbered(METRIC_ACTIONS, i);
    write_page();
    assert_int_equal(lines_with("latchkey_actions_total{"), METRICS_SERIES_MOST);
    assert_null(strstr(page.data, "other"));

    for (int i = 0; i < METRICS_SERIES_MOST + 50; i++)
        count_numbered(METRIC_ACTIONS, i);
    metrics_count(METRIC_ACTIONS, "other", "other");
    write_page();
    assert_int_equal(lines_with("latchkey_actions_total{"), METRICS_SERIES_MOST + 1);
    assert_has_line("latchkey_actions_total{action=\"n0\",outcome=\"x\"} 2");
    assert_has_line("latchkey_actions_total{action=\"n1023\",outcome=\"x\"} 2");
    assert_has_line("latchkey_actions_total{action=\"other\",outcome=\"other\"} 51");

    for (int i = 0; i < METRICS_SERIES_MOST + 10; i++)
        count_numbered(METRIC_REQUESTS_REFUSED, i); /* one label */
    write_page();
    assert_int_equal(lines_with("latchkey_requests_refused_total{why=\"other\"} "), 1);
}

/* Prometheus refuses a page on which a series stands twice. */
static void other_may_have_been_counted_before(void **state)
{
    (void) state;
    metrics_count(METRIC_DIRECTORY_OPERATIONS, "other", "other");
    for (int i = 0; i < METRICS_SERIES_MOST + 10; i++)
        count_numbered(METRIC_DIRECTORY_OPERATIONS, i);
    write_page();
    assert_int_equal(lines_with("latchkey_directory_operations_total{"), METRICS_SERIES_MOST);
    assert_has_line("latchkey_directory_operations_total{operation=\"other\",outcome=\"other\"} 12");
}

static void a_page_without_room_fails(void **state)
{
    (void) state;
    LK_CLEANUP(lk_text_done) struct lk_text small = LK_TEXT(100);
    metrics_write(&small);
    assert_false(lk_text_ok(&small));
}

/* ---- many threads ---- */

#define THREADS 8
#define ROUNDS  2000

static void *count_many(void *argument)
{
    (void) argument;
    for (int i = 0; i < ROUNDS; i++) {
        char label[20];
        (void) snprintf(label, sizeof label, "t%d", i % 50);
        metrics_count(METRIC_MESSAGES, "threads", label);
        metrics_move(METRIC_HASHES_WAITING, 1);
        metrics_observe(METRIC_DIRECTORY_SECONDS, 2000);
    }
    return NULL;
}

static void nothing_is_lost_between_threads(void **state)
{
    (void) state;
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_many, NULL), 0);
    write_page(); /* while they count */
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    write_page();
    assert_int_equal(lines_with("latchkey_messages_total{kind=\"threads\","), 50);
    for (int i = 0; i < 50; i++) {
        char line[100];
        (void) snprintf(line, sizeof line, "latchkey_messages_total{kind=\"threads\",outcome=\"t%d\"} %d", i,
                        THREADS * ROUNDS / 50);
        assert_has_line(line);
    }
    assert_has_line("latchkey_hashes_waiting 16000");
    assert_has_line("latchkey_directory_operation_seconds_count 16000");
    assert_has_line("latchkey_directory_operation_seconds_sum 0.032000000");
}

static int tear_down(void **state)
{
    (void) state;
    lk_text_done(&page);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_metric_has_help_and_type),
        cmocka_unit_test(counters_count),
        cmocka_unit_test(the_page_is_well_formed),
        cmocka_unit_test(label_values_are_copied_and_told_apart),
        cmocka_unit_test(label_values_are_escaped),
        cmocka_unit_test(gauges_are_set_and_moved),
        cmocka_unit_test(histograms_are_cumulative),
        cmocka_unit_test(the_wrong_call_for_a_metric_does_nothing),
        cmocka_unit_test(past_the_most_series_the_rest_is_other),
        cmocka_unit_test(other_may_have_been_counted_before),
        cmocka_unit_test(a_page_without_room_fails),
        cmocka_unit_test(nothing_is_lost_between_threads),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
