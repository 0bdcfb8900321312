"""The detector's trainer: what decides a run, and its state from step to step."""

from __future__ import annotations

import copy
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional as F

from training.checkpoint import write_checkpoint
from training.detector.losses import assign, proposal_loss, refine_loss
from training.detector.net import NetConfig, PlateNet

if TYPE_CHECKING:
    from pathlib import Path

    from training.detector.dataset import Batch


# Share of the batches whose patches are cut from half the canvas' resolution.
BLURRED = 0.15


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
        detail, factor = self._detail(batch, x, generator)
        parts |= refine_loss(
            self.net,
            detail,
            factor=factor,
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

    def _detail(
        self, batch: Batch, x: torch.Tensor, generator: torch.Generator
    ) -> tuple[torch.Tensor, float]:
        """Pictures to cut patches from, and their pixels per pixel of the canvas.

        In service patches come from the picture at full resolution, however fine that is.
        """
        if batch.sharp is not None:
            return PlateNet.normalise(batch.sharp.to(self.device, non_blocking=True)), 2.0
        if float(torch.rand((), generator=generator)) < BLURRED:
            return F.avg_pool2d(x, 2), 0.5
        return x, 1.0

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
        """Write everything that a continued run needs."""
        write_checkpoint(
            {
                "config": asdict(self.net.config),
                "net": self.net.state_dict(),
                "average": self.average.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "step": self.step,
                "decay_start": self.decay_start,
            },
            path,
        )

    def restore(self, path: Path) -> None:
        """Continue from a saved state."""
        state: dict[str, Any] = torch.load(path, map_location=self.device, weights_only=True)
        self.net.load_state_dict(state["net"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = int(state["step"])
        self.decay_start = state["decay_start"]
