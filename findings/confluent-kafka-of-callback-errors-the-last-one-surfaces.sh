#!/usr/bin/env bash
# An exception in a delivery callback does not stop the callbacks that are due: all of them run within
# the same flush() or poll(), each may raise, and only the LAST exception comes out. The earlier ones
# leave no trace, not even as __context__, and flush() does not return how many messages are left.
# An application that raises in the callback to notice a lost record notices one of them.
#
# Versions: confluent-kafka 2.16.1 (librdkafka 2.16). No broker is needed: the messages time out.
# Seen: five callbacks ran, five raised, flush() raised the fifth alone; the next flush() is 0, silent.
source "$(dirname "$0")/lib/python.sh" confluent-kafka==2.16.1
"$python" - <<'PYTHON'
from confluent_kafka import Producer

ran = []


def refuse(error, message):
    ran.append(message.value())
    raise ValueError(message.value())


producer = Producer({"bootstrap.servers": "127.0.0.1:9", "message.timeout.ms": 300, "log_level": 0})
for number in range(5):
    producer.produce("plates", b"%d" % number, on_delivery=refuse)
try:
    raised, left = None, producer.flush(20)
except ValueError as error:
    raised, left = error, None
print("callbacks that ran and raised:", len(ran))
print("raised by flush():", raised.args, "context:", raised.__context__, "cause:", raised.__cause__)
print("the next flush():", producer.flush(5))
assert ran == [b"0", b"1", b"2", b"3", b"4"], ran
assert raised.args == (b"4",) and raised.__context__ is None and raised.__cause__ is None
assert left is None and producer.flush(5) == 0
PYTHON
