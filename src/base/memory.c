/* Memory: see memory.h. */
#include "base/memory.h"

#include "base/sanitized.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void *allocate(size_t count, size_t size) { return calloc(count ? count : 1, size ? size : 1); }

#define HUGE_PAGE ((size_t)2 << 20)
#define LARGE_BLOCK (2 * HUGE_PAGE)

/* Large blocks that were given back wait here for one of the same size: a result that is made and
 * dropped again and again would else be new pages each time, which take longer to clear than most
 * operations to fill. One of another size lets go of them, so that no peak of memory is higher for
 * them. Not under the sanitizer, which is to see what is used after its end. */
#if SANITIZED_ADDRESS
#define LARGEST_KEPT 0
#else
#define LARGEST_KEPT ((size_t)32 << 20)
#endif
static _Atomic(void *) kept[2];

static void *take_kept(size_t bytes) {
    void *found = NULL;
    for (size_t i = 0; i < LENGTH(kept); i++) {
        void *block = found ? NULL : atomic_exchange(&kept[i], NULL);
        if (!block) continue;
        size_t room = malloc_usable_size(block);
        if (room >= bytes && room - bytes < HUGE_PAGE) found = block;
        else free(block);
    }
    return found;
}

void *allocate_aligned(size_t bytes) {
    bool large = bytes >= LARGE_BLOCK;
    size_t align = large ? HUGE_PAGE : CACHE_LINE;
    size_t rounded = (bytes + align - 1) / align * align;
    if (rounded < bytes) return NULL;
    void *block = large ? take_kept(rounded) : NULL;
    if (block) return block;
    block = aligned_alloc(align, rounded ? rounded : align);
    if (block && large) madvise(block, rounded, MADV_HUGEPAGE); /* only a wish */
    return block;
}

void release_aligned(void *block) {
    size_t room = block ? malloc_usable_size(block) : 0;
    bool large = room >= LARGE_BLOCK && room < LARGEST_KEPT + HUGE_PAGE;
    for (size_t i = 0; large && block && i < LENGTH(kept); i++) {
        void *none = NULL;
        if (atomic_compare_exchange_strong(&kept[i], &none, block)) block = NULL;
    }
    free(block);
}

bool grow(void *items, size_t *capacity, size_t needed, size_t size) {
    if (needed <= *capacity) return true;
    size_t wanted = *capacity ? *capacity : 8;
    while (wanted < needed) {
        if (wanted > SIZE_MAX / 2) return false;
        wanted *= 2;
    }
    if (wanted > SIZE_MAX / size) return false;
    void **place = items;
    void *moved = realloc(*place, wanted * size);
    if (!moved) return false;
    *place = moved;
    *capacity = wanted;
    return true;
}

struct arena_chunk {
    struct arena_chunk *next;
    size_t bytes;
    _Alignas(16) unsigned char data[];
};

#define CHUNK_BYTES 8192
#define KEPT_BYTES ((size_t)1 << 20) /* of an arena that is emptied */

static bool add_chunk(arena *a, size_t size) {
    if (size > SIZE_MAX - sizeof(struct arena_chunk)) return false;
    struct arena_chunk *chunk = malloc(sizeof *chunk + size);
    if (!chunk) return false;
    chunk->next = a->chunks;
    chunk->bytes = size;
    a->chunks = chunk;
    a->used = 0;
    return true;
}

void *arena_take(arena *a, size_t bytes) {
    size_t rounded = (bytes + 15) & ~(size_t)15;
    if (rounded < bytes) return NULL;
    if (!a->chunks || a->chunks->bytes - a->used < rounded) {
        size_t size = rounded > CHUNK_BYTES ? rounded : CHUNK_BYTES;
        if (!add_chunk(a, size)) return NULL;
    }
    void *block = a->chunks->data + a->used;
    a->used += rounded;
    return memset(block, 0, bytes);
}

void *arena_copy(arena *a, const void *from, size_t bytes) {
    void *block = arena_take(a, bytes);
    if (block && bytes) memcpy(block, from, bytes);
    return block;
}

char *arena_text(arena *a, const char *text) { return arena_copy(a, text, strlen(text) + 1); }

void arena_clear(arena *a) {
    size_t room = 0;
    for (struct arena_chunk *c = a->chunks; c; c = c->next) room += c->bytes;
    if (room > KEPT_BYTES || (a->chunks && a->chunks->next)) arena_free(a);
    if (room && room <= KEPT_BYTES && !a->chunks) add_chunk(a, room); /* NULL is an empty one */
    a->used = 0;
}

void arena_free(arena *a) {
    while (a->chunks) {
        struct arena_chunk *next = a->chunks->next;
        free(a->chunks);
        a->chunks = next;
    }
    a->used = 0;
}
