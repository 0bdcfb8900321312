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
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import yaml
from pydantic import BaseModel, SecretStr, StringConstraints, ValidationError

from platestream.stream.reloading import ReloadedFile
from platestream.telemetry.logs import get_logger

log = get_logger(__name__)

TOKEN_PREFIX: Final = "sha256:"  # noqa: S105 - names the hash, is no secret
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
        self._file = ReloadedFile(
            path, _load, error=CredentialsError, reloaded=_tell_reloaded, kept=_tell_kept
        )

    @property
    def projects(self) -> int:
        """How many projects may call."""
        return len(self._file.content.projects)

    def token_is_valid(self, project_id: str, token: str) -> bool:
        """Whether ``token`` belongs to the project; how wrong it is does not change the time."""
        project = self._file.content.projects.get(project_id)
        presented = hash_token(token)
        valid = False
        for known in project.tokens if project is not None else ():
            valid |= hmac.compare_digest(known, presented)
        return valid

    def secret_key(self, project_id: str, access_key: str) -> str | None:
        """The secret key that signs for ``access_key`` in the project, or None."""
        project = self._file.content.projects.get(project_id)
        secret = project.keys.get(access_key) if project is not None else None
        return secret.get_secret_value() if secret is not None else None


def _tell_reloaded(content: CredentialsFile) -> None:
    log.info("credentials reloaded", projects=len(content.projects))


def _tell_kept(problem: Exception) -> None:
    # No trace: it could show secrets.
    log.error("credentials not reloaded, the last good ones stay", reason=str(problem))


def _load(path: Path) -> CredentialsFile:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CredentialsError(f"{path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CredentialsError(f"{path}: not YAML") from error
    try:
        return CredentialsFile.model_validate(content)
    except ValidationError as error:
        # The place only: the input would put a secret into the message.
        places = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc'][:3])}: {problem['type']}"
            for problem in error.errors(include_input=False, include_url=False)
        )
        raise CredentialsError(f"{path}: {places}") from None
