/* SPDX-License-Identifier: Apache-2.0 */
/* base/cleanup.h - what a scope owns, it gives back when it is left.
 *
 * LK_CLEANUP(free_it) on a declaration calls free_it(&variable) at the end of the scope (GNU C). LK_TAKE(pointer)
 * hands ownership on: it yields the value and leaves NULL behind. */
#ifndef LATCHKEY_BASE_CLEANUP_H
#define LATCHKEY_BASE_CLEANUP_H

#include <stdlib.h>

/* For a large buffer on a hot path that is written before it is read: leaves it as it is. */
#if defined __has_attribute
#if __has_attribute(uninitialized)
#define LK_UNINITIALIZED __attribute__((uninitialized))
#endif
#endif
#ifndef LK_UNINITIALIZED
#define LK_UNINITIALIZED
#endif

#define LK_CLEANUP(function) __attribute__((cleanup(function)))

#define LK_TAKE(pointer)                           \
    __extension__({                                \
        __typeof__(pointer) lk_taken_ = (pointer); \
        (pointer) = NULL;                          \
        lk_taken_;                                 \
    })

/* For char *, unsigned char * and the like from malloc: LK_CLEANUP(lk_cleanup_free) char *words = ... */
void lk_cleanup_free(void *pointer_to_pointer);

/* For a file descriptor; -1 is left alone, and left behind. */
void lk_cleanup_close(int *descriptor);

/* LK_TAKE for a file descriptor: leaves -1 behind. */
static inline int lk_take_descriptor(int *descriptor)
{
    const int owned = *descriptor;
    *descriptor = -1;
    return owned;
}

#endif
