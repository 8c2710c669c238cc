/* Eager execution: every call runs at once. The bottom emitter of each context. */
#ifndef EAGER_EAGER_H
#define EAGER_EAGER_H

#include "backend/kernel.h"

/* Puts the eager emitter under a fresh context. False without memory. */
bool eager_install(mica_context *ctx);

#endif
