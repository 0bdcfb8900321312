"""Pictures that say which one they are, and films of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from platestream.vision.arrays import UInt8Array

WIDTH: Final = 640
HEIGHT: Final = 360
_BITS: Final = 12
_BLOCK: Final = 32


def numbered(number: int, width: int = WIDTH, height: int = HEIGHT) -> UInt8Array:
    """A street-grey picture with ``number`` in large black and white blocks along its top."""
    pixels = np.full((height, width, 3), 96, np.uint8)
    for bit in range(_BITS):
        at = bit * _BLOCK
        pixels[:_BLOCK, at : at + _BLOCK] = 255 if number >> bit & 1 else 0
    left = number * 13 % max(1, width - 80)
    pixels[height // 2 : height // 2 + 60, left : left + 80] = (40, 60, 200)
    return pixels


def number_of(picture: bytes) -> int:
    """The number in an encoded picture, of whatever size."""
    grey = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert grey is not None
    grey = cv2.resize(grey, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    middle = _BLOCK // 2
    return sum(
        int(grey[middle - 4 : middle + 4, at + middle - 4 : at + middle + 4].mean() > 128) << bit
        for bit, at in enumerate(range(0, _BITS * _BLOCK, _BLOCK))
    )


def jpeg(pixels: UInt8Array, quality: int = 85) -> bytes:
    """A JPEG."""
    done, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done
    return bytes(data)


def jpegs(count: int) -> Iterator[bytes]:
    """So many numbered JPEGs, from 0."""
    return (jpeg(numbered(number)) for number in range(count))


def write_folder(folder: Path, count: int) -> Path:
    """A folder of numbered JPEGs, ``0000.jpg`` and on."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(jpegs(count)):
        (folder / f"{number:04d}.jpg").write_bytes(data)
    return folder


def write_film(path: Path, count: int, *, codec: str, fps: int = 25) -> Path:
    """A film of numbered pictures."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=fps)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = WIDTH, HEIGHT
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for number in range(count):
            frame = av.VideoFrame.from_ndarray(numbered(number), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
