"""The demo's pictures: the packaged ones with what was drawn on them, and large ones by URL."""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from pathlib import Path
from typing import Any, Final, Self

from platestream.cli.exits import CliError, ExitCode
from platestream.cli.pictures import expand
from platestream.vision.matching import match_one_to_one

Corners = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class DrawnPlate:
    """A plate as it was drawn: its text and its corners in pixels."""

    text: str
    corners: Corners


Truth = Mapping[str, Sequence[DrawnPlate]]
"""The drawn plates of each picture, by the picture's name."""


def bundled_pictures() -> list[Path]:
    """The pictures that the package carries.

    Raises:
        CliError: If the installation has none.
    """
    paths = list(expand([_folder()]))
    if not paths:
        raise CliError("This installation carries no demo pictures; name some.", ExitCode.FATAL)
    return paths


def bundled_truth() -> Truth:
    """What was drawn into them; empty where the package does not say."""
    path = _folder() / "truth.json"
    if not path.is_file():
        return {}
    pictures = json.loads(path.read_text(encoding="utf-8"))
    return {
        name: [
            DrawnPlate(plate["text"], tuple((x, y) for x, y in plate["corners"]))
            for plate in plates
        ]
        for name, plates in pictures.items()
    }


def drawn_texts(drawn: Sequence[DrawnPlate], events: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """Which drawn text each plate event belongs to, by the event's place in ``events``."""
    matched = match_one_to_one(
        [plate.corners for plate in drawn],
        [[(x, y) for x, y in event["plate"]["plate_location"]] for event in events],
    )
    return {event: drawn[plate].text for plate, event in matched.items()}


def _folder() -> Path:
    return Path(str(resources.files("platestream.cli"))) / "demo_pictures"


_HOST: Final = "127.0.0.1"


class Gallery:
    """Serves pictures on a loopback port for as long as the ``with`` block lasts.

    Args:
        pictures: The encoded pictures, by number.
    """

    def __init__(self, pictures: Mapping[int, bytes]) -> None:
        self._pictures = pictures
        self._server = ThreadingHTTPServer((_HOST, 0), _handler(pictures))
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="gallery", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def url(self, number: int) -> str | None:
        """Where picture ``number`` is; None if it is not here."""
        if number not in self._pictures:
            return None
        return f"http://{_HOST}:{self._server.server_port}/{number}"

    @property
    def fetch_overrides(self) -> dict[str, Any]:
        """The settings that let the service fetch from here."""
        return {
            "fetch.enabled": True,
            "fetch.schemes": ["http"],
            "fetch.allow_hosts": [],
            "fetch.allow_networks": [f"{_HOST}/32"],
            "fetch.allow_ports": [self._server.server_port],
        }


def _handler(pictures: Mapping[int, bytes]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.strip("/")
            data = pictures.get(int(name)) if name.isdecimal() else None
            if data is None:
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "application/octet-stream")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            try:
                self.wfile.write(data)
            except ConnectionError:
                return  # a picture above the limit is not taken to its end

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing: requests are not events."""

    return Handler
