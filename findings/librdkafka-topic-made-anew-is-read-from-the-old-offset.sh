#!/usr/bin/env bash
# A consumer holds its place in a topic by name and number. When the topic is deleted, made anew and
# filled past that place, librdkafka goes on at the old offset: what the new topic holds before it is
# never read. No error, no callback, no reset, and the group's lag ends at 0. Topic ids (KIP-516), which
# the brokers give in DescribeTopics, differ; nothing compares them.
#
# Versions: confluent-kafka 2.16.1 (librdkafka 2.16), Apache Kafka 4.1.0.
# Seen: 10 messages read, topic made anew with 30, then messages 10 to 29 come; 0 to 9 never do.
source "$(dirname "$0")/lib/kafka.sh"
"$python" - <<'PYTHON'
import os
import time

from confluent_kafka import Consumer, Producer, TopicCollection
from confluent_kafka.admin import AdminClient, NewTopic

servers = os.environ["servers"]
admin = AdminClient({"bootstrap.servers": servers})
errors = []


def make(generation, messages):
    admin.create_topics([NewTopic("frames", 1, 1)])["frames"].result(30)
    producer = Producer({"bootstrap.servers": servers})
    for number in range(messages):
        producer.produce("frames", f"{generation}-{number}".encode())
    assert producer.flush(30) == 0
    described = admin.describe_topics(TopicCollection(["frames"]))["frames"].result(30)
    return str(described.topic_id)


def read(consumer, seconds):
    values, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        message = consumer.poll(0.2)
        if message is not None and message.error():
            errors.append(message.error().name())
        elif message is not None:
            values.append(message.value().decode())
    return values


first = make("old", 10)
consumer = Consumer(
    {
        "bootstrap.servers": servers,
        "group.id": "g",
        "auto.offset.reset": "earliest",
        "error_cb": lambda error: errors.append(error.name()),
    }
)
consumer.subscribe(["frames"])
assert len(read(consumer, 8)) == 10
admin.delete_topics(["frames"])["frames"].result(30)
for _ in range(100):  # until the name is free
    if "frames" not in admin.list_topics(timeout=10).topics:
        break
    time.sleep(0.1)
second = make("new", 30)
seen = read(consumer, 20)
low, high = consumer.get_watermark_offsets(consumer.assignment()[0], timeout=10)
place = consumer.position(consumer.assignment())[0].offset
print("topic ids differ:", first != second)
print("read of the new topic:", seen[:1], "to", seen[-1:], "position", place, "of", low, "to", high)
print("errors:", sorted(set(errors)))
assert first != second
assert seen == [f"new-{number}" for number in range(10, 30)]
assert (low, high, place) == (0, 30, 30)
PYTHON
