"""The body of ``platestream run``."""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Final

import yaml

from platestream.cli.exits import CliError, ExitCode
from platestream.config import ConfigError, Settings, load_settings, redacted

# Exit code of a process that a signal ended, as shells report it.
_SIGNALLED: Final = 128


def run_service(
    config: Path | None,
    *,
    assignments: Sequence[str],
    bootstrap_servers: str | None,
    check_config: bool,
) -> ExitCode:
    """Load the settings and run the service until it is told to stop.

    Raises:
        ConfigError: With every setting that is wrong.
        CliError: If the service cannot start or has to give up.
    """
    overrides = parse_assignments(assignments)
    if bootstrap_servers is not None:
        overrides["kafka.bootstrap_servers"] = bootstrap_servers
    settings = load_settings(config, overrides=overrides)
    if check_config:
        text = yaml.safe_dump(redacted(settings), allow_unicode=True, sort_keys=False)
        sys.stdout.write(text)
        return ExitCode.OK
    return _serve(settings)


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
