#!/usr/bin/env bash
# Offsets of two partitions are sent to a transaction, and one of the partitions does not exist (its
# topic was made anew with fewer). The broker answers UNKNOWN_TOPIC_OR_PART at once, for that partition
# alone. librdkafka takes it for a passing trouble and asks again until the call's whole time is over
# (without a time given: transaction.timeout.ms), and then the transaction can only be aborted, the
# offset of the partition that exists with it.
#
# Versions: confluent-kafka 2.16.1 (librdkafka 2.16), Apache Kafka 4.1.0.
# Seen: with 15 s given, an error after 15 s: UNKNOWN_TOPIC_OR_PART, "after 2ms", abort required.
source "$(dirname "$0")/lib/kafka.sh"
"$python" - <<'PYTHON'
import os
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

GIVEN_S = 15
client = {"bootstrap.servers": os.environ["servers"], "log_level": 0}
admin = AdminClient(client)
admin.create_topics([NewTopic("frames", 2, 1)])["frames"].result(30)
consumer = Consumer({**client, "group.id": "g"})
consumer.subscribe(["frames"])
while not consumer.assignment():
    consumer.poll(0.2)
producer = Producer({**client, "transactional.id": "t"})
producer.init_transactions(30)
producer.begin_transaction()
offsets = [TopicPartition("frames", 0, 1), TopicPartition("frames", 9, 1)]
began = time.monotonic()
try:
    producer.send_offsets_to_transaction(offsets, consumer.consumer_group_metadata(), GIVEN_S)
except KafkaException as raised:
    error = raised.args[0]
took = time.monotonic() - began
print(f"{error.name()} after {took:.1f} s, abort required: {error.txn_requires_abort()}: {error.str()}")
assert error.name() == "UNKNOWN_TOPIC_OR_PART"
assert error.txn_requires_abort()
assert took > GIVEN_S - 1
producer.abort_transaction(30)
PYTHON
