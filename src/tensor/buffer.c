/* Buffers: see tensor.h. */
#include "tensor/store.h"

#include <stdlib.h>

static void release_own(buffer *b) {
    release_aligned(b->data);
    free(b);
}

buffer *buffer_new(size_t bytes) {
    buffer *b = allocate(1, sizeof *b);
    if (!b) return NULL;
    *b = (buffer){
        .data = allocate_aligned(bytes), .bytes = bytes, .refs = 1, .release = release_own};
    if (b->data) return b;
    free(b);
    return NULL;
}

buffer *buffer_over(void *data, size_t bytes, void (*release)(buffer *), void *user) {
    buffer *b = allocate(1, sizeof *b);
    if (b) *b = (buffer){.data = data, .bytes = bytes, .refs = 1, .release = release, .user = user};
    return b;
}

buffer *buffer_share(buffer *b) {
    __atomic_add_fetch(&b->refs, 1, __ATOMIC_RELAXED);
    return b;
}

void buffer_drop(buffer *b) {
    if (!b || __atomic_sub_fetch(&b->refs, 1, __ATOMIC_ACQ_REL)) return;
    b->release(b);
}

/* Blocks of 64 << class bytes, header and data in one, kept for the next tensor of that size: an
 * eager call on small tensors then costs no malloc. */
static size_t class_bytes(int class) { return (size_t)64 << class; }

static void release_pooled(buffer *b) {
    tensor_store *store = b->user;
    int class = 0;
    while (class_bytes(class) < b->bytes) class ++;
    b->data = store->free_blocks[class];
    store->free_blocks[class] = b;
}

buffer *store_buffer(tensor_store *store, size_t bytes) {
    if (bytes > class_bytes(BLOCK_CLASSES - 1)) return buffer_new(bytes);
    int class = 0;
    while (class_bytes(class) < bytes) class ++;
    buffer *b = store->free_blocks[class];
    if (b) store->free_blocks[class] = b->data;
    else if (!(b = allocate_aligned(CACHE_LINE + class_bytes(class)))) return NULL;
    *b = (buffer){.data = (char *)b + CACHE_LINE,
                  .bytes = bytes,
                  .refs = 1,
                  .release = release_pooled,
                  .user = store};
    return b;
}

void store_free_blocks(tensor_store *store) {
    for (int class = 0; class < BLOCK_CLASSES; class ++) {
        for (buffer *b = store->free_blocks[class], *next; b; b = next) {
            next = b->data;
            release_aligned(b);
        }
    }
}
_Static_assert(sizeof(buffer) <= CACHE_LINE, "a pooled buffer's header must fit before its data");
