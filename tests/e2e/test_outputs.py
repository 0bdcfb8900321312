"""All that one run of the real command on a real Kafka puts out: no plate number, and one trace."""

import base64
import json
import re
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from confluent_kafka import Consumer, Message, Producer
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from platestream.stream.privacy import new_key
from tests.e2e.collector import Collector, Received
from tests.e2e.service import ServiceProcess, free_port, topic_settings
from tests.pictures.pixels import encode
from tests.stream.test_privacy import OCTOBER
from tests.vision.tiny_models import GREEN, paint_plate, scene, write_bundle

NUMBERS = ("京A1港", "ZA1Z")
TIMEOUT_S = 60.0
PSEUDONYM = re.compile(rb"2026-10-01:[a-z2-7]{26}")


def two_plates() -> bytes:
    picture = scene()
    paint_plate(picture, NUMBERS[0], at=(60, 120))
    paint_plate(picture, NUMBERS[1], at=(300, 120), color=GREEN)
    return encode(picture, ".png")


class Caller:
    """A span of somebody who sends us a picture, and its headers."""

    def __init__(self) -> None:
        tracer = TracerProvider(shutdown_on_exit=False).get_tracer("caller")
        with tracer.start_as_current_span("camera") as span:
            self.span = span.get_span_context()
            self.headers: dict[str, str] = {"tracestate": "vendor=7"}
            TraceContextTextMapPropagator().inject(self.headers)
        self.headers["tracestate"] = "vendor=7"

    def began(self, span: Span) -> bool:
        """Whether ``span`` is right below ours."""
        ids = (self.span.trace_id.to_bytes(16), self.span.span_id.to_bytes(8))
        return (span.trace_id, span.parent_span_id) == ids


def names(traceparent: str, span: Span) -> bool:
    """Whether a header names ``span``, and says that it is sampled."""
    version, trace, parent, flags = traceparent.split("-")
    ids = (trace, parent) == (span.trace_id.hex(), span.span_id.hex())
    return version == "00" and ids and bool(int(flags, 16) & 1)


@dataclass(frozen=True)
class Run:
    """What was sent, and what came out everywhere."""

    frame: Caller
    bad_frame: Caller
    request: Caller
    answer: httpx.Response
    messages: list[Message]
    traces: Received
    outputs: dict[str, bytes]

    def onward(self, topic: str) -> list[dict[str, str]]:
        """The headers of the trace in each message of ``topic``."""
        return [
            {
                name: value.decode()
                for name, value in dict(message.headers() or []).items()
                if isinstance(value, bytes)
            }
            for message in self.messages
            if (message.topic() or "").endswith(topic)
        ]


@pytest.fixture(scope="module")
def run(kafka_servers: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A service with every output there is, to which a frame, a bad one and a request are sent."""
    folder = tmp_path_factory.mktemp("outputs")
    (folder / "keys.yaml").write_text("keys:\n" + new_key(OCTOBER), encoding="utf-8")
    prefix = f"t{uuid.uuid4().hex[:8]}"
    port = free_port()
    log = folder / "service.log"
    with Collector() as collector:
        settings = topic_settings(kafka_servers, prefix) | {
            "kafka.topics.results": f"{prefix}.results",
            "vision.bundle": write_bundle(folder / "tiny"),
            "privacy.plate_number": "hmac",
            "privacy.keys_file": folder / "keys.yaml",
            "telemetry.log_level": "debug",
            "telemetry.tracing.enabled": "true",
            "telemetry.tracing.endpoint": f"{collector.url}/v1/traces",
            "web.no_auth": "true",
            "web.port": port,
        }
        with ServiceProcess(settings, log, flags=("--http",)) as process:
            url = f"http://127.0.0.1:{port}"
            yield _send(process, url, prefix, servers=kafka_servers, log=log, collector=collector)


def _send(
    process: ServiceProcess, url: str, prefix: str, *, servers: str, log: Path, collector: Collector
) -> Run:
    frame, bad_frame, request = Caller(), Caller(), Caller()
    picture = two_plates()
    live: list[bytes] = []
    listening = threading.Event()

    def listen() -> None:
        with httpx.stream("GET", f"{url}/live/events", timeout=TIMEOUT_S) as events:
            listening.set()
            for chunk in events.iter_bytes():
                live.append(chunk)
                if b"event: plates" in b"".join(live):
                    return

    page = threading.Thread(target=listen)
    page.start()
    assert listening.wait(TIMEOUT_S)
    answer = httpx.post(
        f"{url}/v2/p1/ocr/license-plate",
        json={"image": base64.b64encode(picture).decode()},
        headers=request.headers,
        timeout=TIMEOUT_S,
    )
    producer = Producer({"bootstrap.servers": servers})
    for value, caller in ((picture, frame), (b"no picture", bad_frame)):
        headers: dict[str, str | bytes | None] = {**caller.headers}
        producer.produce(f"{prefix}.frames", value, b"camera-1", headers=headers)
    assert producer.flush(30) == 0
    # Two plates, the failure, and a result for each of the two frames.
    topics = [f"{prefix}.{name}" for name in ("plates", "failed", "results")]
    messages = all_messages(servers, topics, least=5)
    page.join(TIMEOUT_S)
    metrics = process.get("/metrics")
    assert process.stop() == 0
    traces = collector.received()
    outputs = {
        "HTTP answer": answer.content + repr(answer.headers.raw).encode(),
        "topics": b"\n".join(
            (message.value() or b"") + repr(message.headers()).encode() for message in messages
        ),
        "live page": b"".join(live),
        "metrics": metrics.encode(),
        "log": log.read_bytes(),
        "traces": traces.raw,
    }
    return Run(frame, bad_frame, request, answer, messages, traces, outputs)


def all_messages(servers: str, topics: list[str], least: int) -> list[Message]:
    """Every message of the topics."""
    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": uuid.uuid4().hex,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
        }
    )
    consumer.subscribe(topics)
    found: list[Message] = []
    deadline = time.monotonic() + TIMEOUT_S
    while len(found) < least and time.monotonic() < deadline:
        message = consumer.poll(0.2)
        if message is not None and message.error() is None:
            found.append(message)
    consumer.close()
    assert len(found) >= least
    return found


def test_no_output_tells_a_plate_number(run: Run) -> None:
    outputs = run.outputs
    assert b"started" in outputs["log"]
    assert b"platestream_" in outputs["metrics"]
    assert b"read batch" in outputs["traces"]
    for name, output in outputs.items():
        for number in NUMBERS:
            for form in (number.encode(), json.dumps(number)[1:-1].encode()):
                assert form not in output, name
    # The same two pseudonyms on every way out that has plates: that is what makes them of use.
    with_plates = ("HTTP answer", "topics", "live page")
    for name, output in outputs.items():
        assert len(set(PSEUDONYM.findall(output))) == (2 if name in with_plates else 0), name
    assert len(set(PSEUDONYM.findall(b"".join(outputs.values())))) == 2
    assert b"data:image" not in outputs["live page"]


def test_one_trace_leads_from_the_camera_to_the_plate_event(run: Run) -> None:
    traces = run.traces
    assert traces.services == {"platestream"}
    (process,) = (span for span in traces.spans if run.frame.began(span))
    assert process.name.startswith("process t")
    assert process.kind == Span.SPAN_KIND_CONSUMER
    below = traces.below(process)
    assert set(below) == {"decode", "queue", "batch", "deliver"}
    for span in below.values():
        assert span.trace_id == process.trace_id
        assert process.start_time_unix_nano <= span.start_time_unix_nano
        assert span.end_time_unix_nano <= process.end_time_unix_nano
    deliver = below["deliver"]
    sent = [
        *run.onward("plates"),
        *(one for one in run.onward("results") if process.trace_id.hex() in one["traceparent"]),
    ]
    assert len(sent) == 3
    for headers in sent:
        assert names(headers["traceparent"], deliver)
        assert headers["tracestate"] == "vendor=7"
    for span in traces.spans:
        texts = [pair.value.string_value for pair in span.attributes]
        assert not any("camera-1" in text for text in texts)


def test_a_batch_has_a_trace_of_its_own_linked_with_its_frames(run: Run) -> None:
    traces = run.traces
    (process,) = (span for span in traces.spans if run.frame.began(span))
    part = traces.below(process)["batch"]
    batches = {span.span_id: span for span in traces.named("read batch")}
    (link,) = part.links
    batch = batches[link.span_id]
    assert batch.trace_id == link.trace_id != process.trace_id
    assert not batch.parent_span_id
    assert (process.trace_id, process.span_id) in {
        (link.trace_id, link.span_id) for link in batch.links
    }
    assert set(traces.below(batch)) == {"detect", "rectify", "recognize"}


def test_a_dead_letter_goes_on_with_its_frame_s_trace(run: Run) -> None:
    (process,) = (span for span in run.traces.spans if run.bad_frame.began(span))
    attributes = {pair.key: pair.value.string_value for pair in process.attributes}
    assert attributes["error.type"] == "AIS.0102"
    assert not process.status.message
    (headers,) = run.onward("failed")
    assert headers["traceparent"].split("-")[1] == process.trace_id.hex()


def test_a_request_goes_on_with_its_caller_s_trace(run: Run) -> None:
    (server,) = (span for span in run.traces.spans if run.request.began(span))
    assert server.kind == Span.SPAN_KIND_SERVER
    assert {"decode", "queue", "batch"} == set(run.traces.below(server))
    assert names(run.answer.headers["traceresponse"], server)
    logged = [json.loads(line) for line in run.outputs["log"].splitlines()]
    (line,) = (one for one in logged if one["event"] == "request" and one["method"] == "POST")
    assert (line["trace_id"], line["span_id"]) == (server.trace_id.hex(), server.span_id.hex())
    assert all("trace_id" not in one for one in logged if one["event"] in ("started", "stopped"))
