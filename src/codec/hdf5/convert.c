/* Numbers of the file to numbers of mica: either byte order, any type to any type.
 * To integers: saturated, fractions cut, NaN gives 0, as HDF5 and dtype_store do. To bool: is it
 * other than zero. Both ends of the copy may be unaligned in the file, the output is aligned. */
#include "codec/hdf5/internal.h"
#include "tensor/dtype.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are copied as little-endian");

mica_status h5_can_convert(const h5_type *type, mica_dtype dtype, mica_error *err) {
    if (!mica_dtype_size(dtype))
        return fail(err, MICA_TYPE, "asked for as unknown type %d", (int)dtype);
    if (type->kind == H5_INTEGER || type->kind == H5_FLOAT || type->kind == H5_BOOL) return MICA_OK;
    return fail(err, type->kind == H5_STRING ? MICA_TYPE : MICA_UNSUPPORTED,
                "is %s, expected numbers", type->text);
}

static void load(const h5_type *type, const uint8_t *from, void *to) {
    uint8_t *bytes = to;
    for (uint32_t i = 0; i < type->size; i++)
        bytes[i] = from[type->big_endian ? type->size - 1 - i : i];
}

/* An integer that may not fit: `magnitude` holds it where it is not below zero. */
typedef struct whole {
    bool negative;
    int64_t value;
    uint64_t magnitude;
} whole;

static whole load_whole(mica_dtype dtype, const void *at) {
    int64_t value = dtype_load_int(dtype, at);
    if (dtype_kind(dtype) == 'i') return (whole){value < 0, value, (uint64_t)value};
    return (whole){false, value, (uint64_t)value}; /* unsigned: the same bits */
}

static void store_whole(mica_dtype dtype, void *to, whole w) {
    unsigned bits = 8 * (unsigned)mica_dtype_size(dtype);
    bool sign = dtype_kind(dtype) == 'i';
    uint64_t most = UINT64_MAX >> (64 - bits + (sign ? 1 : 0));
    if (!w.negative) {
        w.value = (int64_t)(w.magnitude > most ? most : w.magnitude);
    } else {
        int64_t least = sign ? -(int64_t)most - 1 : 0;
        if (w.value < least) w.value = least;
    }
    dtype_store_int(dtype, to, w.value);
}

static void convert_one(const h5_type *type, const void *value, mica_dtype dtype, void *to) {
    if (type->kind == H5_FLOAT) {
        dtype_store(dtype, to, dtype_load(type->dtype, value));
        return;
    }
    whole w = load_whole(type->dtype, value);
    if (dtype_is_integer(dtype)) store_whole(dtype, to, w);
    else if (dtype == MICA_FLOAT32) /* not through double, which would round twice */
        *(float *)to = w.negative ? (float)w.value : (float)w.magnitude;
    else if (dtype == MICA_BOOL) *(uint8_t *)to = w.value != 0;
    else dtype_store(dtype, to, w.negative ? (double)w.value : (double)w.magnitude);
}

/* Turns the bytes of n numbers around, in place. */
static void swap_all(uint8_t *at, size_t size, size_t n) {
    for (; n; n--, at += size) {
        uint64_t value = 0;
        memcpy(&value, at, size);
        value = __builtin_bswap64(value) >> (64 - 8 * size);
        memcpy(at, &value, size);
    }
}

void h5_convert(const h5_type *type, const uint8_t *from, mica_dtype dtype, void *to, size_t n) {
    size_t out = mica_dtype_size(dtype);
    uint8_t *at = to;
    uint64_t value = 0;
    if (type->dtype == dtype && dtype != MICA_BOOL) {
        memcpy(to, from, n * out);
        if (!type->big_endian) return;
        switch (out) { /* sizes that the compiler sees */
        case 2: swap_all(at, 2, n); return;
        case 4: swap_all(at, 4, n); return;
        case 8: swap_all(at, 8, n); return;
        default: return;
        }
    }
    if (type->dtype == MICA_FLOAT64 && dtype == MICA_FLOAT32 && !type->big_endian) {
        for (size_t i = 0; i < n; i++) { /* the common case of files made by NumPy */
            double wide;
            memcpy(&wide, from + 8 * i, 8);
            ((float *)to)[i] = (float)wide;
        }
        return;
    }
    for (size_t i = 0; i < n; i++, from += type->size, at += out) {
        load(type, from, &value);
        convert_one(type, &value, dtype, at);
    }
}
