"""A script's functions whose names begin with test_, in their order, in a folder that is gone at the end."""
import os
import tempfile


def run(script, *before):
    """script: its globals(); before: what makes the files that the tests read."""
    with tempfile.TemporaryDirectory(prefix="mica_test_") as folder:
        os.chdir(folder)
        for make in before:
            make()
        for name, test in list(script.items()):
            if name.startswith("test_"):
                test()
