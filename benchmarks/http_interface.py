"""The HTTP interface under load: right answers, latency, memory, and its cost on top of reading.

``python -m benchmarks.http_interface [--seconds 60] [--clients 64] [--repeat 3]``

First the ratio: the same pictures through ``PlateReader`` directly and through HTTP, in turn,
so that it holds when the machine's speed drifts. Then the soak: good and bad requests beside a
running stream on the same pipeline. The clients are a process of their own; on a small machine they
take their share of the processor from the interface, and the ratio shows it. Prints JSON.
"""

import argparse
import asyncio
import base64
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any, Self

import httpx

from platestream.contract.errors import FrameError
from platestream.contract.forms import result_json
from platestream.contract.frames import Frame, SourceRef
from platestream.stream.lanes import Lane
from platestream.stream.pipeline import Pipeline, PipelineFullError
from platestream.stream.settings import StreamSettings
from platestream.telemetry.health import Health
from platestream.telemetry.metrics import Metrics
from platestream.vision.picture.decode import decode_picture
from platestream.vision.reader import PlateReader
from platestream.vision.settings import PictureLimits, VisionSettings
from platestream.web.interface import HttpInterface
from platestream.web.settings import WebSettings

_PICTURES = Path(__file__).parents[1] / "service/platestream/cli/demo_pictures"
_PATH = "/v2/bench/ocr/license-plate"
_TOLERANCE = 1e-3
_BACK_OFF_S = 0.05


# -- the clients' process -----------------------------------------------------------------------


def same(answer: dict[str, Any], expected: dict[str, Any]) -> bool:
    """Whether an answer is the serial one: same code, or same plates of nearly same confidence."""
    if "error_code" in expected or "error_code" in answer:
        return answer.get("error_code") == expected.get("error_code")
    key = lambda plate: (plate["plate_number"], plate["plate_location"])  # noqa: E731
    got, wanted = sorted(answer["result"], key=key), sorted(expected["result"], key=key)
    return [plate["plate_number"] for plate in got] == [
        plate["plate_number"] for plate in wanted
    ] and all(
        abs(one["confidence"] - other["confidence"]) <= _TOLERANCE
        for one, other in zip(got, wanted, strict=True)
    )


async def ask(url: str, cases: list[dict[str, Any]], seconds: float, clients: int) -> None:
    """Keep ``clients`` connections busy and print what came of it."""
    took: list[float] = []
    ended: Counter[str] = Counter()
    end = time.perf_counter() + seconds

    async def client(number: int) -> None:
        async with httpx.AsyncClient(base_url=url, timeout=120, trust_env=False) as http:
            at = number
            while time.perf_counter() < end:
                case = cases[at % len(cases)]
                started = time.perf_counter()
                answer = await http.post(_PATH, content=case["body"], headers=case["headers"])
                if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
                    ended["throttled"] += 1
                    await asyncio.sleep(_BACK_OFF_S)
                    continue
                took.append(time.perf_counter() - started)
                ended["right" if same(answer.json(), case["expected"]) else "wrong"] += 1
                at += 1

    started = time.perf_counter()
    await asyncio.gather(*(client(number) for number in range(clients)))
    elapsed = time.perf_counter() - started
    cuts = statistics.quantiles(took, n=100)
    report = {**ended, "per_second": len(took) / elapsed, "p50_s": cuts[49], "p99_s": cuts[98]}
    sys.stdout.write(json.dumps(report))


def run_clients(url: str, cases: Path, seconds: float, clients: int) -> dict[str, Any]:
    """Run the clients in a process of their own."""
    command = [
        sys.executable, "-m", "benchmarks.http_interface", "--ask", url, "--cases", str(cases),
        "--seconds", str(seconds), "--clients", str(clients),
    ]  # fmt: skip
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


# -- the process of the interface ----------------------------------------------------------------


def serial_cases(reader: PlateReader, pictures: list[bytes], *, bad: bool) -> list[dict[str, Any]]:
    """Requests with the answers that they get when nothing else runs."""
    cut_off = [picture[: len(picture) // 2] for picture in pictures[:3]]
    cases = []
    for picture in [*pictures, *(cut_off if bad else [])]:
        try:
            (readings,) = reader.read([decode_picture(picture, PictureLimits())])
            expected: dict[str, Any] = {"result": result_json(readings)}
        except FrameError as error:
            expected = {"error_code": error.code.code}
        body = json.dumps({"image": base64.b64encode(picture).decode()})
        cases.append({"body": body, "expected": expected})
    if bad:
        cases.append({"body": "{", "expected": {"error_code": "ModelArts.4105"}})
        cases.append({"body": "{}", "expected": {"error_code": "AIS.0101"}})
    for case in cases:
        case["headers"] = {"content-type": "application/json"}
    return cases


def read_directly(reader: PlateReader, pictures: list[bytes], seconds: float, batch: int) -> float:
    """Pictures per second without any interface: decoded and read in this thread."""
    limits, read, started = PictureLimits(), 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        chosen = [pictures[(read + at) % len(pictures)] for at in range(batch)]
        reader.read([decode_picture(data, limits) for data in chosen])
        read += batch
    return read / (time.perf_counter() - started)


class Stream:
    """Feeds the pipeline as a consumer would, as fast as it takes frames, and counts."""

    def __init__(self, pipeline: Pipeline, pictures: list[bytes]) -> None:
        self._pipeline = pipeline
        self._pictures = pictures
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._feed)
        self.submitted = 0
        self.finished = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _feed(self) -> None:
        futures = []
        while not self._stop.is_set():
            image = self._pictures[self.submitted % len(self._pictures)]
            source = SourceRef("bench", 0, self.submitted)
            frame = Frame(
                frame_id="f", camera_id="c", captured_at=0, source=source, image=image, url=None
            )
            try:
                futures.append(self._pipeline.submit(frame))
            except PipelineFullError:
                self._stop.wait(_BACK_OFF_S)
                continue
            self.submitted += 1
            self.finished += sum(future.done() for future in futures)
            futures = [future for future in futures if not future.done()]
        for future in futures:
            future.result(120)
            self.finished += 1


def resident_mib() -> float:
    """Memory of this process now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def soak(
    interface: HttpInterface, pipeline: Pipeline, cases: Path, pictures: list[bytes], arguments: Any
) -> dict[str, Any]:
    """Mixed requests beside a stream; memory is compared once everything has been used once."""
    with Stream(pipeline, pictures) as stream:
        run_clients(interface.url, cases, arguments.seconds / 4, arguments.clients)
        before = resident_mib()
        report = run_clients(interface.url, cases, arguments.seconds, arguments.clients)
        after = resident_mib()
    lost = stream.submitted - stream.finished
    return report | {
        "stream_frames": stream.submitted,
        "stream_lost": lost,
        "memory_before_mib": round(before, 1),
        "memory_after_mib": round(after, 1),
    }


def measure(arguments: Any) -> dict[str, Any]:
    """Both parts."""
    pictures = [path.read_bytes() for path in sorted(_PICTURES.glob("*.jpg"))]
    reader = PlateReader.from_settings(VisionSettings())
    settings = StreamSettings()
    metrics = Metrics()
    pipeline = Pipeline(reader, settings=settings, limits=PictureLimits(), metrics=metrics)
    web = WebSettings(port=0, no_auth=True)
    pipeline.start()
    submit = partial(pipeline.submit, lane=Lane.REQUEST)
    interface = HttpInterface(
        submit, settings=web, metrics=metrics, health=Health(), pictures=PictureLimits()
    )
    with tempfile.TemporaryDirectory() as folder, interface:
        good, mixed = Path(folder) / "good.json", Path(folder) / "mixed.json"
        good.write_text(json.dumps(serial_cases(reader, pictures, bad=False)), encoding="utf-8")
        mixed.write_text(json.dumps(serial_cases(reader, pictures, bad=True)), encoding="utf-8")
        slice_s = arguments.seconds / 4
        ratios = []
        for _ in range(arguments.repeat):
            direct = read_directly(reader, pictures, slice_s, settings.batch_max_frames)
            through = run_clients(interface.url, good, slice_s, arguments.clients)
            ratios.append(through["per_second"] / direct)
        report = soak(interface, pipeline, mixed, pictures, arguments)
    pipeline.close(30)
    return {"ratio_to_direct": statistics.median(ratios), "ratios": ratios, "soak": report}


def main() -> None:
    """Measure, or be the clients."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--ask", help=argparse.SUPPRESS)
    parser.add_argument("--cases", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.ask is not None:
        cases = json.loads(arguments.cases.read_text(encoding="utf-8"))
        asyncio.run(ask(arguments.ask, cases, arguments.seconds, arguments.clients))
        return
    report = measure(arguments)
    print(json.dumps(report, indent=2))
    if report["soak"].get("wrong", 0) or report["soak"]["stream_lost"]:
        sys.exit(1)


if __name__ == "__main__":
    main()
