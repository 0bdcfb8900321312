import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.cli.conftest import Cli, ScriptedReader, box, reading
from tests.html import check_page
from tests.pictures.pixels import encode
from tests.vision.tiny_models import GREEN, paint_plate, scene

HEAD = "file,text,x1,y1,x2,y2,x3,y3,x4,y4,kind,split\n"
QUAD = "20,20,120,20,120,50,20,50"


def write_picture(folder: Path, number: int) -> None:
    pixels = np.full((120, 240, 3), number, np.uint8)
    (folder / f"{number}.png").write_bytes(encode(pixels, ".png"))


@pytest.fixture
def known(tmp_path: Path, scripted: Callable[..., ScriptedReader]) -> Path:
    """Five pictures whose figures can be counted by hand."""
    at = box(20, 20, 100, 30)
    scripted(
        (reading("京A12345", at, confidence=0.95),),
        (reading("津B12345", box(22, 20, 100, 30), confidence=0.85),),
        (reading("FALSE1", box(150, 80, 60, 20), confidence=0.25),),
        (reading("粤C99999", box(0, 0, 239, 119), confidence=0.75),),
        (),
    )
    for number in range(5):
        write_picture(tmp_path, number)
    (tmp_path / "labels.csv").write_text(
        HEAD
        + f"0.png,京A12345,{QUAD},corners,dev\n"
        + f"1.png,京B12345,{QUAD},corners,dev\n"
        + f"2.png,沪D12345,{QUAD},box,dev\n"
        + "3.png,粤C88888,,,,,,,,,crop,dev\n"
        + "4.png,,,,,,,,,,none,dev\n"
        + f"5.png,闽X,{QUAD},box,train\n",
        encoding="utf-8",
    )
    return tmp_path / "labels.csv"


def figures_of(text: str) -> dict[str, Any]:
    [line] = text.splitlines()
    loaded: dict[str, Any] = json.loads(line)
    return loaded


def test_every_figure_of_a_known_set(cli: Cli, known: Path, tmp_path: Path) -> None:
    ran = cli("evaluate", known, "--json", "--out", tmp_path / "out")
    assert ran.code == 0
    found = figures_of(ran.out)
    assert found["pictures"] == 5
    assert found["plates"] == 4
    assert found["found"] == pytest.approx(2 / 3)
    assert found["read"] == pytest.approx(1 / 4)
    assert found["read_but_province"] == pytest.approx(2 / 4)
    assert found["false_plates"] == 1
    assert found["false_per_picture"] == pytest.approx(1 / 4)
    assert found["corner_error"] == pytest.approx(0.01)  # 0 and 2 px of 100
    assert found["ece"] == pytest.approx((0.05 + 0.85 + 0.75) / 3)
    assert found["ece_with_false"] == pytest.approx((0.05 + 0.85 + 0.75 + 0.25) / 4)
    assert found["ms_per_picture"] > 0
    assert found["model"] == "scripted 1.0.0"
    assert found["split"] == "dev"


def test_the_misses_are_listed_and_drawn(cli: Cli, known: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    cli("evaluate", known, "--out", out)
    with (out / "misses.csv").open(encoding="utf-8", newline="") as stream:
        rows = [tuple(row.values())[1:5] for row in csv.DictReader(stream)]
    assert rows == [
        ("1.png", "misread", "京B12345", "津B12345"),
        ("2.png", "not found", "沪D12345", ""),
        ("2.png", "false plate", "", "FALSE1"),
        ("3.png", "misread", "粤C88888", "粤C99999"),
    ]
    sheet = cv2.imread(str(out / "misses.png"))
    assert sheet is not None
    assert sheet.shape[1] > 4 * 250
    figures = json.loads((out / "figures.json").read_text(encoding="utf-8"))
    assert figures["plates"] == 4
    assert "<svg" in (out / "reliability.svg").read_text(encoding="utf-8")


def test_the_report_stands_alone_and_names_the_figures(
    cli: Cli, known: Path, tmp_path: Path
) -> None:
    cli("evaluate", known, "--out", tmp_path / "out")
    page = check_page(tmp_path / "out" / "report.html")
    assert "66.7%" in page.text
    assert "25.0%" in page.text
    assert page.count("svg") == 2
    assert page.count("table") >= 6


def test_people_get_tables(cli: Cli, known: Path, tmp_path: Path) -> None:
    ran = cli("evaluate", known, "--out", tmp_path / "out")
    assert re.search(r"found\s*│\s*66\.67%", ran.out)
    assert "4 misses" in ran.out


def test_limit_and_split_choose_pictures(cli: Cli, known: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    limited = cli("evaluate", known, "--json", "--limit", 2, "--out", out)
    assert figures_of(limited.out)["pictures"] == 2
    train = cli("evaluate", known, "--json", "--split", "train", "--out", out)
    assert train.code == 1  # that picture is missing
    assert figures_of(train.out)["unreadable_pictures"] == 1
    assert figures_of(train.out)["found"] == 0
    check_page(out / "report.html")


def test_frames_of_clips_are_counted_one_by_one(
    cli: Cli, tmp_path: Path, scripted: Callable[..., ScriptedReader]
) -> None:
    at = box(20, 20, 100, 30)
    scripted((reading("XSNB23", at), reading("OTHER1", at)), (), (reading("98THD4", at),))
    for number in range(3):
        write_picture(tmp_path, number)
    (tmp_path / "labels.csv").write_text(
        HEAD
        + "".join(
            f"{n}.png,{t},,,,,,,,,text,dev\n" for n, t in enumerate(("XSNB23", "XSNB23", "98THD5"))
        ),
        encoding="utf-8",
    )
    (tmp_path / "sequences.csv").write_text(
        "sequence,file,frame,seconds,texts\n"
        "a,0.png,0,0,XSNB23\na,1.png,3,0.25,XSNB23\nb,2.png,0,0,98THD5\n",
        encoding="utf-8",
    )
    ran = cli("evaluate", tmp_path, "--json", "--out", tmp_path / "out")
    found = figures_of(ran.out)
    assert (found["read"], found["found"]) == (pytest.approx(1 / 3), None)
    assert found["false_per_picture"] is None
    clips = found["slices"]["clip"]
    assert {name.split("/")[1]: of["read"] for name, of in clips.items()} == {"a": 0.5, "b": 0}
    assert "clip, frame by frame" in check_page(tmp_path / "out" / "report.html").text
    assert "By clip, frame by frame" in cli("evaluate", tmp_path, "--out", tmp_path / "out").out


@pytest.mark.parametrize("content", ["", "file,text\n", HEAD])
def test_unusable_label_files_are_wrong_usage(cli: Cli, tmp_path: Path, content: str) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(content, encoding="utf-8")
    assert cli("evaluate", path).code == 2
    assert cli("evaluate", tmp_path / "absent.csv").code == 2


def test_real_models_on_painted_plates(cli: Cli, tiny: Path, tmp_path: Path) -> None:
    assert tiny.is_dir()
    picture = scene()
    paint_plate(picture, "京A1港", at=(60, 120))
    paint_plate(picture, "Z1Z1", at=(300, 120), color=GREEN)
    (tmp_path / "a.png").write_bytes(encode(picture, ".png"))
    (tmp_path / "labels.csv").write_text(
        HEAD
        + "a.png,京A1港,60,120,228,120,228,168,60,168,corners,dev\n"
        + "a.png,Z1Z2,300,120,468,120,468,168,300,168,corners,dev\n",
        encoding="utf-8",
    )
    ran = cli("evaluate", tmp_path / "labels.csv", "--json", "--out", tmp_path / "out")
    assert ran.code == 0
    found = figures_of(ran.out)
    assert found["found"] == 1
    assert found["read"] == 0.5
    assert found["corner_error"] < 0.01
    assert found["slices"]["color"]["yellow"]["read"] == 1
    assert found["slices"]["color"]["green"]["read"] == 0
