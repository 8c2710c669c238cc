/* The loop of adam_update. */
#ifndef BACKEND_CPU_ADAM_UPDATE_H
#define BACKEND_CPU_ADAM_UPDATE_H

#include "base/isa.h"

#include <stdint.h>

typedef struct adam_update_factors {
    float keep_1, keep_2, epsilon, rate; /* keep: 1 - beta */
} adam_update_factors;

/* n elements; each output may be any of the inputs. */
typedef struct adam_update_table {
    void (*run)(int64_t n, const adam_update_factors *f, const float *const *in, float *const *out);
} adam_update_table;

ISA_DECLARE(adam_update_table, adam_updates);

#endif
