"""Compressed bodies: read within the limits of plain ones, or refused with a code that says why."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from platestream.web.settings import WebSettings
from tests.web.interfaces import Interface, open_interface
from tests.web.test_admission import JSON, guarded, signed
from tests.web.test_app import GOOD, PATH, RESULT


@pytest.fixture(scope="module")
def interface() -> Iterator[Interface]:
    with open_interface(WebSettings(port=0, no_auth=True)) as interface:
        yield interface


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZip"])
def test_a_gzip_body_is_read(interface: Interface, encoding: str) -> None:
    body = gzip.compress(json.dumps(GOOD).encode())
    headers = JSON | {"content-encoding": encoding}
    assert interface.client.post(PATH, content=body, headers=headers).json() == RESULT


@pytest.mark.parametrize(
    ("encoding", "body", "status", "code"),
    [
        ("br", b"x", 400, "AIS.0101"),
        ("gzip, gzip", gzip.compress(b"{}"), 400, "AIS.0101"),
        ("deflate", b"x", 400, "AIS.0101"),
        ("gzip", json.dumps(GOOD).encode(), 400, "ModelArts.4105"),
        ("gzip", gzip.compress(json.dumps(GOOD).encode())[:-9], 400, "ModelArts.4105"),
        ("gzip", gzip.compress(b"{}") * 2, 400, "ModelArts.4105"),
        ("gzip", gzip.compress(b""), 400, "ModelArts.4105"),
        ("gzip", gzip.compress(bytes(200 * 1024 * 1024), 1), 413, "ModelArts.4104"),
        ("identity", b"{}", 400, "AIS.0101"),
    ],
    ids=["br", "twice", "deflate", "plain", "cut", "two", "empty", "bomb", "identity"],
)
def test_what_does_not_unpack_gets_its_code(
    interface: Interface, encoding: str, body: bytes, status: int, code: str
) -> None:
    headers = JSON | {"content-encoding": encoding}
    answer = interface.client.post(PATH, content=body, headers=headers)
    assert (answer.status_code, answer.json()["error_code"]) == (status, code)


def test_a_signature_covers_the_bytes_as_they_are_sent(tmp_path: Path) -> None:
    body = gzip.compress(json.dumps(GOOD).encode())
    with guarded(tmp_path) as interface:
        headers = signed(body, **{"content-encoding": "gzip"})
        assert interface.client.post(PATH, content=body, headers=headers).json() == RESULT
        headers = signed(gzip.decompress(body), **{"content-encoding": "gzip"})
        answer = interface.client.post(PATH, content=body, headers=headers)
        assert answer.json()["error_code"] == "APIG.0301"
