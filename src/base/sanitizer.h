/* SPDX-License-Identifier: Apache-2.0 */
/* base/sanitizer.h - LK_SANITIZED is 1 in a build under the address or the thread sanitizer, else 0: frames are larger
 * there, and malloc is not glibc's. */
#ifndef LATCHKEY_BASE_SANITIZER_H
#define LATCHKEY_BASE_SANITIZER_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LK_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define LK_SANITIZED 1
#endif
#endif
#ifndef LK_SANITIZED
#define LK_SANITIZED 0
#endif

#endif
