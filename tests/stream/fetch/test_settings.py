from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from platestream.stream.fetch import FetchError, FetchSettings, ObjectStoreSettings, SecretRef
from platestream.stream.fetch.urls import WebTarget, parse_target


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"connect_timeout_s": 30}, "connect_timeout_s must not exceed total_timeout_s"),
        ({"read_timeout_s": 30}, "read_timeout_s must not exceed total_timeout_s"),
        ({"backoff_initial_s": 6}, "backoff_initial_s must not exceed backoff_max_s"),
        ({"max_redirects": 6}, "max_redirects"),
        ({"max_bytes": 0}, "max_bytes"),
        ({"concurrency": 0}, "concurrency"),
        ({"allow_ports": [0]}, "allow_ports"),
        ({"allow_networks": ["10.0.0.1/8"]}, "allow_networks"),
        ({"allow_networks": ["somewhere"]}, "allow_networks"),
        ({"schemes": ["file"]}, "schemes"),
        ({"total_timeout_s": float("nan")}, "total_timeout_s"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_settings_that_cannot_hold_are_refused(settings: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        FetchSettings(**settings)


@pytest.mark.parametrize(
    ("store", "complaint"),
    [
        ({"scheme": "ftp"}, "scheme"),
        ({"scheme": "s3", "buckets": []}, "buckets"),
        ({"scheme": "s3", "buckets": ["*"]}, "not a bucket name"),
        ({"scheme": "s3", "buckets": ["a/b"]}, "not a bucket name"),
        ({"scheme": "obs"}, "needs its endpoint"),
        ({"scheme": "az"}, "account is required"),
        ({"scheme": "s3", "account": "a"}, "account is required"),
        ({"scheme": "gs", "region": "x"}, "belong to s3 and obs"),
        ({"scheme": "gs", "secret": {"env": "X"}}, "service_account_file or token"),
        ({"scheme": "s3", "service_account_file": "/k"}, "belongs to gs"),
        ({"scheme": "s3", "secret": {"env": "X"}}, "both of key_id and secret"),
        ({"scheme": "s3", "token": {"env": "X"}, "anonymous": True}, "take no credentials"),
        ({"scheme": "s3", "endpoint": "ftp://x"}, "endpoint"),
        ({"scheme": "s3", "endpoint": "http://user:pw@x"}, "endpoint"),
        ({"scheme": "s3", "secret": {}}, "exactly one of env and file"),
        ({"scheme": "s3", "secret": {"env": "X", "file": "/x"}}, "exactly one of env and file"),
    ],
)
def test_stores_that_cannot_hold_are_refused(store: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        ObjectStoreSettings(**{"buckets": ["frames"], **store})


def test_a_bucket_belongs_to_one_store() -> None:
    store = {"scheme": "s3", "buckets": ["frames"], "anonymous": True}
    with pytest.raises(ValidationError, match="s3://frames is in two stores"):
        FetchSettings.model_validate({"stores": [store, store]})


def test_secrets_are_read_where_they_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_SECRET", " from-env \n")
    file = tmp_path / "secret"
    file.write_text("from-file\n", encoding="utf-8")
    assert SecretRef(env="TEST_SECRET").read() == "from-env"
    assert SecretRef(file=file).read() == "from-file"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="cannot be read"):
        SecretRef(file=file).read()
    file.write_text(" \n", encoding="utf-8")
    with pytest.raises(ValueError, match="empty or not set"):
        SecretRef(file=file).read()


SETTINGS = FetchSettings.model_validate(
    {"stores": [{"scheme": "s3", "buckets": ["frames"], "anonymous": True}]}
)
_PIECES = st.sampled_from(
    [
        "http://",
        "https://",
        "s3://frames/",
        "//",
        "/",
        "\\",
        "@",
        ":",
        ".",
        "..",
        "%",
        "%2e",
        "[",
        "]",
        "::1",
        "127.0.0.1",
        "0x7f",
        "0177",
        "1",
        "ffff:",
        "a.b",
        "localhost",
        "?",
        "#",
        "é",
        "１",
        "。",
        "xn--",
        "-",
        "_",
        "*",
        ":80",
        ":443",
        "\t",
        "\x00",
        "\u200b",
        "\ud800",
        "ß",
    ]
)


@given(st.one_of(st.text(), st.lists(_PIECES, max_size=8).map("".join)))
@example("https://example.com")
@example("https://example.com?a=b")
def test_any_text_is_parsed_or_refused_and_parsing_again_changes_nothing(url: str) -> None:
    try:
        target = parse_target(url, SETTINGS)
    except FetchError as error:
        assert not error.transient  # noqa: PT017 - most texts end here
        return
    if isinstance(target, WebTarget):
        assert target.host.isascii()
        assert target.port in SETTINGS.allow_ports
        assert parse_target(target.url, SETTINGS) == target


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("HTTP://Example.COM:80", "http://example.com/"),
        ("https://example.com.:443/a?b=c#d", "https://example.com/a?b=c"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://ＥＸＡＭＰＬＥ。com/", "http://example.com/"),
        ("http://8.8.8.8/a", "http://8.8.8.8/a"),
        ("http://[2606:4700:0:0::1111]:443/a", "http://[2606:4700::1111]:443/a"),
        ("http://my_bucket.example/%2e%2e/a", "http://my_bucket.example/%2e%2e/a"),
    ],
)
def test_canonical_form(url: str, canonical: str) -> None:
    target = parse_target(url, FetchSettings())
    assert isinstance(target, WebTarget)
    assert target.url == canonical


def test_httpx_sees_the_host_that_was_checked() -> None:
    import httpx

    for url in ("http://bücher.example/", "http://[::ffff:8.8.8.8]/", "http://8.8.8.8/"):
        target = parse_target(url, FetchSettings())
        assert isinstance(target, WebTarget)
        assert httpx.URL(target.url).raw_host.decode() == target.host
