"""The file of camera settings: read, refused, followed through edits and swapped links."""

import json
import os
from pathlib import Path

import pytest

from platestream.config import ConfigError, load_settings
from platestream.config.cameras import CameraFile, known_cameras, open_cameras, parse_cameras
from platestream.stream.cameras import CameraBook
from platestream.telemetry.metrics import Metrics
from platestream.vision.cameras.settings import CameraSettings
from platestream.vision.cameras.table import CameraError
from tests.stream.waiting import wait_until

TURNED, HUNG = CameraSettings(turn=90), CameraSettings(turn=180)
GOOD = "gate: {turn: 90}\n"


def turns(book: CameraBook, *cameras: str) -> list[int | None]:
    return [one.turn if (one := book.of(camera)) is not None else None for camera in cameras]


def value(metrics: Metrics, name: str, **labels: str) -> float:
    found = metrics.registry.get_sample_value(f"platestream_camera_{name}", labels)
    assert found is not None
    return found


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def book(metrics: Metrics) -> CameraBook:
    return CameraBook({"gate": HUNG, "lot-*": HUNG}, metrics)


def opened(path: Path, book: CameraBook) -> CameraFile:
    """A file that was read and is looked at by hand."""
    file = CameraFile(path, book, poll_seconds=3600)
    file.open()
    return file


def seen(file: CameraFile) -> None:
    """Two looks: what has changed, and whether it stands still."""
    file.look()
    file.look()


def test_yaml_and_json_say_the_same() -> None:
    text = "'0012': {turn: 90, areas: [[[0, 0], [1, 0], [1, 1]]]}\nlot-*: {}"
    as_json = '{"0012": {"turn": 90, "areas": [[[0, 0], [1, 0], [1, 1]]]}, "lot-*": {}}'
    assert parse_cameras(text) == parse_cameras(as_json)
    assert parse_cameras("") == parse_cameras("# none yet") == parse_cameras("{}") == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("gate: {turn: 90}\ngate: {turn: 180}", "gate is given twice .line 2"),
        ("gate: {turn: 90, turn: 180}", "turn is given twice"),
        ('{"gate": {}, "gate": {}}', "gate is given twice"),
        ("0012: {turn: 90}", "cameras.10: the id is not text: put it in quotes"),
        ("gate: {turn: [}", "not YAML"),
        ('{"gate": ', "not JSON"),
        ("- gate", "must be a mapping"),
        ("gate: {trun: 90}", "cameras.gate.trun: there is no such setting"),
        ("gate: !!python/object:os.system {}", "not YAML"),
        ("[" * 5000, "nested too deeply|not YAML"),
    ],
)
def test_a_file_that_is_wrong_is_refused(text: str, problem: str) -> None:
    with pytest.raises(CameraError, match=problem):
        parse_cameras(text)


def test_a_start_with_a_wrong_file_is_refused(tmp_path: Path, metrics: Metrics) -> None:
    path = tmp_path / "cameras.yaml"
    settings = load_settings(overrides={"camera_source.file": path}, env={})
    for text in (None, "gate: {turn: 45}", "gate: {}\n*x: {}\ny*: {}"):
        if text is not None:
            path.write_text(text)
        with pytest.raises(ConfigError, match=r"cameras\.yaml: cameras"):
            known_cameras(settings)
        with (
            pytest.raises(ConfigError, match=r"cameras\.yaml: cameras"),
            open_cameras(settings, metrics, stream=False),
        ):
            pass


def test_a_start_with_a_file_that_contradicts_the_settings_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cameras.yaml"
    path.write_text("'*-north': {}")
    overrides = {"camera_source.file": path, "cameras": {"gate-*": {}}}
    settings = load_settings(overrides=overrides, env={})

    with pytest.raises(ConfigError, match=r"contradicts cameras\.gate-"):
        known_cameras(settings)
    with (
        pytest.raises(ConfigError, match=r"contradicts cameras\.gate-"),
        open_cameras(settings, Metrics(), stream=False),
    ):
        pass


def test_the_file_comes_before_the_settings_entry_by_entry(
    tmp_path: Path, book: CameraBook
) -> None:
    path = tmp_path / "cameras.yaml"
    path.write_text(GOOD)
    opened(path, book)
    assert turns(book, "gate", "lot-1", "door") == [90, 180, None]


def test_an_edit_in_place_takes_effect_once_it_stands_still(
    tmp_path: Path, book: CameraBook, metrics: Metrics
) -> None:
    path = tmp_path / "cameras.yaml"
    path.write_text(GOOD)
    file = opened(path, book)
    version = book.table.digest

    path.write_text("gate: {turn:")  # an editor in the middle of it
    file.look()
    path.write_text("gate: {turn: 270}")
    file.look()
    assert turns(book, "gate") == [90]
    file.look()

    assert turns(book, "gate") == [270]
    assert book.table.digest != version
    assert value(metrics, "loads_total", source="file", outcome="refused") == 0
    assert value(metrics, "loads_total", source="file", outcome="applied") == 2


def test_a_mounted_config_map_that_changes_is_followed(tmp_path: Path, book: CameraBook) -> None:
    """As the kubelet does it: a new folder, a new link beside the old one, renamed over it."""

    def project(name: str, text: str) -> None:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "cameras.yaml").write_text(text)
        # Same size and time: only the file itself is another one.
        os.utime(folder / "cameras.yaml", ns=(0, 0))
        (tmp_path / "..data_tmp").symlink_to(name)
        (tmp_path / "..data_tmp").rename(tmp_path / "..data")

    project("..2026_1", "gate: {turn: 90 }")
    (tmp_path / "cameras.yaml").symlink_to("..data/cameras.yaml")
    file = opened(tmp_path / "cameras.yaml", book)
    project("..2026_2", "gate: {turn: 270}")
    (tmp_path / "..2026_1" / "cameras.yaml").unlink()
    seen(file)

    assert turns(book, "gate") == [270]


@pytest.mark.parametrize("text", ["gate: {turn: 45}", "gate: [", "gate*: {}\n'*-n': {}", None])
def test_a_wrong_file_keeps_the_last_good_one_and_is_told(
    tmp_path: Path, book: CameraBook, metrics: Metrics, text: str | None
) -> None:
    path = tmp_path / "cameras.yaml"
    path.write_text(GOOD)
    file = opened(path, book)
    version = book.table.digest
    if text is None:
        path.unlink()
    else:
        path.write_text(text)
    seen(file)
    seen(file)

    assert (turns(book, "gate"), book.table.digest) == ([90], version)
    assert value(metrics, "refused_entries", source="file") >= 1
    assert value(metrics, "loads_total", source="file", outcome="refused") >= 1
    assert book.ready().ok
    assert "of the newest of file refused" in book.ready().detail

    path.write_text("gate: {turn: 270}")
    seen(file)
    assert turns(book, "gate") == [270]
    assert value(metrics, "refused_entries", source="file") == 0
    assert book.ready().detail == f"version {book.table.digest}, 2 entries"


def test_the_thread_follows_and_ends(tmp_path: Path, metrics: Metrics) -> None:
    path = tmp_path / "cameras.yaml"
    path.write_text(GOOD)
    overrides = {"camera_source.file": path, "camera_source.poll_seconds": 0.01}
    with open_cameras(load_settings(overrides=overrides, env={}), metrics, stream=False) as book:
        assert turns(book, "gate") == [90]
        path.write_text("gate: {turn: 180}\ndoor: {turn: 90}")
        wait_until(lambda: turns(book, "gate", "door") == [180, 90], "the change")
    assert value(metrics, "entries", source="file") == 2


def test_settings_take_cameras_from_file_flag_and_environment(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("cameras: {gate: {turn: 90, min_confidence: 0.5}}")
    env = {"PLATESTREAM_CAMERAS": json.dumps({"Lot-*": {"turn": 180}})}

    settings = load_settings(path, env=env, overrides={"cameras.gate.turn": "270"})

    assert settings.cameras["gate"] == CameraSettings(turn=270, min_confidence=0.5)
    assert settings.cameras["Lot-*"] == HUNG


@pytest.mark.parametrize(
    ("overrides", "env", "problem"),
    [
        ({"cameras": {"gate": {"trun": 1}}}, {}, "cameras.gate.trun: there is no such setting"),
        ({"cameras": {"a*": {}, "*b": {}}}, {}, r"cameras: cameras.\*b: contradicts cameras.a\*"),
        ({"cameras": {"": {}}}, {}, "1 to 256 characters"),
        ({"cameras": {"gate": {"areas": [[[0, 0], [1, 1]]]}}}, {}, "gate.areas.0: .*three points"),
        ({}, {"PLATESTREAM_CAMERAS__GATE": "{}"}, "as one JSON object"),
        ({}, {"PLATESTREAM_CAMERAS__GATE__TURN": "90"}, "as one JSON object"),
    ],
)
def test_settings_refuse_what_the_file_would(
    overrides: dict[str, object], env: dict[str, str], problem: str
) -> None:
    with pytest.raises(ConfigError, match=problem):
        load_settings(overrides=overrides, env=env)
