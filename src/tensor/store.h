/* What a context keeps of tensors: the outermost scope, poison, and free handles and blocks. */
#ifndef TENSOR_STORE_H
#define TENSOR_STORE_H

#include "tensor/tensor.h"

#define BLOCK_CLASSES 11 /* 64 bytes to 64 KiB */

typedef struct tensor_store {
    mica_context *ctx;
    mica_scope root, variables; /* variables outlive every scope */
    mica_scope *innermost;
    mica_tensor poison;
    mica_tensor *free_handles;
    buffer *free_blocks[BLOCK_CLASSES];
} tensor_store;

tensor_store *store_of(mica_context *ctx);                         /* NULL without memory */
mica_tensor *store_handle(tensor_store *store, mica_scope *owner); /* zeroed, linked */
buffer *store_buffer(tensor_store *store, size_t bytes);
void store_free_blocks(tensor_store *store);
void scope_link(mica_scope *scope, mica_tensor *t);
void scope_unlink(mica_tensor *t);
void scope_clear(mica_scope *scope);

#endif
