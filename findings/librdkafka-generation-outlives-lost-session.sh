#!/usr/bin/env bash
# consumer_group_metadata() is what proves to the brokers that a member is current (KIP-447). When the
# brokers go away for longer than the session time-out, librdkafka calls on_lost and empties the
# assignment, and goes on returning the old generation and member id in the metadata. Whoever reads "I have a
# generation, so I am in the group" off it is wrong for as long as the outage lasts.
#
# Versions: confluent-kafka 2.16.1 (librdkafka 2.16), Apache Kafka 4.1.0.
# Seen: 20 s after a session time-out of 6 s without brokers: lost was called, assignment [], generation as before.
source "$(dirname "$0")/lib/kafka.sh"
"$python" - <<'PYTHON'
import os
import signal
import time

from confluent_kafka import Consumer
from confluent_kafka.admin import AdminClient, NewTopic

servers = os.environ["servers"]
admin = AdminClient({"bootstrap.servers": servers, "log_level": 0})
admin.create_topics([NewTopic("frames", 1, 1)])["frames"].result(30)
lost = []
consumer = Consumer(
    {
        "bootstrap.servers": servers,
        "group.id": "g",
        "session.timeout.ms": 6000,
        "heartbeat.interval.ms": 1000,
        "log_level": 0,
    }
)
consumer.subscribe(["frames"], on_lost=lambda _consumer, gone: lost.extend(gone))


def generation():
    metadata = consumer.consumer_group_metadata()
    assert metadata.startswith(b"CGMDv2:"), "the form in which librdkafka writes it down"
    return int.from_bytes(metadata[7:11], "little", signed=True)


def poll_for(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        consumer.poll(0.2)


while not consumer.assignment():
    consumer.poll(0.2)
before = generation()
os.kill(int(os.environ["broker1"]), signal.SIGKILL)
poll_for(6 + 20)
print("generation before", before, "after", generation(), "lost", len(lost), consumer.assignment())
assert before > 0
assert len(lost) == 1
assert consumer.assignment() == []
assert generation() == before
PYTHON
