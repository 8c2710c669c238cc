"""Trainings that every layer with something to learn, or to pass a gradient through, is in: more
cases of record_fits.py, which writes them; alone it writes only these: record_layer_fits.py [FOLDER [NAME …]]

Random layers are not here: Keras draws other numbers. Their rates are tested by statistics."""
import sys

import keras
import numpy as np
import record_fits as fits
from keras import layers as L


def regression(random, *shape):
    x = random.normal(size=(25, *shape)).astype(np.float32)
    return x, [np.stack([x.reshape(25, -1).mean(1), x.reshape(25, -1)[:, 0]], 1)]


def finish(i, h, x, y, optimizer=None, loss="mse"):
    model = keras.Model(i, h)
    model.compile(optimizer or keras.optimizers.Adam(0.01), loss)
    return model, [x], y, None


def images(random):
    x, y = regression(random, 8, 8, 2)
    i = keras.Input((8, 8, 2))
    h = L.Conv2D(3, 3, activation="relu")(L.ZeroPadding2D(1)(i))
    h = L.Conv2DTranspose(2, 3)(L.UpSampling2D(2)(L.MaxPooling2D(2)(L.LeakyReLU()(L.Cropping2D(1)(h)))))
    a = L.AveragePooling2D(2)(L.PReLU(shared_axes=[1, 2])(h))
    b = L.AdaptiveAveragePooling2D(4)(L.DepthwiseConv2D(3, depth_multiplier=2)(h))
    c = L.AdaptiveMaxPooling2D(4)(L.SeparableConv2D(4, 3)(h))
    h = L.Add()([L.Conv2D(4, 1)(a), b, c])
    h = L.Concatenate()([L.GlobalAveragePooling2D()(h), L.GlobalMaxPooling2D()(h)])
    return finish(i, L.Dense(2)(h), x, y)


def series(random):
    x, y = regression(random, 12, 3)
    i = keras.Input((12, 3))
    h = L.Conv1D(4, 3, activation="tanh", padding="causal")(L.ZeroPadding1D(1)(i))
    h = L.Conv1DTranspose(3, 2)(L.UpSampling1D(2)(L.MaxPooling1D(2)(L.Cropping1D(1)(h))))
    a = L.AdaptiveAveragePooling1D(4)(L.DepthwiseConv1D(3)(L.AveragePooling1D(2)(h)))
    b = L.AdaptiveMaxPooling1D(4)(L.SeparableConv1D(3, 3)(h))
    h = L.Concatenate()([a, b])
    h = L.Concatenate()([L.GlobalAveragePooling1D()(h), L.GlobalMaxPooling1D()(h)])
    return finish(i, L.Dense(2)(h), x, y)


def volumes(random):
    x, y = regression(random, 6, 6, 6, 1)
    i = keras.Input((6, 6, 6, 1))
    h = L.Conv3D(2, 3, activation="relu")(L.ZeroPadding3D(1)(i))
    h = L.Conv3DTranspose(2, 2)(L.UpSampling3D(2)(L.MaxPooling3D(2)(L.Cropping3D(1)(h))))
    h = L.Concatenate()([L.AdaptiveAveragePooling3D(2)(h), L.AdaptiveMaxPooling3D(2)(h), L.AveragePooling3D(2)(h)])
    h = L.Concatenate()([L.GlobalAveragePooling3D()(h), L.GlobalMaxPooling3D()(h)])
    return finish(i, L.Dense(2)(h), x, y)


def prepared_images(random):
    x, y = regression(random, 9, 8, 1)
    i = keras.Input((9, 8, 1))
    norm = L.Normalization(mean=[0.5], variance=[2.0])
    h = L.Resizing(5, 7)(L.CenterCrop(7, 6)(L.Rescaling(0.5, 0.1)(norm(i))))
    h = L.ELU()(L.Conv2D(3, 3)(h))
    return finish(i, L.Dense(2)(L.Flatten()(h)), x, y)


def augmented_images(random):
    """Factors whose range is one number: nothing is random."""
    x = random.uniform(0, 1, (25, 8, 8, 3)).astype(np.float32)
    y = [np.stack([x.reshape(25, -1).mean(1), x[:, 0, 0, 0]], 1)]
    i = keras.Input((8, 8, 3))
    unit = {"value_range": (0.0, 1.0)}
    h = L.RandomTranslation((0.2, 0.2), (-0.1, -0.1))(L.RandomZoom((0.3, 0.3))(L.RandomRotation((0.1, 0.1))(i)))
    h = L.RandomSharpness((0.8, 0.8), **unit)(L.RandomBrightness((0.1, 0.1), **unit)(h))
    h = L.RandomHue((1.0, 1.0), **unit)(L.RandomSaturation((0.4, 0.4), **unit)(h))
    h = L.AutoContrast(**unit)(L.RandomContrast((-0.1, 0.1), **unit)(h))
    h = L.Conv2D(3, 3, activation="relu")(h)
    made = finish(i, L.Dense(2)(L.Flatten()(h)), x, y)
    for layer in made[0].layers:  # a list that Keras keeps of a layer cannot be written to .h5
        if hasattr(layer, "value_range"):
            layer.value_range = tuple(layer.value_range)
    return made


def shapes(random):
    x, y = regression(random, 4)
    i = keras.Input((4,))
    h = L.Permute((2, 1))(L.Reshape((3, 2))(L.Dense(6)(i)))
    h = L.Flatten()(L.Softmax()(h))
    h = L.GlobalAveragePooling1D()(L.Activation("tanh")(L.RepeatVector(3)(h)))
    h = L.Multiply()([L.ReLU(max_value=2, negative_slope=0.1)(L.Dense(6)(h)), L.Identity()(L.PReLU()(L.Dense(6)(i)))])
    return finish(i, L.Dense(2)(h), x, y, keras.optimizers.SGD(0.1, momentum=0.9))


def recurrent(random):
    x = fits.tokens(random, 25)
    i = keras.Input((6,))
    h = L.TimeDistributed(L.Dense(4, activation="tanh"))(L.Embedding(9, 4, mask_zero=True)(i))
    h = L.Bidirectional(L.LSTM(3, return_sequences=True))(h)
    a = L.GRU(3)(h)
    b = L.SimpleRNN(3, go_backwards=True)(h)
    c = L.GRU(2, reset_after=False)(h)
    return finish(i, L.Dense(3, activation="softmax")(L.Concatenate()([a, b, c])), x,
                  [random.integers(0, 3, 25).astype(np.int32)], loss="sparse_categorical_crossentropy")


def cells(random):
    x, y = regression(random, 5, 3)
    x[random.random((25, 5)) > 0.7] = 0
    i = keras.Input((5, 3))
    h = L.RNN(L.SimpleRNNCell(4), return_sequences=True)(L.Masking()(i))
    h = L.RNN([L.GRUCell(3), L.LSTMCell(3)], return_sequences=True)(h)
    return finish(i, L.Dense(2)(L.RNN(L.LSTMCell(3))(h)), x, y)


def attending(random):
    x, y = regression(random, 4, 6)
    i = keras.Input((4, 6))
    h = L.Attention(use_scale=True, score_mode="concat")([L.Dense(6)(i), L.Dense(6)(i)])
    return finish(i, L.Dense(2)(L.Flatten()(h)), x, y)


def features(random):
    """Bins, categories, hashes and crossings of a table's columns."""
    x = [random.normal(size=(25, 2)).astype(np.float32), random.integers(0, 5, (25, 3)).astype(np.int64),
         random.integers(-20, 20, (25, 1)).astype(np.int64), random.integers(0, 9, (25, 1)).astype(np.int32)]
    i = [keras.Input(a.shape[1:], dtype=str(a.dtype)) for a in x]
    h = [L.Discretization(bin_boundaries=[-0.5, 0.0, 0.7], output_mode="multi_hot")(i[0]),
         L.CategoryEncoding(5, output_mode="count")(i[1]),
         L.CategoryEncoding(4, output_mode="one_hot")(L.IntegerLookup(vocabulary=[3, 1], mask_token=0)(i[3])),
         L.Hashing(6, output_mode="one_hot")(i[2]), L.HashedCrossing(7, output_mode="one_hot")([i[2], i[3]])]
    words = np.array(["red", "", "blau", "gr\u00fcn"])[random.integers(0, 4, (25, 2))]
    x.append(words)
    i.append(keras.Input((2,), dtype="string"))
    h.append(L.StringLookup(vocabulary=["red", "gr\u00fcn"], mask_token="", output_mode="multi_hot")(i[4]))
    h.append(L.Flatten()(L.Embedding(8, 2)(L.Hashing(8, salt=5)(i[2]))))
    x.append(np.array([" ".join(w) for w in np.array(["Red!", "blue", "a", "gr\u00fcn."])[random.integers(0, 4, (25, 4))]])[:, None])
    i.append(keras.Input((1,), dtype="string"))
    h.append(L.GlobalAveragePooling1D()(L.Embedding(5, 3)(
        L.TextVectorization(vocabulary=["red", "a", "gr\u00fcn"], output_sequence_length=5)(i[5]))))
    h = L.Dense(6, activation="tanh")(L.Concatenate()(h))
    y = [np.stack([x[0][:, 0], x[2][:, 0] / 20.0], 1).astype(np.float32)]
    return finish(i, L.Dense(2)(h), x, y)[0], x, y, None


def ragged_probabilities(random):
    """Metrics on padded sentences: those without sample weights and those with."""
    x = fits.tokens(random, 25)
    M = keras.metrics
    make = lambda: [M.CategoricalAccuracy(), M.TopKCategoricalAccuracy(2), M.KLDivergence(), M.CosineSimilarity(),
                    M.CategoricalCrossentropy(), M.MeanAbsoluteError(), M.RootMeanSquaredError(), M.Precision(class_id=1)]
    i = keras.Input((6,))
    h = L.Bidirectional(L.GRU(3, return_sequences=True))(L.Embedding(9, 4, mask_zero=True)(i))
    h = L.Concatenate()([L.TimeDistributed(L.Dense(3))(h), L.Add()([h, h])])
    model = keras.Model(i, L.Dense(3, activation="softmax")(h))
    model.compile(keras.optimizers.Adam(0.02), "categorical_crossentropy", metrics=make(), weighted_metrics=[
        type(m).from_config({**m.get_config(), "name": "weighted_" + m.name}) for m in make()])
    y = np.eye(3, dtype=np.float32)[random.integers(0, 3, (25, 6))]
    return model, [x], [y], random.uniform(0.5, 2, (25,)).astype(np.float32)[:, None] * np.ones((1, 6), np.float32)


def ragged_decisions(random):
    x = fits.tokens(random, 25)
    M = keras.metrics
    i = keras.Input((6,))
    h = L.SimpleRNN(4, return_sequences=True)(L.Embedding(9, 4, mask_zero=True)(i))
    h = L.Attention()([h, h])
    model = keras.Model(i, L.Dense(1, activation="sigmoid")(L.LSTM(3, return_sequences=True)(h)))
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy",
                  metrics=[M.BinaryAccuracy(), M.AUC(num_thresholds=20), M.Precision(), M.Recall(), M.Hinge(),
                           M.MeanSquaredError(), M.BinaryCrossentropy(), M.Poisson(), M.LogCoshError()])
    return model, [x], [(x[:, :, None] % 2).astype(np.float32)], None


def spectral(random):
    x, y = regression(random, 6, 6, 2)
    i = keras.Input((6, 6, 2))
    h = L.LeakyReLU(negative_slope=0.2)(L.SpectralNormalization(L.Conv2D(4, 3))(i))
    shared = L.SpectralNormalization(L.Dense(4, activation="tanh", kernel_regularizer="l2"), power_iterations=2)
    return finish(i, L.Dense(2)(shared(shared(L.GlobalAveragePooling2D()(h)))), x, y)


ALL = (ragged_probabilities, ragged_decisions, images, series, volumes, prepared_images, augmented_images, shapes,
       recurrent, cells, attending, spectral, features)

if __name__ == "__main__":
    for make in ALL:
        if not sys.argv[2:] or make.__name__ in sys.argv[2:]:
            fits.record(make)
