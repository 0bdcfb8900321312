"""A small web server for pictures that are too large for the embedded broker.

It does what one does with a real cluster, too: large pictures stay in a store, and the frame
message carries their address. The service fetches them as it would from any host.
"""

import threading
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self

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
