/* What each class of the table must be given: a config that makes a layer. */
#ifndef LAYER_REQUIRED_H
#define LAYER_REQUIRED_H

#include "layer/layer.h"
#include "support/testing.h"

/* What each class must be given. */
static const struct required {
    const char *class_name, *json;
} required[] = {
    {"InputLayer", "{\"batch_input_shape\": [null, 4]}"},
    {"Dense", "{\"units\": 3}"},
    {"Conv1D", "{\"filters\": 4, \"kernel_size\": 3}"},
    {"Conv2D", "{\"filters\": 4, \"kernel_size\": 3}"},
    {"Conv3D", "{\"filters\": 4, \"kernel_size\": 3}"},
    {"Conv1DTranspose", "{\"filters\": 4, \"kernel_size\": 3}"},
    {"Conv2DTranspose", "{\"filters\": 4, \"kernel_size\": 3}"},
    {"Conv3DTranspose", "{\"filters\": 4, \"kernel_size\": 3}"},
    {"SeparableConv1D", "{\"filters\": 4, \"kernel_size\": 3}"},
    {"SeparableConv2D", "{\"filters\": 4, \"kernel_size\": 3}"},
    {"DepthwiseConv1D", "{\"kernel_size\": 3}"},
    {"DepthwiseConv2D", "{\"kernel_size\": 3}"},
    {"AdaptiveMaxPooling1D", "{\"output_size\": 2}"},
    {"AdaptiveMaxPooling2D", "{\"output_size\": 2}"},
    {"AdaptiveMaxPooling3D", "{\"output_size\": 2}"},
    {"AdaptiveAveragePooling1D", "{\"output_size\": 2}"},
    {"AdaptiveAveragePooling2D", "{\"output_size\": 2}"},
    {"AdaptiveAveragePooling3D", "{\"output_size\": 2}"},
    {"Resizing", "{\"height\": 4, \"width\": 5}"},
    {"CenterCrop", "{\"height\": 4, \"width\": 5}"},
    {"RandomRotation", "{\"factor\": 0.1}"},
    {"RandomZoom", "{\"height_factor\": 0.2}"},
    {"RandomTranslation", "{\"height_factor\": 0.1, \"width_factor\": 0.2}"},
    {"RandomCrop", "{\"height\": 4, \"width\": 5}"},
    {"RandomContrast", "{\"factor\": 0.2}"},
    {"RandomBrightness", "{\"factor\": 0.2}"},
    {"RandomSaturation", "{\"factor\": [0.4, 0.6]}"},
    {"RandomHue", "{\"factor\": 0.2}"},
    {"RandomSharpness", "{\"factor\": 0.2}"},
    {"Reshape", "{\"target_shape\": [2, 2]}"},
    {"Permute", "{\"dims\": [2, 1]}"},
    {"Dropout", "{\"rate\": 0.5}"},
    {"SpatialDropout1D", "{\"rate\": 0.5}"},
    {"SpatialDropout2D", "{\"rate\": 0.5}"},
    {"SpatialDropout3D", "{\"rate\": 0.5}"},
    {"AlphaDropout", "{\"rate\": 0.5}"},
    {"GaussianDropout", "{\"rate\": 0.5}"},
    {"GaussianNoise", "{\"stddev\": 0.5}"},
    {"Embedding", "{\"input_dim\": 7, \"output_dim\": 3}"},
    {"MultiHeadAttention", "{\"num_heads\": 2, \"key_dim\": 3}"},
    {"GroupQueryAttention",
     "{\"head_dim\": 2, \"num_query_heads\": 4, \"num_key_value_heads\": 2}"},
    {"GroupNormalization", "{\"groups\": 2}"},
    {"RepeatVector", "{\"n\": 3}"},
    {"Dot", "{\"axes\": [1, 1]}"},
    {"SimpleRNN", "{\"units\": 3}"},
    {"LSTM", "{\"units\": 3}"},
    {"GRU", "{\"units\": 3}"},
    {"SimpleRNNCell", "{\"units\": 4}"},
    {"LSTMCell", "{\"units\": 4}"},
    {"GRUCell", "{\"units\": 4}"},
    {"RNN", "{\"cell\": {\"class_name\": \"LSTMCell\", \"config\": {\"units\": 3}}}"},
    {"StackedRNNCells", "{\"cells\": [{\"class_name\": \"GRUCell\", \"config\": {\"units\": 4}}]}"},
    {"Bidirectional", "{\"layer\": {\"class_name\": \"LSTM\", \"config\": {\"units\": 3}}}"},
    {"TimeDistributed", "{\"layer\": {\"class_name\": \"Dense\", \"config\": {\"units\": 3}}}"},
    {"SpectralNormalization",
     "{\"layer\": {\"class_name\": \"Dense\", \"config\": {\"units\": 3}}}"},
    {"Discretization", "{\"bin_boundaries\": [0.5, 1.5]}"},
    {"CategoryEncoding", "{\"num_tokens\": 3}"},
    {"Hashing", "{\"num_bins\": 3}"},
    {"HashedCrossing", "{\"num_bins\": 3}"},
    {"TextVectorization", "{\"vocabulary\": [\"b\", \"a\"], \"max_tokens\": 9}"},
    {"StringLookup", "{\"vocabulary\": [\"b\", \"a\"], \"max_tokens\": 9}"},
    {"IntegerLookup", "{\"vocabulary\": [3, 1, 2], \"max_tokens\": 9}"},
    {"Activation", "{\"activation\": \"relu\"}"},
};

static inline json_t *parsed(const char *text) {
    json_t *tree = json_loads(text, JSON_DECODE_ANY, NULL);
    if (!tree) fail_msg("bad JSON in the test: %s", text);
    return tree;
}

static inline json_t *base_of(const char *class_name) {
    for (size_t i = 0; i < LENGTH(required); i++)
        if (!strcmp(required[i].class_name, class_name)) return parsed(required[i].json);
    return json_object();
}

#endif
