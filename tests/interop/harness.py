"""What the interop tests share. Each test_*.py is run by the Python that has Keras 3 and tf_keras:

    MICA=build/mica python tests/interop/test_NAME.py

A test is a function with @test; it fails by an exception. The last line is 'N passed, N failed'.
"""
import json
import os
import subprocess
import sys
import tempfile
import traceback

os.environ.update(CUDA_VISIBLE_DEVICES="", KERAS_BACKEND="tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

SOURCE = os.environ.get("MICA_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MICA = os.path.abspath(os.environ.get("MICA") or os.path.join(SOURCE, "build/mica"))
VERIFY = os.path.join(SOURCE, "tests/verify")
tests = []


def test(function):
    tests.append((function.__name__, function))
    return function


def for_each(name, values):
    """One test for each value: the function takes the value."""
    def add(function):
        for value in values:
            label = getattr(value, "__name__", None) or str(value)
            tests.append((f"{function.__name__}[{name}={label}]", lambda value=value: function(value)))
        return function
    return add


def mica(*arguments, status=0, folder=None):
    """Runs mica and returns its standard output; the exit status must be the expected one."""
    command = [MICA, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=600)
    if done.returncode != status:
        raise AssertionError(f"mica {' '.join(command[1:])}\n  exit {done.returncode}, expected {status}\n"
                             f"  {done.stderr.strip()[-1500:]}")
    return done.stdout


def mica_json(*arguments, **options):
    """mica … --json: exactly one line, a JSON object."""
    lines = mica(*arguments, "--json", **options).splitlines()
    assert len(lines) == 1, f"--json printed {len(lines)} lines"
    return json.loads(lines[0])


def mica_predict(model, *inputs, folder):
    """The predictions of mica for arrays, one array for each input of the model."""
    arguments = []
    for i, array in enumerate(inputs):
        path = os.path.join(folder, f"predict_input_{i}.npy")
        np.save(path, array)
        arguments += ["--input", path]
    output = os.path.join(folder, "predict_output.npy")
    mica("predict", model, *arguments, "--output", output)
    return np.load(output)


def close(found, expected, atol, rtol=1e-5, what="values"):
    found, expected = np.asarray(found, np.float64), np.asarray(expected, np.float64)
    assert found.shape == expected.shape, f"{what}: shape {found.shape}, expected {expected.shape}"
    worst = np.abs(found - expected) - rtol * np.abs(expected)
    assert np.isfinite(found).all(), f"{what}: not finite"
    assert (worst <= atol).all(), (
        f"{what}: differ by up to {np.abs(found - expected).max():.3g}, allowed {atol:g} + {rtol:g} relative")


def weights_close(found, expected, atol):
    assert len(found) == len(expected), f"{len(found)} weights, expected {len(expected)}"
    for i, (a, b) in enumerate(zip(found, expected)):
        close(a, b, atol, what=f"weight {i}")


def run():
    """Runs the tests; with arguments only those whose names hold one of them."""
    passed, failed = 0, []
    if not os.path.exists(MICA):
        sys.exit(f"{MICA} is missing: build it, or name it in MICA")
    for name, function in tests:
        if sys.argv[1:] and not any(word in name for word in sys.argv[1:]):
            continue
        try:
            with tempfile.TemporaryDirectory(prefix="mica-interop-") as folder:
                here = os.getcwd()
                os.chdir(folder)  # tests write into the current folder
                try:
                    function()
                finally:
                    os.chdir(here)
            passed += 1
            print(f"ok      {name}", flush=True)
        except Exception as error:  # the next test shall run
            failed.append(name)
            text = str(error) if isinstance(error, AssertionError) else traceback.format_exc(limit=-3)
            print(f"FAILED  {name}: {text}", flush=True)
    if failed:
        print("failed: " + " ".join(failed))
    print(f"{passed} passed, {len(failed)} failed")
    sys.exit(bool(failed) or passed == 0)
