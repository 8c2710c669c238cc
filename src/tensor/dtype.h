/* Facts about element types, and reading and writing one element. */
#ifndef TENSOR_DTYPE_H
#define TENSOR_DTYPE_H

#include "mica/dtype.h"

#include <stdint.h>

char dtype_kind(mica_dtype dtype);    /* f floating, i signed, u unsigned, b bool, s string */
bool dtype_is_number(int64_t number); /* whether it is that of a dtype of numbers or bools */
bool dtype_is_float(mica_dtype dtype);
bool dtype_is_half(mica_dtype dtype);      /* float16, bfloat16 */
bool dtype_is_integer(mica_dtype dtype);   /* signed or unsigned, not bool */
const char *dtype_numpy(mica_dtype dtype); /* NumPy's descr, little-endian */

/* The type both operands of a binary op are cast to, as NumPy promotes; float16 with bfloat16
 * gives float32, an integer with a float gives that float. */
mica_dtype dtype_promote(mica_dtype a, mica_dtype b);

/* Below 0: a comes before b in the order of their bytes; 0: they are equal. */
int string_order(const mica_string *a, const mica_string *b);

/* One element as double, and back (rounded to nearest even, integers saturated). */
double dtype_load(mica_dtype dtype, const void *at);
void dtype_store(mica_dtype dtype, void *at, double value);
/* One integer or bool element exactly. */
int64_t dtype_load_int(mica_dtype dtype, const void *at);
void dtype_store_int(mica_dtype dtype, void *at, int64_t value);

uint16_t float16_of(float value);
float float16_to(uint16_t bits);
uint16_t bfloat16_of(float value);
float bfloat16_to(uint16_t bits);

#endif
