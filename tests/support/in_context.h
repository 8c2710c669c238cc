/* Tests that each get a fresh context `ctx` and error `err`: RUN_TESTS(IN_CONTEXT(name), …). */
#ifndef SUPPORT_IN_CONTEXT_H
#define SUPPORT_IN_CONTEXT_H

#include "mica/context.h"
#include "support/testing.h"

static mica_context *ctx;
static mica_error err;

static inline int open_context(void **state) {
    err = (mica_error){0};
    return (ctx = mica_open(NULL)) ? 0 : 1;
}
static inline int close_context(void **state) { return mica_close(&ctx), 0; }

#define IN_CONTEXT(name) cmocka_unit_test_setup_teardown(name, open_context, close_context)

#endif
