#!/usr/bin/env python3
"""Compares what `mica list` tells with what Keras has: compare_with_keras.py MICA [--write]

Prints a table of what mica lacks, with the theme of work that brings it or the reason why nothing
does; --write puts it into docs/compatibility.md between its marks. Exits 1 where a thing is missing
that no theme names: then it belongs into THEMES below, or into mica.
"""
import inspect
import os
import subprocess
import sys

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", KERAS_BACKEND="tensorflow")

import keras

DOCS = os.path.join(os.path.dirname(__file__), "../docs/compatibility.md")
BEGIN, END = "<!-- missing: begin -->", "<!-- missing: end -->"

PREPROCESSING = "data: preprocessing and augmentation"
FOREIGN = "never: runs another framework's code"
PYTHON = "never: a file that holds Python code is not run; register a class in C (mica/custom.h)"
ABSTRACT = "the base class of one's own: mica/custom.h"
RECURRENT = "recurrent layers"

THEMES = {
    "layers": {
        PREPROCESSING: "AugMix AutoContrast CategoryEncoding ContrastLimitedAdaptiveHistogramEqualization "
                       "CutMix Discretization Equalization HashedCrossing Hashing IntegerLookup MaxNumBoundingBoxes "
                       "MixUp Pipeline RandAugment RandomBrightness RandomColorDegeneration "
                       "RandomColorJitter RandomContrast RandomCrop RandomElasticTransform RandomErasing RandomFlip "
                       "RandomGaussianBlur RandomGrayscale RandomHue RandomInvert RandomPerspective "
                       "RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear "
                       "RandomTranslation RandomZoom Solarization StringLookup TextVectorization",
        "data: audio": "MelSpectrogram STFTSpectrogram",
        FOREIGN: "FlaxLayer JaxLayer TFSMLayer TorchModuleWrapper",
        PYTHON: "Lambda",
        ABSTRACT: "Layer Wrapper",
        RECURRENT: "ConvLSTM1D ConvLSTM2D ConvLSTM3D",
        "transformers": "EinsumDense ReversibleEmbedding",
    },
    "initializers": {ABSTRACT: "Initializer", "data: audio": "STFT"},
    "regularizers": {ABSTRACT: "Regularizer"},
    "constraints": {ABSTRACT: "Constraint"},
    "losses": {ABSTRACT: "Loss"},
    "metrics": {ABSTRACT: "Metric MeanMetricWrapper"},
    "optimizers": {ABSTRACT: "Optimizer OptimizerMap",
                   "mixed precision: a loss scale is an option of every optimizer": "LossScaleOptimizer",
                   "later optimizers": "MultiOptimizer Muon ScheduleFreeAdamW"},
    "activations": {},
    "schedules": {ABSTRACT: "LearningRateSchedule"},
}
# Until the rest of training is complete.
REST = {"losses": "training: losses", "metrics": "training: metrics", "optimizers": "training: optimizers",
        "activations": "training: activations"}


def keras_names(kind):
    """Classes under their own name (activations: functions), without Keras's second names."""
    module = keras.optimizers.schedules if kind == "schedules" else getattr(keras, kind)
    names = set()
    for name, value in vars(module).items():
        wanted = inspect.isfunction(value) if kind == "activations" else inspect.isclass(value)
        if wanted and name not in ("serialize", "deserialize", "get", "Input", "InputSpec"):
            own = value.__name__ if hasattr(module, value.__name__) else name
            names.add(own)
    return names


def mica_names(mica, kind):
    """Both columns: the names and the classes."""
    text = subprocess.run([mica, "list", kind], check=True, capture_output=True, text=True).stdout
    return {word for line in text.splitlines() for word in line.split()}


def theme_of(kind, name):
    for theme, names in THEMES[kind].items():
        if name in names.split():
            return theme
    return REST.get(kind)


def main():
    rows, unknown = {}, []
    for kind in THEMES:
        for name in sorted(keras_names(kind) - mica_names(sys.argv[1], kind)):
            theme = theme_of(kind, name)
            rows.setdefault((kind, theme), []).append(name)
            if theme is None:
                unknown.append(f"{kind}: {name}")
    lines = [f"Against the lists of Keras {keras.__version__} (`tools/compare_with_keras.py`); all else is there.", "",
             "| what | missing | comes with |", "|---|---|---|"]
    lines += [f"| {kind} | {', '.join(names)} | {theme} |" for (kind, theme), names in rows.items()]
    table = "\n".join(lines)
    print(table)
    if "--write" in sys.argv:
        with open(DOCS) as f:
            before, rest = f.read().split(BEGIN)
        with open(DOCS, "w") as f:
            f.write(f"{before}{BEGIN}\n{table}\n{END}{rest.split(END)[1]}")
    if unknown:
        sys.exit("without a theme: " + "; ".join(unknown))


if __name__ == "__main__":
    main()
