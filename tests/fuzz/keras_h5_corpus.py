"""Makes tests/fuzz/corpus/keras_h5 from cases of tests/verify: whole files, and their configs."""
import os

import h5py

HERE = os.path.dirname(os.path.abspath(__file__))
VERIFY, OUT = os.path.join(HERE, "../verify"), os.path.join(HERE, "corpus/keras_h5")
CONFIGS = ("keras3_mlp", "keras3_functional", "keras3_two_outputs", "keras3_nested", "keras3_digits",
           "tf_keras_generator", "tf_keras_functional", "tf_keras_normalized", "tf_keras_nested")
FILES = ("keras3_mlp", "tf_keras_mlp")


def text(value):
    return value if isinstance(value, bytes) else value.encode()


os.makedirs(OUT, exist_ok=True)
for case in FILES:
    with open(os.path.join(VERIFY, case, "model.h5"), "rb") as f, open(os.path.join(OUT, case + ".h5"), "wb") as out:
        out.write(b"\0" + f.read())
for case in CONFIGS:
    with h5py.File(os.path.join(VERIFY, case, "model.h5")) as f, open(os.path.join(OUT, case + ".json"), "wb") as out:
        parts = [text(f.attrs[key]) if key in f.attrs else b"" for key in ("model_config", "training_config")]
        out.write(b"\1" + b"\0".join([*parts, b'{"version": 1, "mica": "0.1.0"}']))
simple = (b'{"class_name":"Sequential","config":{"layers":[{"class_name":"InputLayer","config":{"batch_shape":[null,3]}},'
          b'{"class_name":"Dense","config":{"units":3}},{"class_name":"Dense","config":{"units":3}}]}}')
training = b'{"loss":"mse","metrics":["accuracy"],"loss_weights":null,"optimizer_config":{"class_name":"Adam","config":{}}}'
with open(os.path.join(OUT, "simple.json"), "wb") as out:
    out.write(b"\1" + simple + b"\0" + training + b'\0{"version":1}')
