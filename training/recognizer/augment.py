"""Cheap augmentation of pre-rendered and real crops at training time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    UInt8Array = NDArray[np.uint8]
    Float32Array = NDArray[np.float32]


def move(
    rng: np.random.Generator, crop: UInt8Array, centers: Float32Array, *, split: bool, strong: bool
) -> tuple[UInt8Array, Float32Array]:
    """Shift, stretch, turn and shear a crop a little; return it with the moved character columns.

    A split crop shows two pictures side by side, so only whole-crop shifts and stretches that keep
    the seam plausible are used.

    Args:
        rng: source of randomness.
        crop: uint8 ``[48, 168, 3]``.
        centers: float32 ``[n]``, columns of the characters' centres.
        split: whether two rows stand side by side.
        strong: wider ranges, for real crops, which are few.
    """
    if rng.random() < 0.25:
        return crop, centers
    height, width = crop.shape[:2]
    amount = 1.4 if strong else 1.0
    wide = 1 + rng.normal(0, 0.03 if not split else 0.01) * amount
    tall = 1 + rng.normal(0, 0.05) * amount
    turn = rng.normal(0, 0.015) * amount if not split else 0.0
    shear = rng.normal(0, 0.08) * amount
    matrix = np.array([[wide, shear * 0.6, 0], [turn, tall, 0]], np.float32)
    middle = np.array([width / 2, height / 2], np.float32)
    shift = rng.normal(0, 1, 2) * np.array([0.01 * width, 0.03 * height]) * amount
    if split:
        shift[0] *= 0.4
    matrix[:, 2] = middle - matrix[:, :2] @ middle + shift
    moved = cv2.warpAffine(
        crop, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    # characters sit around the middle row, so shear does not move their centres
    columns = matrix[0, 0] * centers + matrix[0, 1] * height / 2 + matrix[0, 2]
    return np.asarray(moved, np.uint8), columns.astype(np.float32)


def coarsen(rng: np.random.Generator, crop: UInt8Array) -> UInt8Array:
    """Return a real crop as a cheaper camera would have taken it."""
    height, width = crop.shape[:2]
    choice = rng.random()
    if choice < 0.15:
        share = rng.uniform(0.4, 0.8)
        small = cv2.resize(
            crop, (int(width * share), int(height * share)), interpolation=cv2.INTER_AREA
        )
        return np.asarray(cv2.resize(small, (width, height)), np.uint8)
    if choice < 0.3:
        return np.asarray(cv2.GaussianBlur(crop, (0, 0), rng.uniform(0.4, 1.4)), np.uint8)
    if choice < 0.4:
        quality = int(rng.integers(30, 80))
        done, data = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, quality])
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8) if done else crop
    return crop


def infrared(rng: np.random.Generator, crop: UInt8Array) -> UInt8Array:
    """Return a crop as a camera without colour takes it, often by its own infra-red lamp.

    Such a lamp's light comes back from the plate's reflecting ground and burns it out. Some cameras
    and encoders leave a slight tint or coloured blocks.

    Args:
        rng: source of randomness.
        crop: uint8 ``[48, 168, 3]``.
    """
    # sensors weight the colours otherwise than an eye does
    weights = rng.dirichlet((2.0, 4.0, 4.0)).astype(np.float32)
    if rng.random() < 0.4:
        weights = np.array([0.114, 0.587, 0.299], np.float32)
    grey = crop.astype(np.float32) @ weights
    if rng.random() < 0.5:
        grey = 255 * (grey / 255) ** np.float32(np.exp(rng.normal(0, 0.35)))
        low, high = np.percentile(grey, (2, 98))
        reach = max(float(high - low), 20.0)
        # up to a third of the plate's contrast beyond the sensor's range
        grey = (grey - low) * (rng.uniform(0.6, 1.35) * 230 / reach) + rng.uniform(0, 40)
    three = np.repeat(np.clip(grey, 0, 255)[..., None], 3, axis=2)
    choice = rng.random()
    if choice < 0.25:
        three = three * rng.normal(1, 0.03, 3) + rng.normal(0, 2, 3)
    picture: UInt8Array = np.asarray(np.clip(three, 0, 255), np.uint8)
    if choice > 0.7:
        quality = int(rng.integers(35, 90))
        done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        picture = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8) if done else picture
    return picture


def shine(generator: torch.Generator, crops: Tensor, colored: Tensor) -> Tensor:
    """Normalise a batch and vary its light.

    Args:
        generator: source of randomness.
        crops: uint8 ``[N, 48, 168, 3]``.
        colored: bool ``[N]``: whose colour cast may vary; a grey picture has none.

    Returns:
        float32 ``[N, 3, 48, 168]``, centred, channels last.
    """
    count = len(crops)

    def noise(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator)

    x = (crops.permute(0, 3, 1, 2).to(torch.float32) - 127.5) / 64.0
    lively = (torch.rand(count, 1, 1, 1, generator=generator) < 0.7).to(torch.float32)
    cast = 0.06 * colored.to(torch.float32).reshape(count, 1, 1, 1)
    gain = 1 + lively * (0.15 * noise(count, 1, 1, 1) + cast * noise(count, 3, 1, 1))
    bias = lively * (0.15 * noise(count, 1, 1, 1) + cast * noise(count, 3, 1, 1))
    x.mul_(gain.clamp_(0.5, 1.6)).add_(bias)
    grain = torch.rand(count, 1, 1, 1, generator=generator).sub_(0.6).clamp_(min=0) * 0.25
    if bool((grain > 0).any()):
        x.add_(noise(count, 1, 48, 168) * grain)
    return x.clamp_(-2.0, 2.0).contiguous(memory_format=torch.channels_last)
