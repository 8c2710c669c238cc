/* Instead of isa.c, in tests that run the twin avx512 wherever they are: see avx512_in_c.h. */
#include "base/isa.h"

const char *isa_name(isa set) { return set == ISA_AVX512 ? "avx512 in C" : "another"; }
isa isa_best(void) { return ISA_AVX512; }
isa_products isa_bfloat16(void) { return ISA_NO_BFLOAT16; }
