/* The instruction set: see isa.h. */
#include "base/isa.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>

/* clang 14 does not know this one by name. What it works on is saved where AVX2's is. */
static bool has_f16c(void) {
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
}
#endif

static isa_products products_of_machine(void) {
#if defined(__x86_64__)
    unsigned a, b, c, d;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & 1u << 22)) return ISA_BFLOAT16_TILES;
    if (__get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & 1u << 5)) return ISA_BFLOAT16;
#endif
    return ISA_NO_BFLOAT16;
}

isa_products isa_bfloat16(void) {
    static atomic_int known = -1;
    int products = atomic_load_explicit(&known, memory_order_relaxed);
    if (products < 0)
        atomic_store_explicit(&known, products = products_of_machine(), memory_order_relaxed);
    return isa_best() == ISA_AVX512 ? (isa_products)products : ISA_NO_BFLOAT16;
}

const char *isa_name(isa set) {
    return set == ISA_AVX512 ? "avx512" : set == ISA_AVX2 ? "avx2" : "baseline";
}

static isa isa_of_machine(void) {
#if defined(__x86_64__)
    /* These ask the processor (CPUID) and whether the system saves the registers (XGETBV). */
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !has_f16c())
        return ISA_BASELINE;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return ISA_AVX512;
    return ISA_AVX2;
#else
    return ISA_BASELINE;
#endif
}

/* Once: a virtual machine may take 20 us to answer CPUID. */
static isa isa_known(void) {
    static atomic_int known = -1;
    int set = atomic_load_explicit(&known, memory_order_relaxed);
    if (set < 0) atomic_store_explicit(&known, set = isa_of_machine(), memory_order_relaxed);
    return (isa)set;
}

isa isa_best(void) {
    isa best = isa_known();
    const char *limit = getenv("MICA_ISA");
    for (isa set = ISA_BASELINE; limit && set < best; set++)
        if (!strcmp(limit, isa_name(set))) return set;
    return best;
}
