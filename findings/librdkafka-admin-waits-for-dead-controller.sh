#!/usr/bin/env bash
# In KRaft any broker takes a controller's requests, and each metadata answer names a live broker at
# random as the controller. librdkafka's admin client sends DescribeTopics (and creates topics) by the
# name it was told last, keeps that for topic.metadata.refresh.interval.ms (five minutes), and when that broker
# dies waits for it until the request's time is over, again and again, with two healthy brokers
# beside it. A client with topic.metadata.refresh.interval.ms=1000 is told another one and goes on.
#
# Versions: confluent-kafka 2.16.1 (librdkafka 2.16), Apache Kafka 4.1.0, three brokers.
# Seen: 12 s after the kill: _TIMED_OUT "... waiting for controller" twice; with the setting an answer.
export brokers=3
source "$(dirname "$0")/lib/kafka.sh"
"$python" - <<'PYTHON'
import os
import signal
import time

from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient, NewTopic

victim = 1
client = {"bootstrap.servers": os.environ["servers"], "log_level": 0}
plain = AdminClient(client)
refreshing = AdminClient({**client, "topic.metadata.refresh.interval.ms": 1000})
plain.create_topics([NewTopic("frames", 1, 3)])["frames"].result(30)


def describe(admin):
    asked = admin.describe_topics(TopicCollection(["frames"]), request_timeout=5)
    try:
        return f"id {asked['frames'].result(10).topic_id}"
    except KafkaException as error:
        return f"{error.args[0].name()}: {error.args[0].str()}"


for admin in (plain, refreshing):
    while not describe(admin).startswith("id "):  # not every broker knows a new topic at once
        time.sleep(0.2)
while plain.list_topics(timeout=10).controller_id != victim:  # drawn anew with each answer
    time.sleep(0.05)
os.kill(int(os.environ[f"broker{victim}"]), signal.SIGKILL)
time.sleep(12)  # longer than broker.session.timeout.ms: nobody names it the controller any more
seen = [describe(plain), describe(plain)]
print("as it is:", seen)
cured = describe(refreshing)
print("refreshing:", cured[:3])
assert all("controller" in text for text in seen)
assert cured.startswith("id ")
PYTHON
