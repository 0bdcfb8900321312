"""Clients of other makers read what the service publishes, as they install, from a real Kafka."""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import aiokafka
import kafka
import pytest

from platestream.contract.avro import decode
from platestream.contract.schemas import SchemaName
from tests.bus.clusters import RealCluster
from tests.bus.harness import Bench
from tests.bus.messages import STORE, bare
from tests.clusters.requirement import skip_or_fail
from tests.stream.fakes import FakeReader

FRAMES = 40
DEADLINE_S = 60

# Prints the values of so many messages of a topic, in hexadecimal.
KAFKAJS = """
const { Kafka, logLevel } = require("kafkajs");
const [servers, topic, group, count] = process.argv.slice(2);
const kafka = new Kafka({ brokers: servers.split(","), logLevel: logLevel.NOTHING });
const consumer = kafka.consumer({ groupId: group });
const values = [];
consumer.on(consumer.events.CRASH, (event) => {
  console.error(String(event.payload.error));
  process.exit(1);
});
(async () => {
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      values.push(message.value.toString("hex"));
      if (values.length === Number(count)) {
        console.log(JSON.stringify(values));
        process.exit(0);
      }
    },
  });
})();
"""


@pytest.fixture(scope="module")
def bench(kafka_servers: str) -> Iterator[Bench]:
    """Topics with plates of a service that runs with its own settings."""
    bench = Bench(RealCluster(kafka_servers, "exactly_once"))
    bench.produce(bare(1 + 5 * n) for n in range(FRAMES))
    with bench.service(FakeReader()) as running:
        bench.collect(lambda out: len(out.plates) == FRAMES, watched=running)
    yield bench
    bench.close()


def check(bench: Bench, values: list[bytes]) -> None:
    """That ``values`` are the plates, each once."""
    events = [decode(value, SchemaName.PLATE_EVENT, STORE)["event_id"] for value in values]
    assert sorted(events) == sorted(bench.output.event_ids())


def test_kafka_python_reads_plates(bench: Bench) -> None:
    consumer = kafka.KafkaConsumer(
        bench.topics.plates,
        bootstrap_servers=bench.cluster.bootstrap_servers,
        auto_offset_reset="earliest",
        consumer_timeout_ms=1000 * DEADLINE_S,
    )
    check(bench, [message.value for _, message in zip(range(FRAMES), consumer, strict=False)])
    consumer.close()


def test_aiokafka_reads_plates(bench: Bench) -> None:
    async def read() -> list[bytes]:
        consumer = aiokafka.AIOKafkaConsumer(
            bench.topics.plates,
            bootstrap_servers=bench.cluster.bootstrap_servers,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        try:
            async with asyncio.timeout(DEADLINE_S):
                return [(await consumer.getone()).value for _ in range(FRAMES)]
        finally:
            await consumer.stop()

    check(bench, asyncio.run(read()))


def test_kafkajs_reads_plates(bench: Bench, tmp_path: Path) -> None:
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        skip_or_fail("npm and node are not on the PATH")
    (tmp_path / "package.json").write_text(json.dumps({"dependencies": {"kafkajs": "^2.2.4"}}))
    installed = subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    if installed.returncode:
        skip_or_fail(f"kafkajs cannot be installed: {installed.stderr[-300:]}")
    script = tmp_path / "read.js"
    script.write_text(KAFKAJS, encoding="utf-8")
    ran = subprocess.run(
        [node, str(script), bench.cluster.bootstrap_servers, bench.topics.plates,
         f"{bench.group}-js", str(FRAMES)],
        cwd=tmp_path, capture_output=True, text=True, timeout=DEADLINE_S, check=False,
        env={**os.environ, "KAFKAJS_NO_PARTITIONER_WARNING": "1"},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2000:]
    check(bench, [bytes.fromhex(value) for value in json.loads(ran.stdout)])
