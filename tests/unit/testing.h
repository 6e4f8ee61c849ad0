/* SPDX-License-Identifier: Apache-2.0 */
/* unit/testing.h - cmocka with what it needs before it, in the one order that compiles. */
#ifndef LATCHKEY_UNIT_TESTING_H
#define LATCHKEY_UNIT_TESTING_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#endif
