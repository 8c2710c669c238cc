/* Which twin is chosen, against what the processor and the system themselves say. */
#include "base/isa.h"
#include "support/testing.h"

#include <stdlib.h>

#if defined(__x86_64__)
#include <cpuid.h>

/* The registers that the system saves: bits of XCR0; 0 without OSXSAVE. */
static unsigned saved_state(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE)) return 0;
    __asm__("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
    return a;
}

static isa expected(void) {
    const unsigned ymm = 0x6, zmm = 0xe6; /* with xmm; with the masks and all 32 */
    const unsigned avx512 = bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL;
    unsigned a, b1, c1, d, b7, c7, state = saved_state();
    if (!__get_cpuid(1, &a, &b1, &c1, &d) || !__get_cpuid_count(7, 0, &a, &b7, &c7, &d))
        return ISA_BASELINE;
    if ((state & ymm) != ymm || !(c1 & bit_FMA) || !(c1 & bit_F16C) || !(b7 & bit_AVX2))
        return ISA_BASELINE;
    return (state & zmm) == zmm && (b7 & avx512) == avx512 ? ISA_AVX512 : ISA_AVX2;
}
#else
static isa expected(void) { return ISA_BASELINE; }
#endif

TEST(the_best_set_is_what_processor_and_system_allow) {
    unsetenv("MICA_ISA");
    assert_int_equal(isa_best(), expected());
}

TEST(a_limit_lowers_the_set_and_never_raises_it) {
    for (isa limit = ISA_BASELINE; limit <= ISA_AVX512; limit++) {
        setenv("MICA_ISA", isa_name(limit), 1);
        assert_int_equal(isa_best(), limit < expected() ? limit : expected());
    }
    setenv("MICA_ISA", "another", 1);
    assert_int_equal(isa_best(), expected());
    unsetenv("MICA_ISA");
}

RUN_TESTS(UNIT(the_best_set_is_what_processor_and_system_allow),
          UNIT(a_limit_lowers_the_set_and_never_raises_it))
