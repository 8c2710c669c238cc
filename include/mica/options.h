/* Options: every options struct begins with its size and grows only at its end, so that a program
 * built against an older mica goes on working. */
#ifndef MICA_OPTIONS_H
#define MICA_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* MICA_OPTIONS(dense, .units = 10) is a pointer to a mica_dense_options that lives as long as the
 * enclosing block; what is not named has its default. NULL takes every default. In C++ call
 * mica_<x>_defaults() and set the fields. */
#define MICA_OPTIONS(x, ...)                                                                       \
    (&(mica_##x##_options){.size = sizeof(mica_##x##_options), __VA_ARGS__})

/* A real zero, for a field whose default is not zero (momentum, rates, beta_1, axis). Integers and
 * floating-point fields both take it. */
#define MICA_ZERO INT64_MIN

/* A list of numbers in options: .thresholds = MICA_REALS(0.2, 0.5, 0.8). At most 16. */
typedef struct mica_reals {
    int count;
    double values[16];
} mica_reals;
#define MICA_REALS(...)                                                                            \
    ((mica_reals){(int)(sizeof((double[]){__VA_ARGS__}) / sizeof(double)), {__VA_ARGS__}})

/* A list of texts in options: .exclude_layers = MICA_TEXTS("head", "norm"). At most 64. */
typedef struct mica_texts {
    int count;
    const char *values[64];
} mica_texts;
#define MICA_TEXTS(...)                                                                            \
    ((mica_texts){(int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *)),             \
                  {__VA_ARGS__}})

#endif
