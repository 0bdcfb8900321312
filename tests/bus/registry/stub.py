"""An HTTP server that answers as it is told: for what a real registry cannot be made to show."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

NOT_FOUND = (404, {"error_code": 40403, "message": "Schema not found"})


@dataclass(slots=True)
class Request:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass(slots=True)
class Stub:
    """``answers`` in turn, the last one for ever: status and body, or a body of raw bytes."""

    answers: list[tuple[int, Any]]
    url: str = ""
    requests: list[Request] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    silent: bool = False
    drips: bool = False

    def next(self) -> tuple[int, bytes]:
        status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return status, body if isinstance(body, bytes) else json.dumps(body).encode()


@contextmanager
def stub(
    *answers: tuple[int, Any],
    tls: ssl.SSLContext | None = None,
    silent: bool = False,
    drips: bool = False,
) -> Iterator[Stub]:
    """A server with these answers.

    A silent one takes requests and says nothing; one that drips sends a byte every 50 ms.
    """
    told = Stub(list(answers) or [NOT_FOUND], silent=silent, drips=drips)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(told))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    told.url = f"{'https' if tls else 'http'}://localhost:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield told
    finally:
        told.released.set()
        server.shutdown()
        server.server_close()
        thread.join(10)


def _handler(told: Stub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length)) if length else None
            headers = {name.lower(): value for name, value in self.headers.items()}
            told.requests.append(Request(self.command, self.path, headers, body))
            if told.silent:
                told.released.wait(30)
                return
            status, content = told.next()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if not told.drips:
                self.wfile.write(content)
            for byte in content if told.drips else b"":
                if told.released.wait(0.05):
                    return
                self.wfile.write(bytes((byte,)))

        do_GET = _serve  # noqa: N815 - named by the base class
        do_POST = _serve  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler
