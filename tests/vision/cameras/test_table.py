"""Which entry is a camera's, what is refused, and in which words."""

from typing import Any

import pytest

from platestream.vision.cameras.settings import CameraSettings
from platestream.vision.cameras.table import CameraError, CameraTable, read_entries

TURNED, EMPTY = CameraSettings(turn=90), CameraSettings()
TRIANGLE = [[0, 0], [1, 0], [1, 1]]


def test_an_exact_id_wins_over_patterns_and_the_most_specific_pattern_over_others() -> None:
    keys = ["*", "lot-*", "lot-1*", "lot-12", "gate"]
    table = CameraTable(dict.fromkeys(keys, EMPTY))

    assert table.key_of("lot-12") == "lot-12"
    assert table.key_of("lot-13") == "lot-1*"
    assert table.key_of("lot-2") == "lot-*"
    assert table.key_of("door") == "*"
    assert CameraTable({"gate": EMPTY}).key_of("door") is None
    assert CameraTable({"gate": EMPTY}).of("door") is None


def test_an_entry_applies_as_a_whole() -> None:
    table = CameraTable({"lot-*": CameraSettings(turn=90, min_confidence=0.5), "lot-1": EMPTY})
    assert table.of("lot-1") == EMPTY


def test_the_order_of_entries_says_nothing() -> None:
    keys = ["*", "a*", "ab*", "ab*c", "abc"]
    one = CameraTable(dict.fromkeys(keys, EMPTY))
    other = CameraTable(dict.fromkeys(reversed(keys), EMPTY))
    for camera in ("", "a", "ab", "abc", "abxc", "x"):
        assert one.key_of(camera) == other.key_of(camera)
    assert one.digest == other.digest


def test_the_digest_is_of_what_the_settings_say() -> None:
    assert CameraTable({"a": EMPTY}).digest == CameraTable(read_entries({"a": {"turn": 0}})).digest
    assert CameraTable({"a": EMPTY}).digest != CameraTable({"a": TURNED}).digest
    assert CameraTable({"a": EMPTY}).digest != CameraTable({"b": EMPTY}).digest


def test_of_two_patterns_that_contradict_the_later_is_refused_and_both_are_named() -> None:
    table = CameraTable({"gate-*": TURNED, "*-north": EMPTY, "lot": EMPTY})

    assert set(table.entries) == {"gate-*", "lot"}
    assert "cameras.*-north: contradicts cameras.gate-*" in table.refused["*-north"]
    assert "'gate-north'" in table.refused["*-north"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({"gate": {"trun": 90}}, "cameras.gate.trun: there is no such setting"),
        ({"gate": {"turn": 45}}, "cameras.gate.turn: "),
        ({"gate": {"regions": ["xx"]}}, "cameras.gate.regions: no such region: xx"),
        ({"gate": {"areas": [TRIANGLE, TRIANGLE[:2]]}}, "cameras.gate.areas.1: .*three points"),
        ({"gate": {"ignore_areas": [[[0, 0], [1.2, 0], [1, 1]]]}}, r"gate.ignore_areas.0.1.0: "),
        ({"gate": {"areas": [[[0, 0], [float("nan"), 0], [1, 1]]]}}, r"cameras.gate.areas.0.1.0: "),
        ({"gate": {"areas": [[[0, 0], [1, 1], [1, 0], [0, 1]]]}}, "cameras.gate.areas.0: sides"),
        ({"gate": {"areas": [[[0, 0], [0.5, 0.5], [1, 1]]]}}, "cameras.gate.areas.0: "),
        ({"gate": {"areas": [[0, 0], [1, 0], [1, 1]]}}, "cameras.gate.areas.0"),
        ({"gate": {"min_plate_width": 0.5, "max_plate_width": 0.1}}, "cameras.gate: min_plate_w"),
        ({"gate": {"min_confidence": 1.1}}, "cameras.gate.min_confidence: "),
        ({"gate": None}, "cameras.gate: must be a mapping"),
        ({"": {}}, "an id or a pattern has 1 to 256 characters"),
        ({"a\nb": {}}, "control"),
        ({"x" * 257: {}}, "256"),
        ({12: {}}, "cameras.12: the id is not text: put it in quotes"),
        ({"a*": {}, "*b": {}}, r"cameras.\*b: contradicts cameras.a\*"),
        ([{"gate": {}}], "must be a mapping from"),
    ],
)
def test_what_is_wrong_is_refused_naming_camera_and_key(content: Any, problem: str) -> None:
    with pytest.raises(CameraError, match=problem):
        read_entries(content)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(CameraError) as refused:
        read_entries({"a": {"turn": 1, "x": 2}, "b": {"y": 3}, "c": {}})
    assert len(refused.value.problems) == 3


def test_nothing_is_no_camera() -> None:
    assert read_entries(None) == {}


def test_sets_of_regions_are_bounded() -> None:
    names = ["de", "at", "fr", "it", "pl", "cz"]
    sets = [tuple(n for i, n in enumerate(names) if bits >> i & 1) for bits in range(1, 40)]
    table = CameraTable({str(n): CameraSettings(regions=one) for n, one in enumerate(sets)})
    assert len(table.refused) == 39 - 32
    assert "different sets of regions" in next(iter(table.refused.values()))
