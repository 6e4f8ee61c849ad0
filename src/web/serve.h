/* SPDX-License-Identifier: Apache-2.0 */
/* web/serve.h - one request in a worker: form, origin, session, form token, handler, answer. */
#ifndef LATCHKEY_WEB_SERVE_H
#define LATCHKEY_WEB_SERVE_H

#include "web/exchange_internal.h"

/* Everything it needs beyond its return is in the exchange when it gives it back. `arena` is empty. */
void web_serve(struct web_exchange *exchange, struct directory *directory, struct lk_arena *arena);

#endif
