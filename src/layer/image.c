/* Layers on images: see image.h. */
#include "layer/image.h"

#include <string.h>

const char *const paddings[] = {"valid", "same", NULL};
const char *const causal_paddings[] = {"valid", "same", "causal", NULL};
const char *const data_formats[] = {"channels_last", "channels_first", NULL};
const char *const interpolations[] = {[MICA_RESIZE_NEAREST] = "nearest",
                                      [MICA_RESIZE_BILINEAR] = "bilinear",
                                      [MICA_RESIZE_BICUBIC] = "bicubic",
                                      [MICA_RESIZE_AREA] = "area",
                                      [MICA_RESIZE_LANCZOS3] = "lanczos3",
                                      [MICA_RESIZE_LANCZOS5] = "lanczos5",
                                      [MICA_RESIZE_GAUSSIAN] = "gaussian",
                                      [MICA_RESIZE_MITCHELLCUBIC] = "mitchellcubic",
                                      NULL};

mica_layout layout_of(const char *data_format) {
    return strcmp(data_format, "channels_first") ? MICA_CHANNELS_LAST : MICA_CHANNELS_FIRST;
}

int channel_axis_of(const char *data_format, int rank) {
    return layout_of(data_format) == MICA_CHANNELS_FIRST ? 1 : rank - 1;
}

int space_axis_of(const char *data_format) {
    return layout_of(data_format) == MICA_CHANNELS_FIRST ? 2 : 1;
}

mica_resize_method method_of(const char *interpolation) {
    int i = 0;
    while (strcmp(interpolations[i], interpolation)) i++;
    return (mica_resize_method)i;
}

mica_axes space_axes_of(const mica_layer *l, const char *data_format) {
    mica_axes axes = {.count = axes_of(l)};
    for (int i = 0; i < axes.count; i++) axes.axes[i] = space_axis_of(data_format) + i;
    return axes;
}

mica_window_options window_for(int axes, const int64_t *kernel, const int64_t *strides,
                               const int64_t *dilations, const char *padding,
                               const char *data_format) {
    mica_window_options w = {.size = sizeof w, .layout = layout_of(data_format)};
    bool causal = !strcmp(padding, "causal");
    w.padding = causal                     ? MICA_PADDING_EXPLICIT
                : !strcmp(padding, "same") ? MICA_PADDING_SAME
                                           : MICA_PADDING_VALID;
    for (int i = 0; i < axes; i++) {
        w.strides[i] = strides[i];
        w.dilations[i] = dilations ? dilations[i] : 1;
        if (causal) w.pads[i] = (kernel[i] - 1) * w.dilations[i];
    }
    return w;
}

mica_status check_strides(const int64_t strides[3], const int64_t dilations[3], const char *what,
                          mica_error *err) {
    bool strided = false, dilated = false;
    for (int i = 0; i < 3; i++) strided |= strides[i] > 1, dilated |= dilations[i] > 1;
    if (!strided || !dilated) return MICA_OK;
    return fail(err, MICA_VALUE,
                "%s: strides and dilation_rate are both above 1, expected one of them to be 1",
                what);
}

shape kernel_shape(int axes, const int64_t *kernel, int64_t depth, int64_t filters) {
    shape s = {.rank = axes + 2};
    memcpy(s.dims, kernel, (size_t)axes * sizeof *kernel);
    s.dims[axes] = depth;
    s.dims[axes + 1] = filters;
    return s;
}

const renamed_key conv_renamed[] = {{"nb_filter", "filters"},
                                    {"filter_length", "kernel_size"},
                                    {"border_mode", "padding"},
                                    {"subsample", "strides"},
                                    {"subsample_length", "strides"},
                                    {"dim_ordering", "data_format"},
                                    {"init", "kernel_initializer"},
                                    {"bias", "use_bias"},
                                    {"W_regularizer", "kernel_regularizer"},
                                    {"b_regularizer", "bias_regularizer"},
                                    {"W_constraint", "kernel_constraint"},
                                    {"b_constraint", "bias_constraint"},
                                    {NULL, NULL}};

const renamed_key pool_renamed[] = {{"pool_length", "pool_size"},
                                    {"stride", "strides"},
                                    {"border_mode", "padding"},
                                    {"dim_ordering", "data_format"},
                                    {NULL, NULL}};

static const char *modern_format(const char *name) {
    if (!strcmp(name, "tf") || !strcmp(name, "default")) return "channels_last";
    return strcmp(name, "th") ? NULL : "channels_first";
}

mica_status image_translate(json_t *config, const char *what, mica_error *err) {
    const char *name = json_string_value(json_object_get(config, "data_format"));
    const char *modern = name ? modern_format(name) : NULL;
    if (modern) json_object_set_new(config, "data_format", json_string(modern));
    json_t *rows = json_object_get(config, "nb_row"), *columns = json_object_get(config, "nb_col");
    if (!rows || !columns) return MICA_OK;
    json_object_set_new(config, "kernel_size", json_pack("[O, O]", rows, columns));
    json_object_del(config, "nb_row");
    json_object_del(config, "nb_col");
    return MICA_OK;
}
