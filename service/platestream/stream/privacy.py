"""Plate numbers for those who may not know them: left out, or replaced by a keyed pseudonym.

The keys file, read again when it changes::

    keys:
      - id: 2026-q4
        from: 2026-10-01T00:00:00Z
        key: <Base64 of at least 32 random bytes>   # `platestream privacy-key` makes an entry

A pseudonym is ``<key id>:<26 characters>``, the first 128 bits of the HMAC-SHA-256 of the number in
UTF-8, in lower-case Base32. Equal numbers have equal pseudonyms for as long as one key is in force,
so that analysts can join and count without knowing a plate.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

import structlog
import yaml
from pydantic import (
    AwareDatetime,
    Base64Bytes,
    BaseModel,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from platestream.contract.readings import ModelRef, PlateReading
from platestream.stream.reader import PictureReader
from platestream.stream.reloading import ReloadedFile
from platestream.vision.arrays import UInt8Array
from platestream.vision.cameras.settings import CameraSettings

if TYPE_CHECKING:
    # Decoding needs OpenCV, settings do not: whoever only reads those is spared it.
    from platestream.vision.picture.picture import Picture

_log = structlog.get_logger(__name__)

# As long as the digest: a shorter key is easier to guess than the pseudonym is.
_KEY_BYTES: Final = 32
# Collisions among 10^9 numbers have a probability of 10^-21.
_PSEUDONYM_BYTES: Final = 16


class PrivacySettings(BaseModel, frozen=True, extra="forbid"):
    """What becomes of plate numbers before anything leaves the process."""

    plate_number: Literal["clear", "hmac", "drop"] = Field(
        default="clear",
        description="What stands where a plate number would: the number (`clear`), a keyed "
        "pseudonym (`hmac`), or an empty text (`drop`). Holds for every way out: topics, HTTP "
        "answers, live page, reports; pictures on the page and in reports have their plates "
        "covered unless it is `clear`.",
    )
    keys_file: Path | None = Field(
        default=None,
        description="YAML file of the keys for `hmac`, each with the time from which it is in "
        "force; read again when it changes.",
    )

    @property
    def hides_plates(self) -> bool:
        """Whether nobody may see a plate number."""
        return self.plate_number != "clear"

    @model_validator(mode="after")
    def _keys_where_they_are_used(self) -> Self:
        if (self.plate_number == "hmac") != (self.keys_file is not None):
            raise ValueError("keys_file goes with plate_number: hmac, and only with it")
        return self


class PrivacyError(Exception):
    """The keys file cannot be used; the text names the place, never a key."""


class _Key(BaseModel, frozen=True, extra="forbid"):
    # No colon: it ends the id in a pseudonym.
    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,32}$")]
    since: AwareDatetime = Field(alias="from")
    key: Base64Bytes

    @field_validator("key")
    @classmethod
    def _long_enough(cls, key: bytes) -> bytes:
        if len(key) < _KEY_BYTES:
            raise ValueError(f"shorter than {_KEY_BYTES} bytes")
        return key


class _KeysFile(BaseModel, frozen=True, extra="forbid"):
    keys: Annotated[tuple[_Key, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        times = [key.since for key in self.keys]
        if sorted(set(times)) != times or len({key.id for key in self.keys}) != len(times):
            raise ValueError("each key needs its own id and a later `from` than the one before")
        return self


class PlatePseudonyms:
    """Gives plate numbers their pseudonyms, by a file that may change at any time. Thread-safe.

    The key is that of the moment, by the clock, so that all replicas change keys together; before
    the first key's time the first one is used.

    Raises:
        PrivacyError: From the constructor, when the file cannot be read or is not valid.
    """

    def __init__(self, path: Path) -> None:
        self._file = ReloadedFile(
            path, _load, error=PrivacyError, reloaded=_tell_reloaded, kept=_tell_kept
        )

    def pseudonym(self, plate_number: str, at: datetime | None = None) -> str:
        """The pseudonym of a number; of no number, an empty text, it is an empty text.

        Args:
            plate_number: The number as read.
            at: The time that chooses the key; now when None.
        """
        if not plate_number:
            return ""
        return _pseudonym(plate_number, self._key_at(at or datetime.now(UTC)))

    def under_every_key(self, plate_number: str) -> tuple[str, ...]:
        """The pseudonyms of a number under all keys of the file, in their order."""
        return tuple(_pseudonym(plate_number, key) for key in self._file.content)

    def _key_at(self, at: datetime) -> _Key:
        keys = self._file.content
        return next((key for key in reversed(keys) if key.since <= at), keys[0])


def _pseudonym(plate_number: str, key: _Key) -> str:
    digest = hmac.new(key.key, plate_number.encode(), hashlib.sha256).digest()
    short = base64.b32encode(digest[:_PSEUDONYM_BYTES]).decode().rstrip("=").lower()
    return f"{key.id}:{short}"


def _tell_reloaded(keys: tuple[_Key, ...]) -> None:
    _log.info("privacy_keys_reloaded", keys=len(keys))


def _tell_kept(problem: Exception) -> None:
    # No trace: it could show a key.
    _log.error("privacy_keys_not_reloaded", reason=str(problem))


def new_key(now: datetime) -> str:
    """A fresh entry for the keys file, in force from ``now`` on, YAML."""
    key = base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()
    since = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    # Quoted: YAML would take it for a date.
    return f"- id: '{since[:10]}'\n  from: {since}\n  key: {key}\n"


class PrivateReader:
    """A reader that tells no plate number; what stands in its place follows from the settings.

    Args:
        reader: Reads.
        settings: ``hmac`` or ``drop``.

    Raises:
        PrivacyError: If the keys file cannot be used.
    """

    def __init__(self, reader: PictureReader, settings: PrivacySettings) -> None:
        self._reader = reader
        self._pseudonyms = PlatePseudonyms(settings.keys_file) if settings.keys_file else None

    @property
    def model(self) -> ModelRef:
        """Which bundle reads."""
        return self._reader.model

    @property
    def precision(self) -> str:
        """What its models compute in."""
        return self._reader.precision

    @property
    def provider(self) -> str:
        """Which execution provider runs the models."""
        return self._reader.provider

    def warm_up(self) -> None:
        """Run the models once."""
        self._reader.warm_up()

    def prepare(self, picture: "Picture") -> None:
        """Decode what the first look at a picture needs."""
        self._reader.prepare(picture)

    def read(
        self,
        pictures: "Sequence[Picture | UInt8Array]",
        cameras: Sequence[CameraSettings | None] | None = None,
    ) -> list[tuple[PlateReading, ...]]:
        """Read whole pictures, as their cameras' settings say."""
        return [self._protected(plates) for plates in self._reader.read(pictures, cameras)]

    def read_crops(self, pictures: Sequence[UInt8Array]) -> list[tuple[PlateReading, ...]]:
        """Read pictures that are cut-out plates."""
        return [self._protected(plates) for plates in self._reader.read_crops(pictures)]

    def _protected(self, plates: tuple[PlateReading, ...]) -> tuple[PlateReading, ...]:
        # The characters' confidences would tell how many there are.
        return tuple(
            replace(plate, plate_number=self._shown(plate.plate_number), char_confidences=())
            for plate in plates
        )

    def _shown(self, plate_number: str) -> str:
        return self._pseudonyms.pseudonym(plate_number) if self._pseudonyms else ""


def _load(path: Path) -> tuple[_Key, ...]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PrivacyError(f"{path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError):
        raise PrivacyError(f"{path}: not YAML") from None
    try:
        return _KeysFile.model_validate(content).keys
    except ValidationError as error:
        # The place and the rule only: the input would put a key into the message.
        places = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc'][:3]) or 'keys'}: {problem['msg']}"
            for problem in error.errors(include_input=False, include_url=False)
        )
        raise PrivacyError(f"{path}: {places}") from None
