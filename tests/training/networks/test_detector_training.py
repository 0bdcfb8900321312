"""The smoke form of the training: a few steps, a resume and an export that really runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch (training extra)")
pytest.importorskip("onnx", reason="needs onnx (training extra)")

from platestream.vision.detection.patches import PatchGeometry, corrected, cut_patches
from training.detector.dataset import Batches
from training.detector.evaluate import Runner
from training.detector.export import export, load_network
from training.detector.losses import Targets, assign, paired_iou
from training.detector.net import (
    PIXEL_SPREAD,
    STRIDES,
    NetConfig,
    PlateNet,
    ProposalNet,
    refined_corners,
    sample_patches,
)
from training.detector.photos import (
    LabelledFile,
    LabelledPlate,
    Photo,
    pyramid,
)
from training.detector.scores import Found, Judged, corner_error, score_folder
from training.detector.sources import Sources
from training.detector.train import fit
from training.detector.trainer import Settings, Trainer

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("few_faces")

TINY = NetConfig(
    widths=(8, 8, 16, 16, 16), blocks=(0, 1, 1, 0), pyramid=16, refine_widths=(8, 8, 8)
)


def drawn_sources() -> Sources:
    """Photos with a striped bright plate on noise: learnable in seconds, nobody's data."""
    rng = np.random.default_rng(4)
    photos = []
    for index in range(6):
        image = rng.integers(60, 90, (240, 320, 3)).astype(np.uint8)
        x, y = int(rng.integers(20, 180)), int(rng.integers(20, 180))
        image[y : y + 31, x : x + 101] = (240, 240, 240)
        image[y + 6 : y + 25, x + 8 : x + 92 : 9] = 10
        quad = np.array([[x, y], [x + 100, y], [x + 100, y + 30], [x, y + 30]], np.float32)
        photos.append(Photo(f"drawn/{index}", pyramid(image), [LabelledPlate(quad, 1.0)]))
    plate = np.full((30, 100, 3), 235, np.uint8)
    plate[6:24, 8:92:9] = 15
    patches = [rng.integers(0, 256, (36, 136, 3)).astype(np.uint8) for _ in range(3)]
    return Sources({"drawn": photos}, patches, [plate])


def trainer(run: Path, steps: int, **more: Any) -> Trainer:
    settings = Settings(run=run, steps=steps, batch=4, workers=0, warm_up=5, **more)
    return Trainer(settings, TINY)


def test_a_few_steps_learn_and_resume_and_export(tmp_path: Path) -> None:
    sources = drawn_sources()
    first = trainer(tmp_path, 14, log_every=2, rate=4e-3)
    fit(first, sources)
    rows = [
        float(line.split('"score": ')[1].split(",")[0])
        for line in (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert min(rows[-2:]) < rows[0]

    second = trainer(tmp_path, 16)
    second.restore(tmp_path / "last.pt")
    assert second.step == 14
    for a, b in zip(first.net.parameters(), second.net.parameters(), strict=True):
        assert torch.equal(a, b)
    fit(second, sources)
    assert second.step == 16

    # export() itself compares the graphs with torch, and a batch of eight with singles.
    differences = export(load_network(tmp_path / "last.pt"), tmp_path / "export")
    assert differences["batch"] <= 1e-5
    assert (tmp_path / "export" / "detector.json").exists()
    found = Runner(tmp_path / "export", 1e-6, proposal_threshold=1e-6)(
        np.full((120, 200, 3), 90, np.uint8)
    )
    assert all(one.quad.shape == (4, 2) for one in found)


def test_sharp_pictures_are_the_same_at_twice_the_resolution() -> None:
    data = Batches(drawn_sources(), seed=3, batch=2)
    batch = next(b for b in (data[index] for index in range(40)) if b.sharp is not None)
    assert batch.sharp is not None
    height, width = batch.images.shape[1:3]
    for one, fine in zip(batch.images.numpy(), batch.sharp.numpy(), strict=True):
        assert fine.shape == (2 * height, 2 * width, 3)
        half = cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA)
        assert np.array_equal(one, half)


def test_batches_repeat_exactly() -> None:
    data = Batches(drawn_sources(), seed=3, batch=2)
    a, b = data[7], data[7]
    assert torch.equal(a.images, b.images)
    assert torch.equal(a.targets.quads, b.targets.quads)
    assert not torch.equal(a.images[0], data[8].images[0]) or a.images.shape != data[8].images.shape


def targets_of(quads: list[list[list[float]]]) -> Targets:
    count = len(quads)
    return Targets(
        quads=torch.tensor(quads, dtype=torch.float32).reshape(-1, 4, 2),
        picture=torch.zeros(count, dtype=torch.long),
        trust=torch.ones(count),
        ignored=torch.tensor([[0.0, 0.0, 64.0, 64.0]]),
        ignored_picture=torch.zeros(1, dtype=torch.long),
    )


def test_cells_around_the_centre_answer_and_ignored_areas_do_not_count() -> None:
    quad = [[160.0, 150.0], [220.0, 150.0], [220.0, 170.0], [160.0, 170.0]]
    owner, ignored = assign(targets_of([quad]), 256, 256, 1)
    fine = owner[0, : 32 * 32].reshape(32, 32)
    rows, columns = torch.nonzero(fine >= 0, as_tuple=True)
    assert len(rows)
    assert (((columns + 0.5) * 8 - 190).abs() <= 12).all()
    assert (((rows + 0.5) * 8 - 160).abs() <= 9).all()
    # A plate 60 px long belongs to the fine stride alone.
    assert (owner[0, 32 * 32 :] < 0).all()
    assert ignored[0].sum() == 8 * 8 + 4 * 4 + 2 * 2


@pytest.mark.parametrize(
    ("width", "levels"), [(12, {8}), (80, {8, 16}), (200, {16, 32}), (600, {32})]
)
def test_every_size_of_plate_has_a_stride_that_answers(width: int, levels: set[int]) -> None:
    """From a dozen pixels to nearly the whole canvas."""
    quad = np.array([[-0.5, -0.15], [0.5, -0.15], [0.5, 0.15], [-0.5, 0.15]]) * width + [320, 192]
    owner, _ = assign(targets_of([quad.tolist()]), 384, 640, 1)
    start, answering = 0, set()
    for stride in STRIDES:
        end = start + (384 // stride) * (640 // stride)
        if (owner[0, start:end] >= 0).any():
            answering.add(stride)
        start = end
    assert answering == levels


def test_paired_iou_of_equal_and_disjoint_boxes() -> None:
    a = torch.tensor([[0.0, 0, 10, 10], [0.0, 0, 10, 10]])
    b = torch.tensor([[0.0, 0, 10, 10], [20.0, 0, 30, 10]])
    iou, giou = paired_iou(a, b)
    assert iou.tolist() == pytest.approx([1.0, 0.0], abs=1e-5)
    assert giou.tolist() == pytest.approx([1.0, -1 / 3], abs=1e-5)


def test_patches_show_the_plate_upright_and_corrections_move_its_corners() -> None:
    x = torch.zeros(1, 3, 120, 160)
    x[:, :, 40:61, 40:101] = 1.0
    quad = torch.tensor([[[[40.0, 40.0], [100.0, 40.0], [100.0, 60.0], [40.0, 60.0]]]])
    patch = sample_patches(x, quad)[0, 0]
    assert patch.shape == (24, 72)
    # A quarter of the width and half of the height around the plate are its surroundings.
    assert float(patch[7:17, 14:58].mean()) > 0.99
    assert float(patch[:4].mean()) < 0.01
    moved = refined_corners(
        quad[0], torch.tensor([[[0.1, 0.0], [0.0, 0.5], [0.0, 0.0], [0.0, 0.0]]])
    )
    assert moved[0, 0].tolist() == pytest.approx([46.0, 40.0])
    assert moved[0, 1].tolist() == pytest.approx([100.0, 50.0])


def test_patches_out_of_service_are_those_of_training() -> None:
    """Cut with OpenCV from a picture, or with torch from a batch: the same, the padding, too."""
    rng = np.random.default_rng(1)
    noise = rng.integers(0, 256, (120, 160, 3)).astype(np.uint8)
    image = cv2.GaussianBlur(noise, (0, 0), 2).astype(np.uint8)
    quads = np.array(
        [[[40, 40], [100, 45], [98, 65], [38, 60]], [[-9, 90], [50, 95], [50, 118], [-9, 115]]],
        np.float32,
    )
    x = PlateNet.normalise(torch.from_numpy(image[None]))
    ours = sample_patches(x, torch.from_numpy(quads[None])).permute(0, 2, 3, 1) * PIXEL_SPREAD
    theirs = cut_patches(image, quads, PatchGeometry())
    assert np.abs(ours.numpy() - theirs).max() < 6
    assert (theirs[1, -1, 0] == 114).all()
    moves = rng.normal(0, 0.1, (2, 4, 2)).astype(np.float32)
    both = refined_corners(torch.from_numpy(quads), torch.from_numpy(moves)).numpy()
    assert corrected(quads, moves) == pytest.approx(both, abs=1e-3)


def test_the_score_of_a_folder_counts_found_false_and_missed(tmp_path: Path) -> None:
    def plate(x: float) -> LabelledPlate:
        box = [[x, 10], [x + 50, 10], [x + 50, 25], [x, 25]]
        return LabelledPlate(np.array(box, np.float32), 1.0)

    file = LabelledFile("f", tmp_path / "0.jpg", "dev", [plate(0), plate(100)])
    near = plate(1).quad
    judged = [Judged(file, [Found(near, 0.9), Found(plate(200).quad, 0.6)], file.plates)]
    row = score_folder(judged, 0.5)
    assert row["found"] == pytest.approx(50)
    assert row["false"] == pytest.approx(1)
    assert row["corner"] == pytest.approx(2.0)
    assert score_folder(judged, 0.95)["found"] == 0
    assert corner_error(near, plate(0).quad) == pytest.approx(0.02)


def test_learning_rate_warms_up_stays_and_decays(tmp_path: Path) -> None:
    one = trainer(tmp_path, 100, decay_steps=10, rate=1.0)
    assert one.rate_at(0) < one.rate_at(4) == one.rate_at(50) == 1.0
    one.decay_start = 90
    assert one.rate_at(95) == pytest.approx(0.5)
    assert one.rate_at(100) == pytest.approx(0.01)


def test_service_computes_at_each_stride_what_training_did() -> None:
    """Each level of the pyramid has statistics of its own: they differ, and service needs them."""
    torch.manual_seed(3)
    net = ProposalNet(TINY).train()
    x = torch.randn(4, 3, 128, 128) + torch.linspace(-3, 3, 128)
    with torch.no_grad():
        for _ in range(200):
            trained = net(x)
        answers = net.eval()(x)
    for one, other in zip(trained, answers, strict=True):
        for a, b in zip(one, other, strict=True):
            assert float((a - b).abs().mean()) < 0.2 * float(a.std())


def test_the_network_accepts_any_multiple_of_32() -> None:
    net = PlateNet(TINY).eval()
    with torch.no_grad():
        logits, corners = net.propose(torch.zeros(2, 3, 96, 160))
    assert logits.shape == (2, 12 * 20 + 6 * 10 + 3 * 5)
    assert corners.shape == (2, 12 * 20 + 6 * 10 + 3 * 5, 4, 2)
