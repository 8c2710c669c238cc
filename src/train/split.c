/* See split.h. */
#include "train/split.h"

#include "base/philox.h"

#include <math.h>

mica_status split_data(mica_dataset *data, double split, mica_dataset **out, int64_t *rows,
                       mica_error *err) {
    *rows = (int64_t)floor((double)data->rows * (1 - split));
    if (split > 0 && dataset_has_windows(data)) return dataset_split_windows(data, rows, out, err);
    if (split > 0 && data->by_class)
        return dataset_shuffled(data, philox_key(data->ctx->options.seed, "split"), out, err);
    *out = data;
    data->refs++;
    return MICA_OK;
}
