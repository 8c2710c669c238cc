/* Which kernel runs a node. */
#ifndef BACKEND_CHOOSE_H
#define BACKEND_CHOOSE_H

#include "backend/kernel.h"

/* The list of backends from the one that the context's options name (all where none is named). */
const backend *const *backends_of(const mica_context *ctx);
/* The first kernel after `after` (NULL: from the start) that supports the node; NULL: none. */
const kernel *kernel_choose(const backend *const *from, const kernel_spec *s, const kernel *after);
/* The backend that owns a kernel. */
const backend *backend_of_kernel(const kernel *k);

#endif
