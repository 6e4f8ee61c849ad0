/* SPDX-License-Identifier: Apache-2.0 */
#include "web/pages/device.h"

#include <stddef.h>
#include <string.h>

struct word {
    const char *mark; /* in the User-Agent */
    const char *name;
};

/* Browsers claim to be those that they descend from: the first that fits counts. */
static const struct word browsers[] = {
    {"Edg",             "Edge"            },
    { "OPR/",           "Opera"           },
    { "Vivaldi/",       "Vivaldi"         },
    { "SamsungBrowser", "Samsung Internet"},
    { "FxiOS/",         "Firefox"         },
    { "Firefox/",       "Firefox"         },
    { "CriOS/",         "Chrome"          },
    { "Chrome/",        "Chrome"          },
    { "Safari/",        "Safari"          },
    { "curl/",          "curl"            },
};

static const struct word systems[] = {
    {"iPhone",     "iPhone"  },
    { "iPad",      "iPad"    },
    { "Android",   "Android" },
    { "Windows",   "Windows" },
    { "CrOS",      "ChromeOS"},
    { "Macintosh", "macOS"   },
    { "Linux",     "Linux"   },
};

static const char *first_of(const struct word *words, size_t count, const char *agent)
{
    for (size_t i = 0; i < count; i++)
        if (strstr(agent, words[i].mark) != NULL)
            return words[i].name;
    return NULL;
}

struct device device_of(const char *agent)
{
    if (agent == NULL)
        return (struct device){ .browser = NULL };
    return (struct device){ .browser = first_of(browsers, sizeof browsers / sizeof *browsers, agent),
                            .system = first_of(systems, sizeof systems / sizeof *systems, agent) };
}
