"""Layers of features, given and adapted, go between mica and Keras 3: the same predictions."""
import json
import os
import subprocess

from harness import MICA, close, mica_predict, run, test

import keras
import numpy as np
import tensorflow as tf

L = keras.layers
TOOL = os.environ.get("MODEL_TOOL") or os.path.join(os.path.dirname(MICA), "tests/format/model_tool")
random = np.random.default_rng(3)
X = {"amount": random.normal(size=(30, 1)).astype(np.float32), "city": random.integers(0, 9, (30, 1)),
     "kind": random.integers(-3, 4, (30, 1)).astype(np.int32), "tags": random.integers(0, 5, (30, 4)),
     "word": np.array(["red", "", "gr\u00fcn", "blue"])[random.integers(0, 4, (30, 2))],
     "text": np.array([" ".join(np.array(["Red!", "a", "gr\u00fcn,", "blue", "--"])[random.integers(0, 5, n)])
                       for n in random.integers(0, 9, 30)]),
     "share": random.uniform(size=(30, 4)).astype(np.float32)}


def model():
    i = {k: keras.Input(x.shape[1:], name=k,
                        dtype="string" if x.dtype.kind == "U" else str(x.dtype)) for k, x in X.items()}
    bins, places = L.Discretization(num_bins=4, output_mode="one_hot"), L.IntegerLookup(vocabulary=[3, 1, 2], mask_token=0)
    bins.adapt(X["amount"])
    h = [bins(i["amount"]), L.Embedding(6, 3)(places(i["city"])), L.Hashing(5, salt=(3, 9), output_mode="one_hot")(i["kind"]),
         L.CategoryEncoding(5, output_mode="count")(i["tags"], count_weights=i["share"]),
         L.HashedCrossing(6, output_mode="one_hot")([i["city"], i["kind"]]),
         L.IntegerLookup(vocabulary=[2, 4], output_mode="tf_idf", idf_weights=[0.5, 1.5])(i["tags"])]
    words = L.StringLookup(output_mode="count", mask_token="", vocabulary=["gr\u00fcn", "red"])
    h += [words(i["word"]), L.Hashing(9, output_mode="multi_hot")(i["word"])]
    vocabulary = {"vocabulary": ["red", "a", "gr\u00fcn", "red a"]}
    numbers = L.TextVectorization(output_sequence_length=7, ngrams=2, **vocabulary)(i["text"])
    h += [L.GlobalAveragePooling1D()(L.Embedding(6, 3)(numbers)),
          L.TextVectorization(output_mode="tf_idf", split="character", idf_weights=[0.5, 1.0, 1.5, 2.0], **vocabulary)(i["text"])]
    h[1] = L.Flatten()(h[1])
    return keras.Model(list(i.values()), L.Dense(2)(L.Concatenate()(h)))


@test
def mica_reads_and_writes_them():
    m = model()
    x = [tf.constant(a) if a.dtype.kind == "U" else a for a in X.values()]
    expected = m.predict(x, verbose=0)
    m.save("model.h5")
    subprocess.run([TOOL, "resave", "model.h5", "again.h5"], check=True)
    for file in ("model.h5", "again.h5"):
        close(mica_predict(file, *X.values(), folder="."), expected, 1e-5)
    again = keras.models.load_model("again.h5", compile=False)
    close(again.predict(x, verbose=0), expected, 1e-6)


@test
def keras_opens_what_mica_learned():
    for name, words in (("bad", "awful, bad FILM"), ("good", "great; good film")):
        os.makedirs(f"reviews/{name}", exist_ok=True)
        for k in range(20):
            with open(f"reviews/{name}/{k}.txt", "w", encoding="utf-8") as out:
                out.write(f"{words} \u4e2d {k % 3}")
    layers = [{"TextVectorization": {"output_sequence_length": 5}}, {"Embedding": {"input_dim": 20, "output_dim": 4}},
              "GlobalAveragePooling1D", {"Dense": {"units": 2, "activation": "softmax"}}]
    with open("recipe.json", "w") as out:
        json.dump({"model": {"input": [1], "dtype": "string", "layers": layers}, "data": "reviews", "output": "texts.h5",
                   "compile": {"optimizer": "adam", "loss": "sparse_categorical_crossentropy"}, "fit": {"epochs": 2}}, out)
    subprocess.run([MICA, "train", "recipe.json"], check=True, capture_output=True)
    texts = np.array([["good film"], ["BAD, awful!"], [""], ["\u4e2d 2 unknown"]])
    m = keras.models.load_model("texts.h5", compile=False)
    close(m.predict(tf.constant(texts), verbose=0), mica_predict("texts.h5", texts, folder="."), 1e-6)
    lookup = m.layers[0]
    again = L.TextVectorization(output_sequence_length=5)
    again.adapt(np.array([open(f"reviews/{n}/{k}.txt", encoding="utf-8").read() for n in ("bad", "good") for k in range(20)]))
    assert lookup.get_vocabulary() == again.get_vocabulary(), (lookup.get_vocabulary(), again.get_vocabulary())


run()
