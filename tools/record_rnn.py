#!/usr/bin/env python3
"""Records what Keras computes for recurrent layers: record_rnn.py [FOLDER [PREFIX ...]]

Writes into FOLDER (tests/recorded by default) layers/NAME/ as record_layers.py does; inputs after
the first are the first states. Run record_keras.py first: it removes every layer's folder.
"""
import sys

import record_layers as base
import keras
import numpy as np
import tensorflow as tf
from keras import layers as L
from keras.src import backend

X = (3, 4, 5)
RAGGED, HOLES = base.RAGGED, base.HOLES
KINDS = {"simple_rnn": (L.SimpleRNN, 1), "lstm": (L.LSTM, 2), "gru": (L.GRU, 1)}


def call(layer, tensors, masks, roles, training, arguments):
    if masks and masks[0] is not None:
        backend.set_keras_mask(tensors[0], tf.constant(masks[0]))
        if len(tensors) > 1:  # Keras finds the mask by itself only where there is one tensor
            arguments = {**arguments, "mask": tf.constant(masks[0])}
    if isinstance(layer, L.TimeDistributed):
        return layer(tensors[0], training=training)
    return layer(tensors[0], initial_state=list(tensors[1:]) or None, training=training, **arguments)


def recurrent_cases():
    for name, (kind, states) in KINDS.items():
        first = [(3, 6)] * states
        base.case(name, kind(6), X)
        base.case(f"{name}_sequences", kind(6, return_sequences=True), X)
        base.case(f"{name}_state", kind(6, return_state=True), X)
        base.case(f"{name}_all", kind(6, return_sequences=True, return_state=True), X, *first)
        base.case(f"{name}_backwards", kind(6, return_sequences=True, go_backwards=True), X, *first)
        base.case(f"{name}_no_bias", kind(6, use_bias=False), X)
        base.case(f"{name}_relu", kind(6, activation="relu"), X)
        base.case(f"{name}_masked", kind(6), X, masks=(RAGGED,))
        base.case(f"{name}_masked_first", kind(6), X, *first, masks=(HOLES,))
        for tail, options in (("", {}), ("_zero", {"zero_output_for_mask": True}), ("_backwards", {"go_backwards": True})):
            base.case(f"{name}_masked_all{tail}", kind(6, return_sequences=True, return_state=True, **options), X,
                      *first, masks=(HOLES,))
        if name != "simple_rnn":
            base.case(f"{name}_hard", kind(6, activation="sigmoid", recurrent_activation="hard_sigmoid"), X)
    base.case("gru_reset_before", L.GRU(6, reset_after=False, return_sequences=True), X)
    base.case("gru_reset_before_masked", L.GRU(6, reset_after=False, return_sequences=True), X, masks=(HOLES,))
    base.case("lstm_activity", L.LSTM(6, activity_regularizer="l2"), X, training=True)


def wrapper_cases():
    for mode in ("concat", "sum", "mul", "ave"):
        base.case(f"bidirectional_{mode}", L.Bidirectional(L.LSTM(4, return_sequences=True), merge_mode=mode), X)
    base.case("bidirectional_none", L.Bidirectional(L.GRU(4, return_sequences=True), merge_mode=None), X)
    base.case("bidirectional_last", L.Bidirectional(L.SimpleRNN(4)), X)
    base.case("bidirectional_masked", L.Bidirectional(L.GRU(4, return_sequences=True)), X, masks=(HOLES,))
    base.case("bidirectional_masked_last", L.Bidirectional(L.LSTM(4)), X, masks=(RAGGED,))
    base.case("bidirectional_state", L.Bidirectional(L.LSTM(4, return_sequences=True, return_state=True)), X,
              *[(3, 4)] * 4)
    base.case("bidirectional_both_layers", L.Bidirectional(
        L.LSTM(4, return_sequences=True), backward_layer=L.GRU(4, return_sequences=True, go_backwards=True)), X)
    base.case("time_distributed_dense", L.TimeDistributed(L.Dense(4, activation="tanh")), X, masks=(RAGGED,))
    base.case("time_distributed_conv2d", L.TimeDistributed(L.Conv2D(2, 2)), (2, 3, 4, 4, 2))
    base.case("time_distributed_lstm", L.TimeDistributed(L.LSTM(3)), (2, 3, 4, 5))


def cell_cases():
    base.case("rnn_lstm_cell", L.RNN(L.LSTMCell(4), return_sequences=True, return_state=True), X, *[(3, 4)] * 2,
              masks=(HOLES,))
    base.case("rnn_gru_cell_zero", L.RNN(L.GRUCell(4), return_sequences=True, zero_output_for_mask=True), X,
              masks=(HOLES,))
    base.case("rnn_simple_cell_backwards", L.RNN(L.SimpleRNNCell(4), return_sequences=True, go_backwards=True), X)
    base.case("rnn_stacked_cells", L.RNN(L.StackedRNNCells([L.LSTMCell(4), L.GRUCell(3, reset_after=False),
                                                            L.SimpleRNNCell(2)]), return_sequences=True), X)
    base.case("lstm_softsign", L.LSTM(4, activation="softsign", recurrent_activation="silu"), X, masks=(RAGGED,))
    base.case("gru_elu", L.GRU(4, activation="elu", return_sequences=True), X)
    base.case("simple_rnn_gelu", L.SimpleRNN(4, activation="gelu", return_state=True), X, (3, 4))


def record_trainings():
    """20 steps of each kind, on sequences of several lengths: fit/NAME.json as record_keras.py."""
    random = base.base.random_of("recurrent")
    x = random.normal(size=(20, 5, 3)).astype(np.float32)
    for i in range(len(x)):
        x[i, 1 + i % 5:] = 0
    y = np.tanh(x.sum((1, 2)))[:, None].astype(np.float32)
    for name, layers in (
            ("simple_rnn", [L.Masking(), L.SimpleRNN(6), L.Dense(1)]),
            ("lstm", [L.Masking(), L.LSTM(6, return_sequences=True), L.LSTM(4), L.Dense(1)]),
            ("gru", [L.Masking(), L.GRU(6, recurrent_regularizer="l2"), L.Dense(1)]),
            ("bidirectional", [L.Masking(), L.Bidirectional(L.GRU(3, reset_after=False)), L.Dense(1)])):
        base.base.record_fit(f"recurrent_{name}", layers, x, y,
                             {"optimizer": keras.optimizers.Adam(0.02), "loss": "mse"}, {"epochs": 5, "batch_size": 5})


def main():
    if not sys.argv[2:]:
        record_trainings()
    base.call = call
    wrapper_cases()
    cell_cases()
    recurrent_cases()
    wanted = sys.argv[2:]
    for one in base.cases:
        if not wanted or any(one[0].startswith(w) for w in wanted):
            base.record(*one)


if __name__ == "__main__":
    main()
