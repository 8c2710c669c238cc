/* Elementwise loops: see blocks.h. */
#include "backend/cpu/blocks.h"

#include "backend/cpu/vmath.h"
#include "op/elementwise.h"

#define LOOP(name, type, result, inputs_, ...)                                                     \
    static void name(int64_t n, const void *const *in, void *out, const void *attrs) {             \
        const type *a = in[0], *b = in[inputs_ > 1 ? 1 : 0];                                       \
        result *y = out;                                                                           \
        (void)b;                                                                                   \
        for (int64_t i = 0; i < n; i++) {                                                          \
            type x = a[i], z = b[i];                                                               \
            (void)z;                                                                               \
            y[i] = (result)(__VA_ARGS__);                                                          \
        }                                                                                          \
    }

/* The same formula in both types, or one of its own for each; x is in 0, z is in 1. */
#define BOTH(name, inputs, ...)                                                                    \
    LOOP(name##_f32, float, float, inputs, __VA_ARGS__)                                            \
    LOOP(name##_f64, double, double, inputs, __VA_ARGS__)
#define EACH(name, single, real)                                                                   \
    LOOP(name##_f32, float, float, 1, single)                                                      \
    LOOP(name##_f64, double, double, 1, real)
#define COMPARE(name, inputs, ...)                                                                 \
    LOOP(name##_f32, float, uint8_t, inputs, __VA_ARGS__)                                          \
    LOOP(name##_f64, double, uint8_t, inputs, __VA_ARGS__)

/* As the ops' own functions: see floor_mod.c and quotients.c in op. */
static inline double floor_mod(double x, double z) {
    double y = fmod(x, z);
    if (y == 0) return copysign(0, z);
    return (y < 0) != (z < 0) ? y + z : y;
}

static inline double floor_divide(double x, double z) {
    double mod = fmod(x, z);
    if (z == 0) return x / z;
    double quotient = (x - mod) / z - (mod != 0 && (mod < 0) != (z < 0));
    if (quotient == 0) return copysign(0, x / z);
    double down = floor(quotient);
    return quotient - down > 0.5 ? down + 1 : down;
}

BOTH(add, 2, x + z)
BOTH(subtract, 2, x - z)
BOTH(multiply, 2, x *z)
BOTH(divide, 2, x / z)
BOTH(maximum, 2, x > z || x != x ? x : z)
BOTH(minimum, 2, x < z || x != x ? x : z)
BOTH(negative, 1, -x)
EACH(abs, v_abs(x), fabs(x))
BOTH(sign, 1, x != x ? x : (x > 0) - (x < 0))
BOTH(square, 1, x *x)
EACH(sqrt, __builtin_sqrtf(x), __builtin_sqrt(x))
EACH(rsqrt, 1 / __builtin_sqrtf(x), 1 / __builtin_sqrt(x))
BOTH(reciprocal, 1, 1 / x)
EACH(exp, v_exp(x), exp(x))
EACH(expm1, v_expm1(x), expm1(x))
EACH(log, v_log(x), log(x))
EACH(log1p, v_log1p(x), log1p(x))
EACH(sin, sinf(x), sin(x))
EACH(cos, cosf(x), cos(x))
LOOP(power_f32, float, float, 2, powf(x, z))
LOOP(power_f64, double, double, 2, pow(x, z))
EACH(tan, tanf(x), tan(x))
EACH(asin, asinf(x), asin(x))
EACH(acos, acosf(x), acos(x))
EACH(atan, atanf(x), atan(x))
EACH(sinh, sinhf(x), sinh(x))
EACH(cosh, coshf(x), cosh(x))
EACH(asinh, asinhf(x), asinh(x))
EACH(acosh, acoshf(x), acosh(x))
EACH(atanh, atanhf(x), atanh(x))
EACH(log2, log2f(x), log2(x))
EACH(log10, log10f(x), log10(x))
EACH(exp2, exp2f(x), exp2(x))
EACH(cbrt, cbrtf(x), cbrt(x))
EACH(erfc, erfcf(x), erfc(x))
EACH(trunc, __builtin_truncf(x), __builtin_trunc(x))
LOOP(atan2_f32, float, float, 2, atan2f(x, z))
LOOP(atan2_f64, double, double, 2, atan2(x, z))
LOOP(hypot_f32, float, float, 2, hypotf(x, z))
LOOP(hypot_f64, double, double, 2, hypot(x, z))
LOOP(remainder_f32, float, float, 2, fmodf(x, z))
LOOP(remainder_f64, double, double, 2, fmod(x, z))
LOOP(floor_mod_f32, float, float, 2, floor_mod(x, z))
LOOP(floor_mod_f64, double, double, 2, floor_mod(x, z))
LOOP(floor_divide_f32, float, float, 2, floor_divide(x, z))
LOOP(floor_divide_f64, double, double, 2, floor_divide(x, z))
LOOP(log_add_exp_f32, float, float, 2,
     v_pick(x > z, x, z) + v_pick(x == z, (float)M_LN2, v_log1p(v_exp(-v_abs(x - z)))))
LOOP(log_add_exp_f64, double, double, 2,
     (x > z ? x : z) + (x == z ? M_LN2 : log1p(exp(-fabs(x - z)))))
EACH(tanh, v_tanh(x), tanh(x))
EACH(erf, v_erf(x), erf(x))
EACH(floor, __builtin_floorf(x), __builtin_floor(x))
EACH(ceil, __builtin_ceilf(x), __builtin_ceil(x))
EACH(round, __builtin_nearbyintf(x), __builtin_nearbyint(x))
BOTH(relu, 1, x > 0 || x != x ? x : 0)
BOTH(relu_grad, 2, z > 0 ? x : 0)
/* Where z is 0x0001 … 0x7f80, infinity: positive, and no NaN. */
LOOP(relu_grad_bf16, uint16_t, uint16_t, 2, (uint16_t)(z - 1) < 0x7f80 ? x : 0)
BOTH(relu6, 1, x > 6 ? 6 : x < 0 ? 0 : x)
EACH(sigmoid, v_sigmoid(x), 1 / (1 + exp(-x)))
EACH(softplus, v_softplus(x), fmax(x, 0) + log1p(exp(-fabs(x))))
EACH(softsign, x / (1 + v_abs(x)), x / (1 + fabs(x)))
EACH(silu, x *v_sigmoid(x), x / (1 + exp(-x)))
EACH(mish, v_mish(x), x *tanh(fmax(x, 0) + log1p(exp(-fabs(x)))))
LOOP(sigmoid_cross_entropy_f32, float, float, 2, v_softplus(x) - x * z)
LOOP(sigmoid_cross_entropy_f64, double, double, 2, fmax(x, 0) - x * z + log1p(exp(-fabs(x))))

COMPARE(equal, 2, x == z)
COMPARE(not_equal, 2, x != z)
COMPARE(less, 2, x < z)
COMPARE(less_equal, 2, x <= z)
COMPARE(greater, 2, x > z)
COMPARE(greater_equal, 2, x >= z)
COMPARE(is_finite, 1, x - x == 0)
COMPARE(is_nan, 1, x != x)
COMPARE(is_inf, 1, x - x != 0 && x == x)

/* With attributes: read once before the loop. */
#define WITH(name, attributes, type, setup, ...)                                                   \
    static void name(int64_t n, const void *const *in, void *out, const void *attrs) {             \
        const attributes *given = attrs;                                                           \
        const type *a = in[0];                                                                     \
        type *y = out;                                                                             \
        setup;                                                                                     \
        for (int64_t i = 0; i < n; i++) {                                                          \
            type x = a[i];                                                                         \
            y[i] = __VA_ARGS__;                                                                    \
        }                                                                                          \
    }

#define CLIP(name, type)                                                                           \
    WITH(name, clip_attrs, type, type low = (type)given->min;                                      \
         type high = (type)given->max, (x < low ? low : x) > high ? high                           \
                                       : x < low                  ? low                            \
                                                                  : x)
CLIP(clip_f32, float)
CLIP(clip_f64, double)
#define LEAKY(name, type)                                                                          \
    WITH(name, leaky_relu_attrs, type, type slope = (type)given->slope, x > 0 ? x : slope * x)
LEAKY(leaky_relu_f32, float)
LEAKY(leaky_relu_f64, double)
WITH(elu_f32, elu_attrs, float, float alpha = (float)given->alpha,
     v_pick(x > 0, x, alpha *v_expm1_small(v_pick(x > 0, 0, x))))
WITH(elu_f64, elu_attrs, double, double alpha = given->alpha, x > 0 ? x : alpha * expm1(x))
#define SELU_SCALE 1.05070098735548049342
#define SELU_ALPHA 1.67326324235437728482
EACH(selu,
     (float)SELU_SCALE *v_pick(x > 0, x, (float)SELU_ALPHA *v_expm1_small(v_pick(x > 0, 0, x))),
     SELU_SCALE *(x > 0 ? x : SELU_ALPHA * expm1(x)))
#define HARD_SIGMOID(name, type)                                                                   \
    WITH(name, hard_sigmoid_attrs, type, type slope = (type)given->slope;                          \
         type offset = (type)given->offset, slope * x + offset < 0   ? 0                           \
                                            : slope * x + offset > 1 ? 1                           \
                                                                     : slope * x + offset)
HARD_SIGMOID(hard_sigmoid_f32, float)
HARD_SIGMOID(hard_sigmoid_f64, double)

#define ROOT_2_PI 0.79788456080286535588
#define ROOT_HALF 0.70710678118654752440

static void gelu_f32(int64_t n, const void *const *in, void *out, const void *attrs) {
    const float *a = in[0];
    float *y = out;
    if (((const gelu_attrs *)attrs)->approximate)
        for (int64_t i = 0; i < n; i++) {
            float x = a[i];
            y[i] = 0.5f * x * (1 + v_tanh((float)ROOT_2_PI * (x + 0.044715f * x * x * x)));
        }
    else
        for (int64_t i = 0; i < n; i++) {
            float x = a[i];
            y[i] = 0.5f * x * (1 + v_erf((float)ROOT_HALF * x));
        }
}

static void gelu_f64(int64_t n, const void *const *in, void *out, const void *attrs) {
    const double *a = in[0];
    double *y = out;
    bool approximate = ((const gelu_attrs *)attrs)->approximate;
    for (int64_t i = 0; i < n; i++) {
        double x = a[i], inner = ROOT_2_PI * (x + 0.044715 * x * x * x);
        y[i] = 0.5 * x * (1 + (approximate ? tanh(inner) : erf(ROOT_HALF * x)));
    }
}

#define WHERE(name, type)                                                                          \
    static void name(int64_t n, const void *const *in, void *out, const void *attrs) {             \
        const uint8_t *condition = in[0];                                                          \
        const type *a = in[1], *b = in[2];                                                         \
        type *y = out;                                                                             \
        for (int64_t i = 0; i < n; i++) {                                                          \
            type x = a[i], z = b[i];                                                               \
            y[i] = condition[i] ? x : z;                                                           \
        }                                                                                          \
    }
WHERE(where_8, uint8_t)
WHERE(where_16, uint16_t)
WHERE(where_32, uint32_t)
WHERE(where_64, uint64_t)

LOOP(logical_and, uint8_t, uint8_t, 2, (x != 0) & (z != 0))
LOOP(logical_or, uint8_t, uint8_t, 2, (x != 0) | (z != 0))
LOOP(logical_not, uint8_t, uint8_t, 1, x == 0)

LOOP(from_u8, uint8_t, float, 1, x)
LOOP(from_i8, int8_t, float, 1, x)
LOOP(from_u16, uint16_t, float, 1, x)
LOOP(from_i16, int16_t, float, 1, x)
LOOP(from_i32, int32_t, float, 1, x)
LOOP(from_i64, int64_t, float, 1, x)
LOOP(from_u32, uint32_t, float, 1, x)
LOOP(from_f64, double, float, 1, x)
LOOP(from_bf16, uint16_t, float, 1, float_of((uint32_t)x << 16))
LOOP(to_bool, float, uint8_t, 1, x != 0)
LOOP(to_f64, float, double, 1, x)

static void to_bf16(int64_t n, const void *const *in, void *out, const void *attrs) {
    const float *a = in[0];
    uint16_t *y = out;
    for (int64_t i = 0; i < n; i++) {
        uint32_t bits = bits_of(a[i]), round = bits + 0x7fffu + (bits >> 16 & 1u);
        y[i] = (uint16_t)((bits & 0x7fffffffu) > INFINITE_BITS ? bits >> 16 | 0x40u : round >> 16);
    }
}

/* IEEE half: a normal one by moving its exponent, a subnormal one as a sum that float32 rounds
 * exactly.  Source: M. Dukhan, FP16. */
static void from_f16(int64_t n, const void *const *in, void *out, const void *attrs) {
    const uint16_t *a = in[0];
    float *y = out;
    for (int64_t i = 0; i < n; i++) {
        uint32_t w = (uint32_t)a[i] << 16, twice = w + w;
        float normal = float_of((twice >> 4) + 0x70000000u) * 0x1p-112f;
        float subnormal = float_of(twice >> 17 | 0x3f000000u) - 0.5f;
        uint32_t bits = twice < 0x08000000u ? bits_of(subnormal) : bits_of(normal);
        y[i] = float_of((w & 0x80000000u) | bits);
    }
}

/* Rounded to even by an addition at the place of the last bit; what is too large is infinite. */
static void to_f16(int64_t n, const void *const *in, void *out, const void *attrs) {
    const float *a = in[0];
    uint16_t *y = out;
    for (int64_t i = 0; i < n; i++) {
        uint32_t w = bits_of(a[i]), twice = w + w, bias = twice & 0xff000000u;
        float size = float_of(w & 0x7fffffffu) * 0x1p112f * 0x1p-110f;
        bias = bias < 0x71000000u ? 0x71000000u : bias;
        uint32_t bits = bits_of(float_of((bias >> 1) + 0x07800000u) + size);
        uint32_t half = (bits >> 13 & 0x7c00u) + (bits & 0x0fffu);
        y[i] = (uint16_t)((w & 0x80000000u) >> 16 | (twice > 0xff000000u ? 0x7e00u : half));
    }
}

extern const block_table SIMD_NAME(blocks);
const block_table SIMD_NAME(blocks) = {
    .real =
        {
#define BLOCK(name, cost) {name##_f32, name##_f64},
#define TEST(name, cost) {name##_f32, name##_f64},
#include "backend/cpu/blocks.def"
#undef BLOCK
#undef TEST
        },
    .relu_grad_bfloat16 = relu_grad_bf16,
    .where = {where_8, where_16, where_32, where_64},
    .logical_and = logical_and,
    .logical_or = logical_or,
    .logical_not = logical_not,
    .to_float32 = {[MICA_UINT8] = from_u8,
                   [MICA_BOOL] = from_u8,
                   [MICA_INT8] = from_i8,
                   [MICA_UINT16] = from_u16,
                   [MICA_INT16] = from_i16,
                   [MICA_INT32] = from_i32,
                   [MICA_INT64] = from_i64,
                   [MICA_UINT32] = from_u32,
                   [MICA_FLOAT64] = from_f64,
                   [MICA_FLOAT16] = from_f16,
                   [MICA_BFLOAT16] = from_bf16},
    .from_float32 = {[MICA_BOOL] = to_bool,
                     [MICA_FLOAT64] = to_f64,
                     [MICA_FLOAT16] = to_f16,
                     [MICA_BFLOAT16] = to_bf16},
};
