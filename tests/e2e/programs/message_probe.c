/* SPDX-License-Identifier: Apache-2.0 */
/* message_probe - one JSON object a line in (the members of struct message), the message out, as {"status":, "message":}. */
#include "base/text.h"
#include "courier/message.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define LINE_MOST    ((size_t) 1 << 20)
#define MESSAGE_MOST ((size_t) 1 << 20)

static const char *text_of(const json_t *asked, const char *name)
{
    return json_string_value(json_object_get(asked, name));
}

static void answer(const json_t *asked)
{
    const struct message message = { .from_name = text_of(asked, "from_name"),
                                     .from = text_of(asked, "from"),
                                     .to_name = text_of(asked, "to_name"),
                                     .to = text_of(asked, "to"),
                                     .reply_to = text_of(asked, "reply_to"),
                                     .subject = text_of(asked, "subject"),
                                     .id = text_of(asked, "id"),
                                     .date = json_integer_value(json_object_get(asked, "date")),
                                     .language = text_of(asked, "language"),
                                     .text = text_of(asked, "text"),
                                     .html = text_of(asked, "html") };
    struct lk_text text = LK_TEXT(MESSAGE_MOST);
    struct lk_trouble trouble = { "" };
    const enum lk_status status = message_write(&message, &text, &trouble);
    json_t *line = json_pack("{s:s, s:s, s:s}", "status", lk_status_name(status), "message",
                             status == LK_OK ? lk_text_string(&text) : "", "words", trouble.words);
    (void) json_dumpf(line, stdout, JSON_COMPACT);
    (void) putchar('\n');
    (void) fflush(stdout);
    json_decref(line);
    lk_text_done(&text);
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    for (;;) {
        const ssize_t len = getline(&line, &room, stdin);
        if (len <= 0 || (size_t) len > LINE_MOST)
            break;
        json_t *asked = json_loadb(line, (size_t) len, 0, NULL);
        if (asked == NULL)
            break;
        answer(asked);
        json_decref(asked);
    }
    free(line);
    return 0;
}
