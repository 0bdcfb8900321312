"""A frame on its way through the pipeline, and the decoded pixels that it holds."""

from concurrent.futures import Future
from typing import TYPE_CHECKING

from platestream.contract.frames import Frame
from platestream.stream.budget import PixelBudget
from platestream.stream.lanes import Lane

if TYPE_CHECKING:
    from platestream.stream.outcome import FrameOutcome
    from platestream.stream.reader import Reader
    from platestream.vision.cameras.settings import CameraSettings
    from platestream.vision.picture.picture import Picture


class Job:
    """A frame on its way.

    Attributes:
        frame: The frame.
        lane: Whose it is.
        reader: The one that was in force when it came.
        camera: The settings of its camera as they were when it came; None where it has none.
        future: Of its outcome.
        picture: The picture, decoded for the first look at it, while it holds one.
        pixel_bytes: What it took of the budget for its pixels.
        decoded_at: When it was decoded, by the monotonic clock.
    """

    __slots__ = (
        "camera",
        "decoded_at",
        "frame",
        "future",
        "lane",
        "picture",
        "pixel_bytes",
        "reader",
    )

    def __init__(
        self, frame: Frame, lane: Lane, reader: "Reader", camera: "CameraSettings | None" = None
    ) -> None:
        self.frame = frame
        self.lane = lane
        self.reader = reader
        self.camera = camera
        self.future: Future[FrameOutcome] = Future()
        self.picture: Picture | None = None
        self.pixel_bytes = 0
        self.decoded_at = 0.0

    def drop_pixels(self, budget: PixelBudget) -> None:
        """Let go of the pixels, if there are any, and give ``budget`` back what they took."""
        self.picture = None
        if self.pixel_bytes:
            budget.give_back(self.pixel_bytes)
            self.pixel_bytes = 0
