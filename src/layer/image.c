/* Layers on images: see image.h. */
#include "layer/image.h"

#include <string.h>

const char *const paddings[] = {"valid", "same", NULL};
const char *const data_formats[] = {"channels_last", "channels_first", NULL};

mica_layout layout_of(const char *data_format) {
    return strcmp(data_format, "channels_first") ? MICA_CHANNELS_LAST : MICA_CHANNELS_FIRST;
}

mica_padding padding_of(const char *padding) {
    return strcmp(padding, "same") ? MICA_PADDING_VALID : MICA_PADDING_SAME;
}

int channel_axis_of(const char *data_format) {
    return layout_of(data_format) == MICA_CHANNELS_FIRST ? 1 : 3;
}

const renamed_key conv_renamed[] = {{"nb_filter", "filters"},
                                    {"border_mode", "padding"},
                                    {"subsample", "strides"},
                                    {"dim_ordering", "data_format"},
                                    {"init", "kernel_initializer"},
                                    {"bias", "use_bias"},
                                    {"W_regularizer", "kernel_regularizer"},
                                    {"b_regularizer", "bias_regularizer"},
                                    {"W_constraint", "kernel_constraint"},
                                    {"b_constraint", "bias_constraint"},
                                    {NULL, NULL}};

const renamed_key pool_renamed[] = {
    {"border_mode", "padding"}, {"dim_ordering", "data_format"}, {NULL, NULL}};

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
