"""Train the recognizer.

``python -m training.recognizer.train --chunks … --run …`` trains until stopped; it writes a
checkpoint every two minutes and continues from it when started again. ``--decay N`` (steps) or
``--decay-minutes M`` continues from the checkpoint with the learning rate going down to nothing,
then ends: the state before is kept, so that a usable model can be had at any time and training
still go on. SIGTERM ends any of them, with a checkpoint.
"""

from __future__ import annotations

import argparse
import json
import logging
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import torch
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from training.checkpoint import StopRequest
from training.recognizer.dataset import ChunkPool
from training.recognizer.measure import CROP_SETS, PHOTO_SETS, score_set
from training.recognizer.net import Normalised
from training.recognizer.prerender import DEFAULT_CHUNKS
from training.recognizer.trainer import Plan, Trainer

if TYPE_CHECKING:
    from training.recognizer.net import PlateNet

DEFAULT_RUN = Path("build/training/recognizer/run")
# A killed run loses at most this much.
_CHECKPOINT_SECONDS = 120.0

log = logging.getLogger(__name__)


def measure(net: PlateNet) -> dict[str, float]:
    """Return the exact-match share of every data folder's dev part that is present."""
    whole = Normalised(net).eval()

    def recognizer(crops: Any) -> Any:
        with torch.inference_mode():
            return tuple(output.numpy() for output in whole(torch.from_numpy(crops)))

    table = {}
    for folder in (*CROP_SETS, *PHOTO_SETS):
        try:
            table[folder] = round(score_set(recognizer, folder).exact_share, 4)
        except FileNotFoundError:
            continue
    return table


def fit(
    trainer: Trainer,
    run: Path,
    *,
    steps: int = 10**9,
    decay: int | None = None,
    decay_minutes: float | None = None,
    measure_every: float = 0,
) -> None:
    """Train, saving on the way, until the run is at its end or until SIGTERM, saving then.

    Args:
        trainer: what to train.
        run: folder of the checkpoint and the log.
        steps: end after this many steps in all.
        decay: decay over this many further steps, then end.
        decay_minutes: decay over this long, then end.
        measure_every: seconds between measurements on photographs; 0: only at the run's own end.
    """
    checkpoint = run / ("decayed.pt" if decay or decay_minutes else "last.pt")
    first = trainer.step
    end = first + decay if decay else steps
    run.mkdir(parents=True, exist_ok=True)
    started = saved = measured = time.monotonic()

    def remaining() -> float:
        """Return what is left of the decay, 1..0; 1 where there is none."""
        if decay:
            return 1 - float((trainer.step - first) / decay)
        if decay_minutes:
            return 1 - float((time.monotonic() - started) / 60 / decay_minutes)
        return 1.0

    with (
        (run / "log.jsonl").open("a") as out,
        Progress(
            TextColumn("{task.description}"), TimeElapsedColumn(), refresh_per_second=0.2
        ) as bar,
    ):
        task = bar.add_task("starting", total=None)
        sums: dict[str, float] = {}
        began, count = time.monotonic(), 0
        with StopRequest() as stop:
            while not stop.made and trainer.step < end and (left := remaining()) > 0:
                for name, value in trainer.train_step(left).items():
                    sums[name] = sums.get(name, 0.0) + value
                count += 1
                now = time.monotonic()
                if trainer.step % 50 == 0 or trainer.step == end:
                    means = {name: round(value / count, 5) for name, value in sums.items()}
                    means |= {
                        "step": trainer.step,
                        "samples": trainer.samples,
                        "per_second": round(count * trainer.plan.batch / (now - began), 1),
                    }
                    out.write(json.dumps({"time": round(time.time(), 1), **means}) + "\n")
                    out.flush()
                    bar.update(
                        task,
                        description=f"step {trainer.step} ctc {means['ctc']:.4f} "
                        f"{means['per_second']:.0f}/s",
                    )
                    sums, began, count = {}, now, 0
                if now - saved > _CHECKPOINT_SECONDS:
                    trainer.save(checkpoint)
                    trainer.pool.rescan()
                    saved = now
                if measure_every and now - measured > measure_every:
                    table = measure(trainer.averaged())
                    out.write(json.dumps({"step": trainer.step, "dev": table}) + "\n")
                    out.flush()
                    measured = began = time.monotonic()
                    sums, count = {}, 0
            trainer.save(checkpoint)
        if stop.made:
            log.info("asked to stop at step %d", trainer.step)
            return
        table = measure(trainer.averaged())
        out.write(json.dumps({"step": trainer.step, "dev": table}) + "\n")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--chunks", type=Path, default=DEFAULT_CHUNKS)
    parser.add_argument("--run", type=Path, default=DEFAULT_RUN)
    parser.add_argument("--start-from", type=Path, help="checkpoint of another run")
    parser.add_argument("--steps", type=int, default=10**9, help="end after this many steps")
    parser.add_argument("--decay", type=int, help="decay over this many steps, then end")
    parser.add_argument("--decay-minutes", type=float, help="decay over this long, then end")
    parser.add_argument("--measure-every", type=float, default=300, help="seconds; 0: never")
    for name, default in asdict(Plan()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    plan = Plan(**{name: getattr(arguments, name) for name in asdict(Plan())})
    torch.set_num_threads(plan.threads)
    cv2.setNumThreads(1)
    pool = ChunkPool(arguments.chunks, real_share=plan.real_share, seed=plan.seed)
    trainer = Trainer(plan, pool)
    source = arguments.start_from or arguments.run / "last.pt"
    if source.is_file():
        trainer.load(source)
    fit(
        trainer,
        arguments.run,
        steps=arguments.steps,
        decay=arguments.decay,
        decay_minutes=arguments.decay_minutes,
        measure_every=arguments.measure_every,
    )


if __name__ == "__main__":
    main()
