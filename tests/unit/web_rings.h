/* SPDX-License-Identifier: Apache-2.0 */
/* unit/web_rings.h - key rings for the tests of what the web authenticates. */
#ifndef LATCHKEY_UNIT_WEB_RINGS_H
#define LATCHKEY_UNIT_WEB_RINGS_H

#include "tokens/key_ring.h"
#include "unit/testing.h"

#include <sodium/core.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEY_A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define KEY_B "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

static inline struct key_ring *ring_of(const char *words)
{
    char path[] = "/tmp/latchkey-web-XXXXXX";
    struct key_ring *made = NULL;
    assert_true(sodium_init() >= 0);
    const int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, words, strlen(words)), strlen(words));
    assert_int_equal(close(file), 0);
    assert_int_equal(key_ring_load(path, &made, NULL), LK_OK);
    assert_int_equal(unlink(path), 0);
    return made;
}

#endif
