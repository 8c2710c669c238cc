/* Which twin of the simd_*.c files this machine runs. */
#ifndef BASE_ISA_H
#define BASE_ISA_H

typedef enum isa { ISA_BASELINE, ISA_AVX2, ISA_AVX512 } isa;

/* The best that the processor has; MICA_ISA=baseline or avx2 in the environment sets a limit. */
isa isa_best(void);
const char *isa_name(isa set);
/* How fast the processor multiplies bfloat16 by itself. */
typedef enum isa_products { ISA_NO_BFLOAT16, ISA_BFLOAT16, ISA_BFLOAT16_TILES } isa_products;

isa_products isa_bfloat16(void); /* AVX512_BF16: twice as fast as float32; AMX: eight times */

#if defined(__x86_64__)
#define ISA_DECLARE(type, name) extern const type name##_baseline, name##_avx2, name##_avx512
#define ISA_CHOOSE(name, set)                                                                      \
    ((set) == ISA_AVX512 ? &name##_avx512 : (set) == ISA_AVX2 ? &name##_avx2 : &name##_baseline)
#else
#define ISA_DECLARE(type, name) extern const type name##_baseline
#define ISA_CHOOSE(name, set) ((void)(set), &name##_baseline)
#endif

#endif
