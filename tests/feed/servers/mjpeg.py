"""An HTTP camera: motion JPEG as ``multipart/x-mixed-replace``, on a loopback port."""

import base64
import threading
from collections.abc import Sequence
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


class MjpegServer:
    """Serves pictures; each connection gets some of them and is closed then.

    Args:
        pictures: What is shown, again and again.
        at_a_time: Pictures that a connection gets.
        fps: Pictures a second.
        credentials: ``user:password`` that it asks for.
    """

    def __init__(
        self,
        pictures: Sequence[bytes],
        *,
        at_a_time: int,
        fps: float = 50.0,
        credentials: str | None = None,
    ) -> None:
        self.sent: list[bytes] = []
        self.connections = 0
        stop = self._stop = threading.Event()
        token = base64.b64encode((credentials or "").encode()).decode()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if credentials is not None and self.headers.get("Authorization") != (
                    f"Basic {token}"
                ):
                    self.send_response(401)
                    self.send_header("WWW-Authenticate", 'Basic realm="camera"')
                    self.end_headers()
                    return
                server.connections += 1
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=picture")
                self.end_headers()
                # Whoever has seen enough closes its end.
                with suppress(ConnectionError):
                    self._show()

            def _show(self) -> None:
                for _ in range(at_a_time):
                    if stop.wait(1 / fps):
                        return
                    data = pictures[len(server.sent) % len(pictures)]
                    server.sent.append(data)
                    self.wfile.write(
                        b"--picture\r\nContent-Type: image/jpeg\r\n"
                        b"Content-Length: %d\r\n\r\n%s\r\n" % (len(data), data)
                    )

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def address(self) -> str:
        """``host:port``."""
        return f"127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()
