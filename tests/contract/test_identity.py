import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platestream.contract.errors import ErrorCode
from platestream.contract.frames import Frame
from platestream.contract.identity import (
    MAX_CAPTURED_AT,
    MIN_CAPTURED_AT,
    Claims,
    Headers,
    identity_of,
    resolve_identity,
)
from tests.contract.samples import MESSAGE_TIME, SOURCE

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def resolved(headers: Headers | None = None, key: bytes | None = b"gate-3", **claims: Any) -> Frame:
    """The identity, which must have nothing wrong with it."""
    frame, problem = resolve_identity(Claims(**claims), key, headers, SOURCE, MESSAGE_TIME)
    assert problem is None
    return frame


def problem_of(
    headers: Headers | None = None, key: bytes | None = b"gate-3", **claims: Any
) -> tuple[Frame, str]:
    """The identity that is left, and what was wrong."""
    frame, problem = resolve_identity(Claims(**claims), key, headers, SOURCE, MESSAGE_TIME)
    assert problem is not None
    assert problem.code is ErrorCode.INVALID_PARAMETER
    return frame, problem.detail


def test_defaults() -> None:
    frame = resolved(key=None)
    assert (frame.frame_id, frame.camera_id) == ("frames-3-41", "unknown")
    assert frame.captured_at == MESSAGE_TIME
    assert frame.attributes == {}
    assert frame.source == SOURCE
    assert (frame.image, frame.url) == (None, None)


def test_body_comes_before_header_before_key() -> None:
    headers = [("camera_id", b"from-header"), ("frame_id", b"h-1")]
    assert resolved(headers, b"from-key", camera_id="from-body").camera_id == "from-body"
    assert resolved(headers, b"from-key").camera_id == "from-header"
    assert resolved([], b"from-key").camera_id == "from-key"
    assert resolved(headers, frame_id="b-1").frame_id == "b-1"
    assert resolved(headers).frame_id == "h-1"


def test_empty_is_not_given() -> None:
    frame = resolved([("camera_id", b""), ("frame_id", None)], b"k", camera_id="", frame_id="")
    assert (frame.camera_id, frame.frame_id) == ("k", "frames-3-41")


def test_last_of_a_repeated_header_counts() -> None:
    assert resolved([("frame_id", b"1"), ("frame_id", b"2")]).frame_id == "2"


@pytest.mark.parametrize("key", [b"\xff\xfe", b"", b"x" * 257, b"a\nb", None])
def test_a_key_that_is_no_usable_text_is_passed_over(key: bytes | None) -> None:
    assert resolved(key=key).camera_id == "unknown"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1_767_225_600_001, 1_767_225_600_001),
        ("1767225600001", 1_767_225_600_001),
        (b"1767225600001", 1_767_225_600_001),
        ("2026-01-01T00:00:00Z", 1_767_225_600_000),
        ("2026-01-01T08:00:00.0019+08:00", 1_767_225_600_001),
        ("20260101T000000Z", 1_767_225_600_000),
        (MIN_CAPTURED_AT, MIN_CAPTURED_AT),
        (MAX_CAPTURED_AT - 1, MAX_CAPTURED_AT - 1),
    ],
)
def test_captured_at_forms(value: object, expected: int) -> None:
    assert resolved(captured_at=value).captured_at == expected


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1_767_225_600, "milliseconds"),
        (1_767_225_600_000_000, "milliseconds"),
        (-1, "milliseconds"),
        (0, "milliseconds"),
        (MIN_CAPTURED_AT - 1, "milliseconds"),
        (MAX_CAPTURED_AT, "milliseconds"),
        (True, "whole"),
        (1.5, "whole"),
        (float("nan"), "whole"),
        ([], "whole"),
        ("2026-01-01T00:00:00", "UTC offset"),
        ("2026-01-01", "UTC offset"),
        ("yesterday", "ISO 8601"),
        ("١٧٦٧٢٢٥٦٠٠٠٠١", "ISO 8601"),
        ("0001-01-01T00:00:00+23:59", "milliseconds"),
        ("9999-12-31T23:59:59-23:59", "milliseconds"),
        ("1" * 41, "characters"),
        (b"\xff", "UTF-8"),
    ],
)
def test_captured_at_refused(value: object, said: str) -> None:
    frame, detail = problem_of(captured_at=value)
    assert said in detail
    assert frame.captured_at == MESSAGE_TIME


@pytest.mark.parametrize("timestamp", [None, 0, -1, 10**18])
def test_now_stands_in_for_an_absent_message_time(timestamp: int | None) -> None:
    before = time.time_ns() // 1_000_000
    captured_at = identity_of(None, None, SOURCE, timestamp).captured_at
    assert before <= captured_at <= time.time_ns() // 1_000_000


@pytest.mark.parametrize("value", [5, ["a"], "x" * 257, "a\x00b", "a\nb", "\ud800", b"\xff"])
@pytest.mark.parametrize("name", ["frame_id", "camera_id"])
def test_a_stated_id_that_cannot_be_used_fails_the_frame(name: str, value: Any) -> None:
    frame, detail = problem_of([(name, b"next")], b"key", **{name: value})
    assert detail.startswith(name)
    assert getattr(frame, name) == "next"


def test_ids_may_be_in_any_script_up_to_the_limit() -> None:
    assert resolved(camera_id="沪闵路" + "口" * 253).camera_id.startswith("沪闵路")


def test_attributes_of_headers_and_body_join_and_the_body_counts() -> None:
    headers = [("attr.lane", b"1"), ("attr.site", "南".encode()), ("traceparent", b"00-ab")]
    frame = resolved(headers, attributes={"lane": "2"})
    assert frame.attributes == {"lane": "2", "site": "南"}
    with pytest.raises(TypeError):
        frame.attributes["lane"] = "3"  # type: ignore[index]


@pytest.mark.parametrize(
    "attributes",
    [
        "lane=2",
        ["lane"],
        {"lane": 2},
        {"lane": None},
        {"": "x"},
        {"x" * 1025: "1"},
        {"lane": "x" * 1025},
        {"lane": "\ud800"},
        {str(number): "x" for number in range(65)},
    ],
)
def test_attributes_refused(attributes: object) -> None:
    frame, detail = problem_of(attributes=attributes)
    assert "ttribute" in detail
    assert frame.attributes == {}


def test_an_attribute_of_body_and_header_is_one() -> None:
    names = [str(number) for number in range(64)]
    headers = [(f"attr.{name}", b"1") for name in names]
    assert resolved(headers, attributes=dict.fromkeys(names, "2")).attributes["0"] == "2"


def test_the_mark_of_a_replay_takes_no_place_and_is_not_hidden() -> None:
    names = [str(number) for number in range(63)]
    sent = {**dict.fromkeys(names, "1"), "replayed_from": "mine"}
    frame = resolved([("attr.replayed_from", b"frames/0/7")], attributes=sent)
    assert len(frame.attributes) == 64
    assert frame.attributes["replayed_from"] == "frames/0/7"
    full = {str(number): "1" for number in range(64)}
    frame = resolved([("attr.replayed_from", b"frames/0/7")], attributes=full)
    assert frame.attributes == {**full, "replayed_from": "frames/0/7"}


def test_attribute_header_that_is_not_utf8_is_refused() -> None:
    assert "UTF-8" in problem_of([("attr.lane", b"\xff")])[1]


@given(
    st.builds(
        Claims, frame_id=ANYTHING, camera_id=ANYTHING, captured_at=ANYTHING, attributes=ANYTHING
    ),
    st.none() | st.binary(max_size=20),
    st.lists(
        st.tuples(
            st.sampled_from(["frame_id", "camera_id", "captured_at", "attr.x", "attr.", "y"]),
            st.none() | st.binary(max_size=20),
        ),
        max_size=5,
    ),
    st.none() | st.integers(),
)
def test_never_raises_and_always_gives_what_can_be_published(
    claims: Claims, key: bytes | None, headers: Headers, timestamp: int | None
) -> None:
    frame, _ = resolve_identity(claims, key, headers, SOURCE, timestamp)
    assert frame.frame_id
    assert frame.camera_id.encode()
    assert frame.frame_id.encode()
    assert MIN_CAPTURED_AT <= frame.captured_at < MAX_CAPTURED_AT
    assert all(name.encode() and isinstance(text, str) for name, text in frame.attributes.items())
