"""A smoke form of the training: a few steps, a continued run, an export."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is missing: install the [train] extra")
pytest.importorskip("PIL", reason="Pillow is missing: install the [train] extra")

from typing import TYPE_CHECKING

from training.recognizer.alphabet import CLASSES, COLORS, encode
from training.recognizer.augment import infrared
from training.recognizer.chunks import Example, write_chunk
from training.recognizer.dataset import IGNORED, ChunkPool, frame_targets
from training.recognizer.losses import total_loss
from training.recognizer.net import STEPS, NetSize, PlateNet
from training.recognizer.trainer import Plan, Trainer, frame_weight, learning_rate, load_network

if TYPE_CHECKING:
    from pathlib import Path

SMALL = NetSize(stem=8, early=8, middle=16, late=16, wide=16, columns=32, heads=2, mixers=1)
PLAN = Plan(batch=8, warm_up=5, frame_samples=1000)


@pytest.fixture
def chunks(tmp_path: Path) -> Path:
    """Crops whose two characters are told by a bright bar's place: quick to learn."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "chunks"
    examples = []
    for _ in range(64):
        crop = rng.integers(0, 60, (48, 168, 3), dtype=np.uint8)
        centers = np.array([50.0, 110.0], np.float32)
        tall = rng.random(2) < 0.5
        for center, is_tall in zip(centers.astype(int), tall, strict=True):
            crop[4 if is_tall else 28 : 44, center - 4 : center + 5] = 250
        text = "".join("A" if is_tall else "B" for is_tall in tall)
        examples.append(Example(crop=crop, text=text, centers=centers, color="blue", rows=1))
    write_chunk(folder, "a-0", examples)
    write_chunk(
        folder,
        "real-0",
        [
            Example(
                crop=examples[0].crop,
                text=examples[0].text,
                centers=np.zeros(0, np.float32),
                color="",
                rows=1,
            ),
        ],
    )
    return folder


def test_frame_targets_name_centres_and_gaps() -> None:
    frames = frame_targets(np.array([5, 6], np.uint8), np.array([42.0, 82.0], np.float32))
    assert frames.shape == (STEPS,)
    assert frames[21] == 5
    assert frames[41] == 6
    assert frames[31] == 0
    assert (frames == IGNORED).sum() == STEPS - 3


def test_frame_targets_outside_the_crop_are_dropped() -> None:
    frames = frame_targets(np.array([5, 6], np.uint8), np.array([-9.0, 500.0], np.float32))
    assert set(frames.tolist()) <= {IGNORED, 0}


def test_schedules() -> None:
    assert learning_rate(PLAN, 0) == pytest.approx(PLAN.peak / 5)
    assert learning_rate(PLAN, 50) == PLAN.peak
    assert learning_rate(PLAN, 60, 0.5) == pytest.approx(PLAN.peak / 2)
    assert learning_rate(PLAN, 70, -0.1) == 0
    assert frame_weight(PLAN, 0) == 1
    assert frame_weight(PLAN, 10**6) == pytest.approx(PLAN.frame_end)


def test_a_batch_without_text_still_trains(chunks: Path) -> None:
    batch = ChunkPool(chunks, real_share=0.0, seed=1).batch(4)
    batch.lengths.zero_()
    batch.frames.fill_(IGNORED)
    batch.colors.fill_(IGNORED)
    net = PlateNet(SMALL)
    losses = total_loss(net(batch.crops), batch, 1.0)
    assert float(losses.ctc) == 0
    rest = losses.rows + losses.plate + losses.complete
    assert float(losses.total) == pytest.approx(0.1 * float(rest), rel=1e-4)
    losses.total.backward()


def test_unknown_evidence_does_not_train(chunks: Path) -> None:
    batch = ChunkPool(chunks, real_share=0.0, seed=1).batch(4)
    assert batch.evidence.tolist() == [[1, 1]] * 4
    batch.evidence[:, 0] = -1
    net = PlateNet(SMALL)
    losses = total_loss(net(batch.crops), batch, 1.0)
    assert float(losses.plate) == 0
    assert float(losses.complete) > 0
    losses.complete.backward()
    assert net.evidence.out.weight.grad[0].abs().max() == 0
    assert net.evidence.out.weight.grad[1].abs().max() > 0


def test_grey_crops_have_no_stated_colour(chunks: Path) -> None:
    batch = ChunkPool(chunks, real_share=0.0, seed=2).batch(64)
    unknown = COLORS.index("unknown")
    told = set(batch.colors.tolist())
    assert told == {COLORS.index("blue"), unknown}


def test_infrared_pictures_have_one_tone() -> None:
    rng = np.random.default_rng(1)
    crop = np.random.default_rng(2).integers(0, 256, (48, 168, 3), dtype=np.uint8)
    for _ in range(20):
        grey = infrared(rng, crop).astype(int)
        spread = (grey.max(2) - grey.min(2)).mean()
        assert spread < 25
        assert grey.std() > 10


def test_loss_falls_and_a_continued_run_goes_on(chunks: Path, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    trainer = Trainer(PLAN, ChunkPool(chunks, real_share=0.2, seed=1), SMALL)
    losses = [trainer.train_step()["total"] for _ in range(30)]
    assert np.isfinite(losses).all()
    assert np.mean(losses[-5:]) < 0.75 * np.mean(losses[:5])
    path = tmp_path / "run" / "last.pt"
    trainer.save(path)

    again = Trainer(PLAN, ChunkPool(chunks, real_share=0.2, seed=1), SMALL)
    again.load(path)
    assert again.step == trainer.step == 30
    for name, value in trainer.net.state_dict().items():
        assert torch.equal(value, again.net.state_dict()[name])
    assert again.train_step()["total"] < np.mean(losses[:5])


def test_new_chunks_are_picked_up(chunks: Path) -> None:
    pool = ChunkPool(chunks, real_share=0.0, seed=1)
    assert pool.rescan() == 64
    write_chunk(
        chunks,
        "b-0",
        [
            Example(
                crop=np.zeros((48, 168, 3), np.uint8),
                text="7",
                color="black",
                rows=1,
                centers=np.array([84.0], np.float32),
            ),
        ],
    )
    assert pool.rescan() == 65
    # and drawn in the round that is under way
    drawn = pool.batch(65).texts[:, 0].tolist()
    assert drawn.count(encode("7")[0]) == 1


def test_the_export_equals_the_network(chunks: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="onnx is missing: install the [train] extra")
    from training.recognizer.export import (
        BATCH_TOLERANCE,
        OUTPUTS,
        TOLERANCE,
        differences,
        open_onnx,
        to_onnx,
    )

    trainer = Trainer(PLAN, ChunkPool(chunks, real_share=0.0, seed=1), SMALL)
    trainer.train_step()
    trainer.save(tmp_path / "last.pt")
    net = load_network(tmp_path / "last.pt")
    to_onnx(net, tmp_path / "net.onnx")
    apart, by_batch = differences(net, tmp_path / "net.onnx", count=4)
    assert apart < TOLERANCE
    assert by_batch < BATCH_TOLERANCE
    outputs = open_onnx(tmp_path / "net.onnx")(np.zeros((3, 48, 168, 3), np.uint8))
    shapes = {name: output.shape for name, output in zip(OUTPUTS, outputs, strict=True)}
    assert shapes["chars"] == (3, STEPS, CLASSES)
    assert shapes["evidence"] == (3, 2)
    assert ((outputs[3] > 0) & (outputs[3] < 1)).all()
