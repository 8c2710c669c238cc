/* Zeros, Ones, Constant.  Source: keras.initializers. */
#include "part/initializer.h"

static void fill(double value, int64_t n, double *out) {
    for (int64_t i = 0; i < n; i++) out[i] = value;
}

static void zeros(const fill_frame *f, int64_t first, int64_t n, double *out) { fill(0, n, out); }
static void ones(const fill_frame *f, int64_t first, int64_t n, double *out) { fill(1, n, out); }

static void constant(const fill_frame *f, int64_t first, int64_t n, double *out) {
    fill(((const constant_options *)f->options)->value, n, out);
}

static const field constant_fields[] = {
    REAL(constant_options, value, DEFAULT(0), .help = "of every element"), END_OF_FIELDS};
static const char *const ignored[] = {"dtype", NULL};

const initializer_kind initializer_zeros = {
    .name = "zeros", .class_name = "Zeros", .aliases = {"zero"}, .fill = zeros};
const initializer_kind initializer_ones = {
    .name = "ones", .class_name = "Ones", .aliases = {"one"}, .fill = ones};
const initializer_kind initializer_constant = {.name = "constant",
                                               .class_name = "Constant",
                                               .fields = constant_fields,
                                               .options_size = sizeof(constant_options),
                                               .ignored = ignored,
                                               .fill = constant};
