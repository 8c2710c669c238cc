/* What the up-sampling layers share: see up_sampling.h. */
#include "layer/up_sampling.h"

mica_tensor *up_sample(mica_tensor *x, int axes, const int64_t *factors, const char *interpolation,
                       const char *data_format) {
    for (int i = 0; i < axes; i++)
        x = mica_upsample(x, space_axis_of(data_format) + i, factors[i], method_of(interpolation));
    return x;
}
