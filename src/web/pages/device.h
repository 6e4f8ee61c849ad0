/* SPDX-License-Identifier: Apache-2.0 */
/* web/pages/device.h - a browser's User-Agent in plain words: "Firefox", "Windows". Pure. */
#ifndef LATCHKEY_WEB_PAGES_DEVICE_H
#define LATCHKEY_WEB_PAGES_DEVICE_H

struct device {
    const char *browser; /* NULL: not one that we know */
    const char *system;
};

/* `agent` may be NULL. */
struct device device_of(const char *agent);

#endif
