/* Regularizers with options, as a text that layers take in .kernel_regularizer and its like ("l1"
 * and "l2" alone have the factor 0.01). It lives as long as the context. Source:
 * keras.regularizers. */
#ifndef MICA_REGULARIZERS_H
#define MICA_REGULARIZERS_H

#include "mica/context.h"

MICA_API_BEGIN

/* l1 sum |x| + l2 sum x^2; either factor may be 0. */
const char *mica_regularizer_l1_l2(mica_context *ctx, double l1, double l2);

MICA_API_END

#endif
