/* SPDX-License-Identifier: Apache-2.0 */
/* web/sockets.h - what the acceptor needs of the listening sockets. */
#ifndef LATCHKEY_WEB_SOCKETS_H
#define LATCHKEY_WEB_SOCKETS_H

#include "web/web.h"

#include <stddef.h>

/* The n-th descriptor, -1 past the last. */
int web_sockets_descriptor(const struct web_sockets *sockets, size_t n);

#endif
