"""Recurrent layers, wrappers and cells in .h5 both ways: what Keras 3 and tf_keras write predicts the
same in mica, and what mica writes after an epoch of training predicts the same in both."""
from harness import close, for_each, mica, mica_predict, run

import keras
import numpy as np
import tf_keras

SHAPE = (6, 3)


def plain(kind):
    return lambda L: [getattr(L, kind)(5, return_sequences=True, name="first"), getattr(L, kind)(4)]


MODELS = {
    "simple_rnn": plain("SimpleRNN"), "lstm": plain("LSTM"), "gru": plain("GRU"),
    "gru_reset_before": lambda L: [L.GRU(5, reset_after=False)],
    "options": lambda L: [L.LSTM(5, go_backwards=True, use_bias=False, activation="relu", dropout=0.1,
                                 recurrent_dropout=0.2, kernel_regularizer="l2", unit_forget_bias=False)],
    "masked": lambda L: [L.Masking(), L.LSTM(5, return_sequences=True), L.GRU(4)],
    "bidirectional": lambda L: [L.Bidirectional(L.LSTM(4, return_sequences=True)),
                                L.Bidirectional(L.GRU(3), merge_mode="sum")],
    "bidirectional_masked": lambda L: [L.Masking(), L.Bidirectional(L.LSTM(4, return_sequences=True), merge_mode="ave"),
                                       L.Bidirectional(L.SimpleRNN(3), merge_mode="mul")],
    "time_distributed": lambda L: [L.TimeDistributed(L.Dense(4, activation="tanh")), L.LSTM(3)],
    "cell": lambda L: [L.RNN(L.LSTMCell(4), return_sequences=True), L.RNN(L.GRUCell(3))],
    "stacked": lambda L: [L.RNN(L.StackedRNNCells([L.LSTMCell(4), L.SimpleRNNCell(3)]))],
    "other_activation": lambda L: [L.LSTM(4, activation="softsign"), ],
}


def data():
    random = np.random.default_rng(4)
    x = random.normal(size=(10, *SHAPE)).astype(np.float32)
    for i in range(len(x)):
        x[i, 1 + i % 6:] = 0
    return x, random.normal(size=(10, 2)).astype(np.float32)


def made(K, name):
    K.utils.set_random_seed(3)
    model = K.Sequential([K.Input(SHAPE), *MODELS[name](K.layers), K.layers.Dense(2)])
    model.set_weights([w + np.random.default_rng(1).normal(size=w.shape) * 0.1 for w in model.get_weights()])
    model.compile("adam", "mse")
    return model


def there_and_back(K, name):
    x, y = data()
    model = made(K, name)
    model.save("model.h5")
    close(mica_predict("model.h5", x, folder="."), model.predict(x, verbose=0), 1e-5, what="mica's predictions")
    np.savez("data.npz", x=x, y=y)
    mica("train", "--model", "model.h5", "--data", "data.npz", "--epochs", 1, "--output", "out.h5")
    ours = mica_predict("out.h5", x, folder=".")
    assert np.abs(ours - model.predict(x, verbose=0)).max() > 1e-6, "training changed nothing"
    for reader in (keras, tf_keras):
        written = reader.models.load_model("out.h5", compile=False)
        close(written.predict(x, verbose=0), ours, 1e-5, what=f"predictions of {reader.__name__}")


@for_each("model", sorted(MODELS))
def of_keras(name):
    there_and_back(keras, name)


@for_each("model", sorted(MODELS))
def of_tf_keras(name):
    there_and_back(tf_keras, name)


def encoder_decoder(K):
    """The states of one sequence begin another: return_state, initial_state, two inputs."""
    L = K.layers
    source, target = K.Input(SHAPE, name="source"), K.Input(SHAPE, name="target")
    _, h, c = L.LSTM(4, return_state=True, name="encoder")(source)
    y, last, _ = L.LSTM(4, return_sequences=True, return_state=True, name="decoder")(target, initial_state=[h, c])
    forward = L.Bidirectional(L.GRU(4, name="gru"), name="both")(y, initial_state=[h, last])
    return K.Model([source, target], forward)


@for_each("writer", (keras, tf_keras))
def states_are_passed_on(K):
    x, _ = data()
    model = encoder_decoder(K)
    model.save("model.h5")
    expected = model.predict([x, x[::-1]], verbose=0)
    mica("predict", "model.h5", "--input", save("a.npy", x), "--input", save("b.npy", x[::-1]), "--output", "y.npy")
    close(np.load("y.npy"), expected, 1e-5, what="mica's predictions")


def any_steps(K):
    """Neither the batch nor the number of steps is in the file."""
    L = K.layers
    words, frames = K.Input((None,), name="words", dtype="int32"), K.Input((None, 4, 4, 3), name="frames")
    tags = L.TimeDistributed(L.Dense(5, activation="softmax"))(L.LSTM(6, return_sequences=True)(L.Embedding(9, 4)(words)))
    rows = L.TimeDistributed(L.Flatten())(L.TimeDistributed(L.Conv2D(2, 3))(frames))
    return K.Model([words, frames], [tags, rows])


@for_each("writer", (keras, tf_keras))
def time_distributed_over_any_number_of_steps(K):
    random = np.random.default_rng(5)
    any_steps(K).save("model.h5")
    model = K.models.load_model("model.h5", compile=False)
    for steps in (1, 4):
        rows = steps if K is keras else 7  # where steps are not known, Keras 3.15 counts them by the batch
        words = random.integers(0, 9, size=(rows, steps)).astype(np.int32)
        frames = random.normal(size=(rows, steps, 4, 4, 3)).astype(np.float32)
        expected = model.predict([words, frames], verbose=0)
        mica("predict", "model.h5", "--input", save("a.npy", words), "--input", save("b.npy", frames),
             "--output", "y.npz")
        found = np.load("y.npz")
        for value, name in zip(expected, found.files):
            close(found[name], value, 1e-5, what=f"output {name} of {steps} steps")


def save(path, array):
    np.save(path, array)
    return path


run()
