"""64 clients at once, good and bad, beside a running stream."""

import base64
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice

import httpx

from platestream.stream.pipeline import PipelineFullError
from platestream.web.settings import WebSettings
from tests.pictures.table import bad_pictures
from tests.stream.fakes import EMPTY_EVERY, FakeReader, frame, picture, text_of
from tests.web.interfaces import Interface, open_interface

CLIENTS = 64
REQUESTS = 8
STREAM_FRAMES = 400
PATH = "/v2/p1/ocr/license-plate"
_BAD = [bad for bad in bad_pictures() if bad.data and len(bad.data) < 100_000]


def requests_of(client: int) -> Iterator[tuple[dict[str, str], list[str] | str]]:
    """Bodies with what must come back: the plates' texts, or the error's code."""
    for index, bad in zip(range(REQUESTS), islice(cycle(_BAD), client, None), strict=False):
        if index % 2:
            yield {"image": base64.b64encode(bad.data).decode()}, bad.code
        else:
            number = 10_000 + client * 100 + index
            expected = [] if number % EMPTY_EVERY == 0 else [text_of(number)]
            yield {"image": base64.b64encode(picture(number)).decode()}, expected


def call(interface: Interface, client: int, start: threading.Barrier) -> int:
    start.wait(60)
    right = 0
    with httpx.Client(base_url=interface.url, trust_env=False, timeout=60) as http:
        for body, expected in requests_of(client):
            answer = http.post(PATH, json=body)
            document = answer.json()
            got = document.get("error_code") or [
                plate["plate_number"] for plate in document["result"]
            ]
            assert got == expected, (answer.status_code, expected)
            assert (answer.status_code == 200) == isinstance(expected, list)
            right += 1
    return right


def feed(interface: Interface, start: threading.Barrier) -> int:
    """The stream: as many frames at once as it may have, none given up."""
    start.wait(60)
    futures = []
    for number in range(1, STREAM_FRAMES + 1):
        while True:
            try:
                futures.append((number, interface.pipeline.submit(frame(number))))
                break
            except PipelineFullError:
                futures[0][1].result(60)
                futures[-1][1].result(60)
    for number, future in futures:
        readings = future.result(60).readings
        assert readings is not None
        expected = [] if number % EMPTY_EVERY == 0 else [text_of(number)]
        assert [reading.plate_number for reading in readings] == expected
    return len(futures)


def test_every_client_gets_its_own_answers_and_the_stream_loses_nothing() -> None:
    start = threading.Barrier(CLIENTS + 1)
    with (
        open_interface(WebSettings(port=0, no_auth=True), reader=FakeReader()) as interface,
        ThreadPoolExecutor(CLIENTS + 1) as threads,
    ):
        stream = threads.submit(feed, interface, start)
        clients = [threads.submit(call, interface, client, start) for client in range(CLIENTS)]
        assert [client.result(120) for client in clients] == [REQUESTS] * CLIENTS
        assert stream.result(120) == STREAM_FRAMES
        sample = interface.metrics.registry.get_sample_value
        assert sample("platestream_http_requests_in_progress") == 0
        good = sample("platestream_http_requests_total", {"code": "200", "error_code": ""})
        assert good == CLIENTS * REQUESTS / 2
        assert interface.pipeline.pending == 0
