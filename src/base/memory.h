/* Memory: zeroed blocks with checked sizes, aligned blocks, arenas, growing arrays. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CACHE_LINE 64

/* count * size zeroed bytes, or NULL (also on overflow). Free with free(). */
void *allocate(size_t count, size_t size);
/* Aligned to 64 bytes, not zeroed; large blocks ask for huge pages. Free with release_aligned. */
void *allocate_aligned(size_t bytes);
void release_aligned(void *block);
/* Makes room for `needed` elements (doubling); *items may move. False: no memory, nothing changed.
 */
bool grow(void *items, size_t *capacity, size_t needed, size_t size);

/* An arena: many small blocks, freed together. Zero-initialised is empty and ready. */
typedef struct arena {
    struct arena_chunk *chunks;
    size_t used;
} arena;

void *arena_take(arena *a, size_t bytes); /* zeroed, 16-aligned; NULL without memory */
char *arena_text(arena *a, const char *text);
void *arena_copy(arena *a, const void *from, size_t bytes);
/* Empty, with up to a mebibyte of its room kept as one block: after some turns nothing is
 * allocated. */
void arena_clear(arena *a);
void arena_free(arena *a);

#endif
