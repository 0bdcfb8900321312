"""Settings of a command: given as ``--set``, shown, and what a start would refuse of them.

What is refused here is found without the network: at a start, and with ``--check-config``.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from platestream.cli import opening
from platestream.cli.exits import CliError, ExitCode
from platestream.config import (
    ConfigError,
    Settings,
    load_settings,
    memory_limit,
    memory_warning,
    redacted,
)


def print_settings(settings: Settings, *, stream: bool, http: bool) -> ExitCode:
    """Print what is in force, secrets hidden; what a start would warn of, on standard error."""
    if warning := memory_warning(settings, memory_limit(), stream=stream, http=http):
        sys.stderr.write(f"warning: {warning}\n")
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


def settings_of(
    config: Path | None,
    assignments: Sequence[str],
    bootstrap_servers: str | None = None,
    flags: Mapping[str, Any] = MappingProxyType({}),
) -> Settings:
    """The settings of a command: its flags over ``--set``, environment, file and defaults.

    Args:
        config: The file.
        assignments: What ``--set`` says.
        bootstrap_servers: What ``--bootstrap-servers`` says.
        flags: What further flags say, by the names of settings.

    Raises:
        ConfigError: With every setting that is wrong.
    """
    overrides = parse_assignments(assignments) | dict(flags)
    if bootstrap_servers is not None:
        overrides["kafka.bootstrap_servers"] = bootstrap_servers
    return load_settings(config, overrides=overrides)


def _value(text: str) -> Any:
    # Plain text stays text, so that a group id of 007 is not taken for a number: each setting knows
    # its own type.
    if text.lstrip()[:1] in ("[", "{"):
        return yaml.safe_load(text)
    return None if text == "null" else text


def refuse_unusable_stream(settings: Settings) -> None:
    """Refuse settings of brokers and registry that no cluster could make good.

    Raises:
        CliError: Naming what is wrong.
    """
    from platestream.bus.configuration.preflight import check_kafka
    from platestream.bus.errors import BusError, ConfigurationError
    from platestream.bus.registry.client import authorization, tls_context

    try:
        check_kafka(settings.kafka, settings.stream)
        if settings.registry.urls:
            authorization(settings.registry)
            tls_context(settings.registry)
    except ConfigurationError as error:
        raise CliError(f"wrong settings:\n  {error}", ExitCode.USAGE) from error
    except BusError as error:
        raise CliError(f"wrong settings:\n  registry: {error}", ExitCode.USAGE) from error


def refuse_unusable_interface(settings: Settings) -> None:
    """Refuse settings of the HTTP interface with which it would not open.

    Raises:
        CliError: Naming what is wrong.
    """
    from platestream.web.credentials import CredentialStore
    from platestream.web.shares import RateLimiter

    _require_callers_known(settings)
    with opening.wrong_settings_told():
        if settings.web.credentials is not None:
            CredentialStore(settings.web.credentials)
        RateLimiter(settings.web.rate_limit)


def refuse_unusable_pictures(settings: Settings) -> None:
    """Refuse a model bundle, a fetcher or keys of pseudonyms that cannot be used.

    The bundle is read and its checksums are compared. Its models are not loaded: whether an
    execution provider is there is a question to the machine that will run them.

    Raises:
        CliError: Naming what is wrong.
    """
    from platestream.stream.privacy import PlatePseudonyms
    from platestream.telemetry.metrics import Metrics
    from platestream.vision.models.bundle import ModelBundle

    with opening.wrong_bundle_told():
        ModelBundle.load(settings.vision.bundle)
    opening.open_fetcher(settings, Metrics()).close()
    if settings.privacy.keys_file is not None:
        with opening.wrong_keys_told():
            PlatePseudonyms(settings.privacy.keys_file)


def warn_of_memory(settings: Settings, *, stream: bool, http: bool) -> None:
    """Log it where the container's memory may not do for the settings."""
    from platestream.telemetry.logs import get_logger

    if warning := memory_warning(settings, memory_limit(), stream=stream, http=http):
        get_logger(__name__).warning("memory_may_not_do", reason=warning)


def _require_callers_known(settings: Settings) -> None:
    """Refuse an interface that is open to everybody because nobody thought of it.

    Raises:
        CliError: If there are neither credentials nor ``no_auth``.
    """
    if settings.web.credentials is None and not settings.web.no_auth:
        raise CliError(
            "who may call? Name a credentials file (--credentials FILE; `platestream token` makes "
            "what goes into it), or let everybody in with --no-auth",
            ExitCode.USAGE,
        )
