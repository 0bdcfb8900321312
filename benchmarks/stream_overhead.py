"""What the stream costs on top of reading: the same pictures read directly and through the service.

``python -m benchmarks.stream_overhead [--frames 400] [--repeat 3]``

Both ways run in turn in one process on the same models, so that the ratio holds when the machine's
speed drifts. The broker is the embedded one: its cost is in the figure, as it shares the processor.
"""

import argparse
import json
import statistics
import threading
import time
from pathlib import Path

from confluent_kafka import Consumer, Producer

from platestream.bus.clients.embedded import EmbeddedBroker
from platestream.bus.configuration.settings import KafkaSettings
from platestream.bus.service import StreamService
from platestream.stream.settings import StreamSettings
from platestream.telemetry.metrics import Metrics
from platestream.vision.picture.decode import decode_picture
from platestream.vision.reader import PlateReader
from platestream.vision.settings import PictureLimits, VisionSettings

_PICTURES = Path(__file__).parents[1] / "service/platestream/cli/demo_pictures"
_LIMIT_S = 600.0


def read_directly(reader: PlateReader, pictures: list[bytes], batch: int) -> float:
    """Frames per second of decoding and reading in this thread, in batches."""
    limits = PictureLimits()
    started = time.perf_counter()
    for at in range(0, len(pictures), batch):
        reader.read([decode_picture(data, limits) for data in pictures[at : at + batch]])
    return len(pictures) / (time.perf_counter() - started)


def read_by_stream(reader: PlateReader, pictures: list[bytes], batch: int) -> float:
    """Frames per second from the first frame taken to the last result published."""
    topics = {"frames": 4, "plates": 4, "frames.failed": 4, "frames.results": 4}
    with EmbeddedBroker(topics=topics) as broker:
        servers = broker.bootstrap_servers
        producer = Producer({"bootstrap.servers": servers})
        for number, data in enumerate(pictures):
            producer.produce("frames", value=data, key=f"camera-{number % 8}")
            producer.poll(0)
        producer.flush(30)
        service = StreamService(
            kafka=KafkaSettings.model_validate(
                {
                    "bootstrap_servers": servers,
                    "guarantee": "at_least_once",
                    "topics": {"results": "frames.results"},
                }
            ),
            stream=StreamSettings(batch_max_frames=batch),
            pictures=PictureLimits(),
            reader=reader,
            metrics=Metrics(),
        )
        listener = Consumer(
            {"bootstrap.servers": servers, "group.id": "bench", "auto.offset.reset": "earliest"}
        )
        listener.subscribe(["frames.results"])
        worker = threading.Thread(target=service.run)
        worker.start()
        seen, started, deadline = 0, 0.0, time.monotonic() + _LIMIT_S
        while seen < len(pictures) and time.monotonic() < deadline:
            # Time runs from the first answer on: joining the group is no part of the throughput.
            for message in listener.consume(100, 0.2):
                if message.error() is None:
                    started = started or time.perf_counter()
                    seen += 1
        elapsed = time.perf_counter() - started
        service.stop()
        worker.join()
        listener.close()
    if seen < len(pictures):
        raise TimeoutError(f"{seen} of {len(pictures)} results within {_LIMIT_S:.0f} s")
    return seen / elapsed


def main() -> None:
    """Print the medians and their ratio as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=400)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    files = sorted(_PICTURES.glob("*.jpg"))
    pictures = [files[number % len(files)].read_bytes() for number in range(arguments.frames)]
    reader = PlateReader.from_settings(VisionSettings(), metrics=None)
    reader.warm_up()
    direct, streamed = [], []
    for _ in range(arguments.repeat):
        direct.append(read_directly(reader, pictures, arguments.batch))
        streamed.append(read_by_stream(reader, pictures, arguments.batch))
    ratios = [s / d for s, d in zip(streamed, direct, strict=True)]
    print(
        json.dumps(
            {
                "frames": arguments.frames,
                "batch": arguments.batch,
                "direct_frames_per_second": round(statistics.median(direct), 2),
                "stream_frames_per_second": round(statistics.median(streamed), 2),
                "ratio": round(statistics.median(ratios), 3),
                "ratio_min_max": [round(min(ratios), 3), round(max(ratios), 3)],
            }
        )
    )


if __name__ == "__main__":
    main()
