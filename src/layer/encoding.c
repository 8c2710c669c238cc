/* Categories as outputs: see encoding.h. Source: keras.src.utils.numerical_utils. */
#include "layer/encoding.h"

#include "mica/categories.h"

#include <string.h>

const char *const encoding_modes[] = {"int", "one_hot", "multi_hot", "count", NULL};
const char *const lookup_modes[] = {"int", "one_hot", "multi_hot", "count", "tf_idf", NULL};

mica_status encoding_translate(json_t *config, const char *what, mica_error *err) {
    const char *mode = json_string_value(json_object_get(config, "output_mode"));
    if (mode && !strcmp(mode, "binary"))
        json_object_set_new(config, "output_mode", json_string("multi_hot"));
    if (mode && !strcmp(mode, "tf-idf"))
        json_object_set_new(config, "output_mode", json_string("tf_idf"));
    return MICA_OK;
}

mica_tensor *encode_categories(mica_tensor *x, const char *mode, int64_t depth, mica_dtype dtype,
                               mica_tensor *weights) {
    if (!strcmp(mode, "int")) return mica_cast(x, dtype);
    if (x->shape.rank == 0) x = mica_reshape(x, MICA_SHAPE(1));
    int rank = x->shape.rank, axis = rank > 1 ? 1 : 0;
    if (!strcmp(mode, "one_hot")) {
        if (rank > 1 && x->shape.dims[rank - 1] == 1) x = mica_squeeze(x, MICA_AXES(-1));
        return mica_one_hot(x, depth, dtype);
    }
    if (!weights) return mica_multi_hot(x, depth, axis, !strcmp(mode, "count"), dtype);
    mica_tensor *each = mica_one_hot(x, depth, weights->dtype);
    return mica_sum(mica_multiply(each, mica_expand_dims(weights, -1)), MICA_AXES(axis), false);
}
