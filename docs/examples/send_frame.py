"""Sends a picture: ``python docs/examples/send_frame.py PICTURE [BOOTSTRAP_SERVERS]``."""

import sys
from pathlib import Path

from confluent_kafka import Producer

picture = Path(sys.argv[1]).read_bytes()
producer = Producer(
    {
        "bootstrap.servers": sys.argv[2] if len(sys.argv) > 2 else "localhost:9092",
        # Java's place for a key; librdkafka's own is another one.
        "partitioner": "murmur2_random",
        "message.max.bytes": 10_000_000,
    }
)
producer.produce("frames", value=picture, key=b"gate-3")
if producer.flush(30):
    sys.exit("Kafka does not answer")
