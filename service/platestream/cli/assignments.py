"""Settings given as ``--set KEY=VALUE``, and what is in force in the end."""

import sys
from collections.abc import Sequence
from typing import Any

import yaml

from platestream.cli.exits import ExitCode
from platestream.config import ConfigError, Settings, redacted


def print_settings(settings: Settings) -> ExitCode:
    """Print what is in force, secrets hidden."""
    text = yaml.safe_dump(redacted(settings), allow_unicode=True, sort_keys=False)
    sys.stdout.write(text)
    return ExitCode.OK


def parse_assignments(assignments: Sequence[str]) -> dict[str, Any]:
    """Turn ``key=value`` flags into overrides; a value in brackets or braces is read as YAML.

    Raises:
        ConfigError: If one has no ``=``, is given twice, or its YAML is broken.
    """
    overrides: dict[str, Any] = {}
    problems: list[str] = []
    for assignment in assignments:
        key, equals, value = assignment.partition("=")
        if not equals or not key.strip():
            problems.append("--set: a setting is given as KEY=VALUE")
        elif key.strip() in overrides:
            problems.append(f"--set {key.strip()}: given twice")
        else:
            try:
                overrides[key.strip()] = _value(value)
            except yaml.YAMLError:
                problems.append(f"--set {key.strip()}: not a list or mapping")
    if problems:
        raise ConfigError(problems)
    return overrides


def _value(text: str) -> Any:
    # Plain text stays text, so that a group id of 007 is not taken for a number: each setting knows
    # its own type.
    if text.lstrip()[:1] in ("[", "{"):
        return yaml.safe_load(text)
    return None if text == "null" else text
