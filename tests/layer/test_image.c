/* Layers on images: what is refused, and how it is told; shapes with an unknown batch. */
#include "graph/graph.h"
#include "layer/layer.h"
#include "support/in_context.h"

/* Configs and inputs that a layer refuses: when it is made, or (code SHAPE) when it is called. */
static const struct refused {
    const char *class_name, *config;
    shape x;
    mica_status code;
    const char *text;
} refused[] = {
#define WINDOW "\"filters\": 2, \"kernel_size\": 3"
    {"Conv1D", "{" WINDOW "}", {4, {1, 5, 5, 2}}, MICA_SHAPE, "has rank 4, expected 3"},
    {"Conv1D",
     "{" WINDOW "}",
     {3, {1, 2, 2}},
     MICA_SHAPE,
     "layer conv1d: conv: length 2 with padding is less than the window's 3"},
    {"Conv1D", "{" WINDOW ", \"dilation_rate\": 2}", {3, {1, 4, 2}}, MICA_SHAPE, "window's 5"},
    {"Conv1D", "{" WINDOW ", \"padding\": \"causl\"}", {0}, MICA_NAME, "did you mean 'causal'?"},
    {"Conv1D",
     "{" WINDOW ", \"groups\": 2}",
     {3, {1, 4, 3}},
     MICA_SHAPE,
     "3 channels, expected a multiple of groups, 2"},
    {"Conv2D", "{" WINDOW ", \"padding\": \"causal\"}", {0}, MICA_NAME, "unknown padding 'causal'"},
    {"Conv3D", "{" WINDOW "}", {4, {1, 5, 5, 2}}, MICA_SHAPE, "has rank 4, expected 5"},
    {"Conv3D",
     "{" WINDOW "}",
     {5, {1, 4, 2, 4, 1}},
     MICA_SHAPE,
     "conv: height 2 with padding is less than the window's 3"},
    {"Conv3D",
     "{\"filters\": 2, \"kernel_size\": [3, 3]}",
     {0},
     MICA_VALUE,
     "kernel_size has 2 numbers, expected 3"},
    {"Conv3D",
     "{" WINDOW ", \"strides\": 2, \"dilation_rate\": [1, 1, 2]}",
     {0},
     MICA_VALUE,
     "both above 1"},
    {"Conv1DTranspose", "{" WINDOW "}", {2, {1, 5}}, MICA_SHAPE, "has rank 2, expected 3"},
    {"Conv1DTranspose",
     "{" WINDOW ", \"strides\": 2, \"output_padding\": 2}",
     {0},
     MICA_VALUE,
     "output_padding is 2, expected below strides, 2"},
    {"Conv3DTranspose", "{" WINDOW "}", {4, {1, 5, 5, 2}}, MICA_SHAPE, "has rank 4, expected 5"},
    {"Conv3DTranspose",
     "{" WINDOW ", \"strides\": 0}",
     {0},
     MICA_VALUE,
     "strides is 0, expected at least 1"},
    {"DepthwiseConv1D", "{\"kernel_size\": 3}", {3, {1, 2, 2}}, MICA_SHAPE, "length 2"},
    {"DepthwiseConv1D", "{\"kernel_size\": 3}", {4, {1, 5, 5, 2}}, MICA_SHAPE, "expected 3"},
    {"DepthwiseConv2D",
     "{\"kernel_size\": 3, \"depth_multiplier\": 0}",
     {0},
     MICA_VALUE,
     "depth_multiplier is 0, expected at least 1"},
    {"DepthwiseConv2D",
     "{\"kernel_size\": 6}",
     {4, {1, 7, 5, 2}},
     MICA_SHAPE,
     "width 5 with padding is less than the window's 6"},
    {"SeparableConv1D", "{" WINDOW "}", {4, {1, 5, 5, 2}}, MICA_SHAPE, "expected 3"},
    {"SeparableConv1D", "{" WINDOW "}", {3, {1, 2, 2}}, MICA_SHAPE, "length 2"},
#undef WINDOW
    {"MaxPooling1D", "{}", {4, {1, 5, 5, 2}}, MICA_SHAPE, "has rank 4, expected 3"},
    {"MaxPooling1D",
     "{\"pool_size\": 4}",
     {3, {1, 3, 2}},
     MICA_SHAPE,
     "max_pool: length 3 with padding is less than the window's 4"},
    {"MaxPooling3D", "{\"pool_size\": 0}", {0}, MICA_VALUE, "pool_size is 0, expected at least 1"},
    {"MaxPooling3D", "{}", {5, {1, 1, 4, 4, 1}}, MICA_SHAPE, "depth 1"},
    {"AveragePooling1D",
     "{\"strides\": [1, 2]}",
     {0},
     MICA_VALUE,
     "strides has 2 numbers, expected 1"},
    {"AveragePooling3D", "{}", {4, {1, 5, 5, 2}}, MICA_SHAPE, "has rank 4, expected 5"},
    {"GlobalMaxPooling1D", "{}", {2, {1, 5}}, MICA_SHAPE, "has rank 2, expected 3"},
    {"GlobalAveragePooling3D", "{\"data_format\": \"channels\"}", {0}, MICA_NAME, "data_format"},
    {"GlobalAveragePooling1D", "{}", {4, {1, 5, 5, 2}}, MICA_SHAPE, "expected 3"},
    {"AdaptiveMaxPooling1D", "{\"output_size\": 0}", {0}, MICA_VALUE, "output_size is 0"},
    {"AdaptiveAveragePooling2D",
     "{\"output_size\": [2, 3, 4]}",
     {0},
     MICA_VALUE,
     "output_size has 3 numbers, expected 2"},
    {"AdaptiveMaxPooling3D", "{}", {0}, MICA_VALUE, "output_size must be given"},
    {"AdaptiveAveragePooling1D",
     "{\"output_size\": 2}",
     {4, {1, 5, 5, 2}},
     MICA_SHAPE,
     "expected 3"},
    {"ZeroPadding1D", "{\"padding\": -1}", {0}, MICA_VALUE, "padding is -1, expected at least 0"},
    {"ZeroPadding2D",
     "{\"padding\": [1, 2, 3, 4]}",
     {0},
     MICA_VALUE,
     "padding has 4 numbers, expected 2"},
    {"ZeroPadding2D",
     "{\"padding\": [[1], 2]}",
     {0},
     MICA_VALUE,
     "padding has 1 numbers, expected 2"},
    {"ZeroPadding2D",
     "{\"padding\": [\"1\", 2]}",
     {0},
     MICA_TYPE,
     "padding is \"1\", expected an integer or a pair"},
    {"ZeroPadding3D", "{}", {4, {1, 5, 5, 2}}, MICA_SHAPE, "has rank 4, expected 5"},
    {"Cropping1D",
     "{\"cropping\": [2, 3]}",
     {3, {1, 5, 2}},
     MICA_SHAPE,
     "layer cropping1d: cropping (2, 3) of axis 1 leaves nothing of its extent 5"},
    {"Cropping3D", "{\"cropping\": 1}", {5, {1, 3, 3, 2, 1}}, MICA_SHAPE, "of axis 3"},
    {"UpSampling1D", "{\"size\": 0}", {0}, MICA_VALUE, "size is 0, expected at least 1"},
    {"UpSampling2D", "{\"interpolation\": \"cubic\"}", {0}, MICA_NAME, "did you mean 'bicubic'?"},
    {"UpSampling3D", "{}", {4, {1, 5, 5, 2}}, MICA_SHAPE, "has rank 4, expected 5"},
    {"Resizing", "{\"height\": 3, \"width\": 0}", {0}, MICA_VALUE, "width is 0, expected"},
    {"Resizing",
     "{\"height\": 3, \"width\": 3, \"crop_to_aspect_ratio\": true, "
     "\"pad_to_aspect_ratio\": true}",
     {0},
     MICA_VALUE,
     "crop_to_aspect_ratio and pad_to_aspect_ratio are both true, expected one"},
    {"Resizing",
     "{\"height\": 3, \"width\": 3}",
     {2, {4, 4}},
     MICA_SHAPE,
     "has rank 2, expected at least 3"},
    {"Resizing",
     "{\"height\": 3, \"width\": 3}",
     {4, {1, 0, 4, 1}},
     MICA_SHAPE,
     "resize: axis 1 is empty"},
    {"CenterCrop", "{\"height\": 3}", {0}, MICA_VALUE, "width must be given"},
    {"CenterCrop",
     "{\"height\": 3, \"width\": 3}",
     {4, {1, 0, 4, 1}},
     MICA_SHAPE,
     "expected a known height and width of at least 1"},
};

static mica_layer *layer_of(const char *class_name, const char *config) {
    json_t *tree = json_loads(config, 0, NULL);
    assert_non_null(tree);
    mica_layer *l = layer_from_config(ctx, class_name, tree, &err);
    json_decref(tree);
    return l;
}

TEST(what_does_not_fit_is_told) {
    for (size_t i = 0; i < LENGTH(refused); i++) {
        const struct refused *r = &refused[i];
        mica_layer *l = layer_of(r->class_name, r->config);
        if (l) {
            layer_rename(l, "", NULL);
            char name[64];
            layer_default_name(l->kind, name);
            layer_rename(l, name, NULL);
            mica_layer_call(l, mica_full(ctx, MICA_FLOAT32, r->x, 1), false);
            if (mica_check(ctx, &err) == MICA_OK)
                fail_msg("%s %s is accepted", r->class_name, r->config);
        }
        if (err.code != r->code || !strstr(err.message, r->text))
            fail_msg("%s %s: %s, expected '%s'", r->class_name, r->config, err.message, r->text);
    }
}

/* Shapes that are not known stay so, where the layer does not need them. */
static const struct traced {
    const char *class_name, *config;
    shape x, y;
} traced[] = {
    {"Conv1D",
     "{\"filters\": 4, \"kernel_size\": 3, \"padding\": \"causal\"}",
     {3, {-1, -1, 2}},
     {3, {-1, -1, 4}}},
    {"Conv3D",
     "{\"filters\": 4, \"kernel_size\": 3}",
     {5, {-1, 5, -1, 4, 2}},
     {5, {-1, 3, -1, 2, 4}}},
    {"MaxPooling1D", "{}", {3, {-1, -1, 2}}, {3, {-1, -1, 2}}},
    {"GlobalAveragePooling1D", "{}", {3, {-1, -1, 2}}, {2, {-1, 2}}},
    {"AdaptiveAveragePooling1D", "{\"output_size\": 3}", {3, {-1, -1, 2}}, {3, {-1, 3, 2}}},
    {"ZeroPadding1D", "{}", {3, {-1, -1, 2}}, {3, {-1, -1, 2}}},
    {"Cropping1D", "{}", {3, {-1, -1, 2}}, {3, {-1, -1, 2}}},
    {"UpSampling1D", "{}", {3, {-1, -1, 2}}, {3, {-1, -1, 2}}},
    {"Resizing", "{\"height\": 3, \"width\": 4}", {4, {-1, -1, -1, 2}}, {4, {-1, 3, 4, 2}}},
};

TEST(unknown_extents_stay_unknown) {
    for (size_t i = 0; i < LENGTH(traced); i++) {
        const struct traced *t = &traced[i];
        graph *g = graph_new(ctx);
        mica_tensor *x = graph_symbol(g, graph_input(g, MICA_FLOAT32, &t->x));
        tracer *tracer = tracer_open(g);
        mica_tensor *y = mica_layer_call(layer_of(t->class_name, t->config), x, false);
        if (mica_check(ctx, &err) != MICA_OK) fail_msg("%s: %s", t->class_name, err.message);
        char found[128];
        shape_format(&y->shape, found);
        if (!shape_equal(&y->shape, &t->y)) fail_msg("%s: %s", t->class_name, found);
        tracer_close(&tracer);
        graph_free(g);
    }
}

TEST(resizing_keeps_whole_numbers) {
    const uint8_t pixels[4] = {0, 255, 10, 250};
    mica_tensor *x = mica_tensor_new(ctx, MICA_UINT8, MICA_SHAPE(1, 1, 4, 1), pixels);
    mica_layer *l = mica_layer_resizing(
        ctx, MICA_OPTIONS(resizing, .height = 1, .width = 8, .interpolation = "lanczos3"));
    mica_tensor *y = mica_layer_call(l, x, false);
    ASSERT_OK(mica_check(ctx, &err));
    assert_int_equal(mica_tensor_dtype(y), MICA_UINT8);
    const uint8_t *values = mica_tensor_data(y);
    const uint8_t keras[8] = {0, 64, 220, 222, 46, 40, 189, 255};
    for (int i = 0; i < 8; i++) assert_int_equal(values[i], keras[i]);
}

RUN_TESTS(IN_CONTEXT(what_does_not_fit_is_told), IN_CONTEXT(unknown_extents_stay_unknown),
          IN_CONTEXT(resizing_keeps_whole_numbers))
