import base64
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from platestream.contract.errors import ErrorCode, FrameError
from platestream.web.credentials import hash_token
from platestream.web.settings import WebSettings
from tests.pictures.pixels import encode, noise
from tests.pictures.table import BadPicture, bad_pictures
from tests.stream.waiting import wait_until
from tests.web.interfaces import Interface, KnownReader, open_interface

PATH = "/v2/p1/ocr/license-plate"
PICTURE = encode(noise(), ".jpg")
GOOD = {"image": base64.b64encode(PICTURE).decode()}
RESULT = {
    "result": [
        {
            "plate_number": "皖A12345",
            "plate_color": "blue",
            "plate_location": [[1, 2], [30, 2], [30, 12], [1, 12]],
            "confidence": 0.9877,
        }
    ]
}


@pytest.fixture(scope="module")
def interface() -> Iterator[Interface]:
    with open_interface(WebSettings(port=0, no_auth=True)) as interface:
        yield interface


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Interface]:
    path = tmp_path / "credentials.yaml"
    path.write_text(json.dumps({"projects": {"p1": {"tokens": [hash_token("t0ken")]}}}))
    with open_interface(WebSettings(port=0, credentials=path)) as interface:
        yield interface


def test_the_documented_answer(interface: Interface) -> None:
    answer = interface.client.post(PATH, json=GOOD)
    assert (answer.status_code, answer.json()) == (200, RESULT)
    assert answer.headers["content-type"] == "application/json"


def test_no_plate_is_an_empty_list(interface: Interface) -> None:
    black = encode(np.zeros((30, 30, 3), np.uint8), ".png")
    answer = interface.client.post(PATH, json={"image": base64.b64encode(black).decode()})
    assert (answer.status_code, answer.json()) == (200, {"result": []})


def test_the_enterprise_project_is_carried_along(interface: Interface) -> None:
    headers = {"Enterprise-Project-Id": "e-1", "X-Request-Id": "r-1"}
    answer = interface.client.post(PATH, json=GOOD, headers=headers)
    frame = interface.frames[-1]
    assert answer.headers["x-request-id"] == "r-1"
    assert (frame.frame_id, frame.camera_id) == ("r-1", "p1")
    assert frame.attributes == {"enterprise_project_id": "e-1"}


def test_a_harmful_request_id_is_replaced(interface: Interface) -> None:
    answer = interface.client.post(PATH, json=GOOD, headers={"X-Request-Id": "a b<script>"})
    assert answer.headers["x-request-id"].isalnum()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "AIS.0101"),
        ({"image": "", "url": ""}, 400, "AIS.0101"),
        (GOOD | {"url": "http://example.org/a.jpg"}, 400, "AIS.0101"),
        ({"image": 7}, 400, "AIS.0101"),
        ({"image": "not base64!"}, 400, "AIS.0102"),
        ({"image": base64.b64encode(b"GIF89a....").decode()}, 400, "AIS.0102"),
        ({"image": "A" * (10 * 1024 * 1024 + 4)}, 400, "AIS.0103"),
        ({"url": "http://example.org/a.jpg"}, 400, "AIS.0101"),  # this interface has no fetcher
        ([], 400, "ModelArts.4105"),
        ("text", 400, "ModelArts.4105"),
    ],
    ids=str,
)
def test_bad_requests_get_their_code(
    interface: Interface, body: Any, status: int, code: str
) -> None:
    answer = interface.client.post(PATH, json=body)
    assert (answer.status_code, answer.json()["error_code"]) == (status, code)
    assert set(answer.json()) == {"error_code", "error_msg"}


@pytest.mark.parametrize("bad", bad_pictures(), ids=lambda bad: bad.name)
def test_bad_pictures_get_the_code_that_the_stream_gives_them(
    interface: Interface, bad: BadPicture
) -> None:
    answer = interface.client.post(PATH, json={"image": base64.b64encode(bad.data).decode()})
    expected = bad.code if bad.data else "AIS.0101"  # an empty image is one that is not given
    assert (answer.status_code, answer.json()["error_code"]) == (400, expected)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "ModelArts.4105"),
        (b"{", "ModelArts.4105"),
        (b'{"image": NaN}', "ModelArts.4105"),
        (b'{"image": "a", "image": "b"}', "ModelArts.4105"),
        (b"\xff\xfe", "ModelArts.4105"),
        (b"[" * 100_000, "ModelArts.4105"),
    ],
)
def test_bodies_that_are_no_json(interface: Interface, content: bytes, code: str) -> None:
    headers = {"content-type": "application/json"}
    answer = interface.client.post(PATH, content=content, headers=headers)
    assert (answer.status_code, answer.json()["error_code"]) == (400, code)


def test_another_content_type_is_refused(interface: Interface) -> None:
    answer = interface.client.post(PATH, content=PICTURE, headers={"content-type": "image/jpeg"})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "AIS.0101")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", PATH),
        ("PUT", PATH),
        ("POST", "/v1/p1/ocr/license-plate"),
        ("GET", "/nothing"),
        ("POST", f"{PATH}/"),  # never a redirect: it would lead wherever Host says
        ("GET", "/healthz/"),
        ("GET", "/live/events/"),
    ],
)
def test_wrong_paths_and_methods(interface: Interface, method: str, path: str) -> None:
    answer = interface.client.request(method, path)
    assert (answer.status_code, answer.json()["error_code"]) == (404, "APIG.0101")


def test_a_malformed_project_id(interface: Interface) -> None:
    answer = interface.client.post("/v2/a%20b/ocr/license-plate", json=GOOD)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "AIS.0101")


def _post_head(interface: Interface, headers: str) -> bytes:
    """Send the head of a request only, and return the beginning of the answer."""
    host, port = interface.url.removeprefix("http://").rstrip("/").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        connection.sendall(f"{head}{headers}\r\n".encode())
        return connection.recv(4096)


def test_a_declared_body_over_the_limit_is_refused_before_it_is_sent(interface: Interface) -> None:
    answer = _post_head(interface, "Content-Length: 99999999999\r\n")
    assert answer.startswith(b"HTTP/1.1 413")


def test_a_body_without_a_length_is_cut_at_the_limit(interface: Interface) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * (1024 * 1024)

    headers = {"content-type": "application/json"}
    answer = interface.client.post(PATH, content=endless(), headers=headers)
    assert (answer.status_code, answer.json()["error_code"]) == (413, "ModelArts.4104")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "ModelArts.4101"),
        ({"X-Auth-Token": ""}, "ModelArts.4101"),
        ({"X-Auth-Token": "two words"}, "ModelArts.4103"),
        ({"X-Auth-Token": "wrong"}, "ModelArts.0203"),
        ({"Authorization": "SDK-HMAC-SHA256 x", "X-Auth-Token": "t0ken"}, "APIG.0301"),
        ({"Authorization": "Bearer abc"}, "ModelArts.4101"),
        ({"Authorization": "Bearer abc", "X-Auth-Token": "wrong"}, "ModelArts.0203"),
    ],
    ids=str,
)
def test_strangers_are_refused(guarded: Interface, headers: dict[str, str], code: str) -> None:
    answer = guarded.client.post(PATH, json=GOOD, headers=headers)
    assert (answer.status_code, answer.json()["error_code"]) == (401, code)
    assert guarded.frames == []


def test_a_known_token_comes_in_for_its_own_project_only(guarded: Interface) -> None:
    headers = {"X-Auth-Token": "t0ken"}
    assert guarded.client.post(PATH, json=GOOD, headers=headers).json() == RESULT
    answer = guarded.client.post("/v2/p2/ocr/license-plate", json=GOOD, headers=headers)
    assert (answer.status_code, answer.json()["error_code"]) == (401, "ModelArts.0203")


@pytest.mark.parametrize("other", ["", "Basic dTpw", "Bearer abc", "SDK-HMAC-SHA512 Access=a"])
def test_somebody_elses_authorization_does_not_hide_a_token(guarded: Interface, other: str) -> None:
    headers = {"X-Auth-Token": "t0ken", "Authorization": other}
    assert guarded.client.post(PATH, json=GOOD, headers=headers).json() == RESULT


def test_a_project_over_its_rate_is_throttled() -> None:
    with open_interface(WebSettings(port=0, no_auth=True, rate_limit="2/minute")) as interface:
        codes = [interface.client.post(PATH, json=GOOD).status_code for _ in range(3)]
        other = interface.client.post("/v2/other/ocr/license-plate", json=GOOD)
        last = interface.client.post(PATH, json=GOOD)
    assert codes == [200, 200, 429]
    assert other.status_code == 200
    assert (last.json()["error_code"], last.headers["retry-after"]) == ("APIG.0308", "1")


class HeldReader(KnownReader):
    """Answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.entered = threading.Event()
        self.pictures = 0

    def read(self, pictures: Any, cameras: Any = None) -> Any:
        self.pictures += len(pictures)
        self.entered.set()
        assert self.go.wait(30)
        return super().read(pictures, cameras)


def test_a_full_house_refuses_at_once_and_serves_those_inside() -> None:
    reader = HeldReader()
    settings = WebSettings(port=0, no_auth=True, max_in_flight=1, max_admitted=3)
    with open_interface(settings, reader=reader) as interface, ThreadPoolExecutor(3) as inside:
        answers = [inside.submit(interface.client.post, PATH, json=GOOD) for _ in range(3)]
        assert reader.entered.wait(10)
        sample = interface.metrics.registry.get_sample_value
        wait_until(lambda: sample("platestream_http_requests_in_progress") == 3, "all to be inside")
        refused = interface.client.post(PATH, json={})
        reader.go.set()
        assert [answer.result().status_code for answer in answers] == [200] * 3
    assert (refused.status_code, refused.json()["error_code"]) == (429, "APIG.0308")


def test_an_answer_that_takes_too_long_is_a_time_out() -> None:
    reader = HeldReader()
    settings = WebSettings(port=0, no_auth=True, request_timeout_s=0.2)
    with open_interface(settings, reader=reader) as interface:
        answer = interface.client.post(PATH, json=GOOD)
        reader.go.set()
    assert (answer.status_code, answer.json()["error_code"]) == (504, "APIG.0201")


class BadReader(KnownReader):
    """Fails on every picture but an empty one."""

    def read(self, pictures: Any, cameras: Any = None) -> Any:
        if any(picture.any() for picture in pictures):
            raise ValueError("kernel failure")
        return super().read(pictures, cameras)


def test_a_failed_recognition_is_a_500_with_its_code() -> None:
    with open_interface(WebSettings(port=0, no_auth=True), reader=BadReader()) as interface:
        answer = interface.client.post(PATH, json=GOOD)
    assert (answer.status_code, answer.json()["error_code"]) == (500, "AIS.0105")


class KnownFetcher:
    """Knows one URL."""

    def fetch(self, url: str) -> bytes:
        if url == "https://pictures.example/a.jpg":
            return PICTURE
        raise FrameError(ErrorCode.URL_FETCH_FAILED)


def test_a_picture_by_url() -> None:
    with open_interface(WebSettings(port=0, no_auth=True), fetcher=KnownFetcher()) as interface:
        good = interface.client.post(PATH, json={"url": "https://pictures.example/a.jpg"})
        away = interface.client.post(PATH, json={"url": "https://pictures.example/b.jpg"})
    assert good.json() == RESULT
    assert (away.status_code, away.json()["error_code"]) == (400, "ModelArts.4603")


def test_requests_are_counted_by_status_and_code() -> None:
    with open_interface(WebSettings(port=0, no_auth=True)) as interface:
        interface.client.post(PATH, json=GOOD)
        interface.client.post(PATH, json={})
        sample = interface.metrics.registry.get_sample_value

        def counted(code: str, error_code: str) -> float | None:
            labels = {"code": code, "error_code": error_code}
            return sample("platestream_http_requests_total", labels)

        assert (counted("200", ""), counted("400", "AIS.0101")) == (1.0, 1.0)
        assert sample("platestream_http_requests_in_progress") == 0.0


def test_the_time_of_a_request_is_told_by_route_without_probes_and_feeds() -> None:
    with open_interface(WebSettings(port=0, no_auth=True)) as interface:
        sample = interface.metrics.registry.get_sample_value
        interface.client.post(PATH, json=GOOD)
        interface.client.post(PATH, json={})
        for path in ("/healthz", "/readyz", "/openapi.json", "/", "/nothing/1", "/nothing/2"):
            interface.client.get(path)
        with interface.client.stream("GET", "/live/events") as feed:
            next(feed.iter_lines())

        def counted(route: str) -> float | None:
            return sample("platestream_http_request_duration_seconds_count", {"route": route})

        wait_until(lambda: sample("platestream_http_requests_in_progress") == 0, "the feed's end")
        assert counted("/v2/{project_id}/ocr/license-plate") == 2
        assert (counted("/openapi.json"), counted("/"), counted("other")) == (1, 1, 2)
        assert [counted(path) for path in ("/healthz", "/readyz", "/live/events")] == [None] * 3


def test_the_probes_and_the_document_are_served(interface: Interface) -> None:
    assert interface.client.get("/healthz").json() == {"status": "ok", "checks": {}}
    assert interface.client.get("/readyz").status_code == 200
    assert interface.client.get("/openapi.json").json()["openapi"] == "3.1.0"
