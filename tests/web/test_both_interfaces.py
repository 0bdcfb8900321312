"""One table of requests: the same bytes in give the same code out, over Kafka and over HTTP."""

import base64
import json
from collections.abc import Iterator

import pytest

from platestream.bus.clients.embedded import EmbeddedBroker
from platestream.web.settings import WebSettings
from tests.bus.clusters import EmbeddedCluster
from tests.bus.harness import Bench, Output
from tests.bus.messages import FrameMessage
from tests.pictures.table import bad_pictures
from tests.stream.fakes import FakeReader, picture, text_of
from tests.web.interfaces import open_interface

PATH = "/v2/p1/ocr/license-plate"
# Larger messages need a larger limit at the broker; sizes have their own tests at each interface.
_LARGEST = 500_000


def in_json(image: bytes) -> bytes:
    return json.dumps({"image": base64.b64encode(image).decode()}).encode()


def table() -> Iterator[tuple[str, bytes, str]]:
    """Name, body, and the plate's text or the error's code."""
    yield "good", in_json(picture(1)), text_of(1)
    yield "good with fields of its own", b'{"a": [1], ' + in_json(picture(2))[1:], text_of(2)
    yield "good in lines", in_json(picture(3)).replace(b'": "', b'": "\\n'), text_of(3)
    for bad in bad_pictures():
        if bad.data and len(bad.data) < _LARGEST:
            yield bad.name, in_json(bad.data), bad.code
    yield "empty object", b"{}", "AIS.0101"
    yield "both", b'{"image": "aGk=", "url": "http://example.org/a.jpg"}', "AIS.0101"
    yield "nulls", b'{"image": null, "url": null}', "AIS.0101"
    yield "number", b'{"image": 7}', "AIS.0101"
    yield "url with spaces", b'{"url": "http://a b/"}', "AIS.0101"
    yield "url at interfaces without a fetcher", b'{"url": "http://example.org/a.jpg"}', "AIS.0101"
    yield "no base64", b'{"image": "***"}', "AIS.0102"
    yield "base64 without padding", b'{"image": "aGk"}', "AIS.0102"
    yield "cut json", b'{"image": "aGk=', "ModelArts.4105"
    yield "name twice", b'{"image": "aGk=", "image": "aGk="}', "ModelArts.4105"
    yield "nan", b'{"image": NaN}', "ModelArts.4105"
    yield "not utf-8", b'{"image": "\xff"}', "ModelArts.4105"
    yield "deep", b'{"image": ' + b"[" * 5000 + b"}", "ModelArts.4105"


TABLE = list(table())


@pytest.fixture(scope="module")
def over_kafka() -> Output:
    """The whole table through a service, each case under the camera of its number."""
    messages = [FrameMessage(body, f"{n}".encode()) for n, (_, body, _) in enumerate(TABLE)]
    with EmbeddedBroker() as broker:
        bench = Bench(EmbeddedCluster(broker))
        try:
            with bench.service(FakeReader()) as running:
                bench.produce(messages)
                return bench.collect(
                    lambda out: len(out.plates) + len(out.failures) >= len(messages),
                    watched=running,
                )
        finally:
            bench.close()


@pytest.fixture(scope="module")
def over_http() -> list[tuple[int, str]]:
    """Status, and text or code, of each case."""
    ends = []
    with open_interface(WebSettings(port=0, no_auth=True), reader=FakeReader()) as interface:
        for _, body, _ in TABLE:
            headers = {"content-type": "application/json"}
            answer = interface.client.post(PATH, content=body, headers=headers)
            document = answer.json()
            plates = document.get("result") or [{}]
            end = document.get("error_code") or plates[0].get("plate_number", "")
            ends.append((answer.status_code, end))
    return ends


@pytest.mark.parametrize("number", range(len(TABLE)), ids=lambda number: TABLE[number][0])
def test_both_interfaces_agree(
    number: int, over_kafka: Output, over_http: list[tuple[int, str]]
) -> None:
    expected = TABLE[number][2]
    camera = str(number)
    by_stream = [
        *(one["plate"]["plate_number"] for one in over_kafka.plates if one["camera_id"] == camera),
        *(one["error_code"] for one in over_kafka.failures if one["camera_id"] == camera),
    ]
    assert by_stream == [expected]
    status, by_http = over_http[number]
    assert by_http == expected
    assert status == (200 if expected.startswith("TEST") else 400)
