import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.limits import MessageLimits
from platestream.contract.request import decode_base64, load_request, picture_of

SMALL = MessageLimits(max_base64_chars=40, max_picture_bytes=20, max_url_chars=30)


@given(st.binary(min_size=1, max_size=300))
def test_base64_round_trip_with_and_without_line_breaks(picture: bytes) -> None:
    assert decode_base64(base64.b64encode(picture).decode()) == picture
    assert decode_base64(base64.encodebytes(picture).decode()) == picture
    assert decode_base64(" \t\r\n" + base64.b64encode(picture).decode()) == picture


@pytest.mark.parametrize(
    "text",
    [
        "?",
        "data:image/jpeg;base64,/9j/4AAQ",
        "/9j/4AA",  # padding left out
        "_9j_4AAQ",  # the URL-safe alphabet
        "/9j/4A==AQ",
        "====",
        " ",
        "京",
        "/9j/\x004AAQ",
        "\ud800",
    ],
)
def test_what_is_not_base64_is_an_unsupported_format(text: str) -> None:
    with pytest.raises(FrameError) as raised:
        decode_base64(text)
    assert raised.value.code is ErrorCode.UNSUPPORTED_FORMAT


def test_base64_limit_is_on_the_text() -> None:
    limits = MessageLimits(max_base64_chars=8)
    assert decode_base64("AAAAAAAA", limits=limits) == bytes(6)
    with pytest.raises(FrameError) as raised:
        decode_base64("AAAAAAAA\n", limits=limits)
    assert raised.value.code is ErrorCode.PICTURE_SIZE


def test_exactly_ten_mebibytes_of_base64_are_taken() -> None:
    text = "A" * (10 * 1024 * 1024)
    assert len(decode_base64(text)) == 7_864_320
    with pytest.raises(FrameError) as raised:
        decode_base64(text + "AAAA")
    assert raised.value.code is ErrorCode.PICTURE_SIZE


@pytest.mark.parametrize(
    ("image", "url", "expected"),
    [
        ("AAAA", None, (bytes(3), None)),
        ("AAAA", "", (bytes(3), None)),
        (bytes(20), None, (bytes(20), None)),
        (None, "http://x/y", (None, "http://x/y")),
        ("", "http://x/y", (None, "http://x/y")),
        (b"", "http://x/y", (None, "http://x/y")),
    ],
)
def test_one_of_image_and_url(
    image: object, url: object, expected: tuple[bytes | None, str | None]
) -> None:
    assert picture_of(image, url, limits=SMALL) == expected


@pytest.mark.parametrize(
    ("image", "url", "code"),
    [
        (None, None, ErrorCode.INVALID_PARAMETER),
        ("", "", ErrorCode.INVALID_PARAMETER),
        ("AAAA", "http://x/y", ErrorCode.INVALID_PARAMETER),
        (5, None, ErrorCode.INVALID_PARAMETER),
        ([], None, ErrorCode.INVALID_PARAMETER),
        ({}, None, ErrorCode.INVALID_PARAMETER),
        (False, None, ErrorCode.INVALID_PARAMETER),
        (None, 5, ErrorCode.INVALID_PARAMETER),
        (None, ["http://x"], ErrorCode.INVALID_PARAMETER),
        (None, "http://x/" + "y" * 30, ErrorCode.INVALID_PARAMETER),
        (None, "http://x/ y", ErrorCode.INVALID_PARAMETER),
        (None, "http://x/\r\nHost: y", ErrorCode.INVALID_PARAMETER),
        (None, "http://\ud800", ErrorCode.INVALID_PARAMETER),
        (bytes(21), None, ErrorCode.PICTURE_SIZE),
        (base64.b64encode(bytes(21)).decode(), None, ErrorCode.PICTURE_SIZE),
        ("A" * 44, None, ErrorCode.PICTURE_SIZE),
    ],
)
def test_refused_pictures(image: object, url: object, code: ErrorCode) -> None:
    with pytest.raises(FrameError) as raised:
        picture_of(image, url, limits=SMALL)
    assert raised.value.code is code


def test_a_request_may_start_with_a_byte_order_mark() -> None:
    assert load_request(b'\xef\xbb\xbf {"url": "\xe4\xba\xac", "more": [1]} \n') == {
        "url": "京",
        "more": [1],
    }


def test_brackets_within_the_limit_parse() -> None:
    body = b'{"more": ' + b"[" * 510 + b"]" * 510 + b"}"
    assert "more" in load_request(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"{} {}",
        b"[]",
        b'"image"',
        b"null",
        b"{'image': 'x'}",
        b'{"image": "x",}',
        b'{"image": "\xff"}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"url": "a", "url": "a"}',
        b'{"a": {"b": 1, "b": 2}}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": ' + b"[" * 100_000,
        b'{"a": [' + b"{}," * 600 + b"{}]}",
        b'{"a": [' + b"0," * 10_001 + b"0]}",
        '{"image": "x"}'.encode("utf-16"),
    ],
)
def test_wrong_json(body: bytes) -> None:
    with pytest.raises(FrameError) as raised:
        load_request(body)
    assert raised.value.code is ErrorCode.INVALID_JSON


@given(
    st.binary(max_size=200)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=100).map(str.encode)
)
def test_any_bytes_are_an_object_or_a_documented_error(body: bytes) -> None:
    result: object = {}
    try:
        result = load_request(body)
    except FrameError as error:
        result, code = {}, error.code
        assert code is ErrorCode.INVALID_JSON
    assert isinstance(result, dict)
