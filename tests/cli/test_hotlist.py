"""What people write becomes an entry, or is refused without the number being told."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from platestream.cli.exits import CliError
from platestream.cli.hotlist import _maker, entry_of, import_csv
from platestream.config import Settings, load_settings
from platestream.hotlists.entry import HotlistError, entry_id_of
from platestream.stream.privacy import PlatePseudonyms, new_key


def settings(**privacy: object) -> Settings:
    return load_settings(None, {}, {"privacy": privacy} if privacy else {})


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "keys.yaml"
    made = [new_key(datetime(2026, month, 1, tzinfo=UTC)) for month in (1, 7)]
    indented = "".join("  " + line + "\n" for key in made for line in key.splitlines())
    path.write_text(f"keys:\n{indented}", encoding="utf-8")
    return path


def test_texts_become_an_entry() -> None:
    entry = entry_of(
        {
            "plate_number": "ab-123 c",
            "owner": " police ",
            "near": "no",
            "valid_from": "2026-01-01T00:00:00Z",
            "valid_until": "2026-01-02T08:00:00+08:00",
        }
    )
    assert (entry.plate_number, entry.owner, entry.near) == ("AB123C", "police", False)
    assert entry.entry_id == entry_id_of("AB123C", "police")
    assert entry.valid_from == 1_767_225_600_000
    assert entry.valid_until - entry.valid_from == 86_400_000


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"near": "perhaps"}, "near is yes or no"),
        ({"valid_from": "soon"}, "valid_from is not an ISO 8601 time"),
        ({"valid_until": "2026-01-01T00:00:00"}, "UTC offset"),
        ({"plate_number": "*"}, "too many vehicles"),
    ],
)
def test_what_cannot_be_is_refused_without_telling_the_number(
    fields: dict[str, str], reason: str
) -> None:
    with pytest.raises(HotlistError, match=reason) as refused:
        entry_of({"plate_number": "SECRET1", **fields})
    assert "SECRET1" not in str(refused.value)


def test_hidden_numbers_are_listed_by_their_pseudonyms_under_every_key(keys: Path) -> None:
    make = _maker(settings(plate_number="hmac", keys_file=str(keys)))
    entry = make({"plate_number": "ab123c", "owner": "police"})
    read = PlatePseudonyms(keys)
    seasons = [datetime(2026, month, 2, tzinfo=UTC) for month in (1, 7)]
    assert entry.pseudonyms == tuple(read.pseudonym("AB123C", at) for at in seasons)
    assert entry.plate_number == ""
    assert not entry.near
    assert "AB123C" not in repr(entry)
    assert make({"plate_number": "AB123C", "owner": "police"}).entry_id == entry.entry_id
    with pytest.raises(HotlistError, match="cannot be hidden"):
        make({"plate_number": "AB12*"})


def test_where_numbers_are_dropped_nothing_can_be_looked_out_for() -> None:
    with pytest.raises(CliError, match="drop"):
        _maker(settings(plate_number="drop"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("number\nAB123\n", "the columns are"),
        ("plate_number,colour\nAB123,red\n", "the columns are"),
        ("plate_number,owner\nAB123\n", "line 2: more or fewer"),
        ("plate_number\nAB123,x\n", "line 2: more or fewer"),
        ("", "the columns are"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "list.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CliError, match=reason) as refused:
        import_csv(settings(), path)
    assert "AB123" not in refused.value.message
