/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/notify.h - tells a service manager how far the daemon is (sd_notify(3)'s datagram, Type=notify-reload).
 *
 * Without NOTIFY_SOCKET in the environment these do nothing. Main thread only. */
#ifndef LATCHKEY_DAEMON_NOTIFY_H
#define LATCHKEY_DAEMON_NOTIFY_H

void notify_ready(void);
void notify_reloading(void);
void notify_stopping(void);

#endif
