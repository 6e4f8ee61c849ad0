/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include "cli/nouns.h"
#include "cli/suggest.h"

#include <getopt.h>
#include <sodium/utils.h>
#include <stdio.h>
#include <string.h>

#define LETTERS_MOST 64

/* What getopt_long returns for an option without a letter: its place in a table, behind all letters. */
enum {
    GLOBAL_CODE = 256,
    VERB_CODE = 512
};

const struct global_option GLOBAL_OPTIONS[] = {
    {'c',  "config",            "FILE",      "read FILE instead of /etc/latchkey/latchkey.conf; \"-\": none"          },
    { 's', "set",               "S.N=VALUE", "override a setting of that file; may be given again"                    },
    { 'H', "uri",               "URI",       "where the directory is: ldapi:///, ldap://host, ldaps://host"           },
    { 'b', "suffix",            "DN",        "the root of the tree"                                                   },
    { 'Z', "start-tls",         NULL,        "StartTLS with a certificate that verifies, or nothing (-ZZ is the same)"},
    { 'D', "bind-dn",           "DN",        "bind as DN, with a password"                                            },
    { 'x', "simple",            NULL,        "simple bind, whatever ldap.conf says of SASL"                           },
    { 'w', "password",          "PASSWORD",  "the password (others may see it for a moment: rather -W or -y)"         },
    { 'W', "ask-password",      NULL,        "ask for the password"                                                   },
    { 'y', "password-file",     "FILE",      "read the password from FILE, which is for its owner only"               },
    { 'Y', "mechanism",         "MECH",      "bind with this SASL mechanism: EXTERNAL, GSSAPI, SCRAM-SHA-256 ..."     },
    { 'U', "authentication-id", "NAME",      "who one is, to SASL"                                                    },
    { 'X', "authorization-id",  "ID",        "whom one wants to be, to SASL: dn:DN or u:NAME"                         },
    { 'R', "realm",             "REALM",     "the realm, to SASL"                                                     },
    { 0,   "json",              NULL,        "print JSON, for scripts"                                                },
    { 'n', "dry-run",           NULL,        "change nothing; print as LDIF what would be changed"                    },
    { 0,   "yes",               NULL,        "do not ask before something that cannot be undone"                      },
    { 'q', "quiet",             NULL,        "say nothing where all went well"                                        },
    { 'v', "verbose",           NULL,        "say where one is connected, and as whom"                                },
    { 'h', "help",              NULL,        "help on the command, the noun or the verb"                              },
    { 'V', "version",           NULL,        "print the version"                                                      },
    { 0,   NULL,                NULL,        NULL                                                                     },
};

#define GLOBAL_COUNT (sizeof GLOBAL_OPTIONS / sizeof *GLOBAL_OPTIONS - 1)

/* One reading of a part of the command line. */
struct reader {
    struct lk_arena *arena;
    struct options *options;
    const char **values; /* of options->verb */
    struct option *table;
    char letters[LETTERS_MOST];
};

/* `stop` is '+' where the first word that is no option ends the reading. */
static void prepare(struct reader *reader, const char *stop)
{
    const struct verb *verb = reader->options->verb;
    const size_t own = verb != NULL ? verb->option_count : 0;
    reader->table = lk_arena_array(reader->arena, GLOBAL_COUNT + own + 1, sizeof *reader->table);
    struct option *row = reader->table;
    size_t len = (size_t) snprintf(reader->letters, sizeof reader->letters, "%s:", stop);
    for (size_t i = 0; i < GLOBAL_COUNT; i++) {
        const struct global_option *global = &GLOBAL_OPTIONS[i];
        const int takes = global->argument != NULL ? required_argument : no_argument;
        *row++ = (struct option){ global->name, takes, NULL, GLOBAL_CODE + (int) i };
        if (global->letter == 0)
            continue;
        reader->letters[len++] = global->letter;
        if (global->argument != NULL)
            reader->letters[len++] = ':';
    }
    reader->letters[len] = '\0';
    for (size_t i = 0; i < own; i++) {
        const int takes = verb->options[i].argument != NULL ? required_argument : no_argument;
        *row++ = (struct option){ verb->options[i].name, takes, NULL, VERB_CODE + (int) i };
    }
}

static size_t global_of_letter(int letter)
{
    size_t i = 0;
    while (i < GLOBAL_COUNT && GLOBAL_OPTIONS[i].letter != letter)
        i++;
    return i;
}

/* Nobody who lists processes shall go on seeing it. */
static struct lk_secret *take_password(char *argument)
{
    struct lk_secret *password = lk_secret_new(argument, strlen(argument));
    sodium_memzero(argument, strlen(argument));
    return password;
}

static enum command_exit take_setting(struct options *options, const char *setting)
{
    if (options->setting_count == OPTIONS_SETTINGS_MOST)
        return command_end(COMMAND_USAGE, "too many --set");
    options->settings[options->setting_count++] = setting;
    return COMMAND_DONE;
}

static enum command_exit take_global(struct options *options, const char *name, char *argument)
{
    struct {
        const char *name;
        const char **text;
        bool *flag;
    } const places[] = {
        {"config",             &options->config_path,         NULL                  },
        { "uri",               &options->uri,                 NULL                  },
        { "suffix",            &options->suffix,              NULL                  },
        { "bind-dn",           &options->bind_dn,             NULL                  },
        { "password-file",     &options->password_file,       NULL                  },
        { "mechanism",         &options->mechanism,           NULL                  },
        { "authentication-id", &options->authentication_name, NULL                  },
        { "authorization-id",  &options->authorization_name,  NULL                  },
        { "realm",             &options->realm,               NULL                  },
        { "start-tls",         NULL,                          &options->start_tls   },
        { "simple",            NULL,                          &options->simple      },
        { "ask-password",      NULL,                          &options->ask_password},
        { "json",              NULL,                          &options->json        },
        { "dry-run",           NULL,                          &options->dry_run     },
        { "yes",               NULL,                          &options->yes         },
        { "quiet",             NULL,                          &options->quiet       },
        { "verbose",           NULL,                          &options->verbose     },
        { "help",              NULL,                          &options->help        },
        { "version",           NULL,                          &options->version     },
    };

    if (strcmp(name, "set") == 0)
        return take_setting(options, argument);
    if (strcmp(name, "password") == 0) {
        lk_secret_free(options->password);
        options->password = take_password(argument);
        return COMMAND_DONE;
    }
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (strcmp(places[i].name, name) != 0)
            continue;
        if (places[i].text != NULL)
            *places[i].text = argument;
        if (places[i].flag != NULL)
            *places[i].flag = true;
    }
    return COMMAND_DONE;
}

/* The option that getopt_long could not take: a letter is in optopt, and a long one that takes no value but was given one. */
static enum command_exit wrong_option(const struct reader *reader, char **arguments)
{
    static const char BEHIND[] = "words that begin with - stand behind -- (latchkey --help)";
    const char *word = arguments[optind - 1];
    if (optopt >= GLOBAL_CODE)
        return command_end(COMMAND_USAGE, "%s takes no value", word);
    if (optopt != 0)
        return command_end(COMMAND_USAGE, "there is no option -%c here; %s", optopt, BEHIND);
    const char *near = suggest_option(reader->options->verb, word + strlen("--"));
    if (near == NULL)
        return command_end(COMMAND_USAGE, "there is no option %s here; %s", word, BEHIND);
    return command_end(COMMAND_USAGE, "there is no option %s here; did you mean --%s? (latchkey --help)", word, near);
}

static enum command_exit read_options(struct reader *reader, int count, char **arguments)
{
    int code = 0;
    optind = 0; /* glibc: begin anew */
    opterr = 0;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread
    while ((code = getopt_long(count, arguments, reader->letters, reader->table, NULL)) != -1) {
        enum command_exit taken = COMMAND_DONE;
        if (code == ':')
            taken = command_end(COMMAND_USAGE, "%s takes a value", arguments[optind - 1]);
        else if (code == '?')
            taken = wrong_option(reader, arguments);
        else if (code >= VERB_CODE)
            reader->values[code - VERB_CODE] = optarg != NULL ? optarg : "";
        else
            taken = take_global(
                reader->options,
                GLOBAL_OPTIONS[code >= GLOBAL_CODE ? (size_t) (code - GLOBAL_CODE) : global_of_letter(code)].name,
                optarg);
        if (taken != COMMAND_DONE)
            return taken;
    }
    return COMMAND_DONE;
}

/* `where` is "latchkey" or a noun. */
static enum command_exit wrong_word(const char *where, const char *word, const char *near)
{
    return command_end(COMMAND_USAGE, "%s has no \"%s\"%s%s%s (latchkey --help)", where, word,
                       near != NULL ? "; did you mean \"" : "", near != NULL ? near : "", near != NULL ? "\"?" : "");
}

static enum command_exit check_arguments(const struct options *options)
{
    const struct verb *verb = options->verb;
    if (options->argument_count >= verb->least && options->argument_count <= verb->most)
        return COMMAND_DONE;
    return command_end(COMMAND_USAGE, "%s arguments; usage: latchkey %s%s%s %s",
                       options->argument_count < verb->least ? "too few" : "too many", options->noun->name,
                       verb->name != NULL ? " " : "", verb->name != NULL ? verb->name : "", verb->arguments);
}

/* What stands behind the verb; `arguments` begins with the word before it. */
static enum command_exit read_verb(struct reader *reader, int count, char **arguments)
{
    struct options *options = reader->options;
    reader->values = lk_arena_array(reader->arena, options->verb->option_count + 1, sizeof *reader->values);
    prepare(reader, "");
    const enum command_exit status = read_options(reader, count, arguments);
    if (status != COMMAND_DONE)
        return status;
    const char **words = lk_arena_array(reader->arena, (size_t) count + 1, sizeof *words);
    for (int i = optind; i < count; i++)
        words[options->argument_count++] = arguments[i];
    options->arguments = words;
    options->values = reader->values;
    return options->help || options->version ? COMMAND_DONE : check_arguments(options);
}

/* Reads options up to the next word, which then is (*arguments)[0]; NULL where there is none. `help NOUN VERB` is
 * `NOUN VERB --help`. */
static enum command_exit next_word(struct reader *reader, int *count, char ***arguments, const char **word_out)
{
    *word_out = NULL;
    for (;;) {
        const enum command_exit status = read_options(reader, *count, *arguments);
        if (status != COMMAND_DONE)
            return status;
        *count -= optind;
        *arguments += optind;
        if (*count == 0)
            return COMMAND_DONE;
        if (strcmp((*arguments)[0], "help") != 0)
            break;
        reader->options->help = true;
    }
    *word_out = (*arguments)[0];
    return COMMAND_DONE;
}

enum command_exit options_read(struct lk_arena *arena, int count, char **arguments, struct options *options_out)
{
    struct reader reader = { .arena = arena, .options = options_out };
    const char *word = NULL;
    *options_out = (struct options){ .help = false };
    prepare(&reader, "+");
    enum command_exit status = next_word(&reader, &count, &arguments, &word);
    if (status != COMMAND_DONE || word == NULL)
        return status;
    options_out->noun = noun_named(word);
    if (options_out->noun == NULL)
        return wrong_word("latchkey", word, suggest_noun(word));
    if (noun_stands_alone(options_out->noun)) {
        options_out->verb = options_out->noun->verbs;
        return read_verb(&reader, count, arguments);
    }
    status = next_word(&reader, &count, &arguments, &word);
    if (status != COMMAND_DONE || word == NULL)
        return status;
    options_out->verb = verb_named(options_out->noun, word);
    if (options_out->verb == NULL)
        return wrong_word(options_out->noun->name, word, suggest_verb(options_out->noun, word));
    return read_verb(&reader, count, arguments);
}
