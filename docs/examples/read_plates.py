"""Prints plates as they come: ``python docs/examples/read_plates.py [BOOTSTRAP_SERVERS]``."""

import io
import sys

from confluent_kafka import Consumer
from fastavro import schemaless_reader
from fastavro.schema import load_schema

schema = load_schema("schemas/PlateEvent.avsc")
consumer = Consumer(
    {
        "bootstrap.servers": sys.argv[1] if len(sys.argv) > 1 else "localhost:9092",
        "group.id": "reader",
        "auto.offset.reset": "earliest",
        "isolation.level": "read_committed",
    }
)
consumer.subscribe(["plates"])
while True:
    message = consumer.poll(1.0)
    if message is None or message.error():
        continue
    event = schemaless_reader(io.BytesIO(message.value()[5:]), schema)
    plate = event["plate"]
    print(event["camera_id"], plate["plate_number"], plate["plate_color"], flush=True)
