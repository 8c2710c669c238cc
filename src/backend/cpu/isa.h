/* Which twin of the simd_*.c files this machine runs. */
#ifndef BACKEND_CPU_ISA_H
#define BACKEND_CPU_ISA_H

typedef enum isa { ISA_BASELINE, ISA_AVX2, ISA_AVX512 } isa;

/* The best that the processor has; MICA_ISA=baseline or avx2 in the environment sets a limit. */
isa isa_best(void);
const char *isa_name(isa set);

#if defined(__x86_64__)
#define ISA_DECLARE(type, name) extern const type name##_baseline, name##_avx2, name##_avx512
#define ISA_CHOOSE(name, set)                                                                      \
    ((set) == ISA_AVX512 ? &name##_avx512 : (set) == ISA_AVX2 ? &name##_avx2 : &name##_baseline)
#else
#define ISA_DECLARE(type, name) extern const type name##_baseline
#define ISA_CHOOSE(name, set) ((void)(set), &name##_baseline)
#endif

#endif
