#!/usr/bin/env python3
"""Records what Keras computes for layers with masks, whole numbers as inputs, several outputs and
arguments of their calls: record_layers.py [FOLDER [PREFIX …]]

Writes into FOLDER (tests/recorded by default) layers/NAME/, as record_keras.py, and beside it:

    case.json       "arguments": of the call, as {"use_causal_mask": true}; "inputs" in the order of
                    the call; "roles": their names in the call, where they are not simply in order
    mask_I.npy      the mask of input I
    output_I, grad_output_I, output_mask_I, and loss_I: what the call adds to the loss

Run record_keras.py first: it removes every layer's folder.
"""
import os
import sys

import record_keras as base
import keras
import numpy as np
import tensorflow as tf
from keras import layers as L
from keras.src import backend

RAGGED = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0]], bool)  # (3, 4): lengths 4, 2, 1
HOLES = np.array([[0, 1, 1, 0], [1, 1, 0, 1], [0, 0, 0, 0]], bool)
cases = []


def case(name, layer, *inputs, training=False, masks=(), roles=None, **arguments):
    """Inputs: shapes of random numbers, or arrays. masks: one for each input, or None."""
    cases.append((name, layer, inputs, training, masks, roles, arguments))


def merging_cases():
    row = (3, 4, 5)
    for name, kind in (("add", L.Add), ("multiply", L.Multiply), ("average", L.Average), ("maximum", L.Maximum),
                       ("minimum", L.Minimum), ("subtract", L.Subtract)):
        count = 2 if name == "subtract" else 3
        case(f"{name}_merge", kind(), *[row] * count)
        case(f"{name}_merge_broadcast", kind(), (3, 4, 5), (3, 1, 5))
        case(f"{name}_merge_ranks", kind(), (3, 4, 5), (3, 5))
        case(f"{name}_merge_masks", kind(), row, row, masks=(RAGGED, HOLES))
        case(f"{name}_merge_one_mask", kind(), row, row, masks=(RAGGED, None))
    case("concatenate_masks", L.Concatenate(), row, row, masks=(RAGGED, HOLES))
    case("concatenate_one_mask", L.Concatenate(axis=1), row, row, masks=(RAGGED, None))
    case("concatenate_masks_axis_1", L.Concatenate(axis=1), row, row, masks=(RAGGED, HOLES))
    case("dot", L.Dot(axes=1), (3, 5), (3, 5))
    case("dot_normalized", L.Dot(axes=-1, normalize=True), (3, 5), (3, 5))
    case("dot_matrices", L.Dot(axes=(2, 1)), (2, 3, 4), (2, 4, 5))
    case("dot_transposed", L.Dot(axes=(1, 2)), (2, 4, 3), (2, 5, 4))
    case("dot_row", L.Dot(axes=(1, 2)), (2, 4), (2, 5, 4))
    case("dot_column", L.Dot(axes=(2, 1)), (2, 5, 4), (2, 4))
    case("dot_rank_4", L.Dot(axes=(3, 2)), (2, 3, 2, 4), (2, 5, 4, 2))


def sequence_cases():
    tokens = np.array([[3, 1, 4, 1], [5, 6, 0, 0], [2, 0, 0, 0]], np.int32)
    case("embedding", L.Embedding(7, 4), tokens)
    case("embedding_mask_zero", L.Embedding(7, 4, mask_zero=True), tokens)
    case("embedding_floats", L.Embedding(7, 3), tokens.astype(np.float32))
    case("embedding_rank_1", L.Embedding(7, 3), tokens[0])
    sparse = np.array([[[0, 1], [0, 0], [2, 0]], [[0, 0], [0, 0], [3, 3]]], np.float32)
    case("masking", L.Masking(), sparse)
    case("masking_value", L.Masking(mask_value=3.0), sparse)
    case("repeat_vector", L.RepeatVector(3), (2, 4))
    case("permute_masked", L.Permute((2, 1)), (3, 4, 5), masks=(RAGGED,))
    case("identity", L.Identity(), (3, 4, 5), masks=(RAGGED,))
    case("dense_masked", L.Dense(2), (3, 4, 5), masks=(RAGGED,))
    case("flatten_masked", L.Flatten(), (3, 4, 5), masks=(RAGGED,))
    case("reshape_masked", L.Reshape((2, 10)), (3, 4, 5), masks=(RAGGED,))
    case("softmax_masked", L.Softmax(), (3, 4), masks=(RAGGED,))
    case("softmax_masked_all", L.Softmax(), (3, 4), masks=(HOLES,))
    case("activity_regularization", L.ActivityRegularization(l1=0.1, l2=0.3), (3, 4), training=True)


def norm_cases():
    row = (3, 4, 5)
    numbers = {"mean": [0.1, -0.2, 0.3, 0.0, 1.0], "variance": [1.0, 0.5, 2.0, 0.25, 4.0]}
    case("normalization", L.Normalization(**numbers), row, masks=(RAGGED,))
    case("normalization_invert", L.Normalization(invert=True, **numbers), row)
    case("normalization_axes", L.Normalization(axis=(1, -1), mean=[[0.5], [1.0], [-1.0], [0.0]],
                                               variance=[[2.0], [1.0], [0.5], [3.0]]), row)
    case("normalization_scalar", L.Normalization(mean=0.5, variance=2.0), row)
    case("normalization_whole", L.Normalization(axis=None, mean=0.5, variance=2.0), row)
    case("unit_normalization", L.UnitNormalization(), row, masks=(RAGGED,))
    case("unit_normalization_axes", L.UnitNormalization(axis=(1, 2)), row)
    case("layer_normalization", L.LayerNormalization(), row, masks=(RAGGED,))
    case("layer_normalization_axes", L.LayerNormalization(axis=(1, 2), epsilon=0.01), row)
    case("layer_normalization_axis_1", L.LayerNormalization(axis=1, scale=False), row)
    case("layer_normalization_plain", L.LayerNormalization(center=False, scale=False), row)
    case("rms_normalization", L.RMSNormalization(), row, masks=(RAGGED,))
    case("rms_normalization_axes", L.RMSNormalization(axis=[1, 2], epsilon=0.1), row)
    case("group_normalization", L.GroupNormalization(groups=2), (2, 3, 4, 6))
    case("group_normalization_axis_1", L.GroupNormalization(groups=2, axis=1, center=False), (2, 4, 3))
    case("group_normalization_instance", L.GroupNormalization(groups=-1), (2, 3, 4))
    case("group_normalization_masked", L.GroupNormalization(groups=1), (3, 4, 6), masks=(RAGGED,))
    for training in (False, True):
        tail = "training" if training else "inference"
        case(f"batch_normalization_masked_{tail}", L.BatchNormalization(momentum=0.7), row, masks=(RAGGED,),
             training=training)


def spectral_cases():
    for training in (False, True):
        tail = "training" if training else "inference"
        case(f"spectral_normalization_{tail}", L.SpectralNormalization(L.Dense(5)), (4, 3), training=training)
        case(f"spectral_normalization_conv2d_{tail}", L.SpectralNormalization(L.Conv2D(4, 3), power_iterations=3),
             (2, 5, 5, 3), training=training)
    case("spectral_normalization_depthwise", L.SpectralNormalization(L.DepthwiseConv2D(2)), (2, 4, 4, 3), training=True)


def attention_cases():
    q, v, k = (3, 4, 5), (3, 4, 6), (3, 4, 5)
    for scores in (False, True):
        tail, asked = ("_scores", {"return_attention_scores": True}) if scores else ("", {})
        case("attention" + tail, L.Attention(), q, v, k, **asked)
        case("attention_masks" + tail, L.Attention(use_scale=True), q, k, masks=(HOLES, RAGGED), **asked)
        case("attention_causal" + tail, L.Attention(score_mode="concat", use_scale=True), q, k,
             masks=(None, RAGGED), use_causal_mask=True, **asked)
        case("additive_attention" + tail, L.AdditiveAttention(), q, v, k, **asked)
        case("additive_attention_masks" + tail, L.AdditiveAttention(use_scale=False), q, k, masks=(RAGGED, RAGGED),
             use_causal_mask=True, **asked)
        many = lambda **o: L.MultiHeadAttention(2, 3, **o)
        case("multi_head_attention" + tail, many(), q, v, roles=("query", "value"), **asked)
        case("multi_head_attention_key" + tail, many(value_dim=4, use_bias=False), q, v, k,
             roles=("query", "value", "key"), **asked)
        case("multi_head_attention_masks" + tail, many(), q, v, masks=(RAGGED, RAGGED), roles=("query", "value"), **asked)
        case("multi_head_attention_causal" + tail, many(output_shape=7), q, v, roles=("query", "value"),
             use_causal_mask=True, **asked)
        case("multi_head_attention_masked_causal" + tail, many(output_shape=(2, 3)), q, v, masks=(None, RAGGED),
             roles=("query", "value"), use_causal_mask=True, **asked)
        case("multi_head_attention_given_mask" + tail, many(), q, v, np.tril(np.ones((3, 4, 4), bool)),
             roles=("query", "value", "attention_mask"), **asked)
        case("multi_head_attention_window" + tail, many(sliding_window=2), q, v, roles=("query", "value"), **asked)
        case("multi_head_attention_gate" + tail, many(use_gate=True), q, v, roles=("query", "value"), **asked)
        group = lambda **o: L.GroupQueryAttention(3, 4, 2, **o)
        case("group_query_attention" + tail, group(), q, v, roles=("query", "value"), **asked)
        case("group_query_attention_masks" + tail, group(use_bias=False), q, v, k, masks=(RAGGED, RAGGED, None),
             roles=("query", "value", "key"), use_causal_mask=True, **asked)
    images = (2, 3, 2, 5)
    case("multi_head_attention_images", L.MultiHeadAttention(2, 3), images, images, roles=("query", "value"))
    case("multi_head_attention_rows", L.MultiHeadAttention(2, 3, attention_axes=(2,)), images, images,
         roles=("query", "value"))
    case("multi_head_attention_columns", L.MultiHeadAttention(2, 3, attention_axes=1, value_dim=2), images, images,
         roles=("query", "value"), return_attention_scores=True)


def noise_cases():
    for name, layer, shape in (("spatial_dropout1d", L.SpatialDropout1D(0.3), (3, 4, 5)),
                               ("spatial_dropout2d", L.SpatialDropout2D(0.3), (2, 3, 4, 5)),
                               ("spatial_dropout3d", L.SpatialDropout3D(0.3), (2, 3, 2, 2, 2)),
                               ("alpha_dropout", L.AlphaDropout(0.3), (3, 4)),
                               ("gaussian_dropout", L.GaussianDropout(0.3), (3, 4)),
                               ("gaussian_noise", L.GaussianNoise(0.3), (3, 4))):
        case(f"{name}_inference", layer, shape)


def feature_cases():
    x = np.array([[-1.5, 1.0, 3.4, 0.5], [0.0, 3.0, np.nan, 2.0]], np.float32)
    bins = {"bin_boundaries": [0.0, 1.0, 2.0]}
    case("discretization", L.Discretization(**bins), x)
    case("discretization_integers", L.Discretization(**bins), np.array([[-1, 0, 1], [2, 3, 1]], np.int64))
    ids = np.array([[2, 0, 2], [5, 1, 1]], np.int32)
    weights = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], np.float32)
    cube = np.stack([ids, ids[::-1], ids + 1], 1)
    for mode in ("one_hot", "multi_hot", "count"):
        case(f"discretization_{mode}", L.Discretization(output_mode=mode, **bins), x)
        for name, values in (("", ids), ("_column", ids[:, :1]), ("_row", ids[0]), ("_cube", cube),
                             ("_floats", ids.astype(np.float32))):
            case(f"category_encoding_{mode}{name}", L.CategoryEncoding(5, output_mode=mode), values)
        case(f"hashing_{mode}", L.Hashing(4, output_mode=mode), ids)
        case(f"hashing_{mode}_column", L.Hashing(4, output_mode=mode), ids[:, 1:2])
    case("category_encoding_weights", L.CategoryEncoding(6, output_mode="count"), ids, weights,
         roles=("inputs", "count_weights"))
    numbers = np.array([[1, -5, 1000000], [3, 0, -(10**15)]], np.int64)
    case("hashing", L.Hashing(7), numbers)
    case("hashing_int32", L.Hashing(7, dtype="int32"), numbers.astype(np.int32))
    case("hashing_salt", L.Hashing(1000, salt=133), numbers)
    case("hashing_two_salts", L.Hashing(1000, salt=(133, -7)), numbers)
    case("hashing_mask", L.Hashing(5, mask_value=3), numbers)
    case("hashing_mask_one_bin", L.Hashing(1, mask_value=3), numbers)
    case("hashing_floats", L.Hashing(9), np.array([[1.5, -2.5, 3.0]], np.float32))
    a, b, c = np.array([1, 2, -3]), np.array([4, 5, 6]), np.array([7, 7, 8], np.int32)
    case("hashed_crossing", L.HashedCrossing(9), a, b)
    case("hashed_crossing_three", L.HashedCrossing(1000), a[:, None], b[:, None], c[:, None])
    case("hashed_crossing_one_hot", L.HashedCrossing(5, output_mode="one_hot"), a[:, None], b[:, None])
    tokens, words = np.array([[12, 36, 0], [7, -8, 42]], np.int64), {"vocabulary": [12, 36, 1138, 42]}
    case("integer_lookup", L.IntegerLookup(**words), tokens)
    case("integer_lookup_mask", L.IntegerLookup(mask_token=0, **words), tokens)
    case("integer_lookup_special_tokens", L.IntegerLookup(mask_token=0, vocabulary=[0, -1, 12, 36]), tokens)
    case("integer_lookup_many_oov", L.IntegerLookup(mask_token=0, num_oov_indices=3, **words), tokens)
    case("integer_lookup_farmhash", L.IntegerLookup(num_oov_indices=5, oov_method="farmhash", **words), tokens)
    case("integer_lookup_salt", L.IntegerLookup(num_oov_indices=5, oov_method="farmhash", salt=9, **words), tokens)
    case("integer_lookup_no_oov", L.IntegerLookup(num_oov_indices=0, **words), np.array([[42, 12], [36, 36]], np.int32))
    case("integer_lookup_invert", L.IntegerLookup(invert=True, mask_token=3, oov_token=-7, **words),
         np.array([[0, 1, 2], [5, 9, -1]], np.int64))
    for mode in ("one_hot", "multi_hot", "count"):
        case(f"integer_lookup_{mode}", L.IntegerLookup(mask_token=0, output_mode=mode, **words), tokens)
        case(f"integer_lookup_{mode}_padded", L.IntegerLookup(max_tokens=7, pad_to_max_tokens=True, output_mode=mode,
                                                              **words), tokens)
    idf = [0.25, 0.75, 0.6, 0.4]
    words = {"vocabulary": ["red", "", "gr\u00fcn", "a longer text than thirty-two bytes are"]}
    tokens = np.array([["red", "[UNK]", ""], ["blue", words["vocabulary"][3], "gr\u00fcn"]])
    case("string_lookup", L.StringLookup(**words), tokens)
    case("string_lookup_mask", L.StringLookup(mask_token="", vocabulary=["red", "gr\u00fcn"]), tokens)
    case("string_lookup_special_tokens", L.StringLookup(mask_token="", vocabulary=["", "[UNK]", "red"]), tokens)
    case("string_lookup_many_oov", L.StringLookup(num_oov_indices=7, **words), tokens)
    case("string_lookup_salt", L.StringLookup(num_oov_indices=7, oov_method="farmhash", salt=(3, 9), **words), tokens)
    case("string_lookup_no_oov", L.StringLookup(num_oov_indices=0, **words), tokens[:, 2:])
    for mode in ("one_hot", "multi_hot", "count"):
        case(f"string_lookup_{mode}", L.StringLookup(mask_token="blue", output_mode=mode, **words), tokens)
    case("string_lookup_tf_idf", L.StringLookup(output_mode="tf_idf", idf_weights=idf, **words), tokens)
    texts = np.array(["Red, red! a  B", "", " --- gr\u00fcn\tRED ", "don't blue, a b a B", b"\xe4\xb8z\xff \xc2\xa0".decode("latin1")])
    words = {"vocabulary": ["red", "a b", "b", "gr\u00fcn", "dont", "a", "red red"]}
    T = lambda **options: L.TextVectorization(**{**words, **options})
    case("text_vectorization", T(), texts)
    case("text_vectorization_cut", T(output_sequence_length=3), texts[:, None])
    case("text_vectorization_filled", T(output_sequence_length=9, ngrams=2), texts)
    case("text_vectorization_bigrams", T(ngrams=(2,)), texts)
    case("text_vectorization_widths", T(ngrams=(3, 1)), texts)
    for standardize in (None, "lower", "strip_punctuation"):
        case(f"text_vectorization_{standardize}", T(standardize=standardize), texts)
    case("text_vectorization_characters", T(split="character", output_sequence_length=12), texts)
    case("text_vectorization_whole", T(split=None), texts)
    pairs = np.array([["red", "RED", "a"], ["", "a", "B!"]])
    case("text_vectorization_tokens", T(split=None, ngrams=2), pairs)
    case("text_vectorization_tokens_cut", T(split=None, output_sequence_length=2), pairs)
    case("text_vectorization_tokens_count", T(split=None, output_mode="count"), pairs)
    for mode in ("multi_hot", "count"):
        case(f"text_vectorization_{mode}", T(output_mode=mode), texts)
    case("text_vectorization_padded", T(output_mode="count", max_tokens=11, pad_to_max_tokens=True, ngrams=2), texts)
    case("text_vectorization_tf_idf", T(output_mode="tf_idf", idf_weights=[0.25, 0.75, 0.6, 0.4, 0.1, 0.2, 0.3]), texts)
    case("text_vectorization_special_tokens", L.TextVectorization(vocabulary=["", "[UNK]", "red"]), texts)
    case("hashing_strings", L.Hashing(1000), tokens)
    case("hashing_strings_salt", L.Hashing(1000, salt=9), tokens)
    case("hashing_strings_mask", L.Hashing(5, mask_value="red"), tokens)
    case("hashing_strings_empty_mask", L.Hashing(5, mask_value="", output_mode="multi_hot"), tokens)
    case("hashed_crossing_strings", L.HashedCrossing(1000), tokens[:, 0], np.array([3, -4]), tokens[:, 1])
    words, tokens = {"vocabulary": [12, 36, 1138, 42]}, np.array([[12, 36, 0], [7, -8, 42]], np.int64)
    case("integer_lookup_tf_idf", L.IntegerLookup(output_mode="tf_idf", idf_weights=idf, **words), tokens)
    case("integer_lookup_tf_idf_padded", L.IntegerLookup(output_mode="tf_idf", idf_weights=idf, max_tokens=8,
                                                         pad_to_max_tokens=True, **words), tokens)


def call(layer, tensors, masks, roles, training, arguments):
    for t, mask in zip(tensors, masks):
        if mask is not None:
            backend.set_keras_mask(t, tf.constant(mask))
    if "training" in layer.call.__code__.co_varnames:
        arguments = {**arguments, "training": training}
    if roles:
        return layer(**dict(zip(roles, tensors)), **arguments)
    return layer(tensors if len(tensors) > 1 else tensors[0], **arguments)


def record(name, layer, inputs, training, masks, roles, arguments):
    random = base.random_of(name)
    values = [x if isinstance(x, np.ndarray) else random.uniform(-1.5, 1.5, x).astype(np.float32) for x in inputs]
    layer = type(layer).from_config({**layer.get_config(), "name": name})
    masks = tuple(masks) + (None,) * (len(values) - len(masks))
    call(layer, [tf.constant(x) for x in values], masks, roles, False, arguments)  # builds it
    base.set_weights(layer, random)
    weights = layer.trainable_weights + layer.non_trainable_weights  # as files list them
    before = [w.numpy() for w in weights]
    tensors = [tf.constant(x) for x in values]
    with tf.GradientTape() as tape:
        for t in tensors:
            tape.watch(t)
        result = call(layer, tensors, masks, roles, training, arguments)
        outputs = list(result) if isinstance(result, (list, tuple)) else [result]
        outputs = [tf.convert_to_tensor(y) for y in outputs]
        probes = [random.uniform(-1, 1, y.shape).astype(np.float32) for y in outputs if y.dtype.is_floating]
        total = tf.add_n([tf.reduce_sum(y * r) for y, r in zip(outputs, probes)] or [tf.constant(0.0)])
    trained = [i for i, w in enumerate(weights) if w.trainable]
    real = [i for i, t in enumerate(tensors) if t.dtype.is_floating]
    try:
        gradients = tape.gradient(total, [tensors[i] for i in real] + [weights[i].value for i in trained],
                                  unconnected_gradients="zero")
    except LookupError:  # TensorFlow counts without a gradient
        real, trained, gradients = [], [], []
    arrays = {f"input_{i}": x for i, x in enumerate(values)}
    arrays.update({f"mask_{i}": m for i, m in enumerate(masks) if m is not None})
    arrays.update({f"weight_{i}": w for i, w in enumerate(before)})
    arrays.update({f"grad_output_{i}": r for i, r in enumerate(probes)})
    for i, y in enumerate(outputs):
        arrays[f"output_{i}"] = y
        mask = backend.get_keras_mask(y)
        if mask is not None:
            arrays[f"output_mask_{i}"] = mask
    arrays.update({f"grad_input_{i}": tf.convert_to_tensor(g) for i, g in zip(real, gradients)})
    arrays.update({f"grad_weight_{i}": tf.convert_to_tensor(g) for i, g in zip(trained, gradients[len(real):])})
    arrays.update({f"loss_{i}": x for i, x in enumerate(layer.losses if training else [])})
    if training:
        arrays.update({f"updated_weight_{i}": w.numpy() for i, w in enumerate(weights)
                       if not w.trainable or (w.numpy() != before[i]).any()})
    saved = keras.saving.serialize_keras_object(layer)
    base.write_json(f"layers/{name}/case.json", {
        "made_with": base.MADE_WITH, "class_name": saved["class_name"], "config": saved["config"],
        "training": training, "inputs": len(values), "outputs": len(outputs),
        "roles": list(roles) if roles else None, "arguments": arguments,
        "weights": [{"name": w.name, "trainable": w.trainable} for w in weights], "arrays": sorted(arrays)})
    for key, array in arrays.items():
        array = np.asarray(array)
        np.save(os.path.join(base.FOLDER, f"layers/{name}/{key}.npy"),
                array.astype(np.float32) if array.dtype.kind == "f" else array)


def record_all(wanted):
    """The cases so far; wanted: the beginnings of their names, if not all."""
    keras.utils.set_random_seed(1)
    for one in cases:
        if not wanted or any(one[0].startswith(w) for w in wanted):
            record(*one)


def main():
    for family in (merging_cases, sequence_cases, norm_cases, spectral_cases, attention_cases, noise_cases, feature_cases):
        family()
    record_all(sys.argv[2:])


if __name__ == "__main__":
    main()
