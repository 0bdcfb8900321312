"""What the stream needs of a plate reader, and how a reader says that it is beyond help."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from platestream.contract.readings import ModelRef, PlateReading
from platestream.vision.arrays import UInt8Array
from platestream.vision.cameras.settings import CameraSettings

if TYPE_CHECKING:
    # Decoding needs OpenCV, settings do not: whoever only reads those is spared it.
    from platestream.vision.picture.picture import Picture


class Reader(Protocol):
    """Reads plates in a batch of pictures. ``vision.reader.PlateReader`` is one."""

    @property
    def model(self) -> ModelRef:
        """Which bundle it reads with."""
        ...

    @property
    def provider(self) -> str:
        """Which execution provider runs its models."""
        ...

    @property
    def precision(self) -> str:
        """What its models compute in."""
        ...

    def warm_up(self) -> None:
        """Run every batch size once, so that the first frame does not pay for it."""
        ...

    def prepare(self, picture: "Picture", /) -> None:
        """Decode what the first look at ``picture`` needs. Called from any thread.

        Raises:
            FrameError: If it cannot be decoded.
        """
        ...

    def read(
        self,
        pictures: "Sequence[Picture | UInt8Array]",
        cameras: Sequence[CameraSettings | None] | None = None,
        /,
    ) -> Sequence[tuple[PlateReading, ...]]:
        """Read ``pictures``, pixels being uint8 ``[H, W, 3]``, BGR, upright.

        Returns one tuple of plates for each.

        ``cameras`` has the settings of each picture's camera, None where it has none.
        """
        ...


def labels_of(reader: Reader) -> tuple[str, str, str, str]:
    """Which bundle, execution provider and precision a reader has, as metrics say it."""
    return reader.model.name, reader.model.version, reader.provider, reader.precision


class PictureReader(Reader, Protocol):
    """A reader for whole pictures and for cut-out plates, as the commands need it."""

    def read(
        self,
        pictures: "Sequence[Picture | UInt8Array]",
        cameras: Sequence[CameraSettings | None] | None = None,
        /,
    ) -> list[tuple[PlateReading, ...]]:
        """Find and read the plates of whole pictures, as their cameras' settings say."""
        ...

    def read_crops(self, pictures: Sequence[UInt8Array]) -> list[tuple[PlateReading, ...]]:
        """Read pictures that are cut-out plates."""
        ...


class ReaderBrokenError(Exception):
    """The reader fails on anything at all: a lost device, a broken session.

    No frame is to blame, so none may end in a failure because of it: the service stops and the
    frames are read again after its restart.
    """
