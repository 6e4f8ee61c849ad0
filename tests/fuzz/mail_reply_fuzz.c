/* SPDX-License-Identifier: Apache-2.0 */
/* A mail server's answers: any bytes, cut into lines at LF as libcurl does. A line that begins with '>' is a command. */
#include "base/unicode.h"
#include "courier/reply.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reply reply = { 0 };
    char sentence[REPLY_SENTENCE_MOST + 1];
    while (size > 0) {
        const uint8_t *end = memchr(data, '\n', size);
        const size_t len = end == NULL ? size : (size_t) (end - data) + 1;
        if (data[0] == '>')
            reply_command(&reply, (const char *) data + 1, len - 1);
        else
            reply_line(&reply, (const char *) data, len);
        reply_sentence(&reply, sentence);
        /* What goes into the log and onto an entry is one clean line; no reply is both for now and for ever. */
        if (!lk_unicode_is_line(sentence, strlen(sentence)) || !lk_unicode_is_line(reply.words, strlen(reply.words)) ||
            (reply_is_permanent(&reply) && reply_is_temporary(&reply)))
            abort();
        data += len;
        size -= len;
    }
    return 0;
}
