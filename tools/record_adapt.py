#!/usr/bin/env python3
"""Records what Keras's Normalization, Discretization and lookups adapt to: record_adapt.py [FOLDER]

Writes FOLDER/adapt.json (tests/recorded by default): a list of {"config", "input", "mean",
"variance", "output"}, arrays as in record_keras.py; output is the adapted layer's of the input. And FOLDER/adapt_features.json: {"class_name", "config",
"input", "learned", "output"}; learned: the bin boundaries, or {"vocabulary", "idf_weights"} without
the special tokens.
"""
import record_keras as base
import numpy as np
from keras import layers as L


def adapted(name, shape, scale=1.0, **options):
    x = (base.random_of(name).normal(3, 2, shape) * scale).astype(np.float32)
    layer = L.Normalization(**options)
    layer.adapt(x)
    config = {key: options[key] for key in options}
    mean, variance, count = layer.get_weights()
    assert count == 0
    return {"config": config, "input": base.numbers(x), "mean": base.numbers(mean), "variance": base.numbers(variance),
            "output": base.numbers(layer(x))}


def values(x):
    x = np.asarray(x)
    return {"shape": list(x.shape), "data": [v.decode() if isinstance(v, bytes) else v for v in x.ravel().tolist()]}


def binned(x, **options):
    layer = L.Discretization(**options)
    layer.adapt(x)
    return {"class_name": "Discretization", "config": options, "input": values(x),
            "learned": layer.get_config()["bin_boundaries"], "output": base.numbers(layer(x))}


def looked_up(kind, x, **options):
    layer = kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in options.items()})
    layer.adapt(x)
    lookup = getattr(layer, "_lookup_layer", layer)
    learned = {"vocabulary": [str(t) if isinstance(t, str) else int(t)
                              for t in layer.get_vocabulary(include_special_tokens=False)]}
    if options.get("output_mode") == "tf_idf":
        start, layer.idf_weights = lookup._token_start_index(), lookup.idf_weights
        learned["idf_weights"] = layer.idf_weights.numpy()[start:start + len(learned["vocabulary"])].tolist()
    return {"class_name": kind.__name__, "config": options, "input": values(x), "learned": learned,
            "output": base.numbers(layer(x))}


def texts_cases(random):
    """Sentences of few words, with punctuation and capitals."""
    words = np.array(["red", "Red,", "a", "b.", "gr\u00fcn", "\u4e2d\u6587", "don't", "--", "x1!"])
    texts = np.array([" ".join(words[random.integers(0, 9, n)]) for n in random.integers(0, 7, 40)])
    T = L.TextVectorization
    return [looked_up(T, texts), looked_up(T, texts[:, None], max_tokens=7, output_sequence_length=4),
            looked_up(T, texts, ngrams=2, max_tokens=20), looked_up(T, texts, ngrams=[2, 3], output_mode="count"),
            looked_up(T, texts, standardize="lower", split="character", output_mode="multi_hot"),
            looked_up(T, texts, standardize=None, output_mode="tf_idf"),
            looked_up(T, np.array([t.replace("--", "a") for t in texts]), split=None, max_tokens=10),
            looked_up(T, texts, output_mode="tf_idf", max_tokens=30, pad_to_max_tokens=True, ngrams=2)]


def features():
    random = np.random.default_rng(5)
    normal = random.normal(size=(300, 2)).astype(np.float32)
    few = np.array([[3.0], [1.0], [1.0], [2.0], [5.0]], np.float32)
    cases = [binned(normal, num_bins=4), binned(normal, num_bins=7, epsilon=0.05, output_mode="one_hot"),
             binned(few, num_bins=3), binned(few, num_bins=1), binned(np.round(normal), num_bins=5, output_mode="count")]
    numbers = random.integers(-4, 7, (40, 3))
    words = np.array(["red", "", "a b", "gr\u00fcn", "\u4e2d", "[UNK]", "Red"])[random.integers(0, 7, (40, 3))]
    cases += [looked_up(L.IntegerLookup, numbers), looked_up(L.IntegerLookup, numbers, mask_token=0, max_tokens=6),
              looked_up(L.IntegerLookup, numbers[:, 0], num_oov_indices=2, output_mode="one_hot"),
              looked_up(L.IntegerLookup, numbers, output_mode="tf_idf"),
              looked_up(L.StringLookup, words), looked_up(L.StringLookup, words, mask_token="", max_tokens=5),
              looked_up(L.StringLookup, words, output_mode="tf_idf"),
              looked_up(L.IntegerLookup, numbers, output_mode="tf_idf", max_tokens=20, pad_to_max_tokens=True)]
    cases += texts_cases(random)
    return cases


def main():
    base.write_json("adapt_features.json", {"made_with": base.MADE_WITH, "cases": features()})
    cases = [adapted("columns", (40, 3)), adapted("images", (3, 4, 5, 2), axis=-1),
             adapted("axis_1", (4, 3, 5), axis=1), adapted("axes", (5, 3, 2), axis=[1, 2]),
             adapted("whole", (6, 4), axis=None), adapted("invert", (8, 3), invert=True),
             adapted("constant", (4, 2), scale=0.0)]
    base.write_json("adapt.json", {"made_with": base.MADE_WITH, "cases": cases})


if __name__ == "__main__":
    main()
