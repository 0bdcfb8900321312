"""Reports: one HTML file each, with everything inside, that reaches for nothing outside itself."""

import base64
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import cv2
import jinja2
import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from platestream import __version__
from platestream.cli.charts.figure import CHART_CSS

UInt8Array = NDArray[np.uint8]

# Good enough to judge a plate by eye, a third of the bytes of the usual 95.
JPEG_QUALITY: Final = 82


def write_report(path: Path, template: str, **context: Any) -> None:
    """Render ``template`` of the package's ``templates`` folder into ``path``.

    Raises:
        OSError: If the file cannot be written.
    """
    text = (
        _environment()
        .get_template(template)
        .render(
            version=__version__,
            made_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            chart_css=Markup(CHART_CSS),  # noqa: S704 - our own constant
            **context,
        )
    )
    path.write_text(text, encoding="utf-8")


def inline(svg: str) -> Markup:
    """An SVG made by :mod:`platestream.cli.charts` for use inside a page."""
    return Markup(svg)  # noqa: S704 - built element by element, every text escaped there


def data_uri(picture: UInt8Array, *, width: int | None = None) -> str:
    """A picture (uint8 BGR) as a ``data:`` address, at most ``width`` px wide."""
    if width is not None and picture.shape[1] > width:
        scale = width / picture.shape[1]
        size = (width, max(1, round(picture.shape[0] * scale)))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    return "data:image/jpeg;base64," + base64.b64encode(encode_jpeg(picture)).decode("ascii")


def encode_jpeg(picture: UInt8Array) -> bytes:
    """Encode uint8 BGR as JPEG.

    Raises:
        ValueError: If it cannot be encoded (no pixels).
    """
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise ValueError("the picture cannot be encoded")
    return bytes(data)


def write_png(path: Path, picture: UInt8Array) -> None:
    """Write uint8 BGR as PNG.

    Raises:
        OSError: If the file cannot be written.
    """
    _, data = cv2.imencode(".png", picture)
    path.write_bytes(bytes(data))


def percent(value: float | None, digits: int = 1) -> str:
    """A share 0..1 as per cent; a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}%}"


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("platestream.cli"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = percent
    return environment
