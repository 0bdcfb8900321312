import base64
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from platestream.contract.avro import UnknownSchemaError, encode
from platestream.contract.errors import ErrorCode, FrameError
from platestream.contract.messages import (
    Headers,
    MessageLimits,
    RejectedFrameError,
    decode_frame,
    form_of,
    identity_of,
)
from platestream.contract.schemas import Schema, SchemaName
from tests.contract.samples import JPEG, MESSAGE_TIME, SOURCE, STORE, decoded, frame, rejection

PNG = b"\x89PNG\r\n\x1a\n" + bytes(30)
BMP = b"BM" + bytes(30)
TIFF_LE = b"II*\x00" + bytes(30)
TIFF_BE = b"MM\x00*" + bytes(30)


def avro_message(**changes: Any) -> bytes:
    record = {
        "frame_id": "f-1",
        "camera_id": "gate-3",
        "captured_at": MESSAGE_TIME + 5,
        "image": JPEG,
        "url": None,
        "attributes": {"lane": "2"},
    }
    return encode(SchemaName.FRAME_EVENT, record | changes, STORE)


def json_message(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


BASE64 = base64.b64encode(JPEG).decode()
GOOD = {
    "avro": avro_message(),
    "json": json_message(
        image=BASE64,
        frame_id="f-1",
        camera_id="gate-3",
        captured_at=MESSAGE_TIME + 5,
        attributes={"lane": "2"},
    ),
    "picture": JPEG,
}
IDENTITY_HEADERS: Headers = [
    ("frame_id", b"f-1"),
    ("captured_at", str(MESSAGE_TIME + 5).encode()),
    ("attr.lane", b"2"),
]


@pytest.mark.parametrize("form", GOOD)
def test_the_three_forms_give_the_same_frame(form: str) -> None:
    expected = frame(captured_at=MESSAGE_TIME + 5)
    assert decoded(GOOD[form], b"gate-3", IDENTITY_HEADERS) == expected
    assert form_of(GOOD[form]) == form


@pytest.mark.parametrize("picture", [JPEG, PNG, BMP, TIFF_LE, TIFF_BE])
def test_a_bare_picture_just_works(picture: bytes) -> None:
    taken = decoded(picture, None)
    assert taken.image == picture
    assert (taken.frame_id, taken.camera_id) == ("frames-3-41", "unknown")
    assert taken.captured_at == MESSAGE_TIME


@pytest.mark.parametrize(
    "message", [avro_message(image=None, url="http://x/y"), json_message(url="http://x/y")]
)
def test_a_url_frame(message: bytes) -> None:
    taken = decoded(message)
    assert (taken.image, taken.url) == (None, "http://x/y")


def test_avro_defaults_stand_for_not_given() -> None:
    message = avro_message(frame_id="", camera_id="", captured_at=0, attributes={})
    taken = decoded(message, b"key", [("captured_at", b"2026-01-01T00:00:01Z")])
    assert (taken.frame_id, taken.camera_id) == ("frames-3-41", "key")
    assert taken.captured_at == MESSAGE_TIME + 1000


def test_json_may_be_indented_and_marked() -> None:
    for before in (b"\xef\xbb\xbf", b"\n  \t", b"\xef\xbb\xbf\r\n"):
        assert decoded(before + GOOD["json"]).image == JPEG


def test_unknown_json_fields_are_passed_over() -> None:
    assert decoded(json_message(image=BASE64, side="left", more={"a": [1.5]})).image == JPEG


OTHER_RECORD = b"\x00" + STORE.schema_id(SchemaName.PLATE_EVENT).to_bytes(4, "big")
CASES: dict[str, tuple[bytes | None, str]] = {
    "tombstone": (None, "AIS.0101"),
    "empty": (b"", "AIS.0101"),
    "avro magic alone": (b"\x00", "AIS.0101"),
    "avro header cut": (b"\x00\x50\x53", "AIS.0101"),
    "avro unknown id": (b"\x00\x00\x00\x00\x01" + avro_message()[5:], "AIS.0101"),
    "avro of another record": (OTHER_RECORD + avro_message()[5:], "AIS.0101"),
    "avro cut short": (avro_message()[:-10], "AIS.0101"),
    "avro with more behind": (avro_message() + b"\x00", "AIS.0101"),
    "avro garbage": (avro_message()[:5] + b"\xff" * 40, "AIS.0101"),
    "avro both": (avro_message(url="http://x"), "AIS.0101"),
    "avro neither": (avro_message(image=None), "AIS.0101"),
    "avro empty image": (avro_message(image=b""), "AIS.0101"),
    "avro time in seconds": (avro_message(captured_at=1_767_225_600), "AIS.0101"),
    "avro id with control characters": (avro_message(frame_id="a\nb"), "AIS.0101"),
    "json both": (json_message(image=BASE64, url="http://x"), "AIS.0101"),
    "json neither": (b"{}", "AIS.0101"),
    "json nulls": (json_message(image=None, url=None), "AIS.0101"),
    "json image of another type": (json_message(image=[1]), "AIS.0101"),
    "json url of another type": (json_message(url=1), "AIS.0101"),
    "json id of another type": (json_message(image=BASE64, frame_id=7), "AIS.0101"),
    "json attributes of another type": (json_message(image=BASE64, attributes=[]), "AIS.0101"),
    "json time without offset": (
        json_message(image=BASE64, captured_at="2026-01-01T00:00:00"),
        "AIS.0101",
    ),
    "json half a surrogate pair": (b'{"url": "http://\\ud800/"}', "AIS.0101"),
    "json not base64": (json_message(image="not base64!"), "AIS.0102"),
    "json data url": (json_message(image="data:image/jpeg;base64," + BASE64), "AIS.0102"),
    "json base64 too long": (json_message(image="A" * (10 * 1024 * 1024 + 4)), "AIS.0103"),
    "json broken": (b'{"image": "', "ModelArts.4105"),
    "json list": (b'[{"image": "AAAA"}]', "ModelArts.4105"),
    "json name twice": (b'{"url": "a", "url": "b"}', "ModelArts.4105"),
    "json NaN": (b'{"url": "a", "x": NaN}', "ModelArts.4105"),
    "json nested deep": (b'{"x": ' + b"[" * 100_000, "ModelArts.4105"),
    "json not utf-8": (b'{"url": "\xff"}', "ModelArts.4105"),
    "plain text": (b"hello", "AIS.0102"),
    "white space": (b"   \n", "AIS.0102"),
    "gif": (b"GIF89a" + bytes(20), "AIS.0102"),
    "webp": (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "AIS.0102"),
    "utf-16 json": ('{"url": "a"}'.encode("utf-16"), "AIS.0102"),
    "jpeg of two bytes": (b"\xff\xd8", "AIS.0102"),
    "picture over 10 MiB": (JPEG + bytes(10 * 1024 * 1024), "AIS.0103"),
    "avro picture over 10 MiB": (avro_message(image=bytes(10 * 1024 * 1024 + 1)), "AIS.0103"),
    "message over 16 MiB": (b'{"image": "' + b"A" * (16 * 1024 * 1024), "AIS.0103"),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_message_gets_its_code_and_an_identity(case: str) -> None:
    value, code = CASES[case]
    rejected = rejection(value, b"gate-3")
    assert rejected.code.code == code
    assert rejected.detail
    assert rejected.frame.camera_id == "gate-3"
    assert rejected.frame.source == SOURCE
    assert rejected.frame.frame_id
    assert (rejected.frame.image, rejected.frame.url) == (None, None)


def test_what_the_body_says_reaches_the_failure() -> None:
    rejected = rejection(json_message(camera_id="north", frame_id="f-9", image="?"), b"key")
    assert (rejected.frame.camera_id, rejected.frame.frame_id) == ("north", "f-9")
    rejected = rejection(json_message(camera_id="north", frame_id=9, image=BASE64), b"key")
    assert (rejected.frame.camera_id, rejected.frame.frame_id) == ("north", "frames-3-41")


def test_headers_reach_the_failure_of_an_unreadable_body() -> None:
    rejected = rejection(b"hello", b"key", IDENTITY_HEADERS)
    assert rejected.frame == identity_of(b"key", IDENTITY_HEADERS, SOURCE, MESSAGE_TIME)
    assert (rejected.frame.frame_id, rejected.frame.attributes) == ("f-1", {"lane": "2"})


def test_the_error_to_keep_holds_no_traceback() -> None:
    rejected = rejection(b"hello")
    assert type(rejected.error) is FrameError
    assert rejected.error.__traceback__ is None
    assert str(rejected.error) == str(rejected)


def test_the_limits_are_those_given() -> None:
    limits = MessageLimits(max_picture_bytes=10)
    with pytest.raises(RejectedFrameError) as raised:
        decode_frame(JPEG, None, None, SOURCE, None, store=STORE, limits=limits)
    assert raised.value.code is ErrorCode.PICTURE_SIZE


def test_a_store_that_is_away_is_not_the_frames_fault() -> None:
    class Away:
        def schema_id(self, name: SchemaName) -> int:
            raise ConnectionError(name)

        def writer(self, schema_id: int) -> Schema:
            raise ConnectionError(schema_id)

    with pytest.raises(ConnectionError):
        decode_frame(GOOD["avro"], None, None, SOURCE, None, store=Away())
    with pytest.raises(UnknownSchemaError):
        STORE.writer(1)


def assert_frame_or_rejection(value: bytes | None, key: bytes | None = None) -> None:
    """A message ends in a whole frame or in a rejection that can be published."""
    try:
        taken = decoded(value, key)
    except RejectedFrameError as rejected:
        taken, parts = rejected.frame, 0
    else:
        parts = 1
    assert (taken.image is not None) + (taken.url is not None) == parts
    assert taken.frame_id.encode()
    assert taken.camera_id.encode()


@given(st.none() | st.binary(max_size=300), st.none() | st.binary(max_size=10))
@example(b"\x00PS\x01\x02", None)
@example(b"\x00PS\x01\x02\x00\x00\x00\x00\x00\x00", None)
@example(b"{}", b"\xff")
def test_any_bytes_end_in_a_frame_or_a_rejection(value: bytes | None, key: bytes | None) -> None:
    assert_frame_or_rejection(value, key)


@given(
    st.sampled_from(sorted(GOOD)),
    st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=3)), min_size=1, max_size=4),
)
def test_any_mutation_ends_in_a_frame_or_a_rejection(
    form: str, edits: list[tuple[int, bytes]]
) -> None:
    message = GOOD[form]
    for place, replacement in edits:
        message = message[:place] + replacement + message[place + 1 :]
    assert_frame_or_rejection(message)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(["image", "url", "frame_id", "camera_id", "captured_at", "attributes"]),
        JSON_VALUES,
    )
)
def test_any_json_object_ends_in_a_frame_or_a_rejection(fields: dict[str, Any]) -> None:
    assert_frame_or_rejection(json.dumps(fields).encode())
