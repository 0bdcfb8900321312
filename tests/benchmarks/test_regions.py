from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.accuracy import regions
from benchmarks.accuracy.frames import Frame
from benchmarks.accuracy.large_frames import measure, rows_of
from benchmarks.accuracy.sets import PictureSet
from platestream.cli.evaluate.labels import LabelledPlate
from platestream.vision.models.bundle import ModelBundle
from platestream.vision.reader import PlateReader
from platestream.vision.regions import table
from platestream.vision.regions.region import Region, series
from platestream.vision.settings import VisionSettings
from tests.benchmarks.test_accuracy import HEAD
from tests.vision.tiny_models import paint_plate, scene, write_bundle


def test_the_table_holds_formats_against_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "few_crops"
    folder.mkdir()
    lines = [HEAD]
    for number, text in enumerate(("京A1Z", "京AAZ", "1111")):
        crop = np.zeros((48, 168, 3), np.uint8)
        paint_plate(crop, text, at=(0, 0))
        if not number:
            crop[:, 84:126, 0] = round(3.52 * 255 / 5)  # rather 港 than 1
        cv2.imwrite(str(folder / f"{number}.png"), crop)
        lines.append(f"{number}.png,{text},,,,,,,,,crop,dev")
    (folder / "labels.csv").write_text("\n".join(lines), encoding="utf-8")
    region = Region(
        title="test", formats={"all": series("京A1Z 京AAZ", source="none", valid="京A1Z")}
    )
    for name in table.REGIONS:
        monkeypatch.setitem(table.REGIONS, name, region)
    one = PictureSet(title="few", folders=("few_crops",))
    monkeypatch.setattr(regions, "SETS", (one, PictureSet(title="gone", folders=("gone",))))
    bundle = write_bundle(tmp_path / "bundle")

    regions.main(["--data", str(tmp_path), "--bundle", str(bundle)])

    cells = [cell.strip() for cell in capsys.readouterr().out.splitlines()[-1].split("|")[1:-1]]
    # One of three put right; strict reports the two that fit, both right.
    assert cells[:7] == ["few", "cn", "3", "66.7", "66.7", "100.0", "100.0"]
    assert cells[7:10] == ["66.7", "100.0", "66.7"]


def test_frames_are_measured_in_every_way(tmp_path: Path) -> None:
    picture = scene(1000, 1600)
    paint_plate(picture, "京A1Z", at=(700, 600), size=(14, 7))
    corners = ((700.0, 600.0), (713.0, 600.0), (713.0, 606.0), (700.0, 606.0))
    frame = Frame(picture, (LabelledPlate("京A1Z", corners, "corners"),))
    bundle = ModelBundle.load(write_bundle(tmp_path / "bundle"))
    ways = {
        "off": VisionSettings(threads=1, tiling=False),
        "on": VisionSettings(threads=1, tile_scale=1.2),
    }
    readers = {name: PlateReader(bundle, settings=chosen) for name, chosen in ways.items()}

    off, on = rows_of(measure(iter([frame, frame]), readers))

    assert off[:4] == ["off", "2", "0.0", "0.0"]
    assert on[:3] == ["on", "2", "100.0"]
    assert [row[4].split(" / ")[0] for row in (off, on)] == ["0.0", "100.0"]
    assert off[8] == on[8] == "0.00"
