"""TensorFlow's own reader reads the event files of mica: scalars of every epoch, as the command prints
them, and histograms whose counts are the weights'."""
import glob
import json

from harness import mica_json, run, test

import numpy as np


def events(folder):
    """{tag: [(step, value)]} of the one file of a folder, checksums verified by the reader."""
    import tensorflow as tf
    (path,) = glob.glob(f"{folder}/events.out.tfevents.*")
    values, versions = {}, []
    for event in tf.compat.v1.train.summary_iterator(path):
        versions.append(event.file_version)
        assert event.wall_time > 1.6e9
        for v in event.summary.value:
            values.setdefault(v.tag, []).append((event.step, v.histo if v.HasField("histo") else v.simple_value))
    assert versions[0] == "brain.Event:2"
    return values


@test
def scalars_and_histograms_are_read():
    random = np.random.default_rng(3)
    x = random.normal(size=(40, 4)).astype(np.float32)
    np.savez("data.npz", x=x, y=random.integers(0, 3, 40))
    recipe = {
        "model": {"input": [4], "layers": [{"Dense": {"units": 5, "activation": "relu"}},
                                           {"Dense": {"units": 3, "activation": "softmax"}}]},
        "data": {"train": "data.npz", "validation_split": 0.25},
        "compile": {"optimizer": {"class_name": "Adam", "config": {"learning_rate": 0.01}},
                    "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]},
        "fit": {"epochs": 3, "batch_size": 8, "callbacks": [
            "TerminateOnNaN",
            {"class_name": "TensorBoard",
             "config": {"log_dir": "logs", "histogram_freq": 2, "update_freq": 4}}]},
        "output": "model.h5"}
    with open("recipe.json", "w") as file:
        json.dump(recipe, file)
    epochs = mica_json("train", "recipe.json")["epochs"]
    for folder, prefix in (("train", ""), ("validation", "val_")):
        for name in ("loss", "accuracy"):
            written = events(f"logs/{folder}")[f"epoch_{name}"]
            assert [step for step, _ in written] == [0, 1, 2]
            np.testing.assert_allclose([v for _, v in written], [e[prefix + name] for e in epochs], rtol=1e-6)
    for folder, prefix in (("train", ""), ("validation", "val_")): # those of the run folder, without being asked
        written = events(f"model.h5.run/tensorboard/{folder}")
        assert "batch_loss" not in written and [step for step, _ in written["epoch_loss"]] == [0, 1, 2]
        np.testing.assert_allclose([v for _, v in written["epoch_loss"]], [e[prefix + "loss"] for e in epochs], rtol=1e-6)
    train = events("logs/train")
    assert train["epoch_learning_rate"] == [(i, np.float32(0.01)) for i in range(3)]
    assert [step for step, _ in train["batch_loss"]] == [4, 8, 12]
    histograms = [v for tag, v in train.items() if tag.endswith("/histogram")]
    assert len(histograms) == 4 and all([step for step, _ in h] == [0, 2] for h in histograms)
    assert sorted(h[0][1].num for h in histograms) == [3, 5, 15, 20]
    for h in histograms:
        value = h[1][1]
        assert sum(value.bucket) == value.num and value.bucket_limit[-1] >= value.max - 1e-6


run()
