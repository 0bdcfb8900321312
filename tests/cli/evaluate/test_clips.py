"""Clips: the account of the vehicles, counted by hand."""

from collections.abc import Callable
from pathlib import Path

import pytest

from platestream.cli.evaluate.clips import Clip, ClipFrame, read_clips
from platestream.cli.evaluate.passages import Account, ClipOutcome, passages_of
from platestream.passages.settings import PassageSettings
from tests.cli.conftest import Cli, ScriptedReader, box, reading
from tests.cli.evaluate.test_command import figures_of, write_picture
from tests.passages.drives import sighting

HEAD = "sequence,file,frame,seconds,texts\n"


def test_figures_of_a_known_clip(
    cli: Cli, tmp_path: Path, scripted: Callable[..., ScriptedReader]
) -> None:
    left, right = box(20, 20, 60, 16), box(150, 60, 60, 16)
    scripted(
        (reading("XSNB23", left), reading("98THD4", right)),
        (reading("XSN823", box(40, 20, 60, 16), confidence=0.6), reading("98THD4", right)),
        (reading("XSNB23", box(60, 20, 60, 16)),),
        (reading("56JTT5", left),),
    )
    for number in range(4):
        write_picture(tmp_path, number)
    (tmp_path / "sequences.csv").write_text(
        HEAD
        + "a,0.png,0,0,XSNB23 98THD4\na,1.png,3,0.25,XSNB23 98THD4\na,2.png,6,0.5,XSNB23\n"
        + "b,3.png,0,0,\n",
        encoding="utf-8",
    )

    ran = cli("evaluate", tmp_path / "sequences.csv", "--json", "--out", tmp_path / "out")

    found = figures_of(ran.out)
    assert (found["clips"], found["frames"]) == (2, 4)
    assert found["passages"] == {
        "expected": 2,
        "right": 2,
        "misread": 0,
        "missed": 0,
        "split": 0,
        "merged": 0,
        "false": 1,
    }
    assert (found["single_frame_read"], found["voted_read"]) == (pytest.approx(4 / 5), 1.0)
    assert (tmp_path / "out" / "passages.csv").read_text("utf-8").count("\n") == 4
    assert (tmp_path / "out" / "sightings.jsonl").read_text("utf-8").count("\n") == 4
    told = cli("evaluate", tmp_path / "sequences.csv", "--out", tmp_path / "out").out
    assert "by vote" in told


def test_clips_and_pictures_are_measured_apart(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "sequences.csv").write_text(HEAD + "a,0.png,0,0,X\n", encoding="utf-8")

    ran = cli("evaluate", tmp_path / "sequences.csv", tmp_path / "labels.csv")

    assert (ran.code, "apart" in ran.err) == (2, True)


def _outcome(*frames: tuple[str, tuple[tuple[str, float, float], ...]]) -> ClipOutcome:
    """A clip of frames: the numbers shown, then (number, x, confidence) of each reading."""
    clip = Clip(
        name="set/a",
        frames=tuple(
            ClipFrame(path=Path("x"), index=n, seconds=n * 0.1, texts=tuple(shown.split()))
            for n, (shown, _) in enumerate(frames)
        ),
    )
    seen = tuple(
        tuple(sighting(f"f{n}", text, x=x, confidence=sure) for text, x, sure in read)
        for n, (_, read) in enumerate(frames)
    )
    passages = passages_of(clip, seen, PassageSettings())
    return ClipOutcome(clip=clip, seen=seen, passages=tuple(passages), unreadable=0)


def test_each_vehicle_is_counted_once() -> None:
    account = Account()
    both = "XSNB23 98THD4 56JTT5"
    nothing_of_the_third = (("XSNB23", 200.0, 0.9), ("98TH04", 700.0, 0.9))
    account.count(_outcome((both, nothing_of_the_third), (both, nothing_of_the_third)))
    far_apart = [("24LBHT", (("24LBHT", 200.0, 0.9),)), *[("", ())] * 40]
    account.count(_outcome(*far_apart, ("24LBHT", (("24LBHT", 900.0, 0.9),))))
    account.count(_outcome(("72VGX6", (("72VGX6", 200.0, 0.1),))))

    assert (account.expected, account.right, account.misread) == (5, 1, 1)
    assert (account.missed, account.split, account.merged) == (1, 1, 1)
    assert (account.false, account.voted) == (0, 2)


def test_frames_come_in_time_order(tmp_path: Path) -> None:
    file = tmp_path / "sequences.csv"
    file.write_text(HEAD + "a,1.png,1,0.2,X\na,0.png,0,0.1,\nb,2.png,0,0,Y\n", encoding="utf-8")

    first, second = read_clips([file])

    assert [frame.path.name for frame in first.frames] == ["0.png", "1.png"]
    assert (first.name, first.texts, second.texts) == (f"{tmp_path.name}/a", ("X",), ("Y",))
    assert len(read_clips([file], limit=1)) == 1


@pytest.mark.parametrize(
    "rows", ["a,,0,0,X\n", "a,0.png,x,0,X\n", "a,0.png,0,nan,X\n", "a,0.png,0,0,X\n" * 2]
)
def test_what_makes_no_sense_is_wrong_usage(cli: Cli, tmp_path: Path, rows: str) -> None:
    file = tmp_path / "sequences.csv"
    file.write_text(HEAD + rows, encoding="utf-8")

    assert cli("evaluate", file).code == 2
