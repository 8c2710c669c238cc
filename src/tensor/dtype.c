/* Element types: see dtype.h. */
#include "tensor/dtype.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *name, *numpy;
    unsigned char bytes;
    char kind;
} facts[] = {
#define FACT(name, text, bytes, kind, numpy) {text, numpy, bytes, kind},
    MICA_DTYPES(FACT)
#undef FACT
};

size_t mica_dtype_size(mica_dtype dtype) {
    return (unsigned)dtype < LENGTH(facts) ? facts[dtype].bytes : 0;
}

const char *mica_dtype_name(mica_dtype dtype) {
    return (unsigned)dtype < LENGTH(facts) ? facts[dtype].name : "unknown";
}

bool mica_dtype_of_name(const char *name, mica_dtype *dtype) {
    if (!name || !dtype) return false;
    for (unsigned i = 0; i < LENGTH(facts); i++)
        if (!strcmp(facts[i].name, name)) return *dtype = (mica_dtype)i, true;
    return false;
}

bool dtype_is_number(int64_t number) {
    return number >= 0 && number < MICA_DTYPE_COUNT && number != MICA_STRING;
}

char dtype_kind(mica_dtype dtype) { return facts[dtype].kind; }
bool dtype_is_float(mica_dtype dtype) { return facts[dtype].kind == 'f'; }
bool dtype_is_half(mica_dtype dtype) { return dtype == MICA_FLOAT16 || dtype == MICA_BFLOAT16; }
const char *dtype_numpy(mica_dtype dtype) { return facts[dtype].numpy; }

bool dtype_is_integer(mica_dtype dtype) {
    return facts[dtype].kind == 'i' || facts[dtype].kind == 'u';
}

static mica_dtype promote_integers(mica_dtype a, mica_dtype b) {
    if (facts[a].kind == facts[b].kind) return facts[a].bytes >= facts[b].bytes ? a : b;
    mica_dtype sign = facts[a].kind == 'i' ? a : b, plain = sign == a ? b : a;
    if (facts[sign].bytes > facts[plain].bytes) return sign;
    switch (facts[plain].bytes) {
    case 1: return MICA_INT16;
    case 2: return MICA_INT32;
    case 4: return MICA_INT64;
    default: return MICA_FLOAT64; /* uint64 with a signed type, as NumPy */
    }
}

mica_dtype dtype_promote(mica_dtype a, mica_dtype b) {
    if (a == b || facts[b].kind == 'b') return a;
    if (facts[a].kind == 'b') return b;
    bool fa = dtype_is_float(a), fb = dtype_is_float(b);
    if (fa != fb) return fa ? a : b;
    if (!fa) return promote_integers(a, b);
    if (facts[a].bytes == 2 && facts[b].bytes == 2) return MICA_FLOAT32;
    return facts[a].bytes >= facts[b].bytes ? a : b;
}

uint16_t bfloat16_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    if (value != value) return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

float bfloat16_to(uint16_t half) {
    uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

uint16_t float16_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
    uint32_t size = bits & 0x7fffffff;
    if (size > 0x7f800000) return sign | 0x7e00;  /* NaN */
    if (size >= 0x477ff000) return sign | 0x7c00; /* rounds to infinity */
    if (size < 0x38800000) {                      /* subnormal: a multiple of 2^-24 */
        float scaled;
        memcpy(&scaled, &size, 4);
        return (uint16_t)(sign | (uint16_t)lrintf(scaled * 16777216.0f));
    }
    size += 0xfff + (size >> 13 & 1);
    return (uint16_t)(sign | (size - 0x38000000) >> 13);
}

float float16_to(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 31, low = half & 0x3ff;
    uint32_t bits;
    float value;
    if (exponent == 0) {
        value = (float)low * 5.9604644775390625e-8f; /* 2^-24 */
        return sign ? -value : value;
    }
    bits = exponent == 31 ? sign | 0x7f800000 | low << 13
                          : sign | (exponent + 112) << 23 | low << 13;
    memcpy(&value, &bits, 4);
    return value;
}

#define LOAD(type) *(const type *)at
#define SWITCH_INTEGERS(DO)                                                                        \
    case MICA_INT8: DO(int8_t, INT8_MIN, INT8_MAX);                                                \
    case MICA_INT16: DO(int16_t, INT16_MIN, INT16_MAX);                                            \
    case MICA_INT32: DO(int32_t, INT32_MIN, INT32_MAX);                                            \
    case MICA_INT64: DO(int64_t, INT64_MIN, INT64_MAX);                                            \
    case MICA_UINT8: DO(uint8_t, 0, UINT8_MAX);                                                    \
    case MICA_UINT16: DO(uint16_t, 0, UINT16_MAX);                                                 \
    case MICA_UINT32: DO(uint32_t, 0, UINT32_MAX);                                                 \
    case MICA_UINT64: DO(uint64_t, 0, UINT64_MAX);

double dtype_load(mica_dtype dtype, const void *at) {
    switch (dtype) {
    case MICA_FLOAT32: return LOAD(float);
    case MICA_FLOAT64: return LOAD(double);
    case MICA_FLOAT16: return float16_to(LOAD(uint16_t));
    case MICA_BFLOAT16: return bfloat16_to(LOAD(uint16_t));
    case MICA_BOOL: return LOAD(uint8_t) != 0;
#define DO(type, low, high) return (double)LOAD(type)
        SWITCH_INTEGERS(DO)
#undef DO
    default: return 0;
    }
}

void dtype_store(mica_dtype dtype, void *at, double value) {
    switch (dtype) {
    case MICA_FLOAT32: *(float *)at = (float)value; return;
    case MICA_FLOAT64: *(double *)at = value; return;
    case MICA_FLOAT16: *(uint16_t *)at = float16_of((float)value); return;
    case MICA_BFLOAT16: *(uint16_t *)at = bfloat16_of((float)value); return;
    case MICA_BOOL: *(uint8_t *)at = value != 0; return;
#define DO(type, low, high)                                                                        \
    *(type *)at = value != value            ? (type)0                                              \
                  : value <= (double)(low)  ? (type)(low)                                          \
                  : value >= (double)(high) ? (type)(high)                                         \
                                            : (type)value;                                         \
    return
        SWITCH_INTEGERS(DO)
#undef DO
    default: return;
    }
}

int64_t dtype_load_int(mica_dtype dtype, const void *at) {
    switch (dtype) {
    case MICA_BOOL: return LOAD(uint8_t) != 0;
#define DO(type, low, high) return (int64_t)LOAD(type)
        SWITCH_INTEGERS(DO)
#undef DO
    default: return (int64_t)dtype_load(dtype, at);
    }
}

void dtype_store_int(mica_dtype dtype, void *at, int64_t value) {
    switch (dtype) {
    case MICA_BOOL: *(uint8_t *)at = value != 0; return;
#define DO(type, low, high)                                                                        \
    *(type *)at = (type)value;                                                                     \
    return
        SWITCH_INTEGERS(DO)
#undef DO
    default: dtype_store(dtype, at, (double)value);
    }
}
