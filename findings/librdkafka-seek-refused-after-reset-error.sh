#!/usr/bin/env bash
# With auto.offset.reset=error a position that retention has passed is told once, as _AUTO_OFFSET_RESET,
# and the partition's fetching ends. seek() to an offset that exists, the documented way on, is refused
# with _STATE from then on; the partition stays assigned and silent. Unassigning and assigning it at
# the wanted offset is what starts it again.
#
# Versions: confluent-kafka 2.16.1 (librdkafka 2.16), Apache Kafka 4.1.0.
# Seen: 30 messages, the first 20 deleted, position 5: one error, seek(20) -> _STATE now and 2 s later,
# nothing read in 5 s; incremental_unassign and incremental_assign at 20 -> message 20.
# For whom: anyone who chose `error` to decide about lost messages himself.
source "$(dirname "$0")/lib/kafka.sh"
"$python" - <<'PYTHON'
import os
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

client = {"bootstrap.servers": os.environ["servers"], "log_level": 0}
admin = AdminClient(client)
admin.create_topics([NewTopic("frames", 1, 1)])["frames"].result(30)
producer = Producer(client)
for number in range(30):
    producer.produce("frames", str(number).encode())
assert producer.flush(30) == 0
kept = TopicPartition("frames", 0, 20)
for deleted in admin.delete_records([kept]).values():
    deleted.result(30)

consumer = Consumer({**client, "group.id": "g", "auto.offset.reset": "error"})
consumer.assign([TopicPartition("frames", 0, 5)])
message, end = None, time.monotonic() + 30
while message is None and time.monotonic() < end:
    message = consumer.poll(0.5)
told = message.error().name()
refused = []
for pause in (0, 2):
    time.sleep(pause)
    try:
        consumer.seek(kept)
    except KafkaException as error:
        refused.append(error.args[0].name())
silent = consumer.poll(5)
print("told:", told, "| seek:", refused, "| then:", silent, "| assigned:", consumer.assignment())
assert told == "_AUTO_OFFSET_RESET"
assert refused == ["_STATE", "_STATE"]
assert silent is None
assert len(consumer.assignment()) == 1

consumer.incremental_unassign([kept])
consumer.incremental_assign([kept])
first = consumer.poll(20)
print("assigned anew:", first.offset())
assert first.offset() == 20
PYTHON
