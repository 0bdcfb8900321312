import contextlib
import json
import re
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from platestream.config import load_settings
from platestream.config.cameras import known_cameras
from platestream.contract.readings import PlateColor
from tests.cli.conftest import Cli, Ran, ScriptedReader, box, reading
from tests.pictures.pixels import encode
from tests.pictures.table import bad_pictures
from tests.vision.tiny_models import GREEN, RED, paint_plate, scene


def lines(ran: Ran) -> list[dict[str, object]]:
    return [json.loads(line) for line in ran.out.splitlines()]


def write_scene(path: Path, *texts: str) -> Path:
    picture = scene()
    for index, text in enumerate(texts):
        paint_plate(picture, text, at=(60 + 240 * index, 120), color=GREEN if index else RED)
    path.write_bytes(encode(picture, ".png"))
    return path


def test_each_picture_gets_one_line_in_the_order_given(
    cli: Cli, tiny: Path, tmp_path: Path
) -> None:
    assert tiny.is_dir()
    two = write_scene(tmp_path / "two.png", "京A1港", "ZA1Z")
    none = write_scene(tmp_path / "none.png")
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"hello")
    ran = cli("read", "--json", two, bad, none, tmp_path / "absent.jpg")
    assert ran.code == 1
    assert ran.err == ""
    assert lines(ran)[0] == {
        "file": str(two),
        "result": [
            {
                "plate_number": "京A1港",
                "plate_color": "yellow",
                "plate_location": [[60, 120], [228, 120], [228, 168], [60, 168]],
                "confidence": pytest.approx(0.872, abs=1e-3),
            },
            {
                "plate_number": "ZA1Z",
                "plate_color": "green",
                "plate_location": [[300, 120], [468, 120], [468, 168], [300, 168]],
                "confidence": pytest.approx(0.636, abs=1e-3),
            },
        ],
    }
    assert lines(ran)[1]["error_code"] == "AIS.0102"
    assert set(lines(ran)[1]) == {"file", "error_code", "error_msg"}
    assert lines(ran)[2] == {"file": str(none), "result": []}
    assert lines(ran)[3]["error_code"] == "AIS.0101"


def test_good_pictures_alone_end_well(cli: Cli, tiny: Path, tmp_path: Path) -> None:
    assert tiny.is_dir()
    write_scene(tmp_path / "a.png", "京A1港")
    write_scene(tmp_path / "b.png")
    ran = cli("read", tmp_path)
    assert ran.code == 0
    assert ran.out.splitlines() == [
        f"{tmp_path}/a.png: 京A1港 yellow 0.87",
        f"{tmp_path}/b.png: no plate",
    ]


def test_every_kind_of_bad_picture_has_its_code_and_stops_nothing(
    cli: Cli, tiny: Path, tmp_path: Path
) -> None:
    assert tiny.is_dir()
    given: list[Path] = []
    codes: list[str | None] = []
    for index, bad in enumerate(bad_pictures()):
        path = tmp_path / f"{index:03d}.jpg"
        path.write_bytes(bad.data)
        given.append(path)
        codes.append(bad.code)
        if index % 5 == 0:
            given.append(write_scene(tmp_path / f"{index:03d}-good.png", "京A1港"))
            codes.append(None)
    ran = cli("read", "--json", *given)
    assert ran.code == 1
    assert [line.get("error_code") for line in lines(ran)] == codes


def test_crops_are_read_whole(
    cli: Cli, scripted: Callable[..., ScriptedReader], tmp_path: Path
) -> None:
    reader = scripted((reading("京A1", box(0, 0, 93, 23)),))
    for index in range(3):
        (tmp_path / f"{index}.png").write_bytes(encode(np.zeros((24, 94, 3), np.uint8), ".png"))
    ran = cli("read", "--crops", "--json", tmp_path)
    assert ran.code == 0
    assert reader.crops == [True] * 3
    assert reader.batches == [3]


def test_a_reading_outside_the_contract_is_a_failure_of_its_picture(
    cli: Cli, scripted: Callable[..., ScriptedReader], tmp_path: Path
) -> None:
    scripted((reading("京A1", box(0, 0, 9, 9), confidence=1.5),))
    path = tmp_path / "a.png"
    path.write_bytes(encode(np.zeros((24, 94, 3), np.uint8), ".png"))
    ran = cli("read", "--json", path)
    assert ran.code == 1
    assert lines(ran)[0]["error_code"] == "AIS.0105"


def test_an_inference_that_fails_costs_one_picture(
    cli: Cli, scripted: Callable[..., ScriptedReader], tmp_path: Path
) -> None:
    scripted((), RuntimeError("broken"))
    for index, value in enumerate((0, 1, 0)):
        pixels = np.full((20, 40, 3), value, np.uint8)
        (tmp_path / f"{index}.png").write_bytes(encode(pixels, ".png"))
    ran = cli("read", "--json", tmp_path)
    assert ran.code == 1
    assert [line.get("error_code") for line in lines(ran)] == [None, "AIS.0105", None]


def test_annotated_pictures_are_written_and_kept_apart(
    cli: Cli, scripted: Callable[..., ScriptedReader], tmp_path: Path
) -> None:
    scripted((reading("京A1", box(10, 10, 60, 20), color=PlateColor.GREEN),))
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        pixels = np.zeros((100, 200, 3), np.uint8)
        (tmp_path / folder / "same.png").write_bytes(encode(pixels, ".png"))
    out = tmp_path / "out"
    ran = cli("read", tmp_path / "x", tmp_path / "y", "--annotate", out)
    assert ran.code == 0
    assert sorted(path.name for path in out.iterdir()) == ["same-2.jpg", "same.jpg"]
    drawn = cv2.imread(str(out / "same.jpg"))
    assert drawn is not None
    assert drawn.any()


def test_an_output_folder_that_cannot_be_made_is_fatal(
    cli: Cli, scripted: Callable[..., ScriptedReader], tmp_path: Path
) -> None:
    scripted(())
    blocker = tmp_path / "file"
    blocker.touch()
    ran = cli("read", "a.png", "--annotate", blocker / "out")
    assert ran.code == 3
    assert len(ran.err.splitlines()) == 1


def test_an_empty_folder_is_wrong_usage(cli: Cli, tmp_path: Path) -> None:
    ran = cli("read", tmp_path)
    assert ran.code == 2
    assert "No picture files" in ran.err


def test_names_that_are_not_text_are_shown_escaped(
    cli: Cli, scripted: Callable[..., ScriptedReader], tmp_path: Path
) -> None:
    scripted(())
    ran = cli("read", "--json", str(tmp_path / "a\udcff.png"))
    assert ran.code == 1
    assert lines(ran)[0]["file"] == f"{tmp_path}/a\\udcff.png"


CAMERAS = """
gate: {ignore_areas: [[[0, 0], [0.4, 0], [0.4, 1], [0, 1]]], min_plate_width: 0.05}
lot-*: {turn: 180}
"""


def test_a_picture_is_read_as_the_settings_of_a_camera_say(
    cli: Cli, tiny: Path, tmp_path: Path
) -> None:
    assert tiny.is_dir()
    picture = write_scene(tmp_path / "two.png", "京A1港", "ZA1Z")
    cameras = tmp_path / "cameras.yaml"
    cameras.write_text(CAMERAS)
    config = tmp_path / "config.yaml"
    config.write_text(f"camera_source: {{file: {cameras}}}")
    folder = tmp_path / "drawn"

    given = cli("read", "--camera", "gate", "--camera-file", cameras, "--annotate", folder, picture)
    configured = cli("read", "--camera", "gate", "--config", config, picture)
    other = cli("read", "--camera", "door", "--config", config, picture)
    pattern = cli("read", "--camera", "lot-7", "--config", config, tmp_path / "two.png")

    assert given.out == configured.out == f"{picture}: ZA1Z green 0.64\n"
    assert given.err == ""
    assert "京A1港" in other.out
    assert other.err == "Camera door has no settings of its own.\n"
    assert pattern.err == "Camera lot-7 has the settings of lot-*.\n"
    drawn = cv2.imread(str(folder / "two.jpg"))
    assert drawn is not None
    # The ignored part is dark, plate included; the rest is as it was.
    assert drawn[144, 100].max() < 100 < drawn[240, 600].min() + 100
    assert drawn[10, 10].mean() < drawn[10, 600].mean() / 2


def test_the_example_of_the_page_is_what_it_says(cli: Cli, tiny: Path, tmp_path: Path) -> None:
    assert tiny.is_dir()
    page = (Path(__file__).parents[2] / "docs" / "CAMERAS.md").read_text("utf-8")
    example, command, *_ = re.findall(r"^```(?:yaml|sh)\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    cameras = tmp_path / "cameras.yaml"
    cameras.write_text(example)
    write_scene(tmp_path / "gate-3.jpg", "京A1港")
    words = [str(tmp_path / word) if "." in word else word for word in command.split()[1:]]

    with contextlib.chdir(tmp_path):
        ran = cli(*words)

    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"{tmp_path}/gate-3.jpg: no plate\n", "it lies above the area, unsure besides"
    assert (tmp_path / "drawn" / "gate-3.jpg").is_file()
    table = known_cameras(load_settings(env={}), cameras)
    assert [table.key_of(c) for c in ("gate-3", "lot-12", "lot-1")] == ["gate-3", "lot-12", "lot-*"]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--camera-file", "cameras.yaml"], "--camera-file has no effect without --camera"),
        (["--camera", "gate", "--crops"], "--camera is for whole pictures"),
        (
            ["--camera", "gate", "--camera-file", "absent.yaml"],
            "absent.yaml: cameras: No such file",
        ),
    ],
)
def test_flags_of_a_camera_that_lead_nowhere_are_refused(
    cli: Cli, tiny: Path, tmp_path: Path, arguments: list[str], problem: str
) -> None:
    assert tiny.is_dir()
    ran = cli("read", *arguments, write_scene(tmp_path / "one.png"))
    assert ran.code == 2
    assert problem in " ".join(ran.err.split())
