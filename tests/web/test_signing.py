import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer

from platestream.contract.errors import ErrorCode, FrameError
from platestream.web.signing import SignedRequest, canonical_request, open_signature, sign

ACCESS_KEY, SECRET_KEY = "AKIAEXAMPLE", "s3cr3t/key+with=signs"
PATH = "/v2/pröject 1/ocr/license-plate"


def signed_by_the_vendor(
    *,
    body: bytes = b'{"image": "aGk="}',
    path: str = PATH,
    query: list[tuple[str, str]] | None = None,
) -> SignedRequest:
    """A request whose signature was made by the vendor's own library."""
    query = query or []
    request = SdkRequest(
        method="POST",
        schema="http",
        host="127.0.0.1:8080",
        resource_path=path,
        query_params=list(query),
        header_params={
            "Content-Type": "application/json;charset=utf-8",
            "X-Project-Id": "p1",
            "User-Agent": "sdk/3",
        },
        body=body.decode(),
        stream=False,
    )
    signed = Signer(BasicCredentials(ACCESS_KEY, SECRET_KEY)).sign(request)
    headers = {name.lower(): value for name, value in signed.header_params.items()}
    return SignedRequest(method="POST", path=path, query=query, headers=headers, body=body)


def verify(
    request: SignedRequest,
    secret_of: Callable[[str], str | None],
    *,
    now: datetime | None = None,
) -> None:
    """Both steps, as an interface takes them: the head, then the body."""
    open_signature(request.headers, secret_of, now=now).require(request)


def secret_of(access_key: str) -> str | None:
    return SECRET_KEY if access_key == ACCESS_KEY else None


@pytest.mark.parametrize("query", [[], [("b", "2"), ("a", "1 ü~")], [("list", "2"), ("list", "1")]])
def test_the_vendors_own_signatures_are_accepted(query: list[tuple[str, str]]) -> None:
    verify(signed_by_the_vendor(query=query), secret_of)
    verify(
        signed_by_the_vendor(body=json.dumps({"url": "http://a/ü"}).encode(), query=query),
        secret_of,
    )
    verify(signed_by_the_vendor(body=b"", query=query), secret_of)


def changed(request: SignedRequest, **parts: object) -> SignedRequest:
    fields = {name: getattr(request, name) for name in SignedRequest.__slots__}
    return SignedRequest(**(fields | parts))


@pytest.mark.parametrize(
    "part",
    [
        {"body": b'{"image": "aGo="}'},
        {"path": "/v2/other/ocr/license-plate"},
        {"query": [("x", "1")]},
        {"method": "PUT"},
    ],
    ids=lambda part: next(iter(part)),
)
def test_a_change_of_any_part_breaks_the_signature(part: dict[str, object]) -> None:
    with pytest.raises(FrameError) as refused:
        verify(changed(signed_by_the_vendor(), **part), secret_of)
    assert refused.value.code is ErrorCode.INVALID_SIGNATURE


@pytest.mark.parametrize("name", ["host", "content-type", "x-project-id"])
def test_a_change_of_a_signed_header_breaks_the_signature(name: str) -> None:
    request = signed_by_the_vendor()
    headers = dict(request.headers) | {name: "other"}
    with pytest.raises(FrameError, match=r"APIG\.0301"):
        verify(changed(request, headers=headers), secret_of)


def test_a_wrong_or_unknown_key_is_refused() -> None:
    with pytest.raises(FrameError, match="does not match"):
        verify(signed_by_the_vendor(), lambda _: "another secret")
    with pytest.raises(FrameError, match="does not match"):
        verify(signed_by_the_vendor(), lambda _: None)


@pytest.mark.parametrize(
    ("minutes", "accepted"), [(14, True), (-14, True), (16, False), (-16, False)]
)
def test_the_time_stamp_may_be_15_minutes_off(minutes: int, accepted: bool) -> None:
    request = signed_by_the_vendor()
    now = datetime.now(UTC) + timedelta(minutes=minutes)
    if accepted:
        verify(request, secret_of, now=now)
    else:
        with pytest.raises(FrameError, match="15 minutes"):
            verify(request, secret_of, now=now)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer abc",
        "SDK-HMAC-SHA256",
        "SDK-HMAC-SHA256 Access=a, SignedHeaders=host;x-sdk-date, Signature=zz",
        f"SDK-HMAC-SHA256 Access=a, SignedHeaders=host, Signature={'0' * 64}",
        f"SDK-HMAC-SHA256 Access=a b, SignedHeaders=host;x-sdk-date, Signature={'0' * 64}",
    ],
)
def test_malformed_authorization_headers_are_refused(header: str) -> None:
    request = signed_by_the_vendor()
    with pytest.raises(FrameError) as refused:
        verify(
            changed(request, headers=dict(request.headers) | {"authorization": header}), secret_of
        )
    assert refused.value.code is ErrorCode.INVALID_SIGNATURE


def test_an_unsigned_host_cannot_be_replayed_elsewhere() -> None:
    request = signed_by_the_vendor()
    stamp = request.headers["x-sdk-date"]
    signature = sign(request, ["x-sdk-date"], stamp, SECRET_KEY)
    header = f"SDK-HMAC-SHA256 Access={ACCESS_KEY}, SignedHeaders=x-sdk-date, Signature={signature}"
    with pytest.raises(FrameError, match="must be signed"):
        verify(
            changed(request, headers=dict(request.headers) | {"authorization": header}), secret_of
        )


def test_what_no_body_can_make_good_is_refused_by_the_head_alone() -> None:
    headers = signed_by_the_vendor().headers
    assert SECRET_KEY not in repr(open_signature(headers, secret_of))
    with pytest.raises(FrameError, match="does not match"):
        open_signature(headers, lambda _: None)
    with pytest.raises(FrameError, match="15 minutes"):
        open_signature(headers, secret_of, now=datetime.now(UTC) + timedelta(minutes=16))


def test_the_canonical_text_has_one_line_for_each_part() -> None:
    request = SignedRequest(method="POST", path="/a b", query=[], headers={"host": " h "}, body=b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert canonical_request(request, ["host"]) == f"POST\n/a%20b/\n\nhost:h\n\nhost\n{empty}"
