"""SIGTERM, as a terminal sends it at its end: to a trainer and all its workers at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch (training extra)")
pytest.importorskip("onnx", reason="needs onnx (training extra)")

from training.checkpoint import StopRequest
from training.recognizer.chunks import Example, write_chunk

REPOSITORY = Path(__file__).parents[3]
# Two cores that also run other things take long to import PyTorch.
DEADLINE = 90.0

DETECTOR = """
import sys
from pathlib import Path
from tests.training.networks.test_detector_training import TINY, drawn_sources
from training.detector.train import fit
from training.detector.trainer import Settings, Trainer

settings = Settings(run=Path(sys.argv[1]), steps=10**6, batch=2, workers=2, log_every=2)
fit(Trainer(settings, TINY), drawn_sources())
"""
RECOGNIZER = """
import sys
from pathlib import Path
from tests.training.networks.test_recognizer_training import PLAN, SMALL
from training.recognizer.dataset import ChunkPool
from training.recognizer.train import fit
from training.recognizer.trainer import Trainer

pool = ChunkPool(Path(sys.argv[1]) / "chunks", real_share=0.0, seed=1)
fit(Trainer(PLAN, pool, SMALL), Path(sys.argv[1]))
"""


def processes_of(group: int) -> list[int]:
    """Living processes of a process group; those that only wait to be collected are not."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, its_group = entry.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue  # it has just ended
        if int(its_group) == group and state != "Z":
            found.append(int(entry.parent.name))
    return found


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("script", [DETECTOR, RECOGNIZER], ids=["detector", "recognizer"])
def test_a_terminated_process_group_leaves_a_checkpoint(script: str, tmp_path: Path) -> None:
    example = Example(
        crop=np.zeros((48, 168, 3), np.uint8),
        text="7",
        color="black",
        rows=1,
        centers=np.array([84.0], np.float32),
    )
    write_chunk(tmp_path / "chunks", "a-0", [example] * 16)
    log = tmp_path / "log.jsonl"
    errors = tmp_path / "stderr"
    with errors.open("wb") as stderr:
        trainer = subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path)],
            cwd=REPOSITORY,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + DEADLINE
        while not (log.exists() and log.read_text(encoding="utf-8")):
            assert trainer.poll() is None, errors.read_text()
            assert time.monotonic() < deadline, "it never took a step"
            time.sleep(0.1)
        # The first checkpoint is two minutes away.
        assert not (tmp_path / "last.pt").exists()
        os.killpg(trainer.pid, signal.SIGTERM)
        assert trainer.wait(DEADLINE) == 0, errors.read_text()
        assert processes_of(trainer.pid) == []
    finally:
        for process in processes_of(trainer.pid):
            os.kill(process, signal.SIGKILL)
        trainer.wait()
    state = torch.load(tmp_path / "last.pt", weights_only=True)
    assert state["step"] >= 2


def test_the_handler_before_is_back_after_the_block() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with StopRequest() as stop:
        assert not stop.made
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.made
    assert signal.getsignal(signal.SIGTERM) is before
