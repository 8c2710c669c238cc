/* Element types. The order is stable: files store names, the interface stores these numbers. */
#ifndef MICA_DTYPE_H
#define MICA_DTYPE_H

#include "mica/api.h"

#include <stdbool.h>
#include <stddef.h>

MICA_API_BEGIN

/* An element of dtype MICA_STRING: bytes that somebody else keeps, any, without a closing NUL;
 * texts are UTF-8. The bytes of a tensor's elements live as long as the tensor and its views. */
typedef struct mica_string {
    const char *bytes;
    size_t size;
} mica_string;

/* X(name, text, bytes, kind, numpy): kind f floating, i signed, u unsigned, b bool, s string. */
#define MICA_DTYPES(X)                                                                             \
    X(FLOAT32, "float32", 4, 'f', "<f4")                                                           \
    X(FLOAT64, "float64", 8, 'f', "<f8")                                                           \
    X(FLOAT16, "float16", 2, 'f', "<f2")                                                           \
    X(BFLOAT16, "bfloat16", 2, 'f', "<V2")                                                         \
    X(INT8, "int8", 1, 'i', "|i1")                                                                 \
    X(INT16, "int16", 2, 'i', "<i2")                                                               \
    X(INT32, "int32", 4, 'i', "<i4")                                                               \
    X(INT64, "int64", 8, 'i', "<i8")                                                               \
    X(UINT8, "uint8", 1, 'u', "|u1")                                                               \
    X(UINT16, "uint16", 2, 'u', "<u2")                                                             \
    X(UINT32, "uint32", 4, 'u', "<u4")                                                             \
    X(UINT64, "uint64", 8, 'u', "<u8")                                                             \
    X(BOOL, "bool", 1, 'b', "|b1")                                                                 \
    X(STRING, "string", sizeof(mica_string), 's', "<U")

typedef enum mica_dtype {
#define MICA_DTYPE_ENUM(name, text, bytes, kind, numpy) MICA_##name,
    MICA_DTYPES(MICA_DTYPE_ENUM)
#undef MICA_DTYPE_ENUM
        MICA_DTYPE_COUNT
} mica_dtype;

/* Bytes of one element; 0 for an unknown dtype. */
size_t mica_dtype_size(mica_dtype dtype);
/* "float32" …; "unknown" for an unknown dtype. */
const char *mica_dtype_name(mica_dtype dtype);
/* The dtype of that name in *dtype; false where there is none. */
bool mica_dtype_of_name(const char *name, mica_dtype *dtype);

MICA_API_END

#endif
