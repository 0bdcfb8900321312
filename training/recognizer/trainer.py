"""The recognizer's trainer: what decides a run, and its state from step to step."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from training.checkpoint import write_checkpoint
from training.recognizer.losses import total_loss
from training.recognizer.net import NetSize, PlateNet

if TYPE_CHECKING:
    from pathlib import Path

    from training.recognizer.dataset import ChunkPool


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
        chars, colors, rows, evidence = (o.float().cpu() for o in outputs)
        losses = total_loss(
            (chars, colors, rows, evidence), batch, frame_weight(self.plan, self.samples)
        )
        self.optimizer.zero_grad(set_to_none=True)
        losses.total.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), self.plan.clip)
        self.optimizer.step()
        self.step += 1
        self.samples += self.plan.batch
        self._track()
        parts = {
            name: float(getattr(losses, name).detach())
            for name in ("total", "ctc", "frame", "color", "rows", "plate", "complete")
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
        write_checkpoint(
            {
                "net": self.net.state_dict(),
                "average": self.average,
                "optimizer": self.optimizer.state_dict(),
                "step": self.step,
                "samples": self.samples,
                "size": asdict(self.net.size),
                "plan": asdict(self.plan),
            },
            path,
        )

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
