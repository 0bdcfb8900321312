import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import yaml
from pydantic import ValidationError

from platestream.contract.readings import PlateColor, PlateReading
from platestream.stream import reloading
from platestream.stream.privacy import (
    PlatePseudonyms,
    PrivacyError,
    PrivacySettings,
    PrivateReader,
    new_key,
)
from platestream.vision.arrays import UInt8Array
from platestream.vision.cameras.settings import CameraSettings
from platestream.vision.picture.picture import Picture
from tests.stream.fakes import FakeReader

KEY = b"k" * 32
OTHER = b"o" * 40
OCTOBER, NOVEMBER = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)


def entry(name: str, since: datetime, key: bytes) -> dict[str, str]:
    return {"id": name, "from": since.isoformat(), "key": base64.b64encode(key).decode()}


def write(path: Path, *entries: dict[str, str]) -> Path:
    """The file as Kubernetes swaps it: another file takes its place."""
    fresh = path.with_suffix(".new")
    fresh.write_text(yaml.safe_dump({"keys": list(entries)}), encoding="utf-8")
    fresh.replace(path)
    return path


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return write(tmp_path / "keys.yaml", entry("oct", OCTOBER, KEY), entry("nov", NOVEMBER, OTHER))


def test_a_pseudonym_is_the_first_half_of_the_keyed_digest(keys: Path) -> None:
    expected = hmac.new(KEY, "粤QD44592".encode(), hashlib.sha256).digest()[:16]
    name, _, text = PlatePseudonyms(keys).pseudonym("粤QD44592", OCTOBER).partition(":")
    assert name == "oct"
    assert base64.b32decode(text.upper() + "======") == expected


def test_equal_numbers_join_and_others_do_not(keys: Path) -> None:
    pseudonyms = PlatePseudonyms(keys)
    at = NOVEMBER + timedelta(days=1)
    assert pseudonyms.pseudonym("AB123", at) == pseudonyms.pseudonym("AB123", at)
    assert len({pseudonyms.pseudonym(f"AB{n}", at) for n in range(2000)}) == 2000


def test_the_time_chooses_the_key(keys: Path) -> None:
    pseudonyms = PlatePseudonyms(keys)
    moments = (
        datetime(1970, 1, 1, tzinfo=UTC),
        OCTOBER,
        NOVEMBER - timedelta(microseconds=1),
        NOVEMBER,
        NOVEMBER + timedelta(days=900),
    )
    ids = [pseudonyms.pseudonym("AB123", at).partition(":")[0] for at in moments]
    assert ids == ["oct", "oct", "oct", "nov", "nov"]


def test_no_number_has_no_pseudonym(keys: Path) -> None:
    assert PlatePseudonyms(keys).pseudonym("") == ""


def test_a_changed_file_takes_effect_and_a_wrong_one_does_not(
    keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reloading, "_CHECK_EVERY_S", 0.0)
    pseudonyms = PlatePseudonyms(keys)
    before = pseudonyms.pseudonym("AB123", NOVEMBER)
    write(keys, entry("nov", NOVEMBER, KEY))
    changed = pseudonyms.pseudonym("AB123", NOVEMBER)
    assert changed != before
    keys.write_text("keys: nothing", encoding="utf-8")
    assert pseudonyms.pseudonym("AB123", NOVEMBER) == changed
    keys.unlink()
    assert pseudonyms.pseudonym("AB123", NOVEMBER) == changed


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ([], "keys"),
        ([entry("a:b", OCTOBER, KEY)], "keys.0.id"),
        ([entry("a", OCTOBER, b"short")], "shorter than 32 bytes"),
        ([entry("a", NOVEMBER, KEY), entry("b", OCTOBER, KEY)], "later"),
        ([entry("a", OCTOBER, KEY), entry("a", NOVEMBER, KEY)], "its own id"),
        ([{**entry("a", OCTOBER, KEY), "from": "2026-10-01T00:00:00"}], "keys.0.from"),
        ([{**entry("a", OCTOBER, KEY), "key": "no base64!"}], "keys.0.key"),
        ([{**entry("a", OCTOBER, KEY), "note": "x"}], "keys.0.note"),
    ],
)
def test_a_wrong_file_is_refused_by_place_and_shows_no_key(
    entries: list[dict[str, str]], told: str, tmp_path: Path
) -> None:
    path = write(tmp_path / "keys.yaml", *entries)
    with pytest.raises(PrivacyError) as refused:
        PlatePseudonyms(path)
    assert told in str(refused.value)
    for secret in (KEY, b"short"):
        assert base64.b64encode(secret).decode() not in str(refused.value)


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PrivacyError, match="No such file"):
        PlatePseudonyms(tmp_path / "absent.yaml")


def test_a_new_key_is_an_entry_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "keys.yaml"
    path.write_text("keys:\n" + new_key(NOVEMBER), encoding="utf-8")
    assert PlatePseudonyms(path).pseudonym("AB123", NOVEMBER).startswith("2026-11-01:")


@pytest.mark.parametrize("wrong", [{"plate_number": "hmac"}, {"keys_file": "keys.yaml"}])
def test_keys_go_with_pseudonyms(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="keys_file goes with"):
        PrivacySettings.model_validate(wrong)


class OnePlateReader(FakeReader):
    """Reads the same plate in every picture, whole or cut out."""

    plate = PlateReading(
        plate_number="AB123",
        plate_color=PlateColor.WHITE,
        plate_location=((1, 1), (9, 1), (9, 4), (1, 4)),
        confidence=0.9,
        rows=1,
        char_confidences=(0.9,) * 5,
        detection_score=0.8,
        complete=False,
    )

    precision = "float32"

    def read(
        self,
        pictures: Sequence[Picture | UInt8Array],
        cameras: Sequence[CameraSettings | None] | None = None,
    ) -> list[tuple[PlateReading, ...]]:
        self.cameras = cameras
        return [(self.plate,) for _ in pictures]

    def read_crops(self, pictures: Sequence[UInt8Array]) -> list[tuple[PlateReading, ...]]:
        return self.read(pictures)


@pytest.mark.parametrize("crops", [False, True])
def test_a_private_reader_tells_no_number_and_not_its_length(keys: Path, *, crops: bool) -> None:
    for settings in (
        PrivacySettings(plate_number="drop"),
        PrivacySettings(plate_number="hmac", keys_file=keys),
    ):
        reader = PrivateReader(OnePlateReader(), settings)
        read = reader.read_crops if crops else reader.read
        [[plate]] = read([np.zeros((8, 8, 3), np.uint8)])
        assert plate.char_confidences == ()
        assert "AB123" not in plate.plate_number
        assert (plate.plate_number == "") == (settings.plate_number == "drop")
        assert plate.confidence == OnePlateReader.plate.confidence
        assert plate.complete is False
        assert plate.plate_location == OnePlateReader.plate.plate_location


def test_a_private_reader_reads_as_the_cameras_say() -> None:
    inner, cameras = OnePlateReader(), [CameraSettings(turn=90)]
    reader = PrivateReader(inner, PrivacySettings(plate_number="drop"))
    reader.read([np.zeros((8, 8, 3), np.uint8)], cameras)
    assert inner.cameras is cameras
