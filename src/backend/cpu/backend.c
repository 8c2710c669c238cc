/* The cpu backend: own vector loops, blocked matmul and convolution. */
#include "backend/cpu/winograd.h"

#define KERNEL(name) extern const kernel kernel_cpu_##name;
#include "backend/cpu/kernels.def"
#undef KERNEL

static const kernel *const kernels[] = {
#define KERNEL(name) &kernel_cpu_##name,
#include "backend/cpu/kernels.def"
#undef KERNEL
    NULL};

/* Those that are faster than oneDNN's: they are asked before it. */
static const kernel *const kernels_ahead[] = {
#define KERNEL(name) &kernel_cpu_##name,
#include "backend/cpu/ahead.def"
#undef KERNEL
    NULL};

static bool always(void) { return true; }

extern const backend backend_cpu, backend_cpu_ahead;
const backend backend_cpu = {.name = "cpu",
                             .what = "own loops for baseline, AVX2 and AVX-512",
                             .kernels = kernels,
                             .available = always,
                             .reorder = winograd_reorder};
const backend backend_cpu_ahead = {.name = "cpu_ahead",
                                   .what = "own loops that go before oneDNN's",
                                   .kernels = kernels_ahead,
                                   .available = always,
                                   .reorder = winograd_reorder};
