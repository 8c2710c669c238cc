/* Initializers with options, as texts that layers take in .kernel_initializer and its like (those
 * without options are plain names: "glorot_uniform", "he_normal", "lecun_normal", "zeros" …). The
 * text lives as long as the context. Source: keras.initializers. */
#ifndef MICA_INITIALIZERS_H
#define MICA_INITIALIZERS_H

#include "mica/context.h"

MICA_API_BEGIN

const char *mica_initializer_random_normal(mica_context *ctx, double mean, double stddev);
const char *mica_initializer_random_uniform(mica_context *ctx, double low, double high);
/* Values further than 2 stddev from the mean are drawn again. */
const char *mica_initializer_truncated_normal(mica_context *ctx, double mean, double stddev);
const char *mica_initializer_constant(mica_context *ctx, double value);
/* Columns (of a wide matrix: rows) that are orthogonal and of length gain; uniform among all such.
 * Weights of rank at least 2. Source: Saxe et al. (2014). */
const char *mica_initializer_orthogonal(mica_context *ctx, double gain);
/* gain on the diagonal of a matrix, else 0. */
const char *mica_initializer_identity(mica_context *ctx, double gain);

MICA_API_END

#endif
