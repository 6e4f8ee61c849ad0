/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/support.h - cmocka, and what several unit tests need beside it. */
#ifndef LATCHKEY_TESTS_UNIT_SUPPORT_H
#define LATCHKEY_TESTS_UNIT_SUPPORT_H

/* cmocka.h needs the others before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

/* Bytes with NULs among them: LITERAL("a\0b") is the two arguments (bytes, length). */
#define LITERAL(words) words, sizeof(words) - 1

#endif
