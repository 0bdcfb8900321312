"""One entry of a hotlist: a number or pattern that is looked out for, by whom, why and when."""

import unicodedata
import uuid
from dataclasses import dataclass
from typing import Any, Final, Self

# Version 5 UUID of "io.platestream.v1.HotlistEntry" in the standard namespace for object ids.
ENTRY_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_OID, "io.platestream.v1.HotlistEntry")
ANY_CHARACTER: Final = "?"
ANY_TEXT: Final = "*"
# What people write between the characters of a number; readings have none of it.
_SEPARATORS: Final = frozenset("-._·•・‐‑–—/'")
# Longer than any number; a text that long is something else.
_LONGEST: Final = 32
# A pattern with one character of its own fits a third of all vehicles: an alarm nobody looks at.
_LEAST_OWN: Final = 2
_LONGEST_WORDS: Final = 1000


class HotlistError(ValueError):
    """An entry that cannot be used. The text names the field and the rule, never the number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HotlistEntry:
    """A number or pattern that is looked out for.

    Attributes:
        entry_id: Its key.
        plate_number: The number without separators, or a pattern; empty where numbers are hidden.
        pseudonyms: Where numbers are hidden: what stands for the number, one for each key.
        region: Where the number is from; carried into alerts.
        near: Whether numbers that differ by one confusion of the recognizer match, too.
        reason: Why it is listed.
        owner: Who listed it.
        valid_from: Milliseconds since the epoch, by the time of frames; 0 for always.
        valid_until: The same, exclusive; 0 for ever.

    Raises:
        HotlistError: It matches nothing, everything, or never.
    """

    entry_id: str
    plate_number: str = ""
    pseudonyms: tuple[str, ...] = ()
    region: str | None = None
    near: bool = True
    reason: str = ""
    owner: str = ""
    valid_from: int = 0
    valid_until: int = 0

    def __post_init__(self) -> None:
        if not self.entry_id:
            raise HotlistError("entry_id is empty")
        if bool(self.plate_number) == bool(self.pseudonyms):
            raise HotlistError("exactly one of plate_number and pseudonyms is given")
        if len(self.plate_number) > _LONGEST:
            raise HotlistError(f"plate_number has more than {_LONGEST} characters")
        if self.plate_number != normalized(self.plate_number):
            raise HotlistError("plate_number is not in the form of a reading")
        if self.is_pattern:
            own = len(self.plate_number.replace(ANY_CHARACTER, "").replace(ANY_TEXT, ""))
            if own < _LEAST_OWN:
                raise HotlistError(
                    f"a pattern needs at least {_LEAST_OWN} characters of its own: this one fits "
                    "too many vehicles"
                )
        if self.valid_until and self.valid_until <= self.valid_from:
            raise HotlistError("valid_until is not after valid_from")
        if max(len(self.reason), len(self.owner), len(self.entry_id)) > _LONGEST_WORDS:
            raise HotlistError(f"a text has more than {_LONGEST_WORDS} characters")

    @property
    def is_pattern(self) -> bool:
        """Whether it stands for more than one number."""
        return ANY_CHARACTER in self.plate_number or ANY_TEXT in self.plate_number

    @property
    def listed(self) -> str:
        """What an alert says was listed."""
        return self.plate_number or self.pseudonyms[0]

    def holds_at(self, moment: int) -> bool:
        """Whether it counts for a frame that was taken then, milliseconds since the epoch."""
        return self.valid_from <= moment and (not self.valid_until or moment < self.valid_until)

    def as_record(self) -> dict[str, Any]:
        """The Avro record ``HotlistEntry``."""
        return {
            "entry_id": self.entry_id,
            "plate_number": self.plate_number,
            "pseudonyms": list(self.pseudonyms),
            "region": self.region,
            "near": self.near,
            "reason": self.reason,
            "owner": self.owner,
            "valid_from": self.valid_from,
            "valid_until": self.valid_until,
        }

    @classmethod
    def of_record(cls, record: dict[str, Any]) -> Self:
        """The entry in an Avro record.

        Raises:
            HotlistError: It cannot be used.
        """
        return cls(**{**record, "pseudonyms": tuple(record["pseudonyms"])})


def normalized(plate_number: str) -> str:
    """A number as readings have it: full-width forms as usual ones, capitals, no separators.

    Raises:
        HotlistError: It holds what cannot be printed.
    """
    text = unicodedata.normalize("NFKC", plate_number).upper()
    text = "".join(char for char in text if char not in _SEPARATORS and not char.isspace())
    if not text.isprintable():
        raise HotlistError("plate_number holds what cannot be printed")
    return text


def entry_id_of(listed: str, owner: str) -> str:
    """The id of an owner's entry for a number, pattern or pseudonym: put again, it is replaced."""
    return str(uuid.uuid5(ENTRY_NAMESPACE, f"{owner}/{listed}"))
