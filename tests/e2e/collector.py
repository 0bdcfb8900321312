"""A collector of traces: OTLP over HTTP in, decoded with OpenTelemetry's own messages."""

import gzip
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(frozen=True)
class Received:
    """What came in so far."""

    raw: bytes
    spans: list[Span]
    services: set[str]

    def named(self, name: str) -> list[Span]:
        return [span for span in self.spans if span.name == name]

    def below(self, parent: Span) -> dict[str, Span]:
        return {s.name: s for s in self.spans if s.parent_span_id == parent.span_id}


class Collector:
    """Listens on a free port for as long as the block lasts."""

    def __init__(self) -> None:
        self._bodies: list[bytes] = []
        self.paths: set[str] = set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                outer.paths.add(self.path)
                outer._bodies.append(body)
                answer = ExportTraceServiceResponse().SerializeToString()
                self.send_response(200)
                self.send_header("content-type", "application/x-protobuf")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def received(self) -> Received:
        bodies = list(self._bodies)
        resources = [
            part
            for body in bodies
            for part in ExportTraceServiceRequest.FromString(body).resource_spans
        ]
        return Received(
            b"\n".join(bodies),
            [span for part in resources for scope in part.scope_spans for span in scope.spans],
            {
                pair.value.string_value
                for part in resources
                for pair in part.resource.attributes
                if pair.key == "service.name"
            },
        )
