"""A process ends with its exit code, whatever native code its threads are in."""

import subprocess
import sys

# The thread is in the library nearly all the time: most likely it comes back to an interpreter that
# is at its end already. OpenCV does the same, more rarely.
SCRIPT = """
import atexit, threading, time
import numpy, onnxruntime
from platestream.cli import app
from platestream.vision.models.bundle import default_bundle_path

model = default_bundle_path() / "detector.onnx"
session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
given = session.get_inputs()[0]
sizes = [4 if at == 0 else 640 for at, _ in enumerate(given.shape)]
shape = [n if isinstance(n, int) else m for n, m in zip(given.shape, sizes)]
batch = numpy.zeros(shape, numpy.uint8 if "uint8" in given.type else numpy.float32)
entered = threading.Event()

def forever():
    entered.set()
    while True:
        session.run(None, {given.name: batch})

def command(args):
    threading.Thread(target=forever, daemon=True).start()
    entered.wait()
    time.sleep(0.2)
    atexit.register(print, "handlers run")
    raise app.CliError("no more", app.ExitCode.FATAL)

app.app = command
app.main()
"""


def test_a_thread_in_native_code_does_not_change_the_exit_code() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ran.returncode, ran.stdout) == (3, "handlers run\n")
    assert ran.stderr == "platestream: no more\n"
