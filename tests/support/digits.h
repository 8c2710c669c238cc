/* The convolutions of a small network for pictures of digits, (28, 28, 1). */
#ifndef SUPPORT_DIGITS_H
#define SUPPORT_DIGITS_H

#include "mica/mica.h"

static inline void add_convolutions(mica_context *ctx, mica_model *m) {
    mica_model_add(m, mica_layer_rescaling(ctx, MICA_OPTIONS(rescaling, .scale = 1.0 / 255)));
    mica_model_add(m, mica_layer_conv2d(ctx, MICA_OPTIONS(conv2d, .filters = 32, .kernel_size = {3},
                                                          .activation = "relu")));
    mica_model_add(m, mica_layer_max_pooling2d(ctx, NULL));
    mica_model_add(m, mica_layer_conv2d(ctx, MICA_OPTIONS(conv2d, .filters = 64, .kernel_size = {3},
                                                          .activation = "relu")));
}

#endif
