"""Objects from a real S3-compatible server, and the URL forms of the other stores."""

import gzip
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from moto.server import ThreadedMotoServer

from platestream.contract.errors import ErrorCode
from platestream.stream.fetch import (
    FetchError,
    FetchFailure,
    FetchSettings,
    GuardedFetcher,
    ObjectStoreSettings,
    SecretRef,
)
from platestream.stream.fetch.object_source import ObjectSource, store_options
from platestream.telemetry.metrics import Metrics
from tests.stream.fetch.conftest import Handler, MakeFetcher, WebServer, failure_of

PICTURE = bytes(range(256)) * 40
SIZE_LIMIT = 100_000


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="test-id",
        aws_secret_access_key="test-secret",
    )
    for bucket in ("frames", "hidden"):
        client.create_bucket(Bucket=bucket)
        client.put_object(Bucket=bucket, Key="gate 1/京.png", Body=PICTURE)
        client.put_object(Bucket=bucket, Key="large", Body=bytes(SIZE_LIMIT + 1))
        client.put_object(
            Bucket=bucket, Key="packed", Body=gzip.compress(PICTURE), ContentEncoding="gzip"
        )
        bomb = gzip.compress(bytes(100 * SIZE_LIMIT))
        client.put_object(Bucket=bucket, Key="bomb", Body=bomb, ContentEncoding="gzip")
        client.put_object(Bucket=bucket, Key="exact", Body=bytes(SIZE_LIMIT))
    try:
        yield url
    finally:
        server.stop()


@pytest.fixture
def credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A key id in the environment and a secret in a file, as a cluster mounts it."""
    monkeypatch.setenv("TEST_STORE_KEY_ID", "test-id")
    secret = tmp_path / "secret"
    secret.write_text("test-secret\n", encoding="utf-8")
    return {"key_id": {"env": "TEST_STORE_KEY_ID"}, "secret": {"file": secret}}


Stores = dict[str, Any]


@pytest.fixture
def s3(endpoint: str, credentials: dict[str, Any]) -> Stores:
    return {"scheme": "s3", "buckets": ["frames"], "endpoint": endpoint, **credentials}


@pytest.mark.parametrize("scheme", ["s3", "obs"])
def test_an_object_arrives_byte_for_byte(scheme: str, make: MakeFetcher, s3: Stores) -> None:
    fetcher = make(stores=[s3 | {"scheme": scheme}], max_bytes=SIZE_LIMIT)
    assert fetcher.fetch(f"{scheme}://frames/gate%201/%E4%BA%AC.png") == PICTURE
    assert fetcher.fetch(f"{scheme}://frames/gate%201/京.png") == PICTURE
    assert fetcher.fetch(f"{scheme}://frames/exact") == bytes(SIZE_LIMIT)


def test_an_object_over_the_limit_is_too_large(make: MakeFetcher, s3: Stores) -> None:
    error = failure_of(make(stores=[s3], max_bytes=SIZE_LIMIT), "s3://frames/large")
    assert (error.code, error.transient) == (ErrorCode.PICTURE_SIZE, False)


def test_an_object_kept_compressed_is_inflated_within_the_limit(
    make: MakeFetcher, s3: Stores
) -> None:
    fetcher = make(stores=[s3], max_bytes=SIZE_LIMIT)
    assert fetcher.fetch("s3://frames/packed") == PICTURE
    assert failure_of(fetcher, "s3://frames/bomb").code is ErrorCode.PICTURE_SIZE


def test_a_missing_object_is_final(make: MakeFetcher, s3: Stores) -> None:
    error = failure_of(make(stores=[s3]), "s3://frames/none.png")
    assert (error.failure.label, error.transient) == ("status", False)
    assert error.code is ErrorCode.URL_FETCH_FAILED


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("s3://hidden/large", ErrorCode.URL_FETCH_FAILED),
        ("s3://FRAMES/large", ErrorCode.URL_FETCH_FAILED),
        ("s3://frames:80/large", ErrorCode.URL_FETCH_FAILED),
        ("s3://key:secret@frames/large", ErrorCode.URL_FETCH_FAILED),
        ("s3://frames.evil.example/large", ErrorCode.URL_FETCH_FAILED),
        ("s3:///large", ErrorCode.URL_FETCH_FAILED),
        ("obs://frames/large", ErrorCode.INVALID_PARAMETER),
        ("s3://frames", ErrorCode.INVALID_PARAMETER),
        ("s3://frames/", ErrorCode.INVALID_PARAMETER),
        ("s3://frames/a/../../hidden/large", ErrorCode.INVALID_PARAMETER),
        ("s3://frames/%2e%2e/hidden/large", ErrorCode.INVALID_PARAMETER),
        ("s3://frames/a%2f..%2fb", ErrorCode.INVALID_PARAMETER),
        ("s3://frames//large", ErrorCode.INVALID_PARAMETER),
        ("s3://frames/large?versionId=1", ErrorCode.INVALID_PARAMETER),
        ("s3://frames/large#x", ErrorCode.INVALID_PARAMETER),
        ("s3://frames/%00", ErrorCode.INVALID_PARAMETER),
        ("s3://frames/%ff", ErrorCode.INVALID_PARAMETER),
        ("s3://frames/" + "k" * 1025, ErrorCode.INVALID_PARAMETER),
    ],
)
def test_only_keys_of_listed_buckets_are_asked_for(
    url: str, code: ErrorCode, make: MakeFetcher, web: WebServer
) -> None:
    store = {"scheme": "s3", "buckets": ["frames"], "endpoint": web.url, "anonymous": True}
    error = failure_of(make(stores=[store]), url)
    assert (error.code, error.transient) == (code, False)
    assert web.requests == []


def test_a_store_that_is_away_is_transient(
    make: MakeFetcher, free_port: int, metrics: Metrics
) -> None:
    store = {
        "scheme": "s3",
        "buckets": ["frames"],
        "endpoint": f"http://127.0.0.1:{free_port}",
        "anonymous": True,
    }
    fetcher = make(stores=[store], max_attempts=3, backoff_initial_s=0.01)
    error = failure_of(fetcher, "s3://frames/a")
    assert (error.failure.label, error.transient) == ("server", True)
    assert str(free_port) not in error.message
    assert metrics.fetch_retries._value.get() == 2


def test_a_store_in_trouble_is_asked_again(make: MakeFetcher, web: WebServer) -> None:
    answers = [503, 500, 200]
    headers = {"ETag": '"1"', "Last-Modified": "Sat, 01 Nov 2025 00:00:00 GMT"}
    web.routes["/frames/a"] = lambda handler: handler.answer(answers.pop(0), b"picture", headers)
    store = {"scheme": "s3", "buckets": ["frames"], "endpoint": web.url, "anonymous": True}
    fetcher = make(stores=[store], backoff_initial_s=0.01)
    assert fetcher.fetch("s3://frames/a") == b"picture"
    assert len(web.requests) == 3


@pytest.mark.parametrize(("status", "transient"), [(401, True), (403, False)])
def test_our_own_credentials_are_not_the_frame_s_fault(
    status: int, transient: bool, make: MakeFetcher, web: WebServer
) -> None:
    web.routes["/frames/a"] = lambda handler: handler.answer(status)
    store = {"scheme": "s3", "buckets": ["frames"], "endpoint": web.url, "anonymous": True}
    error = failure_of(make(stores=[store], max_attempts=1), "s3://frames/a")
    assert error.transient is transient


def drip(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "50000")
    handler.send_header("ETag", '"1"')
    handler.send_header("Last-Modified", "Sat, 01 Nov 2025 00:00:00 GMT")
    handler.end_headers()
    while not handler.server.stopping.wait(0.01):
        handler.wfile.write(b"x")
        handler.wfile.flush()


def test_a_slow_store_meets_the_total_deadline(make: MakeFetcher, web: WebServer) -> None:
    web.routes["/frames/a"] = drip
    store = {"scheme": "s3", "buckets": ["frames"], "endpoint": web.url, "anonymous": True}
    fetcher = make(stores=[store], total_timeout_s=0.7, read_timeout_s=0.5, connect_timeout_s=0.5)
    start = time.monotonic()
    error = failure_of(fetcher, "s3://frames/a")
    assert (error.failure.label, error.transient) == ("timeout", True)
    assert time.monotonic() - start < 5


def test_closing_ends_a_fetch_under_way(make: MakeFetcher, web: WebServer) -> None:
    started = threading.Event()

    def hanging(handler: Handler) -> None:
        started.set()
        handler.server.stopping.wait(30)

    web.routes["/frames/a"] = hanging
    store = {"scheme": "s3", "buckets": ["frames"], "endpoint": web.url, "anonymous": True}
    fetcher = make(stores=[store], read_timeout_s=60, total_timeout_s=60)
    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(fetcher.fetch, "s3://frames/a")
        assert started.wait(10)
        fetcher.close()
        error = future.exception(20)
    assert isinstance(error, FetchError)
    assert error.failure is FetchFailure.CLOSED
    assert failure_of(fetcher, "s3://frames/a").failure is FetchFailure.CLOSED


@pytest.mark.parametrize(
    ("store", "url", "asked"),
    [
        ({"scheme": "s3"}, "s3://frames/a/b.png", "/frames/a/b.png"),
        ({"scheme": "obs", "region": "cn-north-4"}, "obs://frames/a", "/frames/a"),
        ({"scheme": "az", "account": "acme"}, "az://frames/a/b.png", "/frames/a/b.png"),
        ({"scheme": "gs"}, "gs://frames/a", "/frames/a"),
    ],
)
def test_what_each_store_is_asked_for(
    store: dict[str, Any], url: str, asked: str, make: MakeFetcher, web: WebServer
) -> None:
    """A bare HTTP server in the store's place: shows the path and that nothing is signed."""
    headers = {"ETag": '"1"', "Last-Modified": "Sat, 01 Nov 2025 00:00:00 GMT"}
    web.routes[asked] = lambda handler: handler.answer(200, PICTURE, headers)
    entry = {"buckets": ["frames"], "endpoint": web.url, "anonymous": True, **store}
    assert make(stores=[entry]).fetch(url) == PICTURE
    path, sent = web.requests[0]
    assert path == asked
    assert "authorization" not in sent


def test_requests_are_signed_with_the_configured_key(
    make: MakeFetcher, web: WebServer, credentials: dict[str, Any]
) -> None:
    headers = {"ETag": '"1"', "Last-Modified": "Sat, 01 Nov 2025 00:00:00 GMT"}
    web.routes["/frames/a"] = lambda handler: handler.answer(200, PICTURE, headers)
    store = {"scheme": "obs", "buckets": ["frames"], "endpoint": web.url, **credentials}
    make(stores=[store | {"region": "cn-north-4"}]).fetch("obs://frames/a")
    signature = web.requests[0][1]["authorization"]
    assert "Credential=test-id/" in signature
    assert "/cn-north-4/s3/" in signature


def test_options_of_each_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_SECRET", "c2VjcmV0")
    secret = SecretRef(env="TEST_SECRET")
    azure = ObjectStoreSettings(scheme="az", buckets=("frames",), account="acme", secret=secret)
    assert store_options(azure) == {"account_name": "acme", "account_key": "c2VjcmV0"}
    google = ObjectStoreSettings(
        scheme="gs", buckets=("frames",), service_account_file=Path("/etc/key.json")
    )
    assert store_options(google) == {"service_account": "/etc/key.json"}
    amazon = ObjectStoreSettings(scheme="s3", buckets=("frames",), region="eu-west-1")
    assert store_options(amazon) == {
        "region": "eu-west-1",
        "virtual_hosted_style_request": "false",
    }


def test_a_missing_secret_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_NONE", raising=False)
    for place in ({"env": "TEST_NONE"}, {"file": tmp_path / "none"}):
        settings = FetchSettings.model_validate(
            {"stores": [{"scheme": "az", "account": "a", "buckets": ["frames"], "secret": place}]}
        )
        with pytest.raises(ValueError, match=r"TEST_NONE|none cannot"):
            ObjectSource(settings)


def test_a_bad_key_file_stops_the_start_without_quoting_it(tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    key.write_text(json.dumps({"private_key": "s3cr3t"}), encoding="utf-8")
    settings = FetchSettings.model_validate(
        {"stores": [{"scheme": "gs", "buckets": ["frames"], "service_account_file": key}]}
    )
    with pytest.raises(ValueError, match="gs store of bucket frames") as caught:
        ObjectSource(settings)
    assert "s3cr3t" not in str(caught.value)


def test_stores_without_the_library_say_what_to_install(
    monkeypatch: pytest.MonkeyPatch, metrics: Metrics
) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    settings = FetchSettings.model_validate(
        {"stores": [{"scheme": "s3", "buckets": ["frames"], "anonymous": True}]}
    )
    with pytest.raises(RuntimeError, match=r"platestream\[objectstore\]"):
        GuardedFetcher(settings, metrics)
    GuardedFetcher(FetchSettings(), metrics).close()  # and none is needed without stores


def test_the_environment_s_credentials_do_not_leak_into_an_anonymous_store(
    make: MakeFetcher, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "AWS_ACCESS_KEY_ID", "other")
    monkeypatch.setitem(os.environ, "AWS_SECRET_ACCESS_KEY", "other")
    headers = {"ETag": '"1"', "Last-Modified": "Sat, 01 Nov 2025 00:00:00 GMT"}
    web.routes["/frames/a"] = lambda handler: handler.answer(200, PICTURE, headers)
    store = {"scheme": "s3", "buckets": ["frames"], "endpoint": web.url, "anonymous": True}
    make(stores=[store]).fetch("s3://frames/a")
    assert "authorization" not in web.requests[0][1]
