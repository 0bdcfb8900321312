#!/usr/bin/env bash
# A topic of four partitions is deleted and made anew with two. A member of a classic group with the
# eager protocol (range) gives its four up and gets two; with KIP-848 (group.protocol=consumer) likewise.
# With cooperative-sticky the group rebalances, too, but an incremental assignment only adds: the member
# keeps all four, two of them of a topic that has them no longer, for as long as it lives.
#
# Versions: confluent-kafka 2.16.1 (librdkafka 2.16), Apache Kafka 4.1.0.
# Seen 60 s later: range [0, 1], consumer [0, 1], cooperative-sticky [0, 1, 2, 3].
# For whom: whoever waits for an answer (lag, end offset, commit) for each partition that is assigned.
source "$(dirname "$0")/lib/kafka.sh"
"$python" - <<'PYTHON'
import os
import time

from confluent_kafka import Consumer, KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

client = {"bootstrap.servers": os.environ["servers"], "log_level": 0}
admin = AdminClient(client)
FORMS = {
    "range": {},
    "cooperative-sticky": {"partition.assignment.strategy": "cooperative-sticky"},
    "consumer": {"group.protocol": "consumer"},
}


def make(partitions):
    for _ in range(100):  # until the name is free
        try:
            return admin.create_topics([NewTopic("frames", partitions, 1)])["frames"].result(30)
        except KafkaException:
            time.sleep(0.2)
    raise SystemExit("the topic could not be made")


make(4)
members = {}
for name, form in FORMS.items():
    members[name] = Consumer({**client, **form, "group.id": name, "topic.metadata.refresh.interval.ms": 2000})
    members[name].subscribe(["frames"])


def held(seconds, enough=lambda: False):
    end = time.monotonic() + seconds
    while time.monotonic() < end and not enough():
        for member in members.values():
            member.poll(0.1)
    return {name: sorted(one.partition for one in member.assignment()) for name, member in members.items()}


before = held(60, lambda: all(len(member.assignment()) == 4 for member in members.values()))
assert set(map(tuple, before.values())) == {(0, 1, 2, 3)}, before
admin.delete_topics(["frames"])["frames"].result(30)
make(2)
after = held(60)
print(after)
assert after == {"range": [0, 1], "cooperative-sticky": [0, 1, 2, 3], "consumer": [0, 1]}
PYTHON
