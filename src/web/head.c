/* SPDX-License-Identifier: Apache-2.0 */
#include "web/head.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define SINGLE(member)   offsetof(struct web_head, member), false
#define REPEATED(member) offsetof(struct web_head, member), true

/* By length first: most headers of a request are not ours, and cost one comparison of numbers a row. */
static const struct row {
    const char *name;
    size_t len;
    size_t offset;
    bool repeats;
} ROWS[] = {
    {"Accept",             6,  SINGLE(accept)           },
    { "Cookie",            6,  REPEATED(cookies)        },
    { "Expect",            6,  SINGLE(expect)           },
    { "Origin",            6,  SINGLE(origin)           },
    { "User-Agent",        10, SINGLE(agent)            },
    { "Content-Type",      12, SINGLE(content_type)     },
    { "If-None-Match",     13, SINGLE(if_none_match)    },
    { "Content-Length",    14, SINGLE(content_length)   },
    { "Sec-Fetch-Site",    14, SINGLE(fetch_site)       },
    { "Accept-Language",   15, SINGLE(accept_language)  },
    { "X-Forwarded-For",   15, REPEATED(forwarded)      },
    { "Transfer-Encoding", 17, SINGLE(transfer_encoding)},
};

static void take(struct web_head *head, const struct row *row, const char *value)
{
    char *member = (char *) head + row->offset;
    if (row->repeats) {
        struct web_repeated repeated;
        memcpy(&repeated, member, sizeof repeated);
        if (repeated.count == WEB_HEAD_REPEATS) {
            head->is_malformed = true;
            return;
        }
        repeated.values[repeated.count++] = value;
        memcpy(member, &repeated, sizeof repeated);
        return;
    }
    const char *former = NULL;
    memcpy(&former, member, sizeof former);
    if (former != NULL)
        head->is_malformed = true;
    memcpy(member, &value, sizeof value);
}

/* RFC 9110 section 5.6.2. */
static bool is_token(const char *name, size_t len)
{
    /* A bit for each of the first 128 characters: letters and digits, and "!#$%&'*+-.^_`|~". */
    static const uint64_t TOKEN[2] = { UINT64_C(0x03ff6cfa00000000), UINT64_C(0x57ffffffc7fffffe) };
    for (size_t i = 0; i < len; i++) {
        const unsigned char byte = (unsigned char) name[i];
        if (byte >= 128 || (TOKEN[byte / 64] >> (byte % 64) & 1) == 0)
            return false;
    }
    return len > 0;
}

/* A value stands behind its name and the colon, nothing but blanks between. libmicrohttpd 0.9.75 hangs the second line of a folded
 * field (RFC 9112 section 5.2) on the name, which it keeps elsewhere then: that name is nothing that anybody sent. */
static bool is_one_line(const char *name, size_t name_len, const char *value)
{
    const char *colon = name + name_len;
    return value > colon && strspn(colon + 1, " \t") == (size_t) (value - colon - 1);
}

static enum MHD_Result read_one(void *context, enum MHD_ValueKind kind, const char *name, size_t name_len,
                                const char *value, size_t value_len)
{
    (void) kind;
    struct web_head *head = context;
    if (!is_token(name, name_len) || value == NULL || !is_one_line(name, name_len, value)) {
        head->is_malformed = true;
        return MHD_YES;
    }
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        if (ROWS[i].len != name_len || strncasecmp(ROWS[i].name, name, name_len) != 0)
            continue;
        if (strlen(value) != value_len)
            head->is_malformed = true;
        else
            take(head, &ROWS[i], value);
        break;
    }
    return MHD_YES;
}

void web_head_read(struct MHD_Connection *connection, struct web_head *head)
{
    (void) MHD_get_connection_values_n(connection, MHD_HEADER_KIND, read_one, head);
}

int64_t web_head_body_len(const struct web_head *head)
{
    if (head->transfer_encoding != NULL)
        return head->content_length == NULL && strcasecmp(head->transfer_encoding, "chunked") == 0 ? -1 : -2;
    if (head->content_length == NULL)
        return 0;
    int64_t len = 0;
    size_t digits = 0;
    for (; head->content_length[digits] != '\0'; digits++) {
        const char c = head->content_length[digits];
        if (c < '0' || c > '9' || digits == 18)
            return -2;
        len = len * 10 + (c - '0');
    }
    return digits == 0 ? -2 : len;
}
