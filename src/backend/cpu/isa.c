/* The instruction set: see isa.h. */
#include "backend/cpu/isa.h"

#include <stdlib.h>
#include <string.h>

const char *isa_name(isa set) {
    return set == ISA_AVX512 ? "avx512" : set == ISA_AVX2 ? "avx2" : "baseline";
}

static isa isa_of_machine(void) {
#if defined(__x86_64__)
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return ISA_BASELINE;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return ISA_AVX512;
    return ISA_AVX2;
#else
    return ISA_BASELINE;
#endif
}

isa isa_best(void) {
    isa best = isa_of_machine();
    const char *limit = getenv("MICA_ISA");
    for (isa set = ISA_BASELINE; limit && set < best; set++)
        if (!strcmp(limit, isa_name(set))) return set;
    return best;
}
