import gzip
import tracemalloc
import zlib
from collections.abc import Callable, Iterator

import pytest

from platestream.contract.errors import ErrorCode
from platestream.stream.fetch import FetchError
from platestream.stream.fetch.bodies import read_body, whole_number
from tests.stream.fetch.conftest import Handler, MakeFetcher, WebServer, failure_of

LIMIT = 64 * 1024
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "identity": bytes,
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
}


def chunks(data: bytes, size: int = 1000) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


@pytest.mark.parametrize("encoding", ["", "identity", "gzip", "x-gzip", "deflate", " GZIP "])
@pytest.mark.parametrize("length", [0, 1, 999, LIMIT - 1, LIMIT])
def test_bodies_up_to_the_limit_come_through(encoding: str, length: int) -> None:
    data = bytes(number % 251 for number in range(length))
    packed = PACKERS[encoding.strip().lower()](data)
    assert read_body(chunks(packed), encoding, LIMIT) == data


@pytest.mark.parametrize("encoding", ["", "gzip", "deflate"])
@pytest.mark.parametrize("length", [LIMIT + 1, 20 * LIMIT])
def test_one_byte_over_the_limit_is_too_large(encoding: str, length: int) -> None:
    data = bytes(length)
    packed = PACKERS[encoding](data)
    with pytest.raises(FetchError) as caught:
        read_body(chunks(packed), encoding, LIMIT)
    assert caught.value.code is ErrorCode.PICTURE_SIZE


def test_a_bomb_is_not_inflated_past_the_limit() -> None:
    bomb = gzip.compress(bytes(64 * 1024 * 1024))
    assert len(bomb) < 100_000
    tracemalloc.start()
    try:
        with pytest.raises(FetchError) as caught:
            read_body([bomb], "gzip", 1024 * 1024)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.value.failure.label == "too_large"
    assert peak < 4 * 1024 * 1024


def test_compressed_bytes_count_as_well() -> None:
    with pytest.raises(FetchError) as caught:
        read_body(iter(lambda: b"\x1f\x8b" * 100, b""), "gzip", 100)
    assert caught.value.failure.label == "too_large"


@pytest.mark.parametrize(
    "data",
    [b"", b"not gzip at all", gzip.compress(b"picture")[:-4], gzip.compress(b"picture") + b"x"],
    ids=["empty", "other", "cut", "followed"],  # the bytes hold the time of their compression
)
def test_bad_compressed_data_is_broken(data: bytes) -> None:
    with pytest.raises(FetchError) as caught:
        read_body([data], "gzip", LIMIT)
    assert caught.value.failure.label == "broken"


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "nonsense"])
def test_other_encodings_are_refused(encoding: str) -> None:
    with pytest.raises(FetchError) as caught:
        read_body([b"data"], encoding, LIMIT)
    assert caught.value.failure.label == "encoding"


def test_whole_numbers() -> None:
    assert whole_number("0042") == 42
    assert whole_number("9" * 5000) == int("9" * 18)
    assert [whole_number(text) for text in (None, "", "-1", "1.5", "soon", "٤")] == [None] * 6


def test_a_declared_length_over_the_limit_is_not_read(local: MakeFetcher, web: WebServer) -> None:
    def huge(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(10**12))
        handler.end_headers()

    web.routes["/a"] = huge
    error = failure_of(local(max_bytes=LIMIT), f"{web.url}/a")
    assert (error.code, error.transient) == (ErrorCode.PICTURE_SIZE, False)
    assert str(LIMIT) in error.detail
    assert len(web.requests) == 1


def test_an_endless_body_is_cut_at_the_limit(local: MakeFetcher, web: WebServer) -> None:
    def endless(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.close_connection = True
        while not handler.server.stopping.is_set():
            handler.wfile.write(bytes(4096))

    web.routes["/a"] = endless
    assert failure_of(local(max_bytes=LIMIT), f"{web.url}/a").code is ErrorCode.PICTURE_SIZE


def test_chunks_without_a_length_are_counted(local: MakeFetcher, web: WebServer) -> None:
    def chunked(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for _ in range(20):
            handler.wfile.write(b"2000\r\n" + bytes(0x2000) + b"\r\n")
        handler.wfile.write(b"0\r\n\r\n")

    web.routes["/a"] = chunked
    assert failure_of(local(max_bytes=LIMIT), f"{web.url}/a").code is ErrorCode.PICTURE_SIZE
    assert local(max_bytes=20 * 0x2000).fetch(f"{web.url}/a") == bytes(20 * 0x2000)


def test_a_length_that_promises_too_much_is_broken(local: MakeFetcher, web: WebServer) -> None:
    def short(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"only this")
        handler.close_connection = True

    web.routes["/a"] = short
    error = failure_of(local(max_attempts=2), f"{web.url}/a")
    assert (error.failure.label, error.transient) == ("broken", True)
    assert len(web.requests) == 2


def test_a_bomb_over_http_is_too_large(local: MakeFetcher, web: WebServer) -> None:
    bomb = gzip.compress(bytes(32 * 1024 * 1024))
    assert len(bomb) < LIMIT
    web.routes["/a"] = lambda handler: handler.answer(200, bomb, {"Content-Encoding": "gzip"})
    assert failure_of(local(max_bytes=LIMIT), f"{web.url}/a").code is ErrorCode.PICTURE_SIZE
    web.routes["/b"] = lambda handler: handler.answer(
        200, gzip.compress(b"picture"), {"Content-Encoding": "gzip"}
    )
    assert local().fetch(f"{web.url}/b") == b"picture"
