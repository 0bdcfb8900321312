"""The speed report: ratios, frames, plots and the page's measured parts."""

from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from benchmarks.speed import frames
from benchmarks.speed.frames import SpeedFrame
from benchmarks.speed.icicle import icicle
from benchmarks.speed.plots import grouped_bars
from benchmarks.speed.report import PAGE, write_report
from benchmarks.speed.results import Results
from benchmarks.speed.rounds import Times, kind_of
from benchmarks.speed.stages import Node, follow, with_operators
from platestream.cli.evaluate.labels import LabelledPicture
from platestream.vision.picture.decode import decode_picture
from platestream.vision.settings import PictureLimits


def frame(name: str, plates: int = 1) -> SpeedFrame:
    picture = LabelledPicture(path=Path(name), dataset="speed", kind="none", plates=())
    return SpeedFrame("720p", plates, picture)


def test_a_ratio_is_that_of_each_round_and_a_time_the_median_of_the_rounds() -> None:
    times = Times()
    for one, other in ((10.0, 20.0), (30.0, 30.0), (12.0, 48.0)):  # the machine slows down and back
        times.add("ours", frame("a.jpg"), one)
        times.add("base", frame("a.jpg"), other)
    kind = kind_of(frame("a.jpg"))
    assert times.ratio("ours", "base", kind) == (0.5, 0.25, 1.0)
    assert times.means("ours") == {kind: 12.0}
    assert kind_of(frame("b.jpg", 4)) == "720p, 4 plates"


def test_frames_are_the_same_for_the_same_seed_and_have_their_plates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "SIZES", {"720p": (720, 1280)})
    monkeypatch.setattr(frames, "PLATES", (0, 4))
    first, source = frames.speed_frames(None, tmp_path / "one", each=1)
    second, _ = frames.speed_frames(None, tmp_path / "two", each=1)
    assert source == "drawn scenes"
    assert [len(one.labelled.plates) for one in first] == [0, 4]
    assert all(plate.text for plate in first[1].labelled.plates)
    assert [one.path.read_bytes() for one in first] == [one.path.read_bytes() for one in second]
    corners = np.array([plate.corners for plate in first[1].labelled.plates])
    assert corners.min() > 0
    assert (corners.max(axis=(0, 1)) < (1280, 720)).all()


def test_the_bars_have_names_and_lengths_by_value() -> None:
    svg = grouped_bars(
        {"720p": [1.0, 2.0], "4K": [4.0, None]}, ["ours", "base"], title="T", unit="ms"
    )
    root = ET.fromstring(svg)  # noqa: S314 - our own
    space = "{http://www.w3.org/2000/svg}"
    widths = [float(box.get("width", "")) for box in root.findall(f"{space}rect")][3:]
    assert widths == pytest.approx([widths[0], 2 * widths[0], 4 * widths[0]], rel=0.01)
    assert {"720p", "4K", "ours", "base"} <= {text.text for text in root.iter(f"{space}text")}


def test_only_measured_parts_of_the_page_are_written(tmp_path: Path) -> None:
    page = tmp_path / PAGE
    page.write_text("Ours.\n<!-- measured: peers -->\nold\n<!-- end -->\nBy hand.\n")
    one = {"name": "ours", "ms": {"720p": 3.0}, "ratio": {"720p": [1.0, 1.0, 1.0]}}
    figures = {
        "frames": "scenes",
        "each": 1,
        "rounds": 1,
        "base": "ours",
        "contenders": [
            {**one, "resident_mib": 5, "start_s": 1.0, "plates": 2, "found": 2, "read": 1}
            | {"false": 0}
        ],
    }
    results = Results(tmp_path / "performance" / "results.json")
    results.save("peers", figures, command="make bench", revision="abc")
    write_report(results.load(), tmp_path)
    text = page.read_text()
    assert text.startswith("Ours.\n<!-- measured: peers -->\n")
    assert text.endswith("<!-- end -->\nBy hand.\n")
    assert "old" not in text
    assert "| ours | 5 | 1 | 2 of 2 | 1 | 0 |" in text
    assert "commit abc" in text
    assert (tmp_path / "performance" / "peers.svg").exists()


def test_a_tree_has_our_calls_and_native_ones_and_all_the_time() -> None:
    scene = Path(frames.__file__).parents[2] / "service/platestream/cli/demo_pictures/scene-00.jpg"
    data = scene.read_bytes()
    tree = follow("decoding", lambda: decode_picture(data, PictureLimits()), 2)
    decoding = tree.children["decode_picture"].children["_decode"]
    native = decoding.children["cv2.imdecode"]
    assert native.total_ms > tree.total_ms / 2
    assert tree.pruned(1e9).own_ms == pytest.approx(tree.total_ms)
    assert Node.from_json(tree.as_json()).total_ms == pytest.approx(tree.total_ms, abs=0.5)


def test_the_time_of_a_model_is_divided_by_its_operators() -> None:
    run = Node("onnxruntime.run", 8.0)
    tree = Node("a frame", 2.0, {"m": Node("model.onnx", 0.0, {"run": run})})
    with_operators(tree, {"model.onnx": {"Conv": 0.75, "Add": 0.25}})
    assert {name: node.own_ms for name, node in run.children.items()} == {"Conv": 6.0, "Add": 2.0}
    assert tree.total_ms == 10.0
    svg = ET.fromstring(icicle(tree, "T"))  # noqa: S314 - our own
    hints = [box.text for box in svg.iter("{http://www.w3.org/2000/svg}title")]
    assert "Conv: 6.00 ms, 60.0%" in hints
