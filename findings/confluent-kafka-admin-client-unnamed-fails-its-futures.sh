#!/usr/bin/env bash
# The futures that an AdminClient returns do not keep it alive. Where the client has no name of its
# own (one expression that makes it and asks), it is destroyed as the call returns, and the future ends
# with _DESTROY, "Broker handle destroyed for termination", as if a broker had gone.
#
# Versions: confluent-kafka 2.16.1 (librdkafka 2.16), Apache Kafka 4.1.0, CPython.
# Seen: AdminClient(...).describe_topics(...) -> _DESTROY; the same with the client in a variable -> answer.
source "$(dirname "$0")/lib/kafka.sh"
"$python" - <<'PYTHON'
import os

from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient, NewTopic

client = {"bootstrap.servers": os.environ["servers"], "log_level": 0}
admin = AdminClient(client)
admin.create_topics([NewTopic("frames", 1, 1)])["frames"].result(30)
asked = TopicCollection(["frames"])
named = admin.describe_topics(asked)["frames"].result(30).name
future = AdminClient(client).describe_topics(asked)["frames"]
try:
    unnamed = future.result(30).name
except KafkaException as error:
    unnamed = error.args[0].name()
print("named:", named, "| unnamed:", unnamed)
assert named == "frames"
assert unnamed == "_DESTROY"
PYTHON
