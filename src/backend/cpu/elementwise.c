/* Every elementwise op that has a loop in blocks.def. */
#include "backend/cpu/program.h"

extern const kernel kernel_cpu_elementwise;
const kernel kernel_cpu_elementwise = {
    .name = "cpu elementwise", .supports = program_supports, .prepare = program_prepare,
    .run = program_run, .release = program_release, .in_place = ~0u};
