"""Who we are, over real sockets and real certificates."""

import base64
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme

from platestream.bus.registry import RegistryError, RegistrySettings, RegistryUnavailableError
from platestream.bus.registry.client import RegistryClient
from platestream.telemetry.metrics import Metrics
from tests.bus.registry.stub import Stub, stub


def ask(server: Stub, **more: Any) -> None:
    RegistryClient(RegistrySettings(url=server.url, **more), Metrics()).schema(1)


def test_a_password_comes_from_its_file(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("pässwort:1\n", encoding="utf-8")
    with stub() as server:
        ask(server, username="reader", password_file=secret)

    proof = base64.b64encode("reader:pässwort:1".encode()).decode()
    assert server.requests[0].headers["authorization"] == f"Basic {proof}"


def test_a_rotated_token_is_used_without_a_restart(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    with stub() as server:
        client = RegistryClient(RegistrySettings(url=server.url, token_file=secret), Metrics())
        for token in ("first", "second"):
            secret.write_text(token + "\n")
            client.schema(1)

    sent = [request.headers["authorization"] for request in server.requests]
    assert sent == ["Bearer first", "Bearer second"]


def test_nothing_is_sent_where_nothing_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # not ours to follow
    with stub() as server:
        ask(server)

    assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize("content", [b"", b"two\nlines", b"\xff", "schlüssel".encode()])
def test_a_token_that_cannot_be_one_is_told_without_showing_it(
    tmp_path: Path, content: bytes
) -> None:
    secret = tmp_path / "token"
    secret.write_bytes(content)
    with stub() as server, pytest.raises(RegistryError, match="token") as raised:
        ask(server, token_file=secret)

    assert "lines" not in str(raised.value)
    assert not server.requests


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with stub() as server, pytest.raises(RegistryError, match="cannot be read"):
        ask(server, token_file=tmp_path / "none")


def test_both_sides_show_certificates(tmp_path: Path) -> None:
    authority = trustme.CA()
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(theirs)
    authority.configure_trust(theirs)
    theirs.verify_mode = ssl.CERT_REQUIRED
    ca_file, ours = tmp_path / "ca.pem", tmp_path / "ours.pem"
    authority.cert_pem.write_to_path(ca_file)
    authority.issue_cert("platestream").private_key_and_cert_chain_pem.write_to_path(ours)

    with stub(tls=theirs) as server:
        ask(server, ca_file=ca_file, certificate_file=ours)
        with pytest.raises(RegistryUnavailableError):
            ask(server, ca_file=ca_file)
        with pytest.raises(RegistryUnavailableError, match=r"(?i)certificate"):
            ask(server, certificate_file=ours)

    assert len(server.requests) == 1


def test_files_that_hold_no_certificates_are_told_at_start(tmp_path: Path) -> None:
    junk = tmp_path / "junk.pem"
    junk.write_text("junk")
    for more in ({"ca_file": junk}, {"certificate_file": junk}, {"ca_file": tmp_path / "none"}):
        with pytest.raises(RegistryError, match=r"\.pem|none"):
            RegistryClient(RegistrySettings(url="https://localhost", **more), Metrics())
