#!/usr/bin/env python3
"""Records the steps of a critic with a gradient penalty (WGAN-GP): record_penalty.py [FOLDER]

Writes penalty.json into FOLDER (tests/recorded by default): real and generated images, the points
between them, the initial weights of a critic of convolutions, layer and batch normalization, leaky
ReLU and a dense layer (Keras's layouts and epsilon); for each of three steps of Adam the loss
    mean(D(generated)) - mean(D(real)) + 10 mean((|dD(x)/dx| - 1)^2)
and its penalty; the gradients of the first step, the weights at the end.

PyTorch computes it, in float64. TensorFlow would not do: tf.nn.moments stops the gradient at the
mean, which is right once and wrong twice.
"""
import json
import os
import re
import sys

import numpy as np
import torch
from torch.nn import functional as F

FOLDER = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "../tests/recorded")
STEPS, SHAPE = 3, (5, 8, 8, 2)
WEIGHTS = ((3, 3, 2, 4), (4,), (4,), (4,), (3, 3, 4, 6), (6,), (6,), (6,), (6, 1), (1,))
GAMMAS = (2, 6)


def judge(x, w):
    """Channels-last x (B, 8, 8, 2): conv 4 (stride 2, same), layer norm, leaky, conv 6 (stride 2), batch norm, leaky,
    dense 1."""
    x = F.pad(x.permute(0, 3, 1, 2), (0, 1, 0, 1))  # as TensorFlow pads "same" here
    x = F.conv2d(x, w[0].permute(3, 2, 0, 1), w[1], stride=2).permute(0, 2, 3, 1)
    x = F.leaky_relu(F.layer_norm(x, (4,), w[2], w[3], eps=1e-3), 0.2)
    x = F.conv2d(x.permute(0, 3, 1, 2), w[4].permute(3, 2, 0, 1), w[5], stride=2)
    x = F.leaky_relu(F.batch_norm(x, None, None, w[6], w[7], training=True, eps=1e-3), 0.2)
    return x.permute(0, 2, 3, 1).flatten(1) @ w[8] + w[9]


def numbers(array):
    array = np.asarray(array.detach() if torch.is_tensor(array) else array)
    return {"shape": list(array.shape), "data": [float(f"{v:.9g}") for v in array.astype(np.float32).ravel()]}


def main():
    random = np.random.default_rng(7)
    draw = lambda shape: torch.tensor(random.normal(size=shape).astype(np.float32), dtype=torch.float64)
    real, generated = draw(SHAPE) + 0.5, draw(SHAPE)
    share = torch.tensor(random.random((SHAPE[0], 1, 1, 1)))
    between = torch.tensor(np.asarray(share * real + (1 - share) * generated, np.float32), dtype=torch.float64)
    weights = [draw(s) * 0.4 for s in WEIGHTS]
    for i in GAMMAS:
        weights[i] = weights[i].abs() + 0.5
    weights = [torch.tensor(np.asarray(w, np.float32), dtype=torch.float64, requires_grad=True) for w in weights]
    start = [numbers(w) for w in weights]
    optimizer = torch.optim.Adam(weights, 0.01, betas=(0.5, 0.999), eps=1e-7)
    steps, first = [], None
    for _ in range(STEPS):
        x = between.clone().requires_grad_()
        slopes, = torch.autograd.grad(judge(x, weights).sum(), x, create_graph=True)
        penalty = ((slopes.square().sum((1, 2, 3)).sqrt() - 1) ** 2).mean()
        loss = judge(generated, weights).mean() - judge(real, weights).mean() + 10 * penalty
        optimizer.zero_grad()
        loss.backward()
        first = first or [numbers(w.grad) for w in weights]
        steps.append({"loss": float(f"{loss.item():.9g}"), "penalty": float(f"{penalty.item():.9g}")})
        optimizer.step()
    content = {"made_with": {"torch": torch.__version__, "numpy": np.__version__}, "real": numbers(real),
               "generated": numbers(generated), "between": numbers(between), "start": start, "steps": steps,
               "gradients": first, "weights": [numbers(w) for w in weights]}
    with open(os.path.join(FOLDER, "penalty.json"), "w") as f:
        text = json.dumps(content, indent=1)
        f.write(re.sub(r"\[[^][{}]*\]", lambda m: re.sub(r"\s+", " ", m[0]), text) + "\n")


if __name__ == "__main__":
    main()
