"""With hidden plate numbers no way out of the service tells one: a real Kafka, the real command."""

import base64
import json
import re
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from confluent_kafka import Consumer, Producer

from platestream.stream.privacy import new_key
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


@pytest.fixture
def service(kafka_servers: str, tmp_path: Path) -> Iterator[tuple[ServiceProcess, str, str, Path]]:
    """The running service with an HTTP interface, its URL, topics' prefix and log."""
    keys = tmp_path / "keys.yaml"
    keys.write_text("keys:\n" + new_key(OCTOBER), encoding="utf-8")
    prefix = f"t{uuid.uuid4().hex[:8]}"
    port = free_port()
    settings = topic_settings(kafka_servers, prefix) | {
        "kafka.topics.results": f"{prefix}.results",
        "vision.bundle": write_bundle(tmp_path / "tiny"),
        "privacy.plate_number": "hmac",
        "privacy.keys_file": keys,
        "telemetry.log_level": "debug",
        "web.no_auth": "true",
        "web.port": port,
    }
    log = tmp_path / "service.log"
    with ServiceProcess(settings, log, flags=("--http",)) as process:
        yield process, f"http://127.0.0.1:{port}", prefix, log


def all_values(servers: str, topics: list[str], least: int) -> bytes:
    """Values and headers of every message of the topics, one after the other."""
    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": uuid.uuid4().hex,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
        }
    )
    consumer.subscribe(topics)
    parts: list[bytes] = []
    deadline = time.monotonic() + TIMEOUT_S
    while len(parts) < least and time.monotonic() < deadline:
        message = consumer.poll(0.2)
        if message is not None and message.error() is None:
            value = message.value()
            assert isinstance(value, bytes)
            parts.append(value + repr(message.headers()).encode())
    consumer.close()
    assert len(parts) >= least
    return b"\n".join(parts)


def test_no_output_tells_a_plate_number(
    service: tuple[ServiceProcess, str, str, Path], kafka_servers: str
) -> None:
    process, url, prefix, log = service
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
        timeout=TIMEOUT_S,
    )
    producer = Producer({"bootstrap.servers": kafka_servers})
    for value in (picture, b"no picture"):
        producer.produce(f"{prefix}.frames", value, b"camera-1")
    assert producer.flush(30) == 0
    # Two plates, the failure, and a result for each of the two frames.
    topics = [f"{prefix}.{name}" for name in ("plates", "failed", "results")]
    records = all_values(kafka_servers, topics, least=5)
    page.join(TIMEOUT_S)
    metrics = process.get("/metrics")
    assert process.stop() == 0

    outputs = {
        "HTTP answer": answer.content,
        "topics": records,
        "live page": b"".join(live),
        "metrics": metrics.encode(),
        "log": log.read_bytes(),
    }
    assert b"started" in outputs["log"]
    assert b"platestream_" in outputs["metrics"]
    for name, output in outputs.items():
        for number in NUMBERS:
            for form in (number.encode(), json.dumps(number)[1:-1].encode()):
                assert form not in output, name
    # The same two pseudonyms on every way out: that is what makes them of use.
    for name in ("HTTP answer", "topics", "live page"):
        assert len(set(PSEUDONYM.findall(outputs[name]))) == 2, name
    assert len(set(PSEUDONYM.findall(b"".join(outputs.values())))) == 2
    assert b"data:image" not in outputs["live page"]
