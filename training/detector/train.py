"""Trains the detector: seeded, resumable, logged. See training/detector/README.md."""

from __future__ import annotations

import argparse
import json
import logging
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import torch
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from training.checkpoint import StopRequest
from training.detector.dataset import Batches, build_sources, loader
from training.detector.trainer import Settings, Trainer

if TYPE_CHECKING:
    from training.detector.sources import Sources

log = logging.getLogger(__name__)


def fit(trainer: Trainer, sources: Sources) -> None:
    """Train to ``settings.steps``, saving on the way, or until SIGTERM, saving then."""
    s = trainer.settings
    dataset = Batches(sources, seed=s.seed, batch=s.batch)
    s.run.mkdir(parents=True, exist_ok=True)
    checkpoint = s.run / "last.pt"
    columns = (
        TextColumn("detector"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    sums: dict[str, float] = {}
    counted = 0
    since = saved = time.monotonic()
    batches = loader(dataset, start=trainer.step, stop=s.steps, workers=s.workers)
    with (
        StopRequest() as stop,
        Progress(*columns) as progress,
        (s.run / "log.jsonl").open("a", encoding="utf-8") as out,
    ):
        task = progress.add_task("train", total=s.steps, completed=trainer.step, note="")
        for batch in batches:
            for name, value in trainer.train_step(batch).items():
                sums[name] = sums.get(name, 0.0) + value
            counted += 1
            progress.advance(task)
            now = time.monotonic()
            if counted >= s.log_every:
                row = {name: round(value / counted, 4) for name, value in sums.items()}
                row |= {
                    "step": trainer.step,
                    "rate": round(trainer.rate_at(trainer.step), 6),
                    "samples_per_second": round(counted * s.batch / (now - since), 1),
                    "time": round(time.time(), 1),
                }
                out.write(json.dumps(row) + "\n")
                out.flush()
                loss = row["score"] + row["box"] + row["corner"]
                progress.update(task, note=f"loss {loss:.3f}")
                sums, counted, since = {}, 0, now
            if now - saved > s.save_seconds or stop.made:
                trainer.save(checkpoint)
                saved = now
            if stop.made:
                log.info("asked to stop at step %d", trainer.step)
                return
        trainer.save(checkpoint)


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.detector.train", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the labelled photo folders")
    parser.add_argument("--run", type=Path, default=Path("build/training/detector"))
    parser.add_argument("--from", dest="start", type=Path, help="checkpoint of another run")
    parser.add_argument("--steps", type=int, default=20000, help="total steps")
    parser.add_argument(
        "--decay-steps", type=int, default=0, help="decay over N more steps, then stop"
    )
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plates", type=int, default=4000, help="rendered plates for pasting")
    parser.add_argument("--scenes", type=int, default=300, help="drawn scenes")
    parser.add_argument("--scene-folder", type=Path, help="scenes drawn before, not drawn anew")
    parser.add_argument("--limit", type=int, help="photos per folder, for a trial")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu", help="cpu, or cuda with more workers")
    parser.add_argument("--no-bf16", action="store_true")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Run or continue a training."""
    options = parse(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    cv2.setNumThreads(1)
    torch.set_num_threads(options.threads)
    # Before the checkpoint is read, so that a run that goes on from another may load beside it.
    sources = build_sources(
        options.data,
        plates=options.plates,
        scenes=options.scenes,
        seed=options.seed,
        limit=options.limit,
        scene_folder=options.scene_folder,
    )
    settings = Settings(
        run=options.run,
        steps=options.steps,
        batch=options.batch,
        seed=options.seed,
        rate=options.rate,
        decay_steps=options.decay_steps,
        workers=options.workers,
        threads=options.threads,
        device=options.device,
        bf16=not options.no_bf16,
    )
    trainer = Trainer(settings)
    own = options.run / "last.pt"
    if own.exists():
        trainer.restore(own)
    elif options.start:
        trainer.restore(options.start)
        trainer.decay_start = None  # what the other run did is over
    if options.decay_steps:
        if trainer.decay_start is None:
            trainer.decay_start = trainer.step
        end = trainer.decay_start + options.decay_steps
        trainer.settings = replace(settings, steps=end)
    log.info("process %d, from step %d to %d", os.getpid(), trainer.step, trainer.settings.steps)
    fit(trainer, sources)


if __name__ == "__main__":
    main()
