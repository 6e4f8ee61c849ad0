/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sanitizer.h"
#include "web/server_internal.h"

#include <signal.h>

/* A sanitizer's build needs more room on every frame. */
#define STACK_FACTOR (LK_SANITIZED ? 8 : 1)

enum lk_status web_thread_start(pthread_t *thread_out, size_t stack, void *(*run)(void *), void *argument,
                                struct lk_trouble *trouble)
{
    pthread_attr_t attributes;
    sigset_t all;
    sigset_t former;
    if (pthread_attr_init(&attributes) != 0)
        return lk_fail(trouble, LK_BROKEN, "no memory for a thread");
    (void) pthread_attr_setstacksize(&attributes, stack * STACK_FACTOR);
    (void) sigfillset(&all);
    (void) pthread_sigmask(SIG_SETMASK, &all, &former);
    const int error = pthread_create(thread_out, &attributes, run, argument);
    (void) pthread_sigmask(SIG_SETMASK, &former, NULL);
    (void) pthread_attr_destroy(&attributes);
    return error == 0 ? LK_OK : lk_fail(trouble, LK_BROKEN, "the system gives no more threads");
}
