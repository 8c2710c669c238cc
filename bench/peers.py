#!/usr/bin/env python3
"""Measures what TensorFlow, PyTorch and ONNX Runtime need for the jobs that mica is compared on.

    peers.py --what epoch      --peer tensorflow|torch            the MNIST network, one epoch after another
    peers.py --what infer      --peer tensorflow|torch|onnxruntime  1, 64 and 256 images
    peers.py --what tape       --peer tensorflow|torch            the 3-2-1 network, one custom training step
    peers.py --what add        --peer tensorflow|torch            one eager add of 4 numbers
    peers.py --what mlp        --peer tensorflow|torch            a step of six Dense layers of 512, batch 128
    peers.py --what recurrent  --peer tensorflow|torch            a training step of LSTM, GRU, SimpleRNN
    peers.py --what table      --peer pandas --file FILE.csv      reading a table; reading, describing, counting distinct
    peers.py --what first_step --peer tensorflow|torch            process start to the end of the first step

Prints one JSON line. Each peer is set up the way that is fastest for it as far as its own manual
says how, with its default number of threads (PyTorch's tape: one, see there). With --wait the script waits for a line on standard
input before each round and prints one JSON line per round, so that compare.py can interleave.
"""
import argparse
import gzip
import json
import os
import resource
import statistics
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np

BATCH, VALIDATION, SIZES = 64, 6000, (1, 64, 256)
MLP_BATCH, MLP_WIDTH = 128, 512
CALLS = {"tape": 20, "add": 1000, "mlp": 1}  # timed at once
SEQUENCES, UNITS = (64, 100, 64), 128  # of the recurrent layers: batch, steps, features
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "mnist")


def idx(name, header):
    with gzip.open(os.path.join(DATA, name + ".gz")) as f:
        return np.frombuffer(f.read(), np.uint8, offset=header)


def mnist(part):
    images = idx(f"{part}-images-idx3-ubyte", 16).reshape(-1, 28, 28, 1)
    return images, idx(f"{part}-labels-idx1-ubyte", 8)


def median_us(call, seconds, smallest=20):
    """Median, 99th percentile and count of single calls, each timed alone."""
    end = time.perf_counter() + seconds / 4
    while time.perf_counter() < end:
        call()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < smallest:
        start = time.perf_counter_ns()
        call()
        times.append((time.perf_counter_ns() - start) / 1e3)
    return statistics.median(times)


def block_us(call, seconds, block=1000):
    """Median over blocks of many calls: for calls that are short next to the clock."""
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter_ns()
        for _ in range(block):
            call()
        times.append((time.perf_counter_ns() - start) / 1e3 / block)
    return statistics.median(times)


def since_process_start():
    with open("/proc/self/stat") as f:
        ticks = int(f.read().rsplit(")", 1)[1].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")


def peak_rss_mib():
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


class Stop(Exception):
    pass


def gate(wait):
    """Waits for the word to go on; the end of the input ends the measurement."""
    if wait:
        print('{"ready": true}', flush=True)
        if not sys.stdin.readline():
            raise Stop


# ---------------------------------------------------------------- TensorFlow (through Keras 3)

def keras_model():
    import keras
    L = keras.layers
    model = keras.Sequential([
        keras.Input((28, 28, 1)), L.Rescaling(1 / 255),
        L.Conv2D(32, 3, activation="relu"), L.MaxPooling2D(2),
        L.Conv2D(64, 3, activation="relu"), L.MaxPooling2D(2),
        L.Conv2D(64, 3, activation="relu"), L.Flatten(),
        L.Dense(64, activation="relu"), L.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def tensorflow_version():
    import keras
    import tensorflow
    return {"version": tensorflow.__version__, "keras": keras.__version__}


def tensorflow_epoch(epochs, wait):
    import keras
    keras.utils.set_random_seed(1)
    x, y = mnist("train")
    model, seconds = keras_model(), []

    class Watch(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            gate(wait)
            self.start = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            seconds.append(time.perf_counter() - self.start)
            if wait:
                print(json.dumps({"seconds": seconds[-1], "peak_rss_mib": peak_rss_mib()}), flush=True)

    model.fit(x, y, batch_size=BATCH, epochs=epochs, validation_split=VALIDATION / len(x), verbose=0,
              callbacks=[Watch()])
    accuracy = model.evaluate(*mnist("t10k"), batch_size=256, verbose=0)[1]
    return {"seconds": seconds, "accuracy": float(accuracy)}


def tensorflow_first_step():
    import keras
    x, y = mnist("train")
    keras_model().train_on_batch(x[:BATCH], y[:BATCH])


def tensorflow_infer(sizes):
    import tensorflow as tf
    model = keras_model()
    calls = {}
    for n in sizes:
        image = tf.random.uniform((n, 28, 28, 1), 0, 255)
        run = tf.function(lambda x: model(x, training=False),
                          input_signature=[tf.TensorSpec((n, 28, 28, 1), tf.float32)])
        calls[n] = lambda run=run, image=image: run(image).numpy()
    return calls


def tensorflow_tape():
    import keras
    import tensorflow as tf
    x, y = tf.random.normal((BATCH, 3)), tf.random.uniform((BATCH, 1))
    w = [tf.Variable(tf.random.normal(s)) for s in ((3, 2), (2,), (2, 1), (1,))]
    adam = keras.optimizers.Adam()
    adam.build(w)

    def step():
        with tf.GradientTape() as tape:
            a = tf.nn.relu(tf.matmul(x, w[0]) + w[1])
            out = tf.sigmoid(tf.matmul(a, w[2]) + w[3])
            loss = tf.reduce_mean(tf.square(y - out))
        adam.apply_gradients(zip(tape.gradient(loss, w), w))
    return step


def tensorflow_mlp():
    """The function that fit calls, on one batch that is already there; compiled by XLA, as by default."""
    import keras
    import tensorflow as tf
    model = keras.Sequential([keras.Input((MLP_WIDTH,))] +
                             [keras.layers.Dense(MLP_WIDTH, "relu") for _ in range(5)] +
                             [keras.layers.Dense(MLP_WIDTH)])
    model.compile("adam", "mse")
    x, y = tf.random.normal((MLP_BATCH, MLP_WIDTH)), tf.random.normal((MLP_BATCH, MLP_WIDTH))
    batches = iter(tf.data.Dataset.from_tensors((x, y)).repeat())
    model.make_train_function()
    return lambda: model.train_function(batches)


def tensorflow_add():
    import tensorflow as tf
    a, b = tf.constant([1.0, 2, 3, 4]), tf.constant([5.0, 6, 7, 8])
    return lambda: a + b


def tensorflow_recurrent():
    """Each kind as it is and compiled by XLA: which one is faster differs."""
    import keras
    import tensorflow as tf
    x, y = tf.random.normal(SEQUENCES), tf.random.normal((SEQUENCES[0], 1))
    data = tf.data.Dataset.from_tensors((x, y)).repeat()
    kinds = {"simple_rnn": keras.layers.SimpleRNN, "gru": keras.layers.GRU, "lstm": keras.layers.LSTM}
    calls = {}
    for name, kind in kinds.items():
        for jit in (False, True):
            model = keras.Sequential([keras.Input(SEQUENCES[1:]), kind(UNITS), keras.layers.Dense(1)])
            model.compile("adam", "mse", jit_compile=jit)
            step, batches = model.make_train_function() or model.train_function, iter(data)
            calls[name, jit] = lambda step=step, batches=batches: step(batches)
    return calls


def tensorflow_images(folder):
    """Class folders of pictures, a full pass; files in the order of their names, as mica's pass."""
    import keras
    data = keras.utils.image_dataset_from_directory(folder, image_size=(224, 224), batch_size=32, shuffle=False,
                                                    verbose=False)

    def measure():
        start, count = time.perf_counter(), 0
        for x, _ in data:
            count += x.shape[0]
        return {"samples_per_second": count / (time.perf_counter() - start), "peak_rss_mib": peak_rss_mib()}
    return measure


# ---------------------------------------------------------------- PyTorch

def torch_model():
    import torch
    nn = torch.nn
    model = nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3), nn.ReLU(), nn.Flatten(),
        nn.Linear(576, 64), nn.ReLU(), nn.Linear(64, 10))
    return model.to(memory_format=torch.channels_last)


def torch_version():
    import torch
    return {"version": torch.__version__, "threads": torch.get_num_threads()}


def torch_images(part):
    import torch
    x, y = mnist(part)
    return torch.from_numpy(x.copy()).permute(0, 3, 1, 2), torch.from_numpy(y.astype(np.int64))


def torch_batch(x):
    import torch
    return (x.float() * (1 / 255)).contiguous(memory_format=torch.channels_last)


def torch_adam(parameters):
    import torch
    return torch.optim.Adam(parameters, lr=1e-3, eps=1e-7, fused=True)


def torch_accuracy(model, x, y, batch):
    import torch
    hits, loss = 0, 0.0
    with torch.inference_mode():
        for i in range(0, len(x), batch):
            out = model(torch_batch(x[i:i + batch]))
            loss += torch.nn.functional.cross_entropy(out, y[i:i + batch], reduction="sum").item()
            hits += (out.argmax(1) == y[i:i + batch]).sum().item()
    return hits / len(x), loss / len(x)


def torch_epoch(epochs, wait):
    import torch
    torch.manual_seed(1)
    x, y = torch_images("train")
    count = len(x) - VALIDATION
    model, seconds = torch_model(), []
    adam = torch_adam(model.parameters())
    for _ in range(epochs):
        gate(wait)
        start = time.perf_counter()
        order = torch.randperm(count)
        hits, loss = torch.zeros((), dtype=torch.int64), torch.zeros(())
        for i in range(0, count, BATCH):
            rows = order[i:i + BATCH]
            labels = y[rows]
            out = model(torch_batch(x[rows]))
            error = torch.nn.functional.cross_entropy(out, labels)
            adam.zero_grad(set_to_none=True)
            error.backward()
            adam.step()
            hits += (out.detach().argmax(1) == labels).sum()
            loss += error.detach()
        torch_accuracy(model, x[count:], y[count:], BATCH)
        seconds.append(time.perf_counter() - start)
        if wait:
            print(json.dumps({"seconds": seconds[-1], "peak_rss_mib": peak_rss_mib()}), flush=True)
    return {"seconds": seconds, "accuracy": torch_accuracy(model, *torch_images("t10k"), 256)[0]}


def torch_first_step():
    import torch
    x, y = torch_images("train")
    model = torch_model()
    adam = torch_adam(model.parameters())
    torch.nn.functional.cross_entropy(model(torch_batch(x[:BATCH])), y[:BATCH]).backward()
    adam.step()


def torch_infer(sizes):
    import torch
    model = torch.nn.Sequential(torch_model(), torch.nn.Softmax(1)).eval()
    calls = {}
    for n in sizes:
        image = (torch.rand((n, 1, 28, 28)) * 255).contiguous(memory_format=torch.channels_last)

        def call(image=image):
            with torch.inference_mode():
                return model(image * (1 / 255))
        calls[n] = call
    return calls


def torch_tape():
    """One thread: nothing here is large enough for two, and two lose far more where a core is busy."""
    import torch
    torch.set_num_threads(1)
    x, y = torch.randn(BATCH, 3), torch.rand(BATCH, 1)
    w = [torch.randn(s, requires_grad=True) for s in ((3, 2), (2,), (2, 1), (1,))]
    adam = torch_adam(w)

    def step():
        a = torch.relu(x @ w[0] + w[1])
        out = torch.sigmoid(a @ w[2] + w[3])
        loss = torch.nn.functional.mse_loss(out, y)
        adam.zero_grad()
        loss.backward()
        adam.step()
    return step


def torch_mlp():
    import torch
    nn = torch.nn
    layers = [part for _ in range(5) for part in (nn.Linear(MLP_WIDTH, MLP_WIDTH), nn.ReLU())]
    model = nn.Sequential(*layers, nn.Linear(MLP_WIDTH, MLP_WIDTH))
    x, y = torch.randn(MLP_BATCH, MLP_WIDTH), torch.randn(MLP_BATCH, MLP_WIDTH)
    adam = torch_adam(model.parameters())

    def step():
        loss = nn.functional.mse_loss(model(x), y)
        adam.zero_grad()
        loss.backward()
        adam.step()
    return step


def torch_add():
    import torch
    a, b = torch.tensor([1.0, 2, 3, 4]), torch.tensor([5.0, 6, 7, 8])
    return lambda: a + b


def torch_recurrent():
    import torch
    x, y = torch.randn(SEQUENCES), torch.randn(SEQUENCES[0], 1)
    calls = {}
    for name, kind in (("simple_rnn", torch.nn.RNN), ("gru", torch.nn.GRU), ("lstm", torch.nn.LSTM)):
        layer, head = kind(SEQUENCES[2], UNITS, batch_first=True), torch.nn.Linear(UNITS, 1)
        adam = torch_adam([*layer.parameters(), *head.parameters()])

        def step(layer=layer, head=head, adam=adam):
            loss = torch.nn.functional.mse_loss(head(layer(x)[0][:, -1]), y)
            adam.zero_grad()
            loss.backward()
            adam.step()
        calls[name, False] = step
    return calls


# ---------------------------------------------------------------- ONNX Runtime

def onnx_model():
    """The same network as an ONNX file, channels first, as ONNX has it."""
    from onnx import TensorProto, helper, numpy_helper
    rng = np.random.default_rng(1)
    weights, nodes = [], []

    def weight(name, *shape):
        scale = np.sqrt(2 / max(1, np.prod(shape[1:])))
        weights.append(numpy_helper.from_array((rng.standard_normal(shape) * scale).astype("f"), name))
        return name

    weights.append(numpy_helper.from_array(np.array(1 / 255, "f"), "scale"))
    nodes.append(helper.make_node("Mul", ["x", "scale"], ["h0"]))
    for i, (c, k) in enumerate(((1, 32), (32, 64), (64, 64)), 1):
        nodes.append(helper.make_node("Conv", [f"h{i - 1}", weight(f"w{i}", k, c, 3, 3), weight(f"b{i}", k)],
                                      [f"c{i}"], kernel_shape=[3, 3]))
        nodes.append(helper.make_node("Relu", [f"c{i}"], [f"r{i}" if i < 3 else "h3"]))
        if i < 3:
            nodes.append(helper.make_node("MaxPool", [f"r{i}"], [f"h{i}"], kernel_shape=[2, 2], strides=[2, 2]))
    nodes.append(helper.make_node("Flatten", ["h3"], ["flat"]))
    nodes.append(helper.make_node("Gemm", ["flat", weight("w4", 64, 576), weight("b4", 64)], ["g4"], transB=1))
    nodes.append(helper.make_node("Relu", ["g4"], ["h4"]))
    nodes.append(helper.make_node("Gemm", ["h4", weight("w5", 10, 64), weight("b5", 10)], ["g5"], transB=1))
    nodes.append(helper.make_node("Softmax", ["g5"], ["y"], axis=1))
    graph = helper.make_graph(nodes, "mnist",
                              [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 1, 28, 28])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 10])], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return model.SerializeToString()


def onnxruntime_version():
    import onnxruntime
    return {"version": onnxruntime.__version__}


def onnxruntime_infer(sizes, threads=0, bound=False):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(onnx_model(), options, providers=["CPUExecutionProvider"])
    calls = {}
    for n in sizes:
        image = (np.random.default_rng(2).random((n, 1, 28, 28)) * 255).astype("f")
        if bound:
            io = session.io_binding()
            io.bind_ortvalue_input("x", onnxruntime.OrtValue.ortvalue_from_numpy(image))
            io.bind_ortvalue_output("y", onnxruntime.OrtValue.ortvalue_from_numpy(np.zeros((n, 10), "f")))
            calls[n] = lambda io=io: session.run_with_iobinding(io)
        else:
            feed = {"x": image}
            calls[n] = lambda feed=feed: session.run(["y"], feed)
    return calls


# ---------------------------------------------------------------- tables

def pandas_table(path, rounds=5):
    import pandas

    def measure():
        read, both = [], []
        for _ in range(rounds):
            start = time.perf_counter()
            table = pandas.read_csv(path)
            read.append(1e3 * (time.perf_counter() - start))
            table.describe()
            table.nunique()
            both.append(1e3 * (time.perf_counter() - start))
        return {"read_ms": statistics.median(read), "describe_ms": statistics.median(both)}

    measure()
    return measure


def pandas_version():
    import pandas
    return {"version": pandas.__version__}


# ---------------------------------------------------------------- scalers, samplers, splits

def timed(jobs, rounds):
    """A function that gives each job's median in milliseconds; all of them ran once."""
    def measure():
        result = {}
        for name, job in jobs.items():
            times = []
            for _ in range(rounds):
                start = time.perf_counter()
                job()
                times.append(1e3 * (time.perf_counter() - start))
            result[name] = statistics.median(times)
        return result

    measure()
    return measure


def sklearn_prepare(rounds=3):
    """What bench_prepare does: float32 in, fitted on it, applied to it; samplers of imbalanced-learn."""
    import numpy as np
    from imblearn.over_sampling import SMOTE, RandomOverSampler
    from imblearn.under_sampling import RandomUnderSampler
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

    def numbers(rows, columns):
        x = np.random.default_rng(7).standard_normal((rows, columns), np.float32)
        return x * (1 + np.arange(columns, dtype=np.float32)) + np.arange(columns, dtype=np.float32)

    def labels(rows):
        return (np.arange(rows) % 10 == 3).astype(np.int32)

    scalers = {"standard": StandardScaler, "min_max": MinMaxScaler, "max_abs": MaxAbsScaler, "robust": RobustScaler}
    jobs = {}
    for name, x in (("166k", numbers(166158, 20)), ("1m", numbers(1000000, 10))):
        for method, scaler in scalers.items():
            jobs[f"{method}_{name}"] = lambda scaler=scaler, x=x: scaler().fit(x).transform(x)
    x, y, many = numbers(20000, 20), labels(20000), labels(1000000)
    for name, sampler in (("over", RandomOverSampler), ("under", RandomUnderSampler), ("smote", SMOTE)):
        jobs[name] = lambda sampler=sampler: sampler(random_state=1).fit_resample(x, y)
    rows = np.arange(1000000)
    jobs["split"] = lambda: train_test_split(rows, stratify=many, random_state=1)

    return timed(jobs, rounds)


# ---------------------------------------------------------------- layers that change pictures

def tensorflow_augment(layers, calls=20):
    """What bench_augment does: each layer compiled, for one batch, as in training."""
    import numpy as np
    import tensorflow as tf
    from keras import layers as kinds

    x = tf.constant(np.random.default_rng(7).integers(0, 256, (32, 224, 224, 3)).astype(np.float32))
    labels = tf.one_hot(np.arange(32) % 10, 10)
    jobs = {}
    for name, config in json.loads(layers).items():
        kind = config.pop("class_name", name)
        layer = getattr(kinds, kind)(**config)
        given = {"images": x, "labels": labels} if kind in ("MixUp", "CutMix") else x
        jobs[name] = tf.function(lambda layer=layer, given=given: layer(given, training=True))

    return timed(jobs, calls)


def sklearn_version():
    import sklearn
    return {"version": sklearn.__version__}


# ---------------------------------------------------------------- the command

PEERS = {
    "epoch": {"tensorflow": tensorflow_epoch, "torch": torch_epoch},
    "infer": {"tensorflow": tensorflow_infer, "torch": torch_infer, "onnxruntime": onnxruntime_infer},
    "tape": {"tensorflow": tensorflow_tape, "torch": torch_tape},
    "add": {"tensorflow": tensorflow_add, "torch": torch_add},
    "mlp": {"tensorflow": tensorflow_mlp, "torch": torch_mlp},
    "recurrent": {"tensorflow": tensorflow_recurrent, "torch": torch_recurrent},
    "table": {"pandas": pandas_table},
    "prepare": {"sklearn": sklearn_prepare},
    "augment": {"tensorflow": tensorflow_augment},
    "images": {"tensorflow": tensorflow_images},
    "first_step": {"tensorflow": tensorflow_first_step, "torch": torch_first_step},
}


def rounds(measure, wait):
    """One round, or as many as the caller asks for; returns the last."""
    result = {}
    try:
        while True:
            gate(wait)
            result = measure()
            if not wait:
                return result
            print(json.dumps(result), flush=True)
    except Stop:
        return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--what", choices=PEERS, required=True)
    parser.add_argument("--peer", choices=["tensorflow", "torch", "onnxruntime", "pandas", "sklearn"], required=True)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3, help="time for each figure")
    parser.add_argument("--sizes", type=lambda s: [int(n) for n in s.split(",")], default=SIZES)
    parser.add_argument("--threads", type=int, default=0, help="onnxruntime only: 0 is its default")
    parser.add_argument("--layers", help="augment only: JSON of layers and their configs")
    parser.add_argument("--folder", help="images only: class folders of pictures")
    parser.add_argument("--bound", action="store_true", help="onnxruntime only: bind input and output once")
    parser.add_argument("--file", help="table only: the CSV")
    parser.add_argument("--wait", action="store_true", help="one round per line of standard input")
    args = parser.parse_args()
    if args.peer not in PEERS[args.what]:
        parser.error(f"{args.peer} does not do '{args.what}'")
    make = PEERS[args.what][args.peer]
    result = {"what": args.what, "peer": args.peer}
    try:
        if args.what == "epoch":
            result.update(make(args.epochs, args.wait))
            later = result["seconds"][1:] or result["seconds"]
            result["median_seconds"] = statistics.median(later)
        elif args.what == "first_step":
            make()
            result["first_step_seconds"] = round(since_process_start(), 3)
        elif args.what == "table":
            result.update(rounds(make(args.file), args.wait))
        elif args.what == "prepare":
            result.update(rounds(make(), args.wait))
        elif args.what == "augment":
            result.update(rounds(make(args.layers), args.wait))
        elif args.what == "infer":
            extra = (args.threads, args.bound) if args.peer == "onnxruntime" else ()
            calls = make(args.sizes, *extra)
            result.update(rounds(lambda: {"median_us": {
                str(n): round(median_us(c, args.seconds), 2) for n, c in calls.items()}}, args.wait))
        elif args.what == "images":
            measure = make(args.folder)
            measure()  # brings the files into the page cache, starts the threads
            result.update(rounds(measure, args.wait))
        elif args.what == "recurrent":
            calls = make()
            for call in calls.values():
                call()  # traces and compiles

            def measure():
                each = {key: median_us(call, args.seconds, 5) / 1e3 for key, call in calls.items()}
                names = {name for name, _ in each}
                return {"median_ms": {n: round(min(v for k, v in each.items() if k[0] == n), 3) for n in names}}

            result.update(rounds(measure, args.wait))
        else:
            step = make()
            step()
            result.update(rounds(lambda: {f"{args.what}_us": round(block_us(step, args.seconds, CALLS[args.what]), 3)},
                                 args.wait))
    except ImportError as error:
        result["missing"] = str(error).splitlines()[0]
        print(json.dumps(result))
        return 0
    except Stop:
        return 0
    result.update(globals()[f"{args.peer}_version"](), peak_rss_mib=peak_rss_mib())
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
