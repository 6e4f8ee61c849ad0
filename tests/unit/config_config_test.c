/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "config/config.h"
#include "config/settings.h"
#include "unit/testing.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FAULTS 65536

static char folder[64];
static char path[128];

static int make_folder(void **state)
{
    (void) state;
    (void) snprintf(folder, sizeof folder, "/tmp/latchkey-config-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    (void) snprintf(path, sizeof path, "%s/latchkey.conf", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void) state;
    (void) unlink(path);
    return rmdir(folder);
}

static void write_file(const void *bytes, size_t len)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void cleanup_config(struct config **config)
{
    config_free(*config);
}

static struct config *must_read(const char *words)
{
    LK_CLEANUP(lk_text_done) struct lk_text faults = LK_TEXT(FAULTS);
    struct config *config = NULL;
    write_file(words, strlen(words));
    if (config_read(path, NULL, 0, &config, &faults) != LK_OK)
        fail_msg("'%s' is refused: %s", words, lk_text_string(&faults));
    return config;
}

/* ---- values ---- */

static void test_defaults(void **state)
{
    (void) state;
    LK_CLEANUP(cleanup_config) struct config *config = config_defaults();
    assert_int_equal(config->server_listen.count, 1);
    assert_string_equal(config->server_listen.items[0], "127.0.0.1:8080");
    assert_int_equal(config->server_workers, 8);
    assert_int_equal(config->sessions_kept_idle, 90 * 86400);
    assert_true(config->accounts_sign_up);
    assert_false(config->directory_start_tls);
    assert_int_equal(config->directory_bind, CONFIG_BIND_EXTERNAL);
    assert_int_equal(config->directory_follow, CONFIG_FOLLOW_AUTO);
    assert_string_equal(config->directory_accounts_base, "ou=accounts,dc=example,dc=com");
    assert_string_equal(config->directory_organizations_base, "ou=organizations,dc=example,dc=com");
    assert_string_equal(config->directory_operators_group, "cn=operators,ou=groups,dc=example,dc=com");
    assert_string_equal(config->directory_decoy, "cn=decoy,ou=services,dc=example,dc=com");
    assert_string_equal(config->courier_hello, "[127.0.0.1]");
    assert_string_equal(config->courier_from_name, "Latchkey");
    assert_string_equal(config->courier_reply_to, "");
    assert_string_equal(config->links_key_ring, "latchkey.keys");
}

/* Every default must itself be allowed, or an empty file would be refused. */
static void test_empty_file_is_the_defaults(void **state)
{
    (void) state;
    static const char *const files[] = {
        "", "\n\n", "# nothing\n", "; nothing", "\xef\xbb\xbf# nothing\n", "[server]\n"
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        LK_CLEANUP(cleanup_config) struct config *config = must_read(files[i]);
        LK_CLEANUP(cleanup_config) struct config *defaults = config_defaults();
        LK_CLEANUP(lk_text_done) struct lk_text a = LK_TEXT(FAULTS), b = LK_TEXT(FAULTS);
        config->links_key_ring = defaults->links_key_ring;
        config->courier_deliver_to = defaults->courier_deliver_to;
        config_print(config, false, &a);
        config_print(defaults, false, &b);
        assert_string_equal(lk_text_string(&a), lk_text_string(&b));
    }
}

static void test_all_types(void **state)
{
    (void) state;
    LK_CLEANUP(cleanup_config)
    struct config *config = must_read("[server]\r\n"
                                      "  listen = 0.0.0.0:80, [::1]:0\tunix:/run/lk.sock \r\n"
                                      "public_url=https://accounts.example.org:8443\n"
                                      "body_limit = 128k\n"
                                      "trusted_proxies = 10.0.0.0/8 ::1\n"
                                      "idle_timeout = 2m\n"
                                      "request_timeout = 7\n"
                                      "[ pages ]\n"
                                      "service = \" A \\\"B\\\" \\\\ c \"\n"
                                      "notice = mind # the ; gap\n"
                                      "support_address = help@example.org\n"
                                      "[directory]\n"
                                      "start_tls = yes\n"
                                      "follow = poll\n"
                                      "suffix = dc=vendor\n"
                                      "accounts_base = ou=people,dc=vendor\n"
                                      "[server]\n"
                                      "workers = 64\n");
    assert_int_equal(config->server_listen.count, 3);
    assert_string_equal(config->server_listen.items[0], "0.0.0.0:80");
    assert_string_equal(config->server_listen.items[1], "[::1]:0");
    assert_string_equal(config->server_listen.items[2], "unix:/run/lk.sock");
    assert_int_equal(config->server_trusted_proxies.count, 2);
    assert_string_equal(config->server_public_url, "https://accounts.example.org:8443");
    assert_int_equal(config->server_body_limit, 131072);
    assert_int_equal(config->server_idle_timeout, 120);
    assert_int_equal(config->server_request_timeout, 7);
    assert_int_equal(config->server_workers, 64);
    assert_string_equal(config->pages_service, " A \"B\" \\ c ");
    assert_string_equal(config->pages_notice, "mind # the ; gap");
    assert_true(config->directory_start_tls);
    assert_int_equal(config->directory_follow, CONFIG_FOLLOW_POLL);
    assert_string_equal(config->directory_accounts_base, "ou=people,dc=vendor");
    assert_string_equal(config->directory_decoy, "cn=decoy,ou=services,dc=vendor");
    assert_string_equal(config->courier_hello, "accounts.example.org");
    assert_string_equal(config->courier_from_name, config->pages_service);
    assert_string_equal(config->courier_reply_to, "help@example.org");
}

static void test_paths_are_relative_to_the_file(void **state)
{
    (void) state;
    char expected[256];
    LK_CLEANUP(cleanup_config)
    struct config *config = must_read(
        "[courier]\ndeliver_to = maildir:in/mail\npassword_file = smtp\nuser = me\n[directory]\nembedded = /srv/d\n");
    (void) snprintf(expected, sizeof expected, "maildir:%s/in/mail", folder);
    assert_string_equal(config->courier_deliver_to, expected);
    (void) snprintf(expected, sizeof expected, "%s/smtp", folder);
    assert_string_equal(config->courier_password_file, expected);
    (void) snprintf(expected, sizeof expected, "%s/latchkey.keys", folder);
    assert_string_equal(config->links_key_ring, expected);
    assert_string_equal(config->directory_embedded, "/srv/d");
    assert_string_equal(config->server_certificate, "");
}

static void test_overrides(void **state)
{
    (void) state;
    static const char *const overrides[] = { "server.workers=3", "server.workers=4", "pages.service=a=b",
                                             "links.key_ring=ring" };
    LK_CLEANUP(lk_text_done) struct lk_text faults = LK_TEXT(FAULTS);
    LK_CLEANUP(cleanup_config) struct config *config = NULL;
    char current[4096];
    char expected[5000];
    write_file("[server]\nworkers = 2\n", 21);
    assert_int_equal(config_read(path, overrides, 4, &config, &faults), LK_OK);
    assert_int_equal(config->server_workers, 4);
    assert_string_equal(config->pages_service, "a=b");
    assert_non_null(getcwd(current, sizeof current));
    (void) snprintf(expected, sizeof expected, "%s/ring", current);
    assert_string_equal(config->links_key_ring, expected);
}

static void test_print_reads_back(void **state)
{
    (void) state;
    static const char words[] = "[server]\ncertificate = c\nprivate_key = k\nidle_timeout = 61\nbody_limit = 1025\n"
                                "listen = unix:/a [::]:1\n"
                                "[pages]\nservice = \"\\\" \\\\x \"\nnotice = \"  \"\nlanguage = pt-BR\n"
                                "[accounts]\nsign_up = no\npassword_strength = 0\n[log]\nlevel = error\n";
    for (int with_help = 0; with_help <= 1; with_help++) {
        LK_CLEANUP(lk_text_done) struct lk_text first = LK_TEXT(FAULTS), second = LK_TEXT(FAULTS);
        LK_CLEANUP(cleanup_config) struct config *config = must_read(words);
        config_print(config, with_help, &first);
        assert_true(lk_text_ok(&first));
        LK_CLEANUP(cleanup_config) struct config *again = must_read(lk_text_string(&first));
        config_print(again, with_help, &second);
        assert_string_equal(lk_text_string(&first), lk_text_string(&second));
        assert_string_equal(again->pages_service, "\" \\x ");
        assert_string_equal(again->pages_notice, "  ");
        assert_int_equal(again->log_level, CONFIG_LOG_ERROR);
    }
}

/* ---- faults ---- */

struct bad {
    const char *file;
    const char *fault; /* what stands behind the path */
};

static const struct bad bad_files[] = {
    {"workers = 3\n",                                                                                    ":1: workers stands before the first [section]"                        },
    { "[serve]\nworkers = 3\nnonsense = 4\n",                                                            ":1: there is no section [serve]"                                      },
    { "[server\n",                                                                                       ":1: a section must be written [name]"                                 },
    { "[Server]\n",                                                                                      ":1: a section's name"                                                 },
    { "[]\n",                                                                                            ":1: a section's name"                                                 },
    { "[\n",                                                                                             ":1: a section must be written [name]"                                 },
    { "[server]\nworker = 3\n",                                                                          ":2: there is no setting worker in [server]"                           },
    { "[server]\nworkers\n",                                                                             ":2: neither [section] nor name = value"                               },
    { "[server]\n= 3\n",                                                                                 ":2: a setting's name"                                                 },
    { "[server]\nWorkers = 3\n",                                                                         ":2: a setting's name"                                                 },
    { "[server]\nworkers = 3\n\nworkers = 3\n",                                                          ":4: server.workers was given already, in line 2"                      },
    { "[server]\nworkers =\n",                                                                           ":2: server.workers must be a number, 1 to 64"                         },
    { "[server]\nworkers = 0\n",                                                                         ":2: server.workers must be 1 to 64"                                   },
    { "[server]\nworkers = 65\n",                                                                        ":2: server.workers must be 1 to 64"                                   },
    { "[server]\nworkers = -1\n",                                                                        ":2: server.workers must be a number"                                  },
    { "[server]\nworkers = 3x\n",                                                                        ":2: server.workers must be a number"                                  },
    { "[server]\nworkers = 99999999999999999999\n",                                                      ":2: server.workers must be a number"                                  },
    { "[server]\nidle_timeout = 5 m\n",                                                                  ":2: server.idle_timeout must be a duration such as"                   },
    { "[server]\nidle_timeout = 2h\n",                                                                   ":2: server.idle_timeout must be 1s to 1h"                             },
    { "[server]\nbody_limit = 999999999999999g\n",                                                       ":2: server.body_limit must be a size such as"                         },
    { "[server]\nbody_limit = 2m\n",                                                                     ":2: server.body_limit must be 1k to 1m"                               },
    { "[accounts]\nsign_up = true\n",                                                                    ":2: accounts.sign_up must be yes or no"                               },
    { "[directory]\nbind = ext\n",                                                                       ":2: directory.bind must be external, simple or gssapi"                },
    { "[directory]\nkeytab = x\n",                                                                       ":2: directory.keytab needs directory.bind = gssapi"                   },
    { "[courier]\nstart_tls = yes\n",                                                                    ":2: courier.start_tls must be try, require or never"                  },
    { "[pages]\nservice =\n",                                                                            ":2: pages.service must be at most 80 bytes, not empty"                },
    { "[pages]\nservice = \"x\n",                                                                        ":2: a quoted value must end"                                          },
    { "[pages]\nservice = \"x\" y\n",                                                                    ":2: a quoted value must end"                                          },
    { "[pages]\nservice = \"x\\n\"\n",                                                                   ":2: a quoted value must end"                                          },
    { "[pages]\nservice = \"x\\\n",                                                                      ":2: a quoted value must end"                                          },
    { "[pages]\nservice = a\x01z\n",                                                                     ":2: the value is not UTF-8, or has a control character"               },
    { "[pages]\nservice = a\xff\n",                                                                      ":2: the value is not UTF-8, or has a control character"               },
    { "[server]\nlisten =\n",                                                                            ":2: server.listen must be 1 to 8 words"                               },
    { "[server]\nlisten = 1:1 1:1 1:1 1:1 1:1 1:1 1:1 1:1 1:1\n",                                        ":2: server.listen must be 1 to 8 words"                               },
 /* rules */
    { "[server]\nlisten = 8080\n",                                                                       ":2: server.listen has '8080'"                                         },
    { "[server]\nlisten = localhost:80\n",                                                               ":2: server.listen has 'localhost:80'"                                 },
    { "[server]\nlisten = 127.0.0.1:65536\n",                                                            ":2: server.listen has"                                                },
    { "[server]\nlisten = ::1:80\n",                                                                     ":2: server.listen has"                                                },
    { "[server]\nlisten = []:80\n",                                                                      ":2: server.listen has"                                                },
    { "[server]\nlisten = [::1]80\n",                                                                    ":2: server.listen has"                                                },
    { "[server]\nlisten = unix:run/x\n",                                                                 ":2: server.listen has"                                                },
    { "[server]\npublic_url = accounts.example.org\n",                                                   ":2: server.public_url must be http://host"                            },
    { "[server]\npublic_url = ftp://example.org\n",                                                      ":2: server.public_url must be http://host"                            },
    { "[server]\npublic_url = http://user@example.org\n",                                                ":2: server.public_url must be http://host"                            },
    { "[server]\npublic_url = http://:80\n",                                                             ":2: server.public_url must be http://host"                            },
    { "[server]\npublic_url = http://a..b\n",                                                            ":2: server.public_url must be http://host"                            },
    { "[server]\npublic_url = http://example.org:x\n",                                                   ":2: server.public_url must be http://host"                            },
    { "[server]\npublic_url = http://[::1\n",                                                            ":2: server.public_url must be http://host"                            },
    { "[server]\npublic_url = http://example.org/\n",
     ":2: server.public_url must end after host and port: take away '/'"                                                                                                        },
    { "[server]\npublic_url = http://example.org/a?b\n",                                                 ":2: server.public_url must end after host"                            },
    { "[server]\npublic_url = http://example.org?b\n",                                                   ":2: server.public_url must end after host"                            },
    { "[server]\n\ncertificate = x\n",                                                                   ":3: server.certificate needs server.private_key too"                  },
    { "[server]\nprivate_key = x\n",                                                                     ":2: server.private_key needs server.certificate too"                  },
    { "[server]\ntrusted_proxies = 10.0.0.0/33\n",                                                       ":2: server.trusted_proxies has '10.0.0.0/33'"                         },
    { "[server]\ntrusted_proxies = 10.0.0.0/\n",                                                         ":2: server.trusted_proxies has"                                       },
    { "[server]\ntrusted_proxies = ::/129\n",                                                            ":2: server.trusted_proxies has"                                       },
    { "[server]\ntrusted_proxies = proxy\n",                                                             ":2: server.trusted_proxies has"                                       },
    { "[directory]\nuri = http://x\n",                                                                   ":2: directory.uri has 'http://x'"                                     },
    { "[directory]\naccount_filter = employeeType=staff\n",                                              ":2: directory.account_filter must be an LDAP filter"                  },
    { "[directory]\nprofile_filter = (a=b)(c=d)\n",                                                      ":2: directory.profile_filter must be an LDAP filter"                  },
    { "[directory]\norganization_filter = ((a=b)\n",                                                     ":2: directory.organization_filter must be an LDAP filter"             },
    { "[directory]\nattribute_names = titel=jobTitle\n",
     ":2: directory.attribute_names has 'titel=jobTitle', whose left side"                                                                                                      },
    { "[directory]\nattribute_names = title\n",                                                          ":2: directory.attribute_names has 'title', which is not NAME=NAME"    },
    { "[directory]\nattribute_names = title=a=b\n",
     ":2: directory.attribute_names has 'title=a=b', which is not NAME=NAME"                                                                                                    },
    { "[directory]\nattribute_names = title=a, sn=A\n",                                                  ":2: directory.attribute_names has 'sn=A', one side of which"          },
    { "[directory]\nattribute_names = title=a, Title=b\n",
     ":2: directory.attribute_names has 'Title=b', one side of which"                                                                                                           },
    { "[directory]\nprofile_name = displayName\n",
     ":2: directory.profile_name cannot be an attribute that people change"                                                                                                     },
    { "[directory]\npeople_base = ou=accounts,dc=example,dc=com\n",
     ":2: directory.people_base must be a DN other than"                                                                                                                        },
    { "[directory]\nuri = ldaps://h/dc=x\n",                                                             ":2: directory.uri has"                                                },
    { "[directory]\nuri = ldap://ldap.example.org\n",                                                    ":2: directory.uri has 'ldap://ldap.example.org', over which"          },
    { "[directory]\nuri = ldapi:/// ldap://10.0.0.1:389\n",                                              ":2: directory.uri has 'ldap://10.0.0.1:389', over which"              },
    { "[directory]\ncertificate = x\n",                                                                  ":2: directory.certificate needs directory.private_key too"            },
    { "[directory]\nprivate_key = x\n",                                                                  ":2: directory.private_key needs directory.certificate too"            },
    { "[directory]\nembedded_listen = x\n",                                                              ":2: directory.embedded_listen must be"                                },
    { "[directory]\nbind = simple\nbind_dn = cn=x\n",
     ":2: directory.bind = simple needs directory.bind_password_file"                                                                                                           },
    { "[directory]\nbind_password_file = x\nbind = simple\n",                                            ":3: directory.bind = simple needs directory.bind_dn"                  },
    { "[directory]\npassword_method = exop\n",                                                           ":2: directory.password_method does not fit"                           },
    { "[directory]\npassword_method = unicodePwd\n",                                                     ":2: directory.password_method does not fit: with unicodePwd"          },
    { "[directory]\nsuffix = example\n",                                                                 ":2: directory.suffix must be a DN"                                    },
    { "[directory]\ndecoy = cn=\n",                                                                      ":2: directory.decoy must be a DN"                                     },
    { "[directory]\naccount_name = uid)(x=*\n",                                                          ":2: directory.account_name must be a name of the schema"              },
    { "[directory]\nunique_id = 1..2\n",                                                                 ":2: directory.unique_id must be a name of the schema"                 },
    { "[sessions]\nidle = 2d\n",                                                                         ":2: sessions.idle is out of step"                                     },
    { "[sessions]\nlongest = 1h\n",                                                                      ":2: sessions.longest is out of step"                                  },
    { "[sessions]\nkept_longest = 1d\n",                                                                 ":2: sessions.kept_longest is out of step"                             },
    { "[sessions]\nidle = 5m\n",                                                                         ":2: sessions.idle is out of step: sessions.touch must be at most half"},
    { "[courier]\ndeliver_to = maildir:\n",                                                              ":2: courier.deliver_to must be"                                       },
    { "[courier]\ndeliver_to = smtp://\n",                                                               ":2: courier.deliver_to must be"                                       },
    { "[courier]\ndeliver_to = smtp://h/x\n",                                                            ":2: courier.deliver_to must be"                                       },
    { "[courier]\ndeliver_to = smtp://u:p@h\n",                                                          ":2: courier.deliver_to must be"                                       },
    { "[courier]\ndeliver_to = /var/mail\n",                                                             ":2: courier.deliver_to must be"                                       },
    { "[courier]\nuser = me\n",                                                                          ":2: courier.user is half"                                             },
    { "[courier]\npassword_file = p\n",                                                                  ":2: courier.password_file is half"                                    },
    { "[courier]\nuser = u\npassword_file = p\ndeliver_to = smtp://mx.example.org\nstart_tls = never\n",
     ":5: courier.start_tls would send the password in the clear"                                                                                                               },
    { "[courier]\nhello = a b\n",                                                                        ":2: courier.hello must be a host name"                                },
    { "[courier]\nhello = [a]\n",                                                                        ":2: courier.hello must be a host name"                                },
    { "[courier]\nfrom = Me <me@example.org>\n",                                                         ":2: courier.from must be an e-mail address"                           },
    { "[courier]\nreply_to = me\n",                                                                      ":2: courier.reply_to must be an e-mail address"                       },
    { "[pages]\nsupport_address = me\n",                                                                 ":2: pages.support_address must be an e-mail address"                  },
    { "[courier]\nlease = 30s\n",                                                                        ":2: courier.lease is out of step"                                     },
    { "[courier]\ntimeout = 2m\n",                                                                       ":2: courier.timeout is out of step"                                   },
    { "[courier]\nretry_longest = 10s\n",                                                                ":2: courier.retry_longest is out of step"                             },
    { "[pages]\nhome_url = javascript:alert(1)\n",                                                       ":2: pages.home_url must be an http:// or https:// URL"                },
    { "[pages]\nsupport_url = http://x/\" onclick=\"\n",                                                 ":2: pages.support_url must be an http:// or https:// URL"             },
    { "[pages]\nlanguage = englishlanguage\n",                                                           ":2: pages.language must be a language tag"                            },
    { "[pages]\nlanguage = en_GB\n",                                                                     ":2: pages.language must be a language tag"                            },
    { "[pages]\nlanguage = en-\n",                                                                       ":2: pages.language must be a language tag"                            },
    { "[pages]\nlanguage = ../x\n",                                                                      ":2: pages.language must be a language tag"                            },
};

static void test_bad_files(void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof bad_files / sizeof bad_files[0]; i++) {
        LK_CLEANUP(lk_text_done) struct lk_text faults = LK_TEXT(FAULTS);
        struct config *config = NULL;
        char expected[512];
        const int len = snprintf(expected, sizeof expected, "%s%s", path, bad_files[i].fault);
        write_file(bad_files[i].file, strlen(bad_files[i].file));
        if (config_read(path, NULL, 0, &config, &faults) != LK_MALFORMED || config != NULL)
            fail_msg("'%s' is not refused", bad_files[i].file);
        const char *said = lk_text_string(&faults);
        if (strncmp(said, expected, (size_t) len) != 0)
            fail_msg("'%s' gives '%s', not '%s'", bad_files[i].file, said, expected);
        if (strchr(said, '\n') != said + strlen(said) - 1)
            fail_msg("'%s' gives more than one fault: %s", bad_files[i].file, said);
    }
}

static void test_nul_and_long_lines(void **state)
{
    (void) state;
    static const char nul[] = "[server]\nworkers = 3\0\n";
    char wide[8192];
    LK_CLEANUP(lk_text_done) struct lk_text faults = LK_TEXT(FAULTS);
    struct config *config = NULL;
    write_file(nul, sizeof nul - 1);
    assert_int_equal(config_read(path, NULL, 0, &config, &faults), LK_MALFORMED);
    assert_non_null(strstr(lk_text_string(&faults), ":2: the line has a NUL byte in it"));
    memset(wide, 'x', sizeof wide);
    write_file(wide, sizeof wide);
    lk_text_reset(&faults);
    assert_int_equal(config_read(path, NULL, 0, &config, &faults), LK_MALFORMED);
    assert_non_null(strstr(lk_text_string(&faults), ":1: the line is too long"));
}

static void test_all_faults_are_told(void **state)
{
    (void) state;
    static const char words[] = "[server]\nworkers = x\nqueue = y\n[nowhere]\na = b\n[log]\nlevel = loud\n";
    static const char *const overrides[] = { "log.level=quiet", "log", "x.y=z", "pages.service=a\nb" };
    static const char *const expected[] = { ":2: server.workers must be",
                                            ":3: server.queue must be",
                                            ":4: there is no section [nowhere]",
                                            ":7: log.level must be",
                                            "command line:1: log.level must be",
                                            "command line:2: must be written section.name=value",
                                            "command line:3: there is no setting x.y",
                                            "command line:4: pages.service must be one line" };
    LK_CLEANUP(lk_text_done) struct lk_text faults = LK_TEXT(FAULTS);
    struct config *config = NULL;
    write_file(words, strlen(words));
    assert_int_equal(config_read(path, overrides, 4, &config, &faults), LK_MALFORMED);
    size_t lines = 0;
    for (const char *at = lk_text_string(&faults); *at != '\0'; at++)
        lines += *at == '\n';
    assert_int_equal(lines, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        if (strstr(lk_text_string(&faults), expected[i]) == NULL)
            fail_msg("'%s' is not told in: %s", expected[i], lk_text_string(&faults));
}

/* Rules between settings are told of together too. */
static void test_all_rules_are_told(void **state)
{
    (void) state;
    static const char words[] =
        "[server]\ncertificate = c\npublic_url = https://h/\n[courier]\nlease = 1\nfrom = nobody\n";
    LK_CLEANUP(lk_text_done) struct lk_text faults = LK_TEXT(FAULTS);
    struct config *config = NULL;
    write_file(words, strlen(words));
    assert_int_equal(config_read(path, NULL, 0, &config, &faults), LK_MALFORMED);
    assert_non_null(strstr(lk_text_string(&faults), ":2: server.certificate"));
    assert_non_null(strstr(lk_text_string(&faults), ":3: server.public_url"));
    assert_non_null(strstr(lk_text_string(&faults), ":5: courier.lease"));
    assert_non_null(strstr(lk_text_string(&faults), ":6: courier.from"));
}

static void test_no_file(void **state)
{
    (void) state;
    LK_CLEANUP(lk_text_done) struct lk_text faults = LK_TEXT(FAULTS);
    struct config *config = NULL;
    assert_int_equal(config_read("/nowhere/latchkey.conf", NULL, 0, &config, &faults), LK_ABSENT);
    assert_string_equal(lk_text_string(&faults), "/nowhere/latchkey.conf: cannot be read: No such file or directory\n");
    assert_int_equal(config_read(folder, NULL, 0, &config, NULL), LK_BROKEN);
    assert_null(config);
    assert_int_equal(config_read(NULL, NULL, 0, &config, &faults), LK_OK);
    config_free(config);
}

/* Every setting can be printed, is told about, and its row's bounds hold its default. */
static void test_table(void **state)
{
    (void) state;
    for (size_t i = 0; i < settings_count(); i++) {
        const struct setting *setting = settings_at(i);
        assert_int_equal(settings_find(setting->section, setting->name), i);
        if (strlen(setting->help) < 10 || setting->help[strlen(setting->help) - 1] != '.')
            fail_msg("%s.%s has no help that is a sentence", setting->section, setting->name);
        const char *bar = setting->type == SETTING_TYPE_CHOICE ? NULL : strchr(setting->help, '|');
        if (bar != NULL)
            fail_msg("%s.%s: a | in its help breaks the table of the reference", setting->section, setting->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_empty_file_is_the_defaults),
        cmocka_unit_test(test_all_types),
        cmocka_unit_test(test_paths_are_relative_to_the_file),
        cmocka_unit_test(test_overrides),
        cmocka_unit_test(test_print_reads_back),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_nul_and_long_lines),
        cmocka_unit_test(test_all_faults_are_told),
        cmocka_unit_test(test_all_rules_are_told),
        cmocka_unit_test(test_no_file),
        cmocka_unit_test(test_table),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
