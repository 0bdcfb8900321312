"""The credentials file: who may call, by token or by signing key, per project.

::

    projects:
      PROJECT_ID:
        tokens: ["sha256:<64 hex digits>"]   # hashes only; `platestream token` makes a pair
        keys: {ACCESS_KEY: SECRET_KEY}

The file is read again when it changes on disk, so that a secret can be rotated without a restart;
where it has become unreadable or wrong, the last good content stays in force and the log says so.
"""

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import yaml
from pydantic import BaseModel, SecretStr, StringConstraints, ValidationError

from platestream.telemetry.logs import get_logger

log = get_logger(__name__)

TOKEN_PREFIX: Final = "sha256:"  # noqa: S105 - names the hash, is no secret
# Kubernetes swaps a mounted Secret within about a minute; one stat a second is fresh enough and
# costs nothing beside reading a picture.
_CHECK_EVERY_S: Final = 1.0
_TOKEN_BYTES: Final = 32

TokenHash = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]


class CredentialsError(Exception):
    """The credentials file cannot be used; the text names the place, never a secret."""


class ProjectCredentials(BaseModel, frozen=True, extra="forbid"):
    """What one project may present."""

    tokens: tuple[TokenHash, ...] = ()
    keys: Mapping[str, SecretStr] = {}


class CredentialsFile(BaseModel, frozen=True, extra="forbid"):
    """The whole file."""

    projects: Mapping[str, ProjectCredentials]


@dataclass(frozen=True, slots=True)
class _Loaded:
    version: tuple[int, int, int]
    content: CredentialsFile


def hash_token(token: str) -> str:
    """The form in which the file holds a token."""
    return TOKEN_PREFIX + hashlib.sha256(token.encode()).hexdigest()


def new_token() -> tuple[str, str]:
    """A fresh random token and its hash for the file."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    return token, hash_token(token)


class CredentialStore:
    """Answers who is who, from a file that may change at any time. Thread-safe.

    Raises:
        CredentialsError: From the constructor, when the file cannot be read or is not valid.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._loaded = _load(path)
        self._checked_at = time.monotonic()

    @property
    def projects(self) -> int:
        """How many projects may call."""
        return len(self._current().projects)

    def token_is_valid(self, project_id: str, token: str) -> bool:
        """Whether ``token`` belongs to the project; how wrong it is does not change the time."""
        project = self._current().projects.get(project_id)
        presented = hash_token(token)
        valid = False
        for known in project.tokens if project is not None else ():
            valid |= hmac.compare_digest(known, presented)
        return valid

    def secret_key(self, project_id: str, access_key: str) -> str | None:
        """The secret key that signs for ``access_key`` in the project, or None."""
        project = self._current().projects.get(project_id)
        secret = project.keys.get(access_key) if project is not None else None
        return secret.get_secret_value() if secret is not None else None

    def _current(self) -> CredentialsFile:
        now = time.monotonic()
        if now - self._checked_at >= _CHECK_EVERY_S:
            with self._lock:
                self._checked_at = now
                self._reload_if_changed()
        return self._loaded.content

    def _reload_if_changed(self) -> None:
        try:
            if _version(self._path) != self._loaded.version:
                self._loaded = _load(self._path)
                log.info("credentials reloaded", projects=len(self._loaded.content.projects))
        except (CredentialsError, OSError) as error:
            log.error("credentials not reloaded, the last good ones stay", reason=str(error))  # noqa: TRY400 - no trace: it could show secrets


def _version(path: Path) -> tuple[int, int, int]:
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _load(path: Path) -> _Loaded:
    try:
        version = _version(path)
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CredentialsError(f"{path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CredentialsError(f"{path}: not YAML") from error
    try:
        return _Loaded(version, CredentialsFile.model_validate(content))
    except ValidationError as error:
        # The place only: the input would put a secret into the message.
        places = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc'][:3])}: {problem['type']}"
            for problem in error.errors(include_input=False, include_url=False)
        )
        raise CredentialsError(f"{path}: {places}") from None
