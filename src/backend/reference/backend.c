/* The reference backend: every primitive op by its naive loop. Slow, portable, the oracle of all
 * others. What has no loop is composed of ops that have one. */
#include "backend/kernel.h"

#include "op/elementwise.h"

static bool reference_supports(const kernel_spec *s) { return s->op->reference || s->op->scalar; }

static void reference_run(const kernel_call *c) {
    if (c->op->reference) c->op->reference(c);
    else elementwise_reference(c);
}

static const kernel kernel_reference = {
    .name = "reference", .supports = reference_supports, .run = reference_run};
static const kernel *const kernels[] = {&kernel_reference, NULL};
static bool always(void) { return true; }

extern const backend backend_reference;
const backend backend_reference = {.name = "reference",
                                   .what = "naive loops, for every op and dtype",
                                   .kernels = kernels,
                                   .available = always};
