/* Counting allocations: malloc and its kin are replaced and count while `counting`, those called by
 * mica's own code apart from those of libraries; live_blocks are those that nobody freed yet.
 * COUNTS is defined where that works. One file of a program includes this. */
#ifndef SUPPORT_ALLOCATIONS_H
#define SUPPORT_ALLOCATIONS_H

#include <malloc.h>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define COUNTS 1

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);
extern char __executable_start, etext;

static volatile int counting; /* the compiler knows malloc, and would move the stores */
static volatile long own, foreign, live_blocks;

static void *count(const void *caller, void *made) {
    const char *at = caller;
    if (made) __atomic_add_fetch(&live_blocks, 1, __ATOMIC_RELAXED);
    if (counting)
        __atomic_add_fetch(at >= &__executable_start && at < &etext ? &own : &foreign, 1,
                           __ATOMIC_RELAXED);
    return made;
}

/* Visible, so that libraries use them too; not inlined, so that the caller is the caller. */
#define REPLACES __attribute__((visibility("default"), noinline))
#define CALLER __builtin_return_address(0)
REPLACES void *malloc(size_t n) { return count(CALLER, __libc_malloc(n)); }
REPLACES void *calloc(size_t n, size_t m) { return count(CALLER, __libc_calloc(n, m)); }
REPLACES void *memalign(size_t a, size_t n) { return count(CALLER, __libc_memalign(a, n)); }
REPLACES void *aligned_alloc(size_t a, size_t n) { return count(CALLER, __libc_memalign(a, n)); }
REPLACES int posix_memalign(void **out, size_t a, size_t n) {
    return (*out = count(CALLER, __libc_memalign(a, n))) ? 0 : 12;
}
REPLACES void free(void *p) {
    if (p) __atomic_sub_fetch(&live_blocks, 1, __ATOMIC_RELAXED);
    __libc_free(p);
}
REPLACES void *realloc(void *p, size_t n) {
    void *made = count(CALLER, __libc_realloc(p, n));
    if (p && (made || !n)) __atomic_sub_fetch(&live_blocks, 1, __ATOMIC_RELAXED);
    return made;
}
#endif

#endif
