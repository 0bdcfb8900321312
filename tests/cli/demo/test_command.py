import json
from pathlib import Path
from typing import Any

import cv2
import pytest
from rich.console import Console

from platestream.cli.demo.view import DemoView, confidence_bar
from tests.cli.conftest import Cli
from tests.html import check_page
from tests.pictures.pixels import encode
from tests.pictures.table import bad_pictures
from tests.vision.tiny_models import GREEN, paint_plate, scene

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Three pictures: two plates, one plate, none."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, plates in enumerate((2, 1, 0)):
        picture = scene()
        if plates:
            paint_plate(picture, "京A1港", at=(60, 120))
        if plates > 1:
            paint_plate(picture, "Z1A1", at=(300, 120), color=GREEN)
        (folder / f"{number}.png").write_bytes(encode(picture, ".png"))
    return folder


def summary_of(out: str) -> dict[str, Any]:
    [line] = out.splitlines()
    loaded: dict[str, Any] = json.loads(line)
    return loaded


def test_every_frame_ends_in_exactly_one_way(
    cli: Cli, tiny: Path, pictures: Path, tmp_path: Path
) -> None:
    assert tiny.is_dir()
    ran = cli("demo", pictures, "--frames", 31, "--json", "--out", tmp_path / "out")
    assert ran.code == 0, ran.err
    found = summary_of(ran.out)
    assert (found["produced"], found["with_plates"], found["empty"], found["failed"]) == (
        31, 21, 10, 0,
    )  # fmt: skip
    assert found["lost"] == found["repeated"] == 0
    assert len(found["plates"]) == 2 * 11 + 10
    assert len({event["event_id"] for event in found["plates"]}) == len(found["plates"])
    sources = {tuple(event["source"].values()) for event in found["plates"]}
    assert len(sources) == 21
    assert 0 < found["latency_ms"]["p50"] <= found["latency_ms"]["p99"]
    assert found["frames_per_second"] > 0
    numbers = {event["plate"]["plate_number"] for event in found["plates"]}
    assert numbers == {"京A1港", "Z1A1"}


def test_bad_files_end_on_the_failure_topic_with_their_codes(
    cli: Cli, tiny: Path, pictures: Path, tmp_path: Path
) -> None:
    assert tiny.is_dir()
    bad = bad_pictures()
    codes: dict[str, str] = {}
    for number, item in enumerate(bad):
        name = f"bad-{number:03d}.jpg"
        (pictures / name).write_bytes(item.data)
        # A frame without one byte of picture has neither picture nor address.
        codes[name] = item.code if item.data else "AIS.0101"
    out = tmp_path / "out"
    ran = cli("demo", pictures, "--frames", len(bad) + 3, "--json", "--out", out)
    assert ran.code == 0, ran.err
    found = summary_of(ran.out)
    assert found["produced"] == len(bad) + 3
    assert (found["with_plates"], found["empty"], found["failed"]) == (2, 1, len(bad))
    page = check_page(out / "report.html")
    for name, code in codes.items():
        row = page.text[page.text.index(name) :][:60]
        assert code in row


def test_the_report_and_the_pictures_are_written(
    cli: Cli, tiny: Path, pictures: Path, tmp_path: Path
) -> None:
    assert tiny.is_dir()
    out = tmp_path / "out"
    ran = cli("demo", pictures, "--frames", 6, "--partitions", 2, "--out", out)
    assert ran.code == 0, ran.err
    assert "6 frames: 4 with plates, 2 without, 0 failed; 6 plate events" in ran.out
    names = sorted(path.name for path in (out / "annotated").iterdir())
    assert names == ["001-0.jpg", "002-1.jpg", "003-2.jpg"]
    drawn = cv2.imread(str(out / "annotated" / names[0]))
    assert drawn is not None
    assert drawn.shape == (480, 640, 3)
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert summary["produced"] == 6
    page = check_page(out / "report.html")
    assert page.count("svg") == 3
    assert page.text.count("京A1港") >= 2
    assert "2 of 2" in page.text


def test_files_that_are_not_there_are_wrong_usage(cli: Cli, tmp_path: Path) -> None:
    ran = cli("demo", tmp_path / "absent.jpg", "--out", tmp_path / "out")
    assert ran.code == 2
    assert "absent.jpg" in ran.err
    assert not (tmp_path / "out").exists()


def test_models_that_are_not_there_are_fatal(cli: Cli, pictures: Path, tmp_path: Path) -> None:
    ran = cli("demo", pictures, "--bundle", tmp_path, "--out", tmp_path / "out")
    assert ran.code == 3
    assert "bundle" in ran.err


def test_the_live_view_shows_the_latest_plates() -> None:
    console = Console(force_terminal=True, width=100, record=True)
    view = DemoView(console, 10, ["a.jpg"])
    plate = {"plate_number": "京A12345", "plate_color": "blue", "confidence": 0.97}
    for _ in range(40):
        view.plate({"plate": plate, "camera_id": "camera-01"}, 0)
    with view.showing():
        pass
    shown = console.export_text()
    assert "京A12345" in shown
    assert shown.count("camera-01") % 12 == 0
    assert confidence_bar(1.7).plain.startswith("█" * 10)
    assert confidence_bar(-1).plain.startswith("░" * 10)
