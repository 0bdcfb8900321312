"""Commands under ``privacy``: no plate number in what they print, draw or write."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from platestream.stream.privacy import new_key
from tests.cli.conftest import Cli
from tests.cli.test_read import lines, write_scene
from tests.stream.test_privacy import OCTOBER
from tests.vision.tiny_models import RED

NUMBERS = ("京A1港", "ZA1Z")


@pytest.fixture
def hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plate numbers as pseudonyms."""
    keys = tmp_path / "keys.yaml"
    keys.write_text("keys:\n" + new_key(OCTOBER), encoding="utf-8")
    monkeypatch.setenv("PLATESTREAM_PRIVACY__PLATE_NUMBER", "hmac")
    monkeypatch.setenv("PLATESTREAM_PRIVACY__KEYS_FILE", str(keys))


def told(folder: Path, printed: str) -> bool:
    """Whether one of the numbers stands in what was printed or in a file of the folder."""
    contents = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return any(
        number.encode() in output for number in NUMBERS for output in (printed.encode(), *contents)
    )


@pytest.mark.usefixtures("tiny")
def test_read_tells_pseudonyms_and_covers_the_plates(
    cli: Cli, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    picture = write_scene(tmp_path / "two.png", *NUMBERS)
    clear = cli("read", picture, "--json", "--annotate", tmp_path / "clear")
    assert told(tmp_path / "clear", clear.out)
    request.getfixturevalue("hidden")
    ran = cli("read", picture, "--json", "--annotate", tmp_path / "hidden")
    assert ran.code == 0
    assert not told(tmp_path / "hidden", ran.out)
    plates = lines(ran)[0]["result"]
    assert isinstance(plates, list)
    assert all(plate["plate_number"].startswith("2026-10-01:") for plate in plates)
    # A tiny plate's characters are its columns' colours: covered, all columns are alike.
    drawn = {}
    for name in ("clear", "hidden"):
        pixels = cv2.imread(str(tmp_path / name / "two.jpg"))
        assert pixels is not None
        drawn[name] = float(np.std(pixels[130:160, 70:220, 0]))
        assert pixels[140, 140, RED] > 100
    assert drawn["clear"] > 20
    assert drawn["hidden"] < 5


@pytest.mark.timeout(240)
@pytest.mark.usefixtures("tiny", "hidden")
def test_the_report_of_a_demo_tells_none(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    write_scene(folder / "two.png", *NUMBERS)
    ran = cli("demo", folder, "--frames", 3, "--json", "--out", tmp_path / "out")
    assert ran.code == 0, ran.err
    assert "2026-10-01:" in ran.out
    assert not told(tmp_path / "out", ran.out + ran.err)


@pytest.mark.usefixtures("tiny", "hidden")
def test_evaluate_needs_clear_numbers(cli: Cli, tmp_path: Path) -> None:
    write_scene(tmp_path / "two.png", *NUMBERS)
    (tmp_path / "labels.csv").write_text(
        "file,text,x1,y1,x2,y2,x3,y3,x4,y4,kind,split\n"
        "two.png,ZA1Z,300,120,468,120,468,168,300,168,box,dev\n",
        encoding="utf-8",
    )
    ran = cli("evaluate", tmp_path / "labels.csv", "--out", tmp_path / "out")
    assert ran.code == 2
    assert "privacy.plate_number" in ran.err


@pytest.mark.usefixtures("tiny")
def test_wrong_keys_stop_the_start_and_the_check(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = write_scene(tmp_path / "one.png", NUMBERS[1])
    monkeypatch.setenv("PLATESTREAM_PRIVACY__PLATE_NUMBER", "hmac")
    monkeypatch.setenv("PLATESTREAM_PRIVACY__KEYS_FILE", str(tmp_path / "absent.yaml"))
    for command in (("read", picture), ("serve", "--no-auth", "--check-config")):
        ran = cli(*command)
        assert ran.code == 2
        assert "privacy.keys_file" in ran.err


def test_a_key_is_made_for_the_file(cli: Cli) -> None:
    assert cli("privacy-key").out.startswith("- id: ")
