"""Frame messages, good and bad, and the code that each bad one must get."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from platestream.contract.avro import LocalSchemaStore, encode
from platestream.contract.errors import ErrorCode
from platestream.contract.schemas import SchemaName
from tests.stream.fakes import picture

STORE = LocalSchemaStore()


@dataclass(frozen=True, slots=True)
class FrameMessage:
    """One message for the frames topic."""

    value: bytes | None
    key: bytes | None = b"camera-1"
    headers: tuple[tuple[str, bytes], ...] = ()


def bare(number: int, camera: str = "camera-1") -> FrameMessage:
    return FrameMessage(picture(number), camera.encode())


def avro(number: int, camera: str = "camera-1", *, image: bytes | None = None) -> FrameMessage:
    record = {
        "frame_id": f"frame-{number}",
        "camera_id": camera,
        "captured_at": 1_700_000_000_000 + number,
        "image": picture(number) if image is None else image,
        "url": None,
        "attributes": {"lane": "2"},
    }
    return FrameMessage(encode(SchemaName.FRAME_EVENT, record, STORE), camera.encode())


def in_json(number: int, camera: str = "camera-1") -> FrameMessage:
    image = base64.b64encode(picture(number)).decode()
    return FrameMessage(json.dumps({"image": image}).encode(), camera.encode())


@dataclass(frozen=True, slots=True)
class BadKind:
    """A way to be wrong."""

    name: str
    code: ErrorCode
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = field(default=())


def bad_kinds() -> Iterator[BadKind]:
    """Every way to be wrong that the bus itself can meet; pictures have their own table."""
    good = avro(1).value or b""
    image = base64.b64encode(picture(1)).decode()
    bad, unsupported = ErrorCode.INVALID_PARAMETER, ErrorCode.UNSUPPORTED_FORMAT
    yield BadKind("nothing", bad, None)
    yield BadKind("empty", bad, b"")
    yield BadKind("text", unsupported, b"no picture at all")
    yield BadKind("gif", unsupported, b"GIF89a" + bytes(64))
    yield BadKind("avro: header only", bad, b"\0")
    yield BadKind("avro: unknown schema", bad, b"\0\0\0\0\7" + good[5:])
    yield BadKind("avro: cut short", bad, good[: len(good) // 2])
    yield BadKind("avro: trailing bytes", bad, good + b"\0\0")
    yield BadKind(
        "avro: picture cut short", ErrorCode.PICTURE_DAMAGED, avro(1, image=picture(1)[:50]).value
    )
    yield BadKind("json: broken", ErrorCode.INVALID_JSON, b'{"image": ')
    yield BadKind("json: a list", ErrorCode.INVALID_JSON, b"[1, 2]")
    yield BadKind("json: both", bad, json.dumps({"image": image, "url": "http://x/"}).encode())
    yield BadKind("json: neither", bad, b"{}")
    yield BadKind("json: no base64", unsupported, b'{"image": "***"}')
    yield BadKind("json: not utf-8", ErrorCode.INVALID_JSON, b'{"image": "\xff\xfe"}')
    yield BadKind("picture: cut short", ErrorCode.PICTURE_DAMAGED, picture(1)[:60])
    yield BadKind("picture: header only", ErrorCode.PICTURE_DAMAGED, b"\x89PNG\r\n\x1a\n")
    yield BadKind("picture: bomb", ErrorCode.PICTURE_SIZE, _resized(picture(1), 20_000, 20_000))
    yield BadKind("picture: too small", ErrorCode.PICTURE_SIZE, _resized(picture(1), 4, 4))
    yield BadKind("header: bad time", bad, picture(1), (("captured_at", b"yesterday"),))
    yield BadKind("header: bad camera", bad, picture(1), (("camera_id", b"\xff\xfe"),))


def _resized(png: bytes, width: int, height: int) -> bytes:
    """The PNG with another size in its header, checksum corrected."""
    import zlib

    head = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + png[24:29]
    return png[:12] + head + zlib.crc32(head).to_bytes(4, "big") + png[33:]
