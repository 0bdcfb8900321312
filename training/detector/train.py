"""Trains the detector: seeded, resumable, logged. See training/detector/README.md."""

from __future__ import annotations

import argparse
import copy
import json
import logging
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from torch import nn

from training.detector.dataset import Batch, Batches, build_sources, loader
from training.detector.losses import assign, proposal_loss, refine_loss
from training.detector.net import NetConfig, PlateNet

if TYPE_CHECKING:
    from training.detector.samples import Sources

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What decides a run, beside its data."""

    run: Path
    steps: int = 20000
    batch: int = 16
    seed: int = 1
    rate: float = 2e-3
    weight_decay: float = 0.02
    warm_up: int = 300
    decay_steps: int = 0
    # About the last 700 steps; shorter averages are noisy, longer ones lag in a short run.
    ema: float = 0.9985
    clip: float = 10.0
    workers: int = 1
    threads: int = 1
    device: str = "cpu"
    bf16: bool = True
    save_seconds: float = 120.0
    log_every: int = 50


class Trainer:
    """Model, averaged model, optimizer and step; saved and restored together."""

    def __init__(self, settings: Settings, config: NetConfig | None = None) -> None:
        torch.manual_seed(settings.seed)
        self.settings = settings
        self.device = torch.device(settings.device)
        self.net = PlateNet(config).to(self.device, memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.net).eval().requires_grad_(requires_grad=False)
        plain: list[nn.Parameter] = []
        decayed: list[nn.Parameter] = []
        for parameter in self.net.parameters():
            (decayed if parameter.ndim > 1 else plain).append(parameter)
        groups = [
            {"params": decayed, "weight_decay": settings.weight_decay},
            {"params": plain, "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(groups, lr=settings.rate)
        self.step = 0
        self.decay_start: int | None = None

    def rate_at(self, step: int) -> float:
        """Learning rate: warm-up, constant, then linear to nearly zero once decay began."""
        s = self.settings
        rate = s.rate * min(1.0, (step + 1) / s.warm_up)
        if self.decay_start is not None and s.decay_steps:
            left = 1 - (step - self.decay_start) / s.decay_steps
            rate *= max(left, 0.01)
        return rate

    def train_step(self, batch: Batch) -> dict[str, float]:
        """One optimizer step; returns the parts of the loss."""
        s = self.settings
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate_at(self.step)
        self.net.train()
        images = batch.images.to(self.device, non_blocking=True)
        targets = batch.targets.to(self.device)
        x = PlateNet.normalise(images).contiguous(memory_format=torch.channels_last)
        count, height, width, _ = batch.images.shape
        generator = torch.Generator().manual_seed(s.seed * 1_000_003 + self.step)
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=s.bf16):
            logits, corners = self.net.propose(x)
        owner, ignored = assign(targets, height, width, count)
        parts = proposal_loss(logits, corners, owner, ignored, targets)
        parts |= refine_loss(
            self.net,
            x,
            logits=logits.detach(),
            corners=corners.detach(),
            owner=owner,
            targets=targets,
            generator=generator,
            bf16=s.bf16,
        )
        loss = sum(parts.values(), torch.zeros((), device=self.device))
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.net.parameters(), s.clip)
        if bool(torch.isfinite(norm)):
            self.optimizer.step()
        self._follow()
        self.step += 1
        return {name: float(value.detach()) for name, value in parts.items()} | {
            "norm": float(norm)
        }

    def _follow(self) -> None:
        """Move the averaged model; short memory at first so that it does not start stale."""
        keep = min(self.settings.ema, (self.step + 1) / (self.step + 10))
        means, news = self.average.state_dict().values(), self.net.state_dict().values()
        with torch.no_grad():
            for mean, now in zip(means, news, strict=True):
                if mean.dtype.is_floating_point:
                    mean.lerp_(now, 1 - keep)
                else:
                    mean.copy_(now)

    def save(self, path: Path) -> None:
        """Write everything to ``path``, in one move: a kill leaves the old file or the new."""
        path.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "config": asdict(self.net.config),
            "net": self.net.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "decay_start": self.decay_start,
        }
        fresh = path.with_suffix(".part")
        torch.save(state, fresh)
        fresh.replace(path)

    def restore(self, path: Path) -> None:
        """Continue from a saved state."""
        state: dict[str, Any] = torch.load(path, map_location=self.device, weights_only=True)
        self.net.load_state_dict(state["net"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = int(state["step"])
        self.decay_start = state["decay_start"]


def fit(trainer: Trainer, sources: Sources) -> None:
    """Train to ``settings.steps``, saving on the way."""
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
    stop: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: stop.append(number))
    since = saved = time.monotonic()
    batches = loader(dataset, start=trainer.step, stop=s.steps, workers=s.workers)
    with Progress(*columns) as progress, (s.run / "log.jsonl").open("a", encoding="utf-8") as out:
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
            if now - saved > s.save_seconds or stop:
                trainer.save(checkpoint)
                saved = now
            if stop:
                log.info("asked to stop at step %d", trainer.step)
                return
    signal.signal(signal.SIGTERM, before)
    trainer.save(checkpoint)


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.detector.train", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the labelled photo folders")
    parser.add_argument("--run", type=Path, default=Path("build/training/detector"))
    parser.add_argument("--from", dest="start", type=Path, help="checkpoint of another run")
    parser.add_argument("--steps", type=int, default=20000, help="total steps")
    parser.add_argument("--decay-steps", type=int, default=0, help="decay over the last N steps")
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
    if options.decay_steps and trainer.decay_start is None:
        trainer.decay_start = max(trainer.step, options.steps - options.decay_steps)
    log.info("process %d, from step %d", os.getpid(), trainer.step)
    sources = build_sources(
        options.data,
        plates=options.plates,
        scenes=options.scenes,
        seed=options.seed,
        limit=options.limit,
        scene_folder=options.scene_folder,
    )
    fit(trainer, sources)


if __name__ == "__main__":
    main()
