"""Samples that the tests of the contract share."""

from platestream.contract.avro import LocalSchemaStore
from platestream.contract.frames import Frame, SourceRef
from platestream.contract.messages import Headers, RejectedFrameError, decode_frame
from platestream.contract.readings import ModelRef, PlateColor, PlateReading

STORE = LocalSchemaStore()
SOURCE = SourceRef("frames", 3, 41)
MODEL = ModelRef("bundled", "0")
MESSAGE_TIME = 1_767_225_600_000
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(60))

READING = PlateReading(
    plate_number="京A12345",
    plate_color=PlateColor.BLUE,
    plate_location=((370, 881), (2591, 881), (2591, 2281), (370, 2281)),
    confidence=0.92254,
    rows=1,
    char_confidences=(0.99,) * 7,
    detection_score=0.9,
    complete=True,
)


def frame(**changes: object) -> Frame:
    """A frame with a picture, changed as asked."""
    fields: dict[str, object] = {
        "frame_id": "f-1",
        "camera_id": "gate-3",
        "captured_at": MESSAGE_TIME,
        "source": SOURCE,
        "image": JPEG,
        "attributes": {"lane": "2"},
    }
    return Frame(**(fields | changes))  # type: ignore[arg-type]


def decoded(
    value: bytes | None,
    key: bytes | None = b"gate-3",
    headers: Headers | None = None,
    timestamp_ms: int | None = MESSAGE_TIME,
) -> Frame:
    """The frame of a message at :data:`SOURCE`."""
    return decode_frame(value, key, headers, SOURCE, timestamp_ms, store=STORE)


def rejection(
    value: bytes | None, key: bytes | None = b"gate-3", headers: Headers | None = None
) -> RejectedFrameError:
    """The rejection of a message that must not become a frame."""
    try:
        taken = decoded(value, key, headers)
    except RejectedFrameError as error:
        return error
    raise AssertionError(f"taken as a frame: {taken.frame_id}")
