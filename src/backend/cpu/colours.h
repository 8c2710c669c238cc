/* Pixels between RGB and HSV, in float32. */
#ifndef BACKEND_CPU_COLOURS_H
#define BACKEND_CPU_COLOURS_H

#include "base/isa.h"

#include <stdint.h>

/* n pixels: their first numbers from `from` and `to` on, the second ones `apart` further, the third
 * ones twice as far. apart 1: the three numbers of a pixel are neighbours instead. */
typedef void colours_function(int64_t n, int64_t apart, const float *from, float *to);

typedef struct colours_table {
    colours_function *to_hsv, *to_rgb;
} colours_table;

ISA_DECLARE(colours_table, colours);

#endif
