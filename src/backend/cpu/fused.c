/* Chains of elementwise ops in one pass. Any output may be written over any input of its shape and
 * dtype. */
#include "backend/cpu/program.h"

extern const kernel kernel_cpu_fused;
const kernel kernel_cpu_fused = {.name = "cpu fused",
                                 .op = &op_fused,
                                 .supports = program_supports,
                                 .prepare = program_prepare,
                                 .run = program_run,
                                 .release = program_release,
                                 .in_place_any = true};
