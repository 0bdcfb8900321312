import os
from pathlib import Path

import pytest

from platestream.stream import reloading
from platestream.web.credentials import CredentialsError, CredentialStore, hash_token, new_token


def write(path: Path, token: str, secret: str = "sk") -> None:
    path.write_text(
        f"projects:\n  p1:\n    tokens: ['{hash_token(token)}']\n    keys: {{AK: {secret}}}\n"
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "credentials.yaml"
    write(path, "first")
    return path


def test_tokens_and_keys_belong_to_their_project(path: Path) -> None:
    store = CredentialStore(path)
    assert store.token_is_valid("p1", "first")
    assert not store.token_is_valid("p1", "First")
    assert not store.token_is_valid("p2", "first")
    assert store.secret_key("p1", "AK") == "sk"
    assert store.secret_key("p2", "AK") is None
    assert store.secret_key("p1", "other") is None


def test_a_changed_file_is_in_force_without_a_restart(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reloading, "_CHECK_EVERY_S", 0.0)
    store = CredentialStore(path)
    write(path, "second-token")
    assert store.token_is_valid("p1", "second-token")
    assert not store.token_is_valid("p1", "first")


@pytest.mark.parametrize("damage", ["projects: [", "projects: {p1: {tokens: [plain]}}", None])
def test_a_damaged_file_keeps_the_last_good_content(
    path: Path, monkeypatch: pytest.MonkeyPatch, damage: str | None
) -> None:
    monkeypatch.setattr(reloading, "_CHECK_EVERY_S", 0.0)
    store = CredentialStore(path)
    if damage is None:
        path.unlink()
    else:
        path.write_text(damage)
        os.utime(path)
    assert store.token_is_valid("p1", "first")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "projects: []",
        "projects: {p: {tokens: ['sha256:abc']}}",
        "projects: {p: {token: []}}",
        "projects: {p: {keys: {AK: [topsecret]}}}",
        "other: 1",
        "\t:",
    ],
)
def test_a_wrong_file_is_refused_without_showing_its_secrets(path: Path, content: str) -> None:
    path.write_text(content)
    with pytest.raises(CredentialsError) as error:
        CredentialStore(path)
    assert "topsecret" not in str(error.value)


def test_new_tokens_differ_and_match_their_hash() -> None:
    (first, digest), (second, _) = new_token(), new_token()
    assert first != second
    assert hash_token(first) == digest
