"""Settings by environment variables: ``PLATESTREAM_KAFKA__GROUP_ID=a``, typing errors refused.

A list is given as JSON or with commas between its items; a mapping, a list of mappings and a whole
section as JSON.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel

from platestream.config.settings import ENV_DELIMITER, ENV_PREFIX, Settings

# Names with our prefix that are no settings: the file's own path, what an orchestrator says of the
# container's resources, and what the tests and the training read.
_OTHER_NAMES: Final = re.compile(r"CONFIG|CPU_(REQUEST|LIMIT)|MEMORY_LIMIT|DATA|TEST_\w+")
# Kubernetes puts these into every pod of a namespace that has a Service called "platestream", or
# "platestream-kafka", "platestream-http" and the like. No setting has a name of this form.
_SERVICE_LINKS: Final = re.compile(
    r"([A-Z0-9]+_)*(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)"
)
# This one looks like a misspelt setting, so its value has to look like a link's.
_LINKED_PORT: Final = re.compile(r"([A-Z0-9]+_)*PORT")
_LINK: Final = re.compile(r"(tcp|udp|sctp)://", re.IGNORECASE)


class _RefusedError(Exception):
    """A variable that cannot be used; the text says why."""


def from_environment(env: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The settings in ``env`` as a tree, and a line for each variable that cannot be used."""
    tree: dict[str, Any] = {}
    problems = []
    # Shorter names first: a section as JSON is the ground for its single settings.
    for variable in sorted(env, key=lambda name: (name.count(ENV_DELIMITER), name)):
        if not _is_setting(variable, env[variable]):
            continue
        keys = variable.upper().removeprefix(ENV_PREFIX).lower().split(ENV_DELIMITER.lower())
        try:
            value = _value(_annotation(keys), env[variable])
        except _RefusedError as refused:
            problems.append(f"environment {variable}: {refused}")
        else:
            _put(tree, keys, value)
    return tree, problems


def _is_setting(variable: str, value: str) -> bool:
    if not variable.upper().startswith(ENV_PREFIX):
        return False
    name = variable.upper().removeprefix(ENV_PREFIX)
    if _OTHER_NAMES.fullmatch(name) or _SERVICE_LINKS.fullmatch(name):
        return False
    return not (_LINKED_PORT.fullmatch(name) and _LINK.match(value))


def _annotation(keys: list[str]) -> Any:
    """The type of a setting; None below a free mapping (librdkafka's names), where all goes."""
    annotation: Any = Settings
    for depth, key in enumerate(keys):
        model = _section(annotation)
        if model is None and get_origin(annotation) is dict:
            if _section(get_args(annotation)[1]) is not None:
                # Names of variables know no small letters, dots or stars.
                raise _RefusedError("give the whole mapping as one JSON object")
            if depth == len(keys) - 1:
                return None
        if model is None or key not in model.model_fields:
            raise _RefusedError("there is no such setting")
        annotation = model.model_fields[key].annotation
    return annotation


def _section(annotation: Any) -> type[BaseModel] | None:
    """The model behind a field that is a section of its own."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return None


def _value(annotation: Any, text: str) -> Any:
    if annotation is None:
        try:
            return json.loads(text)
        except ValueError:
            return text
    if _section(annotation) is not None or get_origin(annotation) is dict:
        return _json(text, dict, "an object")
    if get_origin(annotation) is not tuple:
        return text
    if text.lstrip().startswith("["):
        return _json(text, list, "a list")
    if _section(get_args(annotation)[0]) is not None:
        raise _RefusedError("it must hold a list in JSON")
    return [item for part in text.split(",") if (item := part.strip())]


def _json(text: str, kind: type, called: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, kind):
        raise _RefusedError(f"it must hold {called} in JSON")
    return value


def _put(tree: dict[str, Any], keys: list[str], value: Any) -> None:
    for key in keys[:-1]:
        tree = tree.setdefault(key, {})
    if isinstance(value, dict) and isinstance(tree.get(keys[-1]), dict):
        tree[keys[-1]].update(value)
    else:
        tree[keys[-1]] = value
