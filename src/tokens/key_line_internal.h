/* SPDX-License-Identifier: Apache-2.0 */
/* tokens/key_line_internal.h - one line of the key ring's file (key_ring.h): read in one way by those who load it and those who change it. */
#ifndef LATCHKEY_TOKENS_KEY_LINE_INTERNAL_H
#define LATCHKEY_TOKENS_KEY_LINE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEY_FILE_MOST ((size_t) 64 * 1024)
#define KEYS_MOST     255

/* Its texts are the file's. */
struct key_line {
    uint8_t id;
    int64_t created;
    const char *created_text;
    size_t created_len;
    bool makes; /* make; otherwise check */
    const char *key;
    size_t key_len;
};

/* Nothing but blanks, or "#" behind them. */
bool key_line_is_comment(const char *text, size_t len);

/* NULL, or what is wrong with a line that is no comment. Whether its key is one, its reader sees. */
const char *key_line_read(const char *text, size_t len, struct key_line *line_out);

#endif
