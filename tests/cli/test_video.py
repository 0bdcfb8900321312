"""``platestream read --video``: a real video file, read frame by frame, to passages."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.cli.conftest import Cli, ScriptedReader, box, reading

FRAMES = 24


@pytest.fixture
def video(tmp_path: Path, scripted: Callable[..., ScriptedReader]) -> Path:
    """12 frames a second: a vehicle in the first half, another one in the second."""
    path = tmp_path / "gate.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"FFV1"), 12, (240, 120))
    for number in range(FRAMES):
        writer.write(np.full((120, 240, 3), number, np.uint8))
    writer.release()
    at = [box(40 + 4 * (n % 12), 30 + 4 * (n % 12), 60, 16) for n in range(FRAMES)]
    scripted(*((reading("XSNB23" if n < 12 else "98THD4", at[n]),) for n in range(FRAMES)))
    return path


def test_one_passage_for_each_vehicle(cli: Cli, video: Path) -> None:
    ran = cli("read", "--video", video, "--json")

    assert (ran.code, ran.err) == (0, "")
    answer = json.loads(ran.out)
    first, second = answer["passages"]
    assert answer["frames"] == FRAMES
    assert [first["plate_number"], second["plate_number"]] == ["XSNB23", "98THD4"]
    assert [first["looks"], second["looks"]] == [12, 12]
    assert second["first_seen_ms"] == pytest.approx(1000, abs=2)
    assert second["dwell_ms"] == pytest.approx(917, abs=2)


def test_every_so_many_frames(cli: Cli, video: Path) -> None:
    looks = [
        [json.loads(line)["looks"] for line in cli("read", "--video", video, *flags).out.split("\n")
         if line]
        for flags in (("--ndjson", "--every", 3), ("--ndjson", "--fps", 4))
    ]  # fmt: skip

    assert looks == [[4, 4], [4, 4]]


def test_people_get_a_table_and_the_best_shots(cli: Cli, video: Path, tmp_path: Path) -> None:
    ran = cli("read", "--video", video, "--shots", tmp_path / "shots")

    assert "XSNB23" in ran.out
    assert "2 passages in 24 frames" in ran.out
    shots = [cv2.imread(str(path)) for path in (tmp_path / "shots").iterdir()]
    assert sorted(shot.shape for shot in shots if shot is not None) == [(120, 240, 3)] * 2


def test_hidden_numbers_stay_hidden(
    cli: Cli, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLATESTREAM_PRIVACY__PLATE_NUMBER", "drop")

    ran = cli("read", "--video", video, "--json", "--shots", tmp_path / "shots")

    numbers = {one["plate_number"] for one in json.loads(ran.out)["passages"]}
    assert numbers == {"XSNB23", "98THD4"}  # the scripted reader stands where privacy would be
    for path in (tmp_path / "shots").iterdir():
        shot = cv2.imread(str(path))
        assert shot is not None
        assert shot.shape[0] < 120


@pytest.mark.parametrize(
    "flags", [("--crops",), ("--json", "--ndjson"), ("--every", 2, "--fps", 2)]
)
def test_flags_that_contradict_each_other_are_refused(
    cli: Cli, video: Path, flags: tuple[object, ...]
) -> None:
    assert cli("read", "--video", video, *flags).code == 2


def test_what_is_no_video_is_wrong_usage(cli: Cli, tmp_path: Path) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("hello", encoding="utf-8")

    assert cli("read", "--video", text).code == 2
    assert cli("read", "--video", tmp_path / "absent.mp4").code == 2
    assert cli("read", "--every", 2).code == 2
    assert cli("read").code == 2
