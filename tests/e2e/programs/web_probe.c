/* SPDX-License-Identifier: Apache-2.0 */
/* web_probe SECTION.NAME=VALUE... - the room `web` with routes of its own, driven from outside by lines on standard input:
 *
 *   reload     a new generation on the same sockets, then the former is stopped
 *   release    lets go everything that waits in /held (and what comes later)
 *   hold       /held waits again
 *   link SECONDS   prints "link TEXT": a live link that expires in so many seconds (negative: an expired one)
 *   stop       ends it gracefully
 *
 * SIGUSR1 does what release does, for when standard input is not read any more.
 *
 * Prints "url URL" for each address, "ready", "held" when a request has come to wait, "reloaded", "stopped". Logs go to standard
 * error. Templates: LATCHKEY_SHARE. */
#include "base/clock.h"
#include "base/encoding.h"
#include "logging/log.h"
#include "tokens/link.h"
#include "web/names.h"
#include "web/reply.h"
#include "web/request.h"
#include "web/web.h"

#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE (60 * LK_CLOCK_SECOND) /* with what is in hand when it stops: a bound for what hangs */

/* ---- the gate that /held waits at ---- */

static pthread_mutex_t gate_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_moved = PTHREAD_COND_INITIALIZER;
static atomic_bool gate_is_open;

static void say(const char *words)
{
    (void) printf("%s\n", words);
    (void) fflush(stdout);
}

static void set_gate(bool is_open)
{
    (void) pthread_mutex_lock(&gate_lock);
    gate_is_open = is_open;
    (void) pthread_cond_broadcast(&gate_moved);
    (void) pthread_mutex_unlock(&gate_lock);
}

static void wait_at_gate(void)
{
    (void) pthread_mutex_lock(&gate_lock);
    say("held");
    while (!gate_is_open)
        (void) pthread_cond_wait(&gate_moved, &gate_lock);
    (void) pthread_mutex_unlock(&gate_lock);
}

static void *open_gate_on_signal(void *argument)
{
    const sigset_t *signals = argument;
    int signal_number = 0;
    while (sigwait(signals, &signal_number) == 0)
        set_gate(true);
    return NULL;
}

/* ---- handlers ---- */

static struct view_data *echo_data(const struct web_request *request)
{
    struct view_data *data = view_object();
    view_text(data, "path", request->path);
    view_text(data, "segment", request->segment);
    view_text(data, "from", request->action.origin.address);
    view_text(data, "agent", request->action.origin.agent);
    view_text(data, "language", request->language);
    view_text(data, "id", request->id);
    view_flag(data, "signed_in", request->session != NULL);
    return data;
}

static void echo(struct web_request *request, struct web_reply *reply)
{
    struct view_data *data = echo_data(request);
    const struct lk_secret *secret = web_secret(request, "secret");
    uint8_t id[LK_UUID_LEN];
    view_text(data, "name", web_value(request, "name"));
    view_text(data, "mail", web_value(request, "mail"));
    view_flag(data, "mail_is_bad", web_field_is_bad(request, "mail"));
    view_flag(data, "box", web_box(request, "box"));
    view_flag(data, "has_id", web_identifier(request, "id", id) == LK_OK);
    view_number(data, "secret_len", secret == NULL ? -1 : (int64_t) lk_secret_len(secret));
    view_text(data, "continue", web_continue(request, web_value(request, "continue")));
    web_outcome(reply, "echo", "shown");
    web_actor(reply, web_value(request, "name"));
    web_page(reply, 200, "page/echo", data);
}

static void path(struct web_request *request, struct web_reply *reply)
{
    web_page(reply, 200, "page/echo", echo_data(request));
}

static void held(struct web_request *request, struct web_reply *reply)
{
    wait_at_gate();
    path(request, reply);
}

static void form(struct web_request *request, struct web_reply *reply)
{
    struct view_data *data = echo_data(request);
    view_text(data, "name", web_value(request, "name"));
    web_form_error(reply, "name", "name_taken", NULL);
    web_form_error(reply, "secret", "too_weak", NULL);
    if (web_has_form_errors(reply))
        web_page(reply, 422, "page/echo", data);
}

static void failing(struct web_request *request, struct web_reply *reply)
{
    struct lk_trouble trouble;
    const enum lk_status status = request->segment[0] == 'b' ? LK_BUSY : LK_BROKEN;
    web_failed(reply, request->segment[0] == 'i' ? LK_CONFLICT : status,
               lk_fail(&trouble, status, "the fuse of \"%s\" has blown\nat=noon", request->segment) == LK_OK
                   ? NULL
                   : &trouble);
}

static void silent(struct web_request *request, struct web_reply *reply)
{
    (void) request;
    (void) reply;
}

static void untemplated(struct web_request *request, struct web_reply *reply)
{
    web_page(reply, 200, "page/there_is_none", echo_data(request));
}

static void go(struct web_request *request, struct web_reply *reply)
{
    static const char *const WHERE[] = { "/echo", "https://evil.example/", "//evil.example/", "/\\evil.example",
                                         "/a\r\nSet-Cookie: x=y" };
    web_redirect(reply, WHERE[(size_t) (request->segment[0] - '0') % 5]);
}

static void cookies(struct web_request *request, struct web_reply *reply)
{
    const struct web_names names = web_names_read(request);
    struct view_data *data = view_object();
    struct view_data *list = view_list();
    for (size_t i = 0; i < names.count; i++)
        view_append_text(list, names.items[i]);
    view_child(data, "names", list);
    web_session_cookie(reply, "abc", 60);
    web_names_cookie(reply, web_names_with(request, web_value(request, "name")));
    web_header(reply, "X-Bad", "a\r\nb");
    web_page(reply, 200, "page/echo", data);
}

static void empty(struct web_request *request, struct web_reply *reply)
{
    (void) request;
    web_header(reply, "X-Who", "jane");
    web_empty(reply, 204);
}

static const struct web_field ECHO_FIELDS[] = {
    {"name",      WEB_LINE,       32,   false},
    { "mail",     WEB_ADDRESS,    254,  false},
    { "secret",   WEB_SECRET,     64,   false},
    { "box",      WEB_BOX,        8,    false},
    { "id",       WEB_IDENTIFIER, 36,   false},
    { "continue", WEB_LINE,       1024, false},
    { NULL,       WEB_LINE,       0,    false},
};
static const struct web_field FORM_FIELDS[] = {
    {"name",    WEB_LINE,   32, true },
    { "secret", WEB_SECRET, 64, false},
    { NULL,     WEB_LINE,   0,  false},
};

const struct web_route web_routes[] = {
    {"GET",   "/echo",            echo,        WEB_ANYBODY,           ECHO_FIELDS, true },
    { "POST", "/echo",            echo,        WEB_ANYBODY,           ECHO_FIELDS, false},
    { "GET",  "/path/{anything}", path,        WEB_NO_SESSION_NEEDED, NULL,        true },
    { "GET",  "/held",            held,        WEB_NO_SESSION_NEEDED, NULL,        false},
    { "POST", "/held",            held,        WEB_NO_SESSION_NEEDED, NULL,        false},
    { "POST", "/form",            form,        WEB_ANYBODY,           FORM_FIELDS, false},
    { "GET",  "/failing/{how}",   failing,     WEB_NO_SESSION_NEEDED, NULL,        false},
    { "GET",  "/silent",          silent,      WEB_NO_SESSION_NEEDED, NULL,        false},
    { "GET",  "/untemplated",     untemplated, WEB_NO_SESSION_NEEDED, NULL,        false},
    { "GET",  "/go/{where}",      go,          WEB_NO_SESSION_NEEDED, NULL,        false},
    { "GET",  "/cookies",         cookies,     WEB_NO_SESSION_NEEDED, ECHO_FIELDS, false},
    { "GET",  "/empty",           empty,       WEB_NO_SESSION_NEEDED, NULL,        false},
    { "GET",  "/private",         path,        WEB_SIGNED_IN,         ECHO_FIELDS, true },
    { "POST", "/private",         path,        WEB_SIGNED_IN,         NULL,        false},
    { "GET",  "/t/{token}",       path,        WEB_ANYBODY,           NULL,        true },
    { "POST", "/t/{token}",       path,        WEB_ANYBODY,           NULL,        false},
    { NULL,   NULL,               NULL,        WEB_ANYBODY,           NULL,        false},
};

/* ---- the program ---- */

struct probe {
    struct config *config;
    struct key_ring *ring;
    struct views *views;
    struct web_sockets *sockets;
    struct web_server *server;
};

static void fail(const char *what, const char *why)
{
    (void) fprintf(stderr, "web_probe: %s: %s\n", what, why);
    exit(2);
}

static void load(struct probe *probe, const char *const *settings, size_t count)
{
    struct lk_trouble trouble = { "" };
    struct lk_text faults = LK_TEXT(65536);
    if (config_read(NULL, settings, count, &probe->config, &faults) != LK_OK)
        fail("configuration", lk_text_string(&faults));
    if (key_ring_make(probe->config->links_key_ring, &trouble) != LK_OK ||
        key_ring_load(probe->config->links_key_ring, &probe->ring, &trouble) != LK_OK)
        fail("key ring", trouble.words);
    if (views_load(probe->config, getenv("LATCHKEY_SHARE"), &probe->views, &faults) != LK_OK)
        fail("templates", lk_text_string(&faults));
    lk_text_done(&faults);
}

static const char *not_ready(void *context)
{
    (void) context;
    return gate_is_open ? NULL : "the gate is closed";
}

static void start(struct probe *probe)
{
    struct lk_trouble trouble = { "" };
    const struct web_needs needs = {
        .config = probe->config, .ring = probe->ring, .views = probe->views, .not_ready = not_ready
    };
    struct web_sockets *sockets = NULL;
    if (web_sockets_open(probe->config, probe->sockets, &sockets, &trouble) != LK_OK)
        fail("sockets", trouble.words);
    if (web_start(&needs, sockets, &probe->server, &trouble) != LK_OK)
        fail("start", trouble.words);
    web_sockets_take_over(sockets, probe->sockets);
    probe->sockets = sockets;
}

static void reload(struct probe *probe)
{
    struct web_server *former = probe->server;
    start(probe);
    web_stop(former, PATIENCE);
    say("reloaded");
}

static void print_link(const struct probe *probe, int seconds)
{
    char text[LINK_TEXT_LEN + 1];
    const struct link_claim claim =
        link_claim_new(probe->ring, LINK_ASSOCIATE, lk_clock_now() + seconds, NULL, "jane@example.org");
    if (link_write(probe->ring, &claim, text) != LK_OK)
        fail("link", "cannot be written");
    (void) printf("link %s\n", text);
    (void) fflush(stdout);
}

static void obey(struct probe *probe, const char *line)
{
    if (strncmp(line, "reload", 6) == 0)
        reload(probe);
    else if (strncmp(line, "release", 7) == 0)
        set_gate(true);
    else if (strncmp(line, "hold", 4) == 0)
        set_gate(false);
    else if (strncmp(line, "link ", 5) == 0)
        print_link(probe, (int) strtol(line + 5, NULL, 10));
}

int main(int argc, char **argv)
{
    struct probe probe = { 0 };
    char line[64];
    if (sodium_init() < 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return 2;
    sigset_t signals;
    pthread_t thread;
    (void) sigemptyset(&signals);
    (void) sigaddset(&signals, SIGUSR1);
    (void) pthread_sigmask(SIG_BLOCK, &signals, NULL);
    if (pthread_create(&thread, NULL, open_gate_on_signal, &signals) != 0)
        return 2;
    (void) pthread_detach(thread);
    log_open(STDERR_FILENO, LOG_LEVEL_DEBUG);
    load(&probe, (const char *const *) argv + 1, (size_t) argc - 1);
    start(&probe);
    for (size_t i = 0; web_sockets_url(probe.sockets, i) != NULL; i++)
        (void) printf("url %s\n", web_sockets_url(probe.sockets, i));
    say("ready");
    while (fgets(line, sizeof line, stdin) != NULL && strncmp(line, "stop", 4) != 0)
        obey(&probe, line);
    web_stop(probe.server, PATIENCE);
    web_sockets_close(probe.sockets);
    views_free(probe.views);
    key_ring_free(probe.ring);
    config_free(probe.config);
    say("stopped");
    return 0;
}
