"""``platestream feed`` from the command line."""

import json
from pathlib import Path

import pytest

from platestream.cli.app import main
from tests.feed.pictures import write_folder


def _run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["feed", *arguments])
    code = ended.value.code
    assert isinstance(code, int)
    return code


def test_a_dry_run_of_several_sources_says_what_would_be_published(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_folder(tmp_path / "pictures", 6)
    cameras = tmp_path / "cameras.yaml"
    cameras.write_text(f"north: {{source: {folder}}}\n")
    code = _run(str(folder), "--camera", "south", "--sources", str(cameras), "--dry-run", "--json")
    told = json.loads(capsys.readouterr().out)
    assert code == 0
    assert told["dry_run"]
    assert {name: camera["published"] for name, camera in told["cameras"].items()} == {
        "north": 6,
        "south": 6,
    }


def test_frames_that_are_missing_are_an_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_folder(tmp_path / "pictures", 3)
    (folder / "0001.jpg").write_bytes(b"\xff\xd8\xff")
    assert _run(str(folder), "--camera", "a", "--set", "kafka.embedded=true") == 1
    assert "3 frames read, 2 published; dropped: 1 damaged" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "no sources"),
        (["--camera", "a"], "need the SOURCE"),
        (["rtsp://host/x"], "--camera ID"),
        (["ftp://user:pass@host/x", "--camera", "a"], "is none of rtsp"),
        (["rtsp://user:pass@host:x/x", "--camera", "a"], "malformed"),
        (["rtsp://user:pass@host/x", "--camera", "a", "--fps", "0"], "feed.sources.a.fps"),
        (["/nowhere", "--camera", "a"], "no such file"),
        (["--sources", "/nowhere.yaml"], "/nowhere.yaml"),
    ],
)
def test_what_cannot_be_fed_is_refused_and_no_password_told(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(*arguments) == 2
    said = capsys.readouterr().err
    assert told in said
    assert "pass" not in said


def test_settings_are_printed_without_a_sources_credentials(
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = "rtsp://user:hidden@host/x?pwd=hidden"
    assert _run(source, "--camera", "a", "--check-config") == 0
    out = capsys.readouterr().out
    assert "rtsp://host/x" in out
    assert "hidden@" not in out
    assert "pwd" not in out
