/* Contracts to read requests against, without a model behind them. */
#ifndef SERVE_CONTRACT_CASE_H
#define SERVE_CONTRACT_CASE_H

#include "serve/inference.h"

/* x (None, 3) float32 → y (None, 2) float32. */
static const contract one_input = {.name = "one",
                                   .version = "7",
                                   .inputs = 1,
                                   .outputs = 1,
                                   .in = {{"x", MICA_FLOAT32, {2, {-1, 3}}}},
                                   .out = {{"y", MICA_FLOAT32, {2, {-1, 2}}}}};
/* A matrix of a free width, a text, a byte, a bool, a half, an int64 → a float64, a text. */
static const contract many_inputs = {
    .name = "many",
    .version = "1",
    .inputs = 6,
    .outputs = 2,
    .in = {{"m", MICA_FLOAT64, {3, {-1, 2, -1}}},
           {"t", MICA_STRING, {1, {-1}}},
           {"u", MICA_UINT8, {1, {-1}}},
           {"b", MICA_BOOL, {1, {-1}}},
           {"h", MICA_FLOAT16, {1, {-1}}},
           {"i", MICA_INT64, {2, {-1, 1}}}},
    .out = {{"p", MICA_FLOAT64, {1, {-1}}}, {"q", MICA_STRING, {1, {-1}}}}};

#endif
