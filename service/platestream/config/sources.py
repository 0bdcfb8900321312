"""Where settings come from: flags over environment over file over defaults, typing errors refused.

``load_settings`` is the one way in. An unknown key is an error wherever it stands: a misspelt
``PLATESTREAM_KAFKA__GRUOP_ID`` that is silently ignored costs somebody a night.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import yaml
from pydantic import ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
)

from platestream.config.environment import from_environment
from platestream.config.settings import ENV_PREFIX, Settings


class ConfigError(Exception):
    """Settings that cannot be used.

    Attributes:
        problems: One line for each wrong key: where it stands and what is wrong with it.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class RepeatedKeyError(yaml.YAMLError):
    """A mapping gives a key twice, of which the library would take the last in silence.

    Attributes:
        key: The key.
        line: Where it stands again, from 1.
    """

    def __init__(self, key: str, line: int) -> None:
        super().__init__(f"line {line} gives {key} a second time")
        self.key = key
        self.line = line


class UniqueKeys:
    """For a loader of the library's: refuses a key that is given twice."""

    repeatable: ClassVar[frozenset[str]] = frozenset()

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Make a mapping.

        Raises:
            RepeatedKeyError: If a key is given twice.
        """
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value not in self.repeatable:
                if key.value in seen:
                    raise RepeatedKeyError(key.value, key.start_mark.line + 1)
                seen.add(key.value)
        content: dict[Any, Any] = super().construct_mapping(node, deep)  # type: ignore[misc]
        return content


class _SettingsLoader(UniqueKeys, yaml.SafeLoader):
    # It merges another mapping in, and may come again.
    repeatable = frozenset({"<<"})


def load_settings(
    config_file: Path | None = None,
    env: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Settings:
    """Read and validate the settings.

    Args:
        config_file: A YAML file; ``PLATESTREAM_CONFIG`` names it where this is None.
        env: The environment; the process's own where None.
        overrides: The strongest source: a nested mapping, or dotted keys such as
            ``{"kafka.group_id": "a"}``.

    Raises:
        ConfigError: With every problem found, not only the first.
    """
    environment = os.environ if env is None else env
    named = environment.get(f"{ENV_PREFIX}CONFIG")
    path = config_file if config_file is not None else Path(named) if named else None
    from_file = read_mapping(path) if path is not None else {}
    from_env, problems = from_environment(environment)

    class Loaded(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            del env_settings, dotenv_settings, file_secret_settings
            return (
                init_settings,
                InitSettingsSource(settings_cls, init_kwargs=from_env),
                InitSettingsSource(settings_cls, init_kwargs=from_file),
            )

    try:
        loaded = Loaded(**_nest(overrides or {}))
    except ValidationError as error:
        problems.extend(_describe(error))
    if problems:
        raise ConfigError(problems)
    return Settings.model_construct(
        **{name: getattr(loaded, name) for name in Settings.model_fields}
    )


def read_mapping(path: Path) -> dict[str, Any]:
    """Read a YAML file whose top level is a mapping.

    Raises:
        ConfigError: It cannot be read, or is something else.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _SettingsLoader)  # noqa: S506 - it is safe
    except OSError as error:
        raise ConfigError([f"file {path}: {error.strerror or type(error).__name__}"]) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise ConfigError([f"file {path}: not YAML: {reason}"]) from error
    if content is None:
        return {}
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise ConfigError([f"file {path}: the top level must be a mapping with names for keys"])
    return content


def _nest(overrides: Mapping[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for dotted, value in overrides.items():
        *parents, leaf = _split(dotted)
        node = tree
        for key in parents:
            node = node.setdefault(key, {})
            if not isinstance(node, dict):
                raise ConfigError([f"{dotted}: {key} is already set to a plain value"])
        node[leaf] = value
    return tree


def _split(dotted: str) -> list[str]:
    """Split at dots, but keep librdkafka's dotted names whole below a pass-through mapping."""
    parts = dotted.split(".")
    for passthrough in ("kafka.consumer.", "kafka.producer."):
        if dotted.startswith(passthrough):
            return [*parts[:2], ".".join(parts[2:])]
    return parts


def _describe(error: ValidationError) -> Iterator[str]:
    for problem in error.errors(include_url=False, include_input=False):
        where = ".".join(str(part) for part in problem["loc"]) or "settings"
        if problem["type"] == "extra_forbidden":
            yield f"{where}: there is no such setting"
        else:
            # The library's name for an exception of a validator of ours, whose text says it all.
            yield f"{where}: {problem['msg'].removeprefix('Value error, ')}"
