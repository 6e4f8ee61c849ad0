/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_PATH "/etc/latchkey/latchkey.conf"

static const char usage[] =
    "Usage: latchkeyd [-c FILE] [-s SECTION.NAME=VALUE]... [-t | --print-config | --print-reference | --print-manual]\n"
    "\n"
    "  -c, --config FILE       read FILE instead of " DEFAULT_PATH "; \"-\" for built-in defaults only\n"
    "  -s, --set S.N=VALUE     override a setting; may be given again\n"
    "  -t, --check             check the configuration, name every fault with file and line, and exit\n"
    "      --print-config      print what is in force, with each setting explained, and exit\n"
    "      --print-reference   print the reference of all settings as Markdown, and exit\n"
    "      --print-manual      print the same for the manual page, and exit\n"
    "  -V, --version           print the version and exit\n"
    "  -h, --help              print this and exit\n"
    "\n"
    "latchkeyd stays in the foreground. SIGHUP reloads configuration, certificate and templates; SIGTERM finishes\n"
    "what is in hand and ends.\n";

enum {
    OPTION_PRINT_CONFIG = 256,
    OPTION_PRINT_REFERENCE,
    OPTION_PRINT_MANUAL
};

static const struct option long_options[] = {
    {"config",           required_argument, NULL, 'c'                   },
    { "set",             required_argument, NULL, 's'                   },
    { "check",           no_argument,       NULL, 't'                   },
    { "print-config",    no_argument,       NULL, OPTION_PRINT_CONFIG   },
    { "print-reference", no_argument,       NULL, OPTION_PRINT_REFERENCE},
    { "print-manual",    no_argument,       NULL, OPTION_PRINT_MANUAL   },
    { "version",         no_argument,       NULL, 'V'                   },
    { "help",            no_argument,       NULL, 'h'                   },
    { NULL,              0,                 NULL, 0                     },
};

static enum options_mode bad(const char *words)
{
    (void) fprintf(stderr, "latchkeyd: %s\nTry: latchkeyd --help\n", words);
    return OPTIONS_BAD;
}

static enum options_mode done(const char *words)
{
    return fputs(words, stdout) == EOF ? OPTIONS_BAD : OPTIONS_DONE;
}

enum options_mode options_read(int count, char **arguments, struct options *options_out)
{
    *options_out = (struct options){ .config_path = DEFAULT_PATH };
    enum options_mode mode = OPTIONS_RUN;
    int option = 0;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread yet
    while ((option = getopt_long(count, arguments, "c:s:tVh", long_options, NULL)) != -1) {
        switch (option) {
        case 'c': options_out->config_path = strcmp(optarg, "-") == 0 ? NULL : optarg; break;
        case 's':
            if (options_out->setting_count == OPTIONS_SETTINGS_MOST)
                return bad("too many --set");
            options_out->settings[options_out->setting_count++] = optarg;
            break;
        case 't': mode = OPTIONS_CHECK; break;
        case OPTION_PRINT_CONFIG: mode = OPTIONS_PRINT; break;
        case OPTION_PRINT_REFERENCE: mode = OPTIONS_REFERENCE; break;
        case OPTION_PRINT_MANUAL: mode = OPTIONS_MANUAL; break;
        case 'V': return done("latchkeyd " LATCHKEY_VERSION "\n");
        case 'h': return done(usage);
        default: return bad("no such option");
        }
    }
    return optind < count ? bad("no arguments are taken") : mode;
}
