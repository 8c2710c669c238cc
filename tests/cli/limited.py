"""mica data within a limit on the memory of a process (RLIMIT_DATA)."""
import os
import resource
import subprocess

MICA = os.environ["MICA"]


def started(limit, *arguments):
    """The process when it has ended."""
    return subprocess.run([MICA, "data", *arguments, "--threads", "1"], capture_output=True, text=True, check=False,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (limit, limit)))


def limited(limit):
    """A function that runs mica data under that limit and gives what it prints, of a failure what it says."""
    def mica(*arguments, status=0):
        done = started(limit, *arguments)
        assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
        return done.stderr if status else done.stdout
    return mica
