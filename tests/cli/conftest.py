"""The command line as a user has it: arguments in; exit code, output and files out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from platestream.cli import opening
from platestream.cli.app import main
from platestream.cli.evaluate.labels import Corners, Kind, LabelledPicture, LabelledPlate
from platestream.contract.readings import ModelRef, PlateColor, PlateReading, Quad
from platestream.vision.arrays import UInt8Array
from platestream.vision.cameras.settings import CameraSettings
from platestream.vision.picture.picture import Picture, pixels_of
from tests.vision.tiny_models import write_bundle


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str


Cli = Callable[..., Ran]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run the command line in this process."""
    monkeypatch.delenv("PLATESTREAM_CONFIG", raising=False)

    def run(*arguments: object) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        code = ended.value.code
        return Ran(0 if code is None else int(code), printed.out, printed.err)

    return run


@pytest.fixture(scope="session")
def tiny_bundle_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle whose models read painted plates."""
    return write_bundle(tmp_path_factory.mktemp("bundles") / "tiny")


@pytest.fixture
def tiny(tiny_bundle_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tiny bundle, as the bundle that commands use when none is named."""
    monkeypatch.setenv("PLATESTREAM_VISION__BUNDLE", str(tiny_bundle_path))
    return tiny_bundle_path


def reading(
    text: str,
    corners: Quad,
    *,
    confidence: float = 0.9,
    color: PlateColor = PlateColor.BLUE,
    rows: int = 1,
) -> PlateReading:
    """A reading with everything that a test does not care about filled in."""
    return PlateReading(
        plate_number=text,
        plate_color=color,
        plate_location=corners,
        confidence=confidence,
        rows=rows,
        char_confidences=tuple(confidence for _ in text),
        detection_score=0.9,
    )


def box(left: int, top: int, width: int, height: int) -> Quad:
    """The corners of an upright rectangle."""
    right, bottom = left + width, top + height
    return (left, top), (right, top), (right, bottom), (left, bottom)


class ScriptedReader:
    """Gives prepared readings: a picture names its own by the colour of its first pixel (blue)."""

    model = ModelRef("scripted", "1.0.0")
    provider = "fake"
    precision = "float32"

    def __init__(self, answers: Sequence[tuple[PlateReading, ...] | Exception]) -> None:
        self.answers = answers
        self.crops: list[bool] = []
        self.batches: list[int] = []
        self.cameras: list[CameraSettings | None] = []

    def warm_up(self) -> None:
        """Nothing to warm."""

    def prepare(self, picture: Picture) -> None:
        """Decode everything."""
        picture.at(1)

    def read(
        self,
        pictures: Sequence[Picture | UInt8Array],
        cameras: Sequence[CameraSettings | None] | None = None,
    ) -> list[tuple[PlateReading, ...]]:
        self.cameras.extend(cameras or [None] * len(pictures))
        return self._answer(pictures, crops=False)

    def read_crops(self, pictures: Sequence[UInt8Array]) -> list[tuple[PlateReading, ...]]:
        return self._answer(pictures, crops=True)

    def _answer(
        self, pictures: Sequence[Picture | UInt8Array], *, crops: bool
    ) -> list[tuple[PlateReading, ...]]:
        self.batches.append(len(pictures))
        self.crops.extend([crops] * len(pictures))
        given = [self.answers[int(pixels_of(picture)[0, 0, 0])] for picture in pictures]
        for answer in given:
            if isinstance(answer, Exception):
                raise answer
        return [answer for answer in given if not isinstance(answer, Exception)]


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Callable[..., ScriptedReader]:
    """Let commands open a reader with these answers instead of models."""

    def prepare(*answers: tuple[PlateReading, ...] | Exception) -> ScriptedReader:
        reader = ScriptedReader(answers)

        def open_reader(*_: Any, **__: Any) -> ScriptedReader:
            return reader

        monkeypatch.setattr(opening, "open_reader", open_reader)
        return reader

    return prepare


def labelled(kind: Kind, *plates: tuple[str, Corners | None]) -> LabelledPicture:
    """A picture with these texts and corners as its labels."""
    return LabelledPicture(
        path=Path("a.jpg"),
        dataset="set",
        kind=kind,
        plates=tuple(LabelledPlate(text, corners, kind) for text, corners in plates),
    )
