/* Whether a sanitizer of gcc or clang watches this build: what hides memory from it, or asks for
 * more of it than usual, is left out then. */
#ifndef BASE_SANITIZED_H
#define BASE_SANITIZED_H

#if defined(__has_feature) /* clang's, and gcc's from 14 on */
#define SANITIZED_ADDRESS __has_feature(address_sanitizer)
#define SANITIZED_THREAD __has_feature(thread_sanitizer)
#else
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED_ADDRESS 1
#else
#define SANITIZED_ADDRESS 0
#endif
#ifdef __SANITIZE_THREAD__
#define SANITIZED_THREAD 1
#else
#define SANITIZED_THREAD 0
#endif
#endif

#endif
