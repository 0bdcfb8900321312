"""Train the recognizer.

``python -m training.recognizer.train --chunks … --run …`` trains until stopped; it writes a
checkpoint every two minutes and continues from it when started again. ``--decay N`` (steps) or
``--decay-minutes M`` continues from the checkpoint with the learning rate going down to nothing,
then ends: the state before is kept, so that a usable model can be had at any time and training
still go on.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from rich.progress import Progress, TextColumn, TimeElapsedColumn
from torch import Tensor

from training.recognizer.dataset import ChunkPool
from training.recognizer.losses import total_loss
from training.recognizer.measure import CROP_SETS, PHOTO_SETS, score_set
from training.recognizer.net import NetSize, Normalised, PlateNet
from training.recognizer.prerender import DEFAULT_CHUNKS

DEFAULT_RUN = Path("build/training/recognizer/run")
# A killed run loses at most this much.
_CHECKPOINT_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Hyperparameters; the defaults trained the bundled model."""

    batch: int = 128
    peak: float = 2.5e-3
    warm_up: int = 400
    weight_decay: float = 0.02
    clip: float = 5.0
    ema: float = 0.999
    frame_start: float = 1.0
    frame_end: float = 0.08
    frame_samples: int = 300_000
    real_share: float = 0.25
    seed: int = 1
    threads: int = 1


def learning_rate(plan: Plan, step: int, remaining: float = 1.0) -> float:
    """Return the rate: linear warm-up, then constant, times what remains of a decay (1..0)."""
    return plan.peak * min(1.0, (step + 1) / plan.warm_up) * min(max(remaining, 0.0), 1.0)


def frame_weight(plan: Plan, samples: int) -> float:
    """Return the frame loss's weight, falling linearly with the samples seen."""
    share = min(1.0, samples / plan.frame_samples)
    return plan.frame_start + (plan.frame_end - plan.frame_start) * share


class Trainer:
    """State of one run: network, averaged network, optimizer, counters."""

    def __init__(self, plan: Plan, pool: ChunkPool, size: NetSize | None = None) -> None:
        torch.manual_seed(plan.seed)
        self.plan = plan
        self.pool = pool
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.net = PlateNet(size).to(self.device, memory_format=torch.channels_last)
        self.average = {name: value.clone() for name, value in self.net.state_dict().items()}
        decayed = [p for p in self.net.parameters() if p.ndim > 1]
        plain = [p for p in self.net.parameters() if p.ndim <= 1]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": decayed, "weight_decay": plan.weight_decay},
                {"params": plain, "weight_decay": 0.0},
            ],
            lr=plan.peak,
        )
        self.step = 0
        self.samples = 0

    def train_step(self, remaining: float = 1.0) -> dict[str, float]:
        """Take one step and return its losses; ``remaining`` scales the learning rate."""
        rate = learning_rate(self.plan, self.step, remaining)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        batch = self.pool.batch(self.plan.batch)
        self.net.train()
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            outputs = self.net(batch.crops.to(self.device))
        on_host: tuple[Tensor, Tensor, Tensor] = tuple(o.float().cpu() for o in outputs)
        losses = total_loss(on_host, batch, frame_weight(self.plan, self.samples))
        self.optimizer.zero_grad(set_to_none=True)
        losses.total.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), self.plan.clip)
        self.optimizer.step()
        self.step += 1
        self.samples += self.plan.batch
        self._track()
        parts = {
            name: float(getattr(losses, name).detach())
            for name in ("total", "ctc", "frame", "color", "rows")
        }
        return parts | {"rate": rate}

    def _track(self) -> None:
        """Fold the current weights into the average."""
        # the average follows quickly at first, when the weights are still far from any good
        keep = min(self.plan.ema, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for name, value in self.net.state_dict().items():
                if value.is_floating_point():
                    self.average[name].lerp_(value, 1 - keep)
                else:
                    self.average[name].copy_(value)

    def averaged(self) -> PlateNet:
        """Return a network with the averaged weights, for measuring and export."""
        net = PlateNet(self.net.size)
        net.load_state_dict({name: value.cpu() for name, value in self.average.items()})
        net.eval()
        return net

    def save(self, path: Path) -> None:
        """Write everything that a continued run needs."""
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        torch.save(
            {
                "net": self.net.state_dict(),
                "average": self.average,
                "optimizer": self.optimizer.state_dict(),
                "step": self.step,
                "samples": self.samples,
                "size": asdict(self.net.size),
                "plan": asdict(self.plan),
            },
            unfinished,
        )
        unfinished.replace(path)

    def load(self, path: Path) -> None:
        """Continue from a checkpoint."""
        state: dict[str, Any] = torch.load(path, map_location=self.device, weights_only=True)
        self.net.load_state_dict(state["net"])
        self.average = state["average"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.samples = state["step"], state["samples"]
        # the draw goes on elsewhere than it began
        self.pool.rng = np.random.default_rng((self.plan.seed, self.step))
        self.pool.generator.manual_seed(self.plan.seed + self.step)


def load_network(path: Path) -> PlateNet:
    """Return the averaged network of a checkpoint, ready to measure or export."""
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    net = PlateNet(NetSize(**state["size"]))
    net.load_state_dict(state["average"])
    net.eval()
    return net


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
    plan = Plan(**{name: getattr(arguments, name) for name in asdict(Plan())})
    torch.set_num_threads(plan.threads)
    cv2.setNumThreads(1)
    decays = bool(arguments.decay or arguments.decay_minutes)
    checkpoint = arguments.run / ("decayed.pt" if decays else "last.pt")
    pool = ChunkPool(arguments.chunks, real_share=plan.real_share, seed=plan.seed)
    trainer = Trainer(plan, pool)
    source = arguments.start_from or arguments.run / "last.pt"
    if source.is_file():
        trainer.load(source)
    first = trainer.step
    end = first + arguments.decay if arguments.decay else arguments.steps
    arguments.run.mkdir(parents=True, exist_ok=True)
    started = saved = measured = time.monotonic()

    def remaining() -> float:
        """Return what is left of the decay, 1..0; 1 where there is none."""
        if arguments.decay:
            return 1 - float((trainer.step - first) / arguments.decay)
        if arguments.decay_minutes:
            return 1 - float((time.monotonic() - started) / 60 / arguments.decay_minutes)
        return 1.0

    with (
        (arguments.run / "log.jsonl").open("a") as log,
        Progress(
            TextColumn("{task.description}"), TimeElapsedColumn(), refresh_per_second=0.2
        ) as bar,
    ):
        task = bar.add_task("starting", total=None)
        sums: dict[str, float] = {}
        began, count = time.monotonic(), 0
        while trainer.step < end and (left := remaining()) > 0:
            for name, value in trainer.train_step(left).items():
                sums[name] = sums.get(name, 0.0) + value
            count += 1
            now = time.monotonic()
            if trainer.step % 50 == 0 or trainer.step == end:
                means = {name: round(value / count, 5) for name, value in sums.items()}
                means |= {
                    "step": trainer.step,
                    "samples": trainer.samples,
                    "per_second": round(count * plan.batch / (now - began), 1),
                }
                log.write(json.dumps({"time": round(time.time(), 1), **means}) + "\n")
                log.flush()
                bar.update(
                    task,
                    description=f"step {trainer.step} ctc {means['ctc']:.4f} "
                    f"{means['per_second']:.0f}/s",
                )
                sums, began, count = {}, now, 0
            if now - saved > _CHECKPOINT_SECONDS:
                trainer.save(checkpoint)
                pool.rescan()
                saved = now
            if arguments.measure_every and now - measured > arguments.measure_every:
                table = measure(trainer.averaged())
                log.write(json.dumps({"step": trainer.step, "dev": table}) + "\n")
                log.flush()
                measured = began = time.monotonic()
                sums, count = {}, 0
        trainer.save(checkpoint)
        table = measure(trainer.averaged())
        log.write(json.dumps({"step": trainer.step, "dev": table}) + "\n")


if __name__ == "__main__":
    main()
