"""From the outside: a real Kafka, the real command, kcat in, an independent Avro reader out."""

import io
import json
import shutil
import struct
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fastavro
import pytest
from confluent_kafka import Consumer

from tests.clusters.requirement import skip_or_fail
from tests.e2e.service import ServiceProcess, topic_settings

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "service" / "platestream" / "cli" / "demo_pictures"
TIMEOUT_S = 60.0


@pytest.fixture
def service(kafka_servers: str, tmp_path: Path) -> Iterator[tuple[ServiceProcess, str, str]]:
    """The running service, its bootstrap servers and the prefix of its topics."""
    prefix = f"t{uuid.uuid4().hex[:8]}"
    settings = topic_settings(kafka_servers, prefix)
    with ServiceProcess(settings, tmp_path / "service.log") as process:
        yield process, kafka_servers, prefix


def kcat(servers: str, topic: str, *arguments: str) -> None:
    program = shutil.which("kcat")
    if program is None:
        skip_or_fail("there is no kcat on the PATH (`make tools` installs it)")
    subprocess.run([program, "-P", "-b", servers, "-t", topic, *arguments], check=True, timeout=60)


def first_record(servers: str, topic: str) -> bytes:
    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": uuid.uuid4().hex,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
        }
    )
    consumer.subscribe([topic])
    deadline = time.monotonic() + TIMEOUT_S
    try:
        while time.monotonic() < deadline:
            message = consumer.poll(0.2)
            if message is not None and message.error() is None:
                value = message.value()
                assert isinstance(value, bytes)
                return value
    finally:
        consumer.close()
    raise TimeoutError(f"nothing came on {topic}")


def independently_decoded(value: bytes, schema: str) -> dict[str, Any]:
    """Decode with nothing of ours but the file in ``schemas/``."""
    magic, _schema_id = struct.unpack(">bI", value[:5])
    assert magic == 0
    body = io.BytesIO(value[5:])
    record = fastavro.schemaless_reader(
        body, fastavro.schema.load_schema(str(ROOT / "schemas" / schema)), None
    )
    assert body.read() == b""
    assert isinstance(record, dict)
    return record


def test_a_bare_picture_becomes_a_plate_event(service: tuple[ServiceProcess, str, str]) -> None:
    process, servers, prefix = service
    truth = json.loads((PICTURES / "truth.json").read_text(encoding="utf-8"))
    name, plates = next((name, plates) for name, plates in truth.items() if len(plates) == 1)
    kcat(servers, f"{prefix}.frames", "-k", "gate-3", str(PICTURES / name))
    event = independently_decoded(first_record(servers, f"{prefix}.plates"), "PlateEvent.avsc")
    assert event["plate"]["plate_number"] == plates[0]["text"]
    assert (event["camera_id"], event["plate_count"]) == ("gate-3", 1)
    assert event["source"] == {"topic": f"{prefix}.frames", "partition": 0, "offset": 0}

    kcat(servers, f"{prefix}.frames", "-k", "gate-3", str(ROOT / "LICENSE"))
    failure = independently_decoded(first_record(servers, f"{prefix}.failed"), "FrameFailure.avsc")
    assert (failure["error_code"], failure["camera_id"]) == ("AIS.0102", "gate-3")

    promtool = shutil.which("promtool")
    if promtool is None:
        skip_or_fail("there is no promtool on the PATH (`make tools` installs it)")
    exposition = process.get("/metrics")
    assert 'platestream_frames_processed_total{outcome="plates"} 1.0' in exposition
    assert plates[0]["text"] not in exposition
    checked = subprocess.run(
        [promtool, "check", "metrics"],
        input=exposition,
        text=True,
        capture_output=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")
    assert process.stop() == 0
