from pathlib import Path

import pytest

from platestream.cli.evaluate.labels import FrameOfClip, LabelError, Split, read_labels

HEAD = "file,text,x1,y1,x2,y2,x3,y3,x4,y4,kind,split\n"
GOOD = (
    "a.jpg,京A12345,1,2,11,2,11,6,1,6,corners,dev\n"
    "b.jpg,沪B1,,,,,,,,,crop,train\n"
    "a.jpg,,20,2,30,2,30,6,20,6,box,dev\n"
    "c.jpg,,,,,,,,,,none,dev\n"
)


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "labels.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_rows_of_one_picture_come_together(tmp_path: Path) -> None:
    first, second = read_labels([write(tmp_path, HEAD + GOOD)], split="dev")
    assert first.path == tmp_path / "a.jpg"
    assert first.dataset == tmp_path.name
    assert [plate.text for plate in first.plates] == ["京A12345", ""]
    assert [plate.kind for plate in first.plates] == ["corners", "box"]
    assert first.plates[0].corners == ((1, 2), (11, 2), (11, 6), (1, 6))
    assert second.kind == "none"
    assert second.plates == ()


@pytest.mark.parametrize(("split", "names"), [("train", "b"), ("all", "abc"), ("dev", "ac")])
def test_a_split_takes_its_rows(tmp_path: Path, split: Split, names: str) -> None:
    found = read_labels([write(tmp_path, HEAD + GOOD)], split=split)
    assert "".join(picture.path.stem for picture in found) == names


def test_the_limit_counts_pictures_of_each_file(tmp_path: Path) -> None:
    files = [write(tmp_path, HEAD + GOOD)] * 2
    assert len(read_labels(files, limit=2)) == 4


def test_a_file_without_a_split_column_gives_everything(tmp_path: Path) -> None:
    text = "file,text,kind,x1,y1,x2,y2,x3,y3,x4,y4\nb.jpg,沪B1,crop,,,,,,,,\n"
    assert len(read_labels([write(tmp_path, text)], split="dev")) == 1


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    assert len(read_labels([write(tmp_path, HEAD + GOOD, "utf-8-sig")])) == 3


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("file,text\n", "no column kind"),
        ("", "no column"),
        (HEAD + "a.jpg,,1,2,3,4,5,6,7,x,corners,dev\n", "line 2: the eight coordinates"),
        (HEAD + "a.jpg,,1,2,3,4,5,6,7,nan,corners,dev\n", "must be finite"),
        (HEAD + "a.jpg,,1,2,3,4,5,6,7,1e400,box,dev\n", "must be finite"),
        (HEAD + "a.jpg,,,,,,,,,,ghost,dev\n", "kind must be one of"),
        (HEAD + ",,,,,,,,,,none,dev\n", "no file name"),
        (HEAD + "a.jpg,,,,,,,,,,none,dev\na.jpg,X,,,,,,,,,crop,dev\n", "has and has no plate"),
        (HEAD + "a.jpg,A1\n", "line 2"),
        (HEAD + "a.jpg,,,,,,,,,,text,dev\n", "line 2: kind text without a text"),
    ],
)
def test_what_makes_no_sense_is_named_with_its_line(
    tmp_path: Path, text: str, complaint: str
) -> None:
    with pytest.raises(LabelError, match=complaint):
        read_labels([write(tmp_path, text)])


def test_files_that_are_no_label_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="No such file"):
        read_labels([tmp_path / "absent.csv"])
    with pytest.raises(LabelError, match="UTF-8"):
        read_labels([write(tmp_path, HEAD + GOOD, "gb18030")])
    with pytest.raises(LabelError):
        read_labels([tmp_path])


def test_a_text_without_a_place_is_a_label(tmp_path: Path) -> None:
    [picture] = read_labels([write(tmp_path, HEAD + "a.jpg,XSNB23,,,,,,,,,text,dev\n")])
    assert picture.kind == "text"
    assert [(plate.text, plate.corners) for plate in picture.plates] == [("XSNB23", None)]
    assert picture.frame is None


CLIPS = "sequence,file,frame,seconds,texts\ns00,a.jpg,3,0.250,XSNB23\n"


def test_a_folder_is_its_labels_and_its_clips(tmp_path: Path) -> None:
    write(tmp_path, HEAD + GOOD)
    (tmp_path / "sequences.csv").write_text(CLIPS, encoding="utf-8")
    first, second = read_labels([tmp_path], split="dev")
    assert first.frame == FrameOfClip(clip="s00", index=3, seconds=0.25)
    assert second.frame is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("sequence,file\n", "no column frame, seconds"),
        (CLIPS + "s00,a.jpg,6,0.5,X\n", "line 3: a.jpg stands twice"),
        (CLIPS + ",b.jpg,6,0.5,X\n", "line 3: no file or no sequence"),
        (CLIPS + "s00,b.jpg,six,0.5,X\n", "line 3: frame and seconds"),
        (CLIPS + "s00,b.jpg,6,inf,X\n", "line 3: frame and seconds"),
        (CLIPS + "s00,b.jpg,-1,0.5,X\n", "line 3: frame and seconds"),
    ],
)
def test_clips_that_make_no_sense_are_named_with_their_line(
    tmp_path: Path, text: str, complaint: str
) -> None:
    (tmp_path / "sequences.csv").write_text(text, encoding="utf-8")
    with pytest.raises(LabelError, match=complaint):
        read_labels([write(tmp_path, HEAD + GOOD)])
