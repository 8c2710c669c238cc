/* Every elementwise op that has a loop in blocks.def. */
#include "backend/cpu/program.h"

static bool supports(const kernel_spec *s) { return s->op != &op_fused && program_supports(s); }

extern const kernel kernel_cpu_elementwise;
const kernel kernel_cpu_elementwise = {.name = "cpu elementwise",
                                       .supports = supports,
                                       .prepare = program_prepare,
                                       .run = program_run,
                                       .release = program_release,
                                       .in_place_any = true};
