"""The settings of all cameras: which entry is a camera's, and what makes a table unsound."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, Self

from pydantic import ValidationError

from platestream.vision.cameras.patterns import Pattern, PatternSet, is_pattern
from platestream.vision.cameras.settings import CameraSettings

# The longest id that a frame may have (contract).
_LONGEST_KEY: Final = 256
# Each is held against each other when the table is made.
_MOST_PATTERNS: Final = 1_000
# What is made of each takes up to 3 MB and 0.1 s.
_MOST_REGION_SETS: Final = 32
# Cameras whose entry is remembered: a lookup in a thousand patterns takes a fifth of a millisecond.
_REMEMBERED: Final = 65_536
_DIGEST_CHARS: Final = 12


class CameraError(Exception):
    """Settings of cameras that cannot be used.

    Attributes:
        problems: A line for each thing that is wrong, naming the camera and the key.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


class CameraTable:
    """Settings by camera id or pattern; never changes.

    An exact id comes before every pattern, and of patterns the most specific counts. One entry
    applies, as a whole: nothing of it is taken from another.

    Args:
        entries: Settings by key, in order.

    Attributes:
        entries: Those in force.
        refused: What is wrong with the others, by key: a pattern that is neither more nor less
            specific than one before it; patterns or regions beyond what there may be.
        digest: The same for the same settings, wherever they come from; 12 hexadecimal digits.
    """

    def __init__(self, entries: Mapping[str, CameraSettings]) -> None:
        self.refused: Final = MappingProxyType(dict(_conflicts(entries)))
        sound = {key: one for key, one in entries.items() if key not in self.refused}
        self.entries: Final[Mapping[str, CameraSettings]] = MappingProxyType(sound)
        patterns = {Pattern.of(key): key for key in sound if is_pattern(key)}
        self._patterns = sorted(patterns.items(), key=lambda item: item[0].rank)
        self.digest: Final = _digest(sound)
        self._key_of = lru_cache(maxsize=_REMEMBERED)(self._find)

    @classmethod
    def empty(cls) -> Self:
        """A table in which no camera has settings."""
        return cls({})

    def key_of(self, camera_id: str) -> str | None:
        """The key of the entry that is a camera's; None where it has none."""
        return self._key_of(camera_id)

    def of(self, camera_id: str) -> CameraSettings | None:
        """The settings of a camera; None where it has none."""
        key = self._key_of(camera_id)
        return None if key is None else self.entries[key]

    def _find(self, camera_id: str) -> str | None:
        if camera_id in self.entries and not is_pattern(camera_id):
            return camera_id
        return next((key for one, key in self._patterns if one.matches(camera_id)), None)


def read_json(text: str) -> Any:
    """Read JSON in which no name is given twice.

    Raises:
        CameraError: if it is none, or one is.
    """
    try:
        return json.loads(text, object_pairs_hook=_once)
    except ValueError as error:
        raise CameraError([f"not JSON: {error}"]) from None
    except RecursionError:
        raise CameraError(["nested too deeply"]) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for key, value in pairs:
        if key in content:
            raise CameraError([f"{key} is given twice"])
        content[key] = value
    return content


def read_entry(key: str, value: Any) -> CameraSettings:
    """Make settings of plain data, such as JSON or YAML gives it.

    Raises:
        CameraError: if they cannot be used.
    """
    named = f"cameras.{key}"
    if (problem := key_problem(key)) is not None:
        raise CameraError([f"{named[:100]}: {problem}"])
    if not isinstance(value, Mapping):
        raise CameraError([f"{named}: must be a mapping of settings"])
    try:
        return CameraSettings.model_validate(value)
    except ValidationError as error:
        raise CameraError([*_lines(named, error)]) from None


def key_problem(key: str) -> str | None:
    """Why ``key`` cannot be a camera's id or a pattern of ids."""
    if 1 <= len(key) <= _LONGEST_KEY and key.isprintable():
        return None
    return (
        f"an id or a pattern has 1 to {_LONGEST_KEY} characters, none of them a control character"
    )


def read_entries(content: Any) -> dict[str, CameraSettings]:
    """Make settings of a mapping from ids and patterns to plain data.

    Raises:
        CameraError: if any of it cannot be used, or patterns contradict each other.
    """
    if content is None:
        return {}
    if not isinstance(content, Mapping):
        raise CameraError(["cameras: must be a mapping from camera ids and patterns to settings"])
    entries: dict[str, CameraSettings] = {}
    problems: list[str] = []
    for key, value in content.items():
        if not isinstance(key, str):
            problems.append(f"cameras.{key}: the id is not text: put it in quotes")
            continue
        try:
            entries[key] = read_entry(key, value)
        except CameraError as error:
            problems.extend(error.problems)
    problems.extend(CameraTable(entries).refused.values())
    if problems:
        raise CameraError(problems)
    return entries


def _lines(named: str, error: ValidationError) -> Iterator[str]:
    for problem in error.errors(include_url=False, include_input=False):
        where = ".".join((named, *(str(part) for part in problem["loc"])))
        if problem["type"] == "extra_forbidden":
            yield f"{where}: there is no such setting"
        else:
            yield f"{where}: {problem['msg'].removeprefix('Value error, ')}"


def _conflicts(entries: Mapping[str, CameraSettings]) -> Iterator[tuple[str, str]]:
    patterns = PatternSet()
    region_sets: set[tuple[str, ...]] = set()
    for key, settings in entries.items():
        if is_pattern(key) and (problem := _problem_of(key, patterns)):
            yield key, f"cameras.{key}: {problem}"
            continue
        if settings.regions is not None:
            region_sets.add(settings.regions)
            if len(region_sets) > _MOST_REGION_SETS:
                region_sets.discard(settings.regions)
                more = f"more than {_MOST_REGION_SETS} different sets of regions among all cameras"
                yield key, f"cameras.{key}.regions: {more}"


def _problem_of(key: str, patterns: PatternSet) -> str | None:
    """Why a pattern cannot stand beside others, which it joins if it can."""
    if len(patterns.keys) >= _MOST_PATTERNS:
        return f"more than {_MOST_PATTERNS} patterns"
    if (conflict := patterns.add(key)) is None:
        return None
    other, camera = conflict
    return (
        f"contradicts cameras.{other}: both match {camera!r}, and neither is the more specific "
        "one; change one of them, or give the cameras by id"
    )


def _digest(entries: Mapping[str, CameraSettings]) -> str:
    plain = {key: one.model_dump(mode="json") for key, one in sorted(entries.items())}
    text = json.dumps(plain, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_CHARS]
