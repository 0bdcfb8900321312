import re
import sys
import textwrap
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.accuracy import run as run_module
from benchmarks.accuracy.__main__ import main
from benchmarks.accuracy.conditions.catalogue import CONDITIONS
from benchmarks.accuracy.peers import client
from benchmarks.accuracy.peers.client import Peer, PeerSpec, cleaned, joined_lines
from benchmarks.accuracy.run import measure_all
from benchmarks.accuracy.sets import SETS, PictureSet
from benchmarks.accuracy.slices import blur_class, light_class, tilt_class
from benchmarks.accuracy.tables import table, threshold_table
from platestream.cli.evaluate.labels import LabelledPicture, LabelledPlate
from platestream.cli.evaluate.outcomes import judge
from tests.vision.tiny_models import paint_plate, write_bundle

HEAD = "file,text,x1,y1,x2,y2,x3,y3,x4,y4,kind,split"
BOX = ((10.0, 10.0), (110.0, 10.0), (110.0, 40.0), (10.0, 40.0))


def labelled(text: str = "A1", name: str = "a.jpg", kind: str = "corners") -> LabelledPicture:
    plate = LabelledPlate(text, BOX if kind == "corners" else None, kind)  # type: ignore[arg-type]
    return LabelledPicture(path=Path(name), dataset="street", kind=plate.kind, plates=(plate,))


def line(text: str, x: float, y: float, confidence: float = 0.9) -> dict[str, object]:
    corners = [[x - 10, y - 5], [x + 10, y - 5], [x + 10, y + 5], [x - 10, y + 5]]
    return {"text": text, "corners": corners, "confidence": confidence}


def test_texts_of_others_are_taken_as_labels_are_written() -> None:
    assert cleaned("京A·12-3b ") == "京A123B"


def test_lines_in_a_plates_box_are_joined_in_reading_order() -> None:
    lines = [line("34", 90, 32), line("12", 40, 33), line("ab", 60, 17, 0.5), line("TAXI", 300, 20)]
    (reading,) = joined_lines(lines, labelled())
    assert (reading.plate_number, reading.confidence) == ("AB1234", 0.5)
    assert reading.plate_location == ((10, 10), (110, 10), (110, 40), (10, 40))
    assert joined_lines([line("TAXI", 300, 20)], labelled()) == []


PEER = """
    import json, sys
    print("noise of an import")
    print(json.dumps({"name": "Peer 1"}), flush=True)
    for request in sys.stdin:
        asked = json.loads(request)
        if "broken" in asked["path"]:
            answer = {"error": "ValueError"}
        elif "end" in asked["path"]:
            sys.exit(3)
        else:
            corners = [[10, 10], [110, 10], [110, 40], [10, 40]]
            plate = {"text": "a-1", "corners": corners, "confidence": 0.7}
            answer = {"lines": [plate], "ms": 5.0}
        print(json.dumps(answer), flush=True)
"""


def test_a_peer_is_asked_and_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "some_peer.py").write_text(textwrap.dedent(PEER), encoding="utf-8")
    monkeypatch.setattr(client, "FOLDER", tmp_path)
    pictures = [
        labelled(),
        labelled("B2"),
        labelled(name="broken.jpg"),
        labelled(name="end.jpg"),
        labelled(),
    ]
    with Peer(PeerSpec(name="some", licence="none"), Path(sys.executable)) as peer:
        assert peer.title == "Peer 1"
        outcomes = peer.outcomes(pictures)
    assert [one.plates[0].is_read for one in outcomes] == [True, False, False, False, False]
    assert outcomes[1].plates[0].reading is not None
    assert [one.error is None for one in outcomes] == [True, True, False, False, False]


def test_a_peer_that_does_not_start_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "some_peer.py").write_text("raise SystemExit(1)", encoding="utf-8")
    monkeypatch.setattr(client, "FOLDER", tmp_path)
    with pytest.raises(RuntimeError, match="some"):
        Peer(PeerSpec(name="some", licence="none"), Path(sys.executable))


def test_slices_tell_sharp_from_blurred_and_day_from_night() -> None:
    stripes = np.zeros((60, 200, 3), np.uint8)
    stripes[:, np.arange(200) % 40 < 20] = 255
    corners = np.array([[0, 0], [199, 0], [199, 59], [0, 59]], np.float32)
    assert blur_class(stripes, corners) == "1 sharp"
    blurred = np.asarray(cv2.GaussianBlur(stripes, (0, 0), 8), np.uint8)
    assert blur_class(blurred, corners) == "3 blurred"
    assert light_class(np.full((9, 9, 3), 20, np.uint8)).startswith("3")
    assert light_class(np.full((9, 9, 3), 200, np.uint8)).startswith("1")


def test_tilt_is_told_from_true_corners_alone() -> None:
    level = labelled().plates[0]
    steep = LabelledPlate("A", ((0, 0), (100, 40), (90, 70), (-10, 30)), "corners")
    assert tilt_class(level).startswith("1")
    assert tilt_class(steep).startswith("3")
    assert tilt_class(LabelledPlate("A", steep.corners, "box")) == "unknown"


def test_precision_and_recall_over_thresholds() -> None:
    sure, unsure = (
        judge(labelled("A1"), (50, 120), [client.as_reading(text, BOX, confidence)], 1.0)
        for text, confidence in (("A1", 0.95), ("B1", 0.4))
    )
    rows = threshold_table([sure, unsure], count_false=False).splitlines()
    assert "| 0 | 2 | 50.0 | 50.0 |" in rows
    assert "| 0.5 | 1 | 100.0 | 50.0 |" in rows
    assert "| 0.99 | 0 | – | 0.0 |" in rows


def test_tables_are_markdown() -> None:
    assert table(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | ---: |\n| 1 | 2 |"


def test_no_picture_counts_twice() -> None:
    for folders in {one.folders for one in SETS}:
        assert sum(one.in_total for one in SETS if one.folders == folders) == 1


@pytest.fixture
def street(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    picture = np.full((300, 400, 3), 96, np.uint8)
    paint_plate(picture, "AAAA", at=(100, 100))
    folder = tmp_path / "data/street"
    folder.mkdir(parents=True)
    cv2.imwrite(str(folder / "a.png"), picture)
    corners = "100,100,268,100,268,148,100,148"
    rows = [HEAD, f"a.png,AAAA,{corners},corners,dev", f"a.png,1111,{corners},corners,train"]
    (folder / "labels.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    sets = (PictureSet(title="Street", folders=("street",), chinese=True),)
    monkeypatch.setattr(run_module, "SETS", sets)
    return folder.parent


def test_one_command_writes_the_report(street: Path, tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "tiny")
    out, misses = tmp_path / "docs", tmp_path / "misses"
    arguments = ["--data", street, "--out", out, "--bundle", bundle, "--misses", misses]
    main([*map(str, arguments), "--rendered", "0"])
    text = (out / "ACCURACY.md").read_text(encoding="utf-8")
    assert "| Street | 1 | 1 | 100.0 | 100.0 |" in text
    assert "tiny 0.0.1" in text
    assert str(tmp_path) not in text
    assert "## Conditions" not in text
    slices = (out / "accuracy" / "slices.md").read_text(encoding="utf-8")
    assert "| 1 below 4 degrees | 1 | 100.0 | 1 | 100.0 |" in slices
    for page in re.findall(r"\]\((accuracy/[a-z-]+\.md)\)", text):
        # What was not measured keeps the page that it has; here it has none.
        assert (out / page).exists() or page in ("accuracy/peers.md", "accuracy/conditions.md")


def test_conditions_and_peers_on_them_have_a_page(
    street: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "some_peer.py").write_text(textwrap.dedent(PEER), encoding="utf-8")
    python = tmp_path / "peers/some/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    monkeypatch.setattr(client, "FOLDER", tmp_path)
    monkeypatch.setattr(run_module, "PEERS", (PeerSpec(name="some", licence="none"),))
    (street / "ccpd_subset").symlink_to(street / "street")
    cut = tuple(condition for condition in CONDITIONS if condition.name == "cut")
    monkeypatch.setattr(run_module, "CONDITIONS", cut)
    out, bundle = tmp_path / "docs", write_bundle(tmp_path / "tiny")
    arguments = ["--data", street, "--out", out, "--bundle", bundle, "--rendered", "0"]
    arguments += ["--peers", tmp_path / "peers", "--made", tmp_path / "made"]
    main([*map(str, arguments), "--peers-on-conditions"])
    assert "| cut by 20-30 %: wrong at 0.8 or more |" in (out / "ACCURACY.md").read_text()
    page = (out / "accuracy" / "conditions.md").read_text(encoding="utf-8")
    assert "2 pictures, 2 plates with a known text" in page
    assert "| left |" in page
    assert re.search(r"\| Peer 1 \| 2 \| 0\.0 \| (0|50|100)\.0 \|", page)
    assert "Peer 1: none." in (out / "accuracy" / "peers.md").read_text(encoding="utf-8")


def test_misses_are_never_drawn_into_the_repository(street: Path, tmp_path: Path) -> None:
    run = measure_all(street, bundle=write_bundle(tmp_path / "tiny"), rendered=0)
    with pytest.raises(ValueError, match="real plates"):
        run.draw_misses(Path(__file__).parents[2] / "docs" / "misses")
