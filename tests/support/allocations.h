/* Counting allocations: malloc and its kin are replaced and count while `counting`, those called by
 * mica's own code apart from those of libraries; live_blocks are those that nobody freed yet.
 * COUNTS is defined where that works. The own one with number fail_at fails (0: none). One file of
 * a program includes this. */
#ifndef SUPPORT_ALLOCATIONS_H
#define SUPPORT_ALLOCATIONS_H

#include "base/sanitized.h"

#include <malloc.h>

#if defined(__GLIBC__) && !SANITIZED_ADDRESS && !SANITIZED_THREAD
#define COUNTS 1

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);
extern char __executable_start, etext;

static volatile int counting; /* the compiler knows malloc, and would move the stores */
static volatile long own, foreign, live_blocks, fail_at;

static int is_own(const void *caller) {
    return (const char *)caller >= &__executable_start && (const char *)caller < &etext;
}

static int fails(const void *caller) {
    if (!counting || !fail_at || !is_own(caller) || own + 1 != fail_at) return 0;
    own++;
    return 1;
}

static void *count(const void *caller, void *made) {
    if (made) __atomic_add_fetch(&live_blocks, 1, __ATOMIC_RELAXED);
    if (counting) __atomic_add_fetch(is_own(caller) ? &own : &foreign, 1, __ATOMIC_RELAXED);
    return made;
}

/* Visible, so that libraries use them too; not inlined, so that the caller is the caller. */
#define REPLACES __attribute__((visibility("default"), noinline))
#define CALLER __builtin_return_address(0)
REPLACES void *malloc(size_t n) { return fails(CALLER) ? NULL : count(CALLER, __libc_malloc(n)); }
REPLACES void *calloc(size_t n, size_t m) {
    return fails(CALLER) ? NULL : count(CALLER, __libc_calloc(n, m));
}
REPLACES void *memalign(size_t a, size_t n) { return count(CALLER, __libc_memalign(a, n)); }
REPLACES void *aligned_alloc(size_t a, size_t n) {
    return fails(CALLER) ? NULL : count(CALLER, __libc_memalign(a, n));
}
REPLACES int posix_memalign(void **out, size_t a, size_t n) {
    if (fails(CALLER)) return 12;
    return (*out = count(CALLER, __libc_memalign(a, n))) ? 0 : 12;
}
REPLACES void free(void *p) {
    if (p) __atomic_sub_fetch(&live_blocks, 1, __ATOMIC_RELAXED);
    __libc_free(p);
}
REPLACES void *realloc(void *p, size_t n) {
    if (fails(CALLER)) return NULL;
    void *made = count(CALLER, __libc_realloc(p, n));
    if (p && (made || !n)) __atomic_sub_fetch(&live_blocks, 1, __ATOMIC_RELAXED);
    return made;
}
#endif

#endif
