#!/usr/bin/env python3
"""Records steps of recurrent critics with a gradient penalty: record_penalty_recurrent.py [FOLDER]

Writes penalty_recurrent.json into FOLDER (tests/recorded by default): sequences, and for each
critic its layers (Keras's classes and configs), its weights in Keras's layout, and for each of
three steps of SGD the loss
    mean(D(generated)) - mean(D(real)) + 10 mean((|dD(x)/dx| - 1)^2)
and its penalty; the gradients of the first step, the weights at the end.

PyTorch's own RNN, LSTM and GRU compute it, in float64; the mask is a packed sequence. A GRU that
resets before its product is not among them: its steps are written out.
"""
import json
import os
import re
import sys

import numpy as np
import torch
from torch.nn import utils

FOLDER = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "../tests/recorded")
B, T, F, STEPS = 4, 5, 3, 3
LENGTHS = (5, 2, 4, 3)
KINDS = {"SimpleRNN": torch.nn.RNN, "LSTM": torch.nn.LSTM, "GRU": torch.nn.GRU}


def to_torch(kind, t):
    """Columns of gates z, r, g of Keras's GRU as torch's r, z, n; the rest is in the same order."""
    parts = torch.chunk(t, 3, -1) if kind == "GRU" else [t]
    return torch.cat([parts[i] for i in ((1, 0, 2) if kind == "GRU" else (0,))], -1)


def run(kind, x, kernel, recurrent, bias, lengths=None):
    """All y, and the last h."""
    module = KINDS[kind](x.shape[-1], recurrent.shape[0], batch_first=True, dtype=torch.float64)
    both = bias if bias.dim() == 2 else torch.stack([bias, torch.zeros_like(bias)])
    given = {"weight_ih_l0": to_torch(kind, kernel).T, "weight_hh_l0": to_torch(kind, recurrent).T,
             "bias_ih_l0": to_torch(kind, both[0]), "bias_hh_l0": to_torch(kind, both[1])}
    if lengths:
        x = utils.rnn.pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
    y, last = torch.func.functional_call(module, given, (x,))
    last = last[0] if kind == "LSTM" else last
    return y, last[0]


def reset_before(x, kernel, recurrent, bias):
    h = torch.zeros(len(x), recurrent.shape[0], dtype=x.dtype)
    w, u, b = (torch.chunk(t, 3, -1) for t in (kernel, recurrent, bias))
    for t in range(x.shape[1]):
        z, r = (torch.sigmoid(x[:, t] @ w[i] + b[i] + h @ u[i]) for i in (0, 1))
        h = z * h + (1 - z) * torch.tanh(x[:, t] @ w[2] + b[2] + (r * h) @ u[2])
    return h


def flipped(x):
    return torch.flip(x, (1,))


def bidirectional(x, w):
    return torch.cat([run("LSTM", x, *w[:3])[1], run("LSTM", flipped(x), *w[3:6])[1]], -1)


def stacked(x, w):
    return run("GRU", run("LSTM", x, *w[:3])[0], *w[3:6])[1]


def weights_of(features, units, gates, rows=1):
    wide = gates * units
    return [(features, wide), (units, wide), (rows, wide) if rows == 2 else (wide,)]


MASKING = ("Masking", {})
CASES = {
    "simple_rnn": ([("SimpleRNN", {"units": 4})], weights_of(F, 4, 1), lambda x, w: run("SimpleRNN", x, *w)[1]),
    "lstm": ([("LSTM", {"units": 4})], weights_of(F, 4, 4), lambda x, w: run("LSTM", x, *w)[1]),
    "gru": ([("GRU", {"units": 4})], weights_of(F, 4, 3, 2), lambda x, w: run("GRU", x, *w)[1]),
    "gru_reset_before": ([("GRU", {"units": 4, "reset_after": False})], weights_of(F, 4, 3),
                         lambda x, w: reset_before(x, *w)),
    "lstm_backwards": ([("LSTM", {"units": 4, "go_backwards": True})], weights_of(F, 4, 4),
                       lambda x, w: run("LSTM", flipped(x), *w)[1]),
    "lstm_masked": ([MASKING, ("LSTM", {"units": 4})], weights_of(F, 4, 4),
                    lambda x, w: run("LSTM", x, *w, LENGTHS)[1]),
    "gru_masked": ([MASKING, ("GRU", {"units": 4})], weights_of(F, 4, 3, 2),
                   lambda x, w: run("GRU", x, *w, LENGTHS)[1]),
    "bidirectional": ([("Bidirectional", {"layer": {"class_name": "LSTM", "config": {"units": 3}}})],
                      weights_of(F, 3, 4) * 2, bidirectional),
    "stacked": ([("LSTM", {"units": 4, "return_sequences": True}), ("GRU", {"units": 3})],
                weights_of(F, 4, 4) + weights_of(4, 3, 3, 2), stacked),
}


def numbers(array):
    array = np.asarray(array.detach() if torch.is_tensor(array) else array)
    return {"shape": list(array.shape), "data": [float(f"{v:.9g}") for v in array.astype(np.float32).ravel()]}


def record(body, shapes, data, draw, masked):
    real, generated, between = (t.clone() for t in data)
    if masked:
        for t in (real, generated, between):
            for i, length in enumerate(LENGTHS):
                t[i, length:] = 0
    weights = [draw(s) * 0.5 for s in shapes] + [draw((sum_units(shapes), 1)), draw((1,))]
    weights = [w.clone().requires_grad_() for w in weights]
    start = [numbers(w) for w in weights]
    optimizer = torch.optim.SGD(weights, 0.01)  # Adam would go by the sign of what rounding leaves of a small slope
    judge = lambda x: body(x, weights[:-2]) @ weights[-2] + weights[-1]
    steps, first = [], None
    for _ in range(STEPS):
        x = between.clone().requires_grad_()
        slopes, = torch.autograd.grad(judge(x).sum(), x, create_graph=True)
        penalty = ((slopes.square().sum((1, 2)).sqrt() - 1) ** 2).mean()
        loss = judge(generated).mean() - judge(real).mean() + 10 * penalty
        optimizer.zero_grad()
        loss.backward()
        first = first or [numbers(w.grad) for w in weights]
        steps.append({"loss": float(f"{loss.item():.9g}"), "penalty": float(f"{penalty.item():.9g}")})
        optimizer.step()
    return {"start": start, "steps": steps, "gradients": first, "weights": [numbers(w) for w in weights]}


def sum_units(shapes):
    """What the dense layer gets: both directions side by side, else the last layer's units."""
    return 6 if shapes == CASES["bidirectional"][1] else shapes[-2][0]


def main():
    random = np.random.default_rng(11)
    draw = lambda shape: torch.tensor(random.normal(size=shape).astype(np.float32), dtype=torch.float64)
    real, generated = draw((B, T, F)) + 0.5, draw((B, T, F))
    share = torch.tensor(random.random((B, 1, 1)))
    between = torch.tensor(np.asarray(share * real + (1 - share) * generated, np.float32), dtype=torch.float64)
    cases = []
    for name, (layers, shapes, body) in CASES.items():
        masked = layers[0] == MASKING
        content = record(body, shapes, (real, generated, between), draw, masked)
        cases.append({"name": name, "lengths": LENGTHS if masked else [T] * B,
                      "layers": [{"class_name": c, "config": json.dumps(o)} for c, o in layers], **content})
    content = {"made_with": {"torch": torch.__version__, "numpy": np.__version__}, "real": numbers(real),
               "generated": numbers(generated), "between": numbers(between), "cases": cases}
    with open(os.path.join(FOLDER, "penalty_recurrent.json"), "w") as f:
        text = json.dumps(content, indent=1)
        f.write(re.sub(r"\[[^][{}\"]*\]", lambda m: re.sub(r"\s+", " ", m[0]), text) + "\n")


if __name__ == "__main__":
    main()
