#!/usr/bin/env bash
# librdkafka's mock cluster (test.mock.num.brokers) answers every call of the transactional producer
# with success and keeps none of its promises: offsets sent to a transaction are not stored, aborted
# records are read with isolation.level=read_committed, and a second producer of the same transactional.id does not
# fence the first. A test of exactly-once on it is green whatever the code does.
#
# Version: confluent-kafka 2.16.1 (librdkafka 2.16).
# Seen: committed offset -1001 (none), the fenced producer commits, all four records are read.
source "$(dirname "$0")/lib/python.sh" confluent-kafka==2.16.1
"$python" - <<'PYTHON'
import time

from confluent_kafka import OFFSET_INVALID, Consumer, Producer, TopicPartition

quiet = {"log_level": 0}
cluster = Producer({"test.mock.num.brokers": 1, **quiet})
(broker,) = cluster.list_topics(timeout=10).brokers.values()
client = {"bootstrap.servers": f"{broker.host}:{broker.port}", **quiet}
reading = {**client, "auto.offset.reset": "earliest", "isolation.level": "read_committed"}


def transactional():
    producer = Producer({**client, "transactional.id": "one"})
    producer.init_transactions(10)
    return producer


cluster.produce("in", b"frame")
cluster.flush(10)
consumer = Consumer({**reading, "group.id": "g", "enable.auto.commit": False})
consumer.subscribe(["in"])
while (message := consumer.poll(1)) is None:
    pass
place = TopicPartition("in", message.partition(), message.offset() + 1)

first = transactional()
first.begin_transaction()
first.produce("out", b"aborted")
first.flush(10)
first.abort_transaction(10)
first.begin_transaction()
first.produce("out", b"committed")
first.send_offsets_to_transaction([place], consumer.consumer_group_metadata(), 10)
first.commit_transaction(10)
(committed,) = consumer.committed([place], 10)

second = transactional()
second.begin_transaction()
second.produce("out", b"second")
second.commit_transaction(10)
first.begin_transaction()
first.produce("out", b"fenced")
first.commit_transaction(10)

reader = Consumer({**reading, "group.id": "r"})
reader.subscribe(["out"])
seen, end = [], time.monotonic() + 8
while time.monotonic() < end and len(seen) < 4:
    message = reader.poll(0.5)
    if message is not None and not message.error():
        seen.append(message.value().decode())
print("committed offset", committed.offset, "read", sorted(seen))
assert committed.offset == OFFSET_INVALID
assert sorted(seen) == ["aborted", "committed", "fenced", "second"]
PYTHON
