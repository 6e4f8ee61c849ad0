/* SPDX-License-Identifier: Apache-2.0 */
/* base/fatal.h - the end of the process, for what no caller could carry on from.
 *
 * Only for memory that has run out and for mistakes in the program itself. Nothing that a stranger sends may lead here.
 * Threads: any. */
#ifndef LATCHKEY_BASE_FATAL_H
#define LATCHKEY_BASE_FATAL_H

/* Writes one line to standard error and aborts. `words` name no data. */
_Noreturn void lk_fatal(const char *words);

#endif
