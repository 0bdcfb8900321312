"""One event per vehicle: what is one passage, what is two, and what is none."""

import json

import pytest

from platestream.passages.passage import Direction, passage_id
from platestream.passages.settings import PassageSettings
from platestream.passages.sighting import FrameSightings
from platestream.passages.tracker import PassageTracker
from tests.passages.drives import (
    BEGIN,
    ORDERLY,
    drive,
    frame,
    passages_of,
    sighting,
    together,
)


def test_many_looks_at_one_vehicle_are_one_passage() -> None:
    frames = drive("XSNB23", looks=10)

    [passage] = passages_of(frames)

    assert passage.plate_number == "XSNB23"
    assert passage.passage_id == passage_id("gate", frames[0].sightings[0].event_id)
    assert (passage.first_seen, passage.last_seen) == (BEGIN, BEGIN + 900)
    assert (passage.dwell_ms, passage.looks, passage.complete) == (900, 10, True)
    assert passage.direction is Direction.APPROACHING
    assert passage.best_shot.frame_id in {one.frame_id for one in frames}


def test_misread_looks_are_outvoted() -> None:
    texts = ["XSNB23", "XSN823", "XSNB23", "X5NB23", "XSNB23", "XSNB2", "XSNB23"]

    [passage] = passages_of(drive(texts, looks=7, confidence=0.8))

    assert (passage.plate_number, passage.looks) == ("XSNB23", 7)


def test_doubtful_looks_do_not_outvote_a_sure_one() -> None:
    # As seen at night: the plate is read surely once, and the same wrong way when it is small.
    surely = [drive("HB41PK", looks=1, confidence=0.9)[0]]
    doubtful = drive("XB41PK", begin=100, looks=6, y=(200, 230), confidence=0.02)

    [passage] = passages_of(surely + doubtful)

    assert (passage.plate_number, passage.looks) == ("HB41PK", 7)
    assert passage.confidence > 0.5


def test_two_vehicles_side_by_side_are_two_passages() -> None:
    frames = together(drive("XSNB23", x=(300, 250)), drive("98THD4", x=(700, 750)))

    passages = passages_of(frames)

    assert {(one.plate_number, one.looks) for one in passages} == {("XSNB23", 8), ("98THD4", 8)}


def test_vehicles_that_cross_keep_their_numbers() -> None:
    level = {"y": (300.0, 300.0), "width": (80.0, 80.0), "looks": 11}
    frames = together(
        drive("XSNB23", x=(200, 800), **level),  # type: ignore[arg-type]
        drive("98THD4", x=(800, 200), **level),  # type: ignore[arg-type]
    )

    passages = passages_of(frames)

    assert {(one.plate_number, one.direction) for one in passages} == {
        ("XSNB23", Direction.RIGHT),
        ("98THD4", Direction.LEFT),
    }


def test_a_hidden_vehicle_is_the_same_one_afterwards() -> None:
    frames = drive("XSNB23", looks=12)
    seen = [one if not 4 <= index < 8 else frame(index * 100) for index, one in enumerate(frames)]

    [passage] = passages_of(seen)

    assert passage.looks == 8


def test_the_next_vehicle_at_the_same_place_is_another_passage() -> None:
    passages = passages_of(drive("XSNB23") + drive("98THD4", begin=900))

    assert [one.plate_number for one in passages] == ["XSNB23", "98THD4"]


def test_a_passage_is_told_when_frames_show_that_it_is_over() -> None:
    tracker = PassageTracker(ORDERLY)
    for one in drive("XSNB23"):
        assert not tracker.observe(one)

    assert not tracker.observe(frame(2000))
    [passage] = tracker.observe(frame(3000))
    assert passage.plate_number == "XSNB23"
    assert tracker.is_idle or tracker.open_tracks == 0


def test_time_alone_ends_a_passage() -> None:
    tracker = PassageTracker(PassageSettings())
    for one in drive("XSNB23"):
        tracker.observe(one)

    assert not tracker.advance(tracker.clock_ms + 3000)
    [passage] = tracker.advance(tracker.clock_ms + 2000)
    assert passage.looks == 8
    assert tracker.is_idle


def test_a_slow_camera_bridges_as_many_frames_as_a_quick_one() -> None:
    frames = drive("XSNB23", looks=8, every=1000)
    seen = [one if index not in (3, 4) else frame(index * 1000) for index, one in enumerate(frames)]

    [passage] = passages_of(seen)

    assert passage.looks == 6


def test_parts_of_a_frame_are_one_frame() -> None:
    both = together(drive("XSNB23", x=(300, 250)), drive("98THD4", x=(700, 750)))
    parts = []
    for one in both:
        parts.append(frame(one.captured_at - BEGIN))
        parts += [frame(one.captured_at - BEGIN, part) for part in one.sightings]

    assert passages_of(parts) == passages_of(both)


def test_a_frame_sent_twice_counts_once() -> None:
    frames = drive("XSNB23")

    assert passages_of([one for one in frames for _ in range(3)]) == passages_of(frames)


def test_one_doubtful_look_is_no_passage() -> None:
    doubtful = sighting("f0", "XSNB23", confidence=0.4)
    sure = sighting("f0", "XSNB23", confidence=0.97)

    assert not passages_of([frame(0, doubtful)])
    assert len(passages_of([frame(0, sure)])) == 1


def test_a_vehicle_that_stands_for_minutes_is_one_passage() -> None:
    still = {"x": (500.0, 500.0), "y": (300.0, 300.0), "width": (90.0, 90.0)}
    [passage] = passages_of(
        drive("XSNB23", looks=600, every=500, **still)  # type: ignore[arg-type]
    )

    assert (passage.looks, passage.direction) == (600, Direction.STANDING)


def test_what_stands_longer_than_the_longest_time_is_told_once() -> None:
    settings = PassageSettings(lateness_ms=0, longest_s=10)
    still = {"x": (500.0, 500.0), "y": (300.0, 300.0), "width": (90.0, 90.0)}
    tracker = PassageTracker(settings)
    frames = drive("CAPTION", looks=400, every=500, **still)  # type: ignore[arg-type]

    told = [(index, one) for index, seen in enumerate(frames) for one in tracker.observe(seen)]

    assert [index for index, _ in told] == [21]
    assert told[0][1].dwell_ms == 10_000
    assert not tracker.finish()


def test_a_caption_that_is_read_now_and_then_is_told_once() -> None:
    frames = []
    for minute in range(30):
        for index in range(4):
            at = minute * 60_000 + index * 500
            frames.append(frame(at, sighting(f"f{at}", "TAXI24", x=800, y=60)))
        frames.append(frame(minute * 60_000 + 30_000))

    assert len(passages_of(frames)) == 1


def test_the_same_vehicle_that_drives_by_again_is_a_second_passage() -> None:
    assert len(passages_of(drive("XSNB23") + drive("XSNB23", begin=60_000))) == 2


def test_a_cut_reading_belongs_to_the_whole_one() -> None:
    whole = drive("XSNB23", looks=6)
    cut = [
        frame(600 + index * 100, sighting(f"c{index}", text, y=510 + index * 20, width=90,
                                          confidence=0.6, complete=False))
        for index, text in enumerate(("SNB23", "NB23", "B23"))
    ]  # fmt: skip

    [passage] = passages_of(whole + cut)

    assert (passage.plate_number, passage.looks, passage.complete) == ("XSNB23", 9, True)


def test_pseudonyms_vote_as_a_whole() -> None:
    texts = ["k1:aaaa", "k1:aaaa", "k1:bbbb", "k1:aaaa"]
    frames = [
        frame(index * 100, sighting(f"f{index}", text, x=500 + index * 10, key_id="k1"))
        for index, text in enumerate(texts)
    ]

    [passage] = passages_of(frames)

    assert (passage.plate_number, passage.key_id, passage.looks) == ("k1:aaaa", "k1", 4)


def test_two_cameras_are_never_mixed() -> None:
    tracker = PassageTracker(ORDERLY)
    tracker.observe(frame(0, camera="gate"))

    with pytest.raises(ValueError, match="one camera"):
        tracker.observe(frame(100, camera="yard"))


def test_a_clock_that_is_set_back_is_believed_after_a_while() -> None:
    tracker = PassageTracker(ORDERLY)
    hour = 3_600_000
    for one in drive("XSNB23", begin=hour):
        tracker.observe(one)

    told = []
    for at in range(0, 70_000, 1000):
        told += tracker.observe(frame(at))
    told += [one for seen in drive("98THD4", begin=70_000) for one in tracker.observe(seen)]
    told += tracker.finish()

    assert [one.plate_number for one in told] == ["XSNB23", "98THD4"]


def standing(
    text: str, *, begin: int = 0, looks: int = 20, confidence: float = 0.97
) -> list[FrameSightings]:
    """What never moves."""
    return drive(
        text,
        begin=begin,
        looks=looks,
        confidence=confidence,
        x=(500, 500),
        y=(300, 300),
        width=(90, 90),
    )


def test_lettering_that_never_moves_must_be_surer_than_a_vehicle() -> None:
    caption = standing("STOP24", confidence=0.2, looks=30)

    assert not passages_of(caption)
    assert passages_of(caption, PassageSettings(lateness_ms=0, min_fixed_confidence=0))
    assert passages_of(drive("STOP24", confidence=0.2, looks=30))


def test_a_parked_vehicle_that_is_read_surely_is_a_passage() -> None:

    [passage] = passages_of(standing("XSNB23", confidence=0.99, looks=30))

    assert passage.direction is Direction.STANDING


def test_what_is_seen_too_shortly_to_have_moved_is_not_taken_for_fixed() -> None:

    assert passages_of(standing("XSNB23", confidence=0.2, looks=3))


@pytest.mark.parametrize("pause", [200, 10_000])
@pytest.mark.parametrize("later", [0.2, 0.99])
def test_a_parked_vehicle_read_unsurely_has_its_passage_when_it_drives_off(
    pause: int, later: float
) -> None:
    parked = standing("XSNB23", confidence=0.2, looks=20)
    again = standing("XSNB23", begin=2000 + pause, confidence=later, looks=20)
    begin = 4000 + 2 * pause
    leaves = drive(
        "XSNB23", begin=begin, confidence=0.2, looks=15, x=(500, 900), y=(300, 500), width=(90, 140)
    )

    [passage] = passages_of(parked + again + leaves)

    assert passage.last_seen == leaves[-1].captured_at


def test_lettering_that_is_read_surely_once_in_a_while_stays_no_passage() -> None:
    unsure = standing("STOP24", confidence=0.2, looks=20)
    sure = standing("STOP24", begin=60_000, confidence=0.99, looks=20)

    assert len(passages_of(sure)) == 1
    assert not passages_of(unsure + sure)
    assert (
        len(passages_of(sure + standing("STOP24", begin=120_000, confidence=0.99, looks=20))) == 1
    )


def test_a_state_of_the_first_version_is_read() -> None:
    tracker = PassageTracker(ORDERLY)
    for one in standing("XSNB23", confidence=0.2, looks=20):
        tracker.observe(one)
    tracker.advance(BEGIN + 60_000)
    state = json.loads(tracker.to_state()[1:])
    [stood] = state[4]
    assert stood.pop() is False
    old = PassageTracker.from_state(b"\x01" + json.dumps(state).encode(), ORDERLY)

    # At that version, all that stood had been told.
    assert not [p for one in standing("XSNB23", begin=61_000, looks=20) for p in old.observe(one)]
    assert not old.finish()


def test_standing_for_long_makes_no_caption_sure() -> None:
    caption = standing("STOP24", confidence=0.2, looks=2000)

    assert not passages_of(caption)


def test_more_looks_that_agree_are_surer_and_those_that_do_not_less() -> None:
    [one] = passages_of(drive("XSNB23", looks=2, confidence=0.9))
    [many] = passages_of(drive("XSNB23", looks=12, confidence=0.9))
    [torn] = passages_of(drive(["XSNB23", "XSNB28"] * 6, looks=12, confidence=0.9))

    assert torn.confidence < many.confidence
    assert one.confidence < many.confidence
