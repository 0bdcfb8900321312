"""What a reading matches, against a scan over all entries that is plainly right."""

import random
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platestream.hotlists.entry import HotlistEntry, HotlistError, entry_id_of, normalized
from platestream.hotlists.hotlist import Hotlist, Match, MatchKind
from platestream.hotlists.near import near_numbers
from platestream.hotlists.patterns import PatternTrie

NOW = 1_767_225_600_000


def entry(number: str, **more: object) -> HotlistEntry:
    fields = {"entry_id": number, "plate_number": number, **more}
    return HotlistEntry(**fields)  # type: ignore[arg-type]


def listed(*entries: HotlistEntry, least: float = 0.01) -> Hotlist:
    hotlist = Hotlist(least)
    for each in entries:
        hotlist.put(each)
    return hotlist


def found(hotlist: Hotlist, read: str, confidence: float = 0.9) -> dict[str, MatchKind]:
    matches = hotlist.matches(read, confidence, (), NOW)
    return {match.entry.entry_id: match.kind for match in matches}


def test_a_listed_number_is_found_with_the_confidence_of_its_reading() -> None:
    hotlist = listed(entry("AB123"), entry("XY987"))
    (match,) = hotlist.matches("AB123", 0.97, (), NOW)
    assert match == Match(entry("AB123"), MatchKind.EXACT, 0.97)
    assert found(hotlist, "AB124", 1.0) == {}
    assert found(hotlist, "") == {}


def test_one_confusion_is_near_and_its_probability_that_of_the_alternatives() -> None:
    hotlist = listed(entry("AB12B"))
    # The last character is doubtful: nearly all of the doubt is about it.
    (match,) = hotlist.matches("AB128", 0.6, (0.99, 0.99, 0.99, 0.99, 0.61), NOW)
    assert match.kind is MatchKind.NEAR
    assert 0.05 < match.probability < 0.4
    # About another character, it is not: the number is too improbable to be told.
    assert hotlist.matches("AB128", 0.6, (0.61, 0.99, 0.99, 0.99, 0.99), NOW) == []
    # A sure reading leaves no room for another number.
    assert found(hotlist, "AB128", 0.999) == {}
    assert found(listed(entry("AB12B", near=False)), "AB128", 0.6) == {}
    # What the recognizer does not confuse is another vehicle.
    assert found(hotlist, "AB12W", 0.6) == {}


def test_a_character_that_was_not_known_may_be_any() -> None:
    assert found(listed(entry("AB12W")), "AB12\ufffd", 0.3) == {"AB12W": MatchKind.NEAR}


@given(
    st.text("0O8B1I5S", min_size=1, max_size=8),
    st.floats(0, 1),
    st.lists(st.floats(0, 1), max_size=8),
)
def test_the_probabilities_of_near_numbers_never_exceed_the_doubt(
    read: str, confidence: float, characters: list[float]
) -> None:
    near = list(near_numbers(read, confidence, characters, 1e-9))
    assert len({number for number, _ in near}) == len(near)
    assert all(sum(a != b for a, b in zip(read, other, strict=True)) == 1 for other, _ in near)
    assert sum(chance for _, chance in near) <= 1 - confidence + 1e-9


@pytest.mark.parametrize("pattern", ["*", "?", "???????", "**", "*A*", "?7", "*?*"])
def test_a_pattern_that_fits_too_much_is_refused(pattern: str) -> None:
    with pytest.raises(HotlistError, match="too many"):
        entry(pattern)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"plate_number": ""}, "exactly one"),
        ({"pseudonyms": ("k:a",)}, "exactly one"),
        ({"plate_number": "ab 12"}, "form of a reading"),
        ({"plate_number": "A" * 33}, "more than 32"),
        ({"valid_from": 5, "valid_until": 5}, "not after"),
        ({"reason": "x" * 1001}, "more than 1000"),
        ({"entry_id": ""}, "entry_id"),
    ],
)
def test_an_entry_that_cannot_be_used_is_refused(fields: dict[str, object], reason: str) -> None:
    with pytest.raises(HotlistError, match=reason):
        entry("AB123", **{"entry_id": "e", **fields})


def test_numbers_are_taken_as_people_write_them() -> None:
    assert normalized(" ab-12 c·3") == "AB12C3"
    assert normalized("京Ａ·12345") == "京A12345"
    assert entry_id_of("AB1", "police") != entry_id_of("AB1", "parking")


def test_an_entry_counts_in_its_time_by_the_time_of_frames() -> None:
    hotlist = listed(entry("AB123", valid_from=NOW, valid_until=NOW + 10))
    times = [at for at in range(NOW - 2, NOW + 12) if hotlist.matches("AB123", 0.9, (), at)]
    assert times == list(range(NOW, NOW + 10))


def test_pseudonyms_match_as_they_are_and_are_near_to_none() -> None:
    hidden = HotlistEntry(entry_id="e", pseudonyms=("k1:abc0", "k2:xyz"))
    hotlist = listed(hidden)
    assert found(hotlist, "k2:xyz") == {"e": MatchKind.EXACT}
    assert found(hotlist, "k1:abco", 0.1) == {}
    assert hidden.listed == "k1:abc0"
    hotlist.put(HotlistEntry(entry_id="e", pseudonyms=("k3:new",)))
    assert found(hotlist, "k2:xyz") == {}
    assert found(hotlist, "k3:new") == {"e": MatchKind.EXACT}


def test_several_owners_may_list_one_number() -> None:
    hotlist = listed(entry("AB123", entry_id="a"), entry("AB123", entry_id="b"))
    assert found(hotlist, "AB123").keys() == {"a", "b"}
    assert hotlist.remove("a")
    assert not hotlist.remove("a")
    assert found(hotlist, "AB123").keys() == {"b"}
    assert len(hotlist) == 1


PATTERNS = st.text("AB1?*", min_size=1, max_size=7)


@given(st.lists(PATTERNS, max_size=12), st.data())
def test_the_trie_finds_what_a_scan_finds(patterns: list[str], data: st.DataObject) -> None:
    trie = PatternTrie()
    for number, pattern in enumerate(patterns):
        trie.add(pattern, str(number))
    gone = data.draw(st.sets(st.sampled_from(range(len(patterns))))) if patterns else set()
    for number in gone:
        trie.remove(patterns[number], str(number))
    text = data.draw(st.text("AB1", max_size=8))
    expected = sorted(
        str(number)
        for number, pattern in enumerate(patterns)
        if number not in gone and re.fullmatch(pattern.replace("?", ".").replace("*", ".*"), text)
    )
    assert trie.matches(text) == expected
    for number in set(range(len(patterns))) - gone:
        trie.remove(patterns[number], str(number))
    assert not trie._root.children


def test_a_changing_list_of_many_finds_what_a_scan_finds() -> None:
    draw = random.Random(7)
    hotlist = Hotlist(0.001)
    kept: dict[str, HotlistEntry] = {}
    characters = "ABC018"
    for step in range(3000):
        number = "".join(draw.choices(characters, k=4))
        if draw.random() < 0.1:
            number = number[:2] + draw.choice(("?", "*")) + number[3:]
        entry_id = str(draw.randrange(400))
        if draw.random() < 0.3:
            assert hotlist.remove(entry_id) is (kept.pop(entry_id, None) is not None)
        else:
            kept[entry_id] = entry(number, entry_id=entry_id)
            hotlist.put(kept[entry_id])
        if step % 100 == 0:
            read = "".join(draw.choices(characters, k=4))
            near = {other for other, _ in near_numbers(read, 0.5, (), 0.001)}
            expected = {
                key
                for key, each in kept.items()
                if re.fullmatch(each.plate_number.replace("?", ".").replace("*", ".*"), read)
                or each.plate_number in near
            }
            assert found(hotlist, read, 0.5).keys() == expected
    assert len(hotlist) == len(kept)


def test_how_long_a_look_takes_does_not_depend_on_how_many_are_listed() -> None:
    """Counted in steps, not in time: each number that is looked up, each node of the trie."""
    numbers = list(near_numbers("AB12345", 0.1, (), 0.0001))
    assert len(numbers) < 40
    assert all(set(number) <= set(string.digits + string.ascii_uppercase) for number, _ in numbers)
