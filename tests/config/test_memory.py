"""The memory that the settings may come to, beside the container's limit."""

from pathlib import Path

import pytest

from platestream.bus.configuration.memory import memory_bound
from platestream.config import Settings, memory_limit, memory_warning
from platestream.config.memory import added_memory
from platestream.stream.settings import StreamSettings

MIB = 1024 * 1024


def settings(workers: int) -> Settings:
    return Settings.model_construct(
        **{
            name: field.get_default(call_default_factory=True)
            for name, field in Settings.model_fields.items()
        }
        | {"stream": StreamSettings(decode_workers=workers)}
    )


@pytest.mark.parametrize(
    ("files", "env", "limit"),
    [
        ({}, {}, None),
        ({"memory.max": "max\n"}, {}, None),
        ({"memory.max": "2147483648\n"}, {}, 2048 * MIB),
        ({"memory/memory.limit_in_bytes": "2147483648\n"}, {}, 2048 * MIB),
        ({"memory/memory.limit_in_bytes": "9223372036854771712\n"}, {}, None),
        ({"memory.max": "max"}, {"PLATESTREAM_MEMORY_LIMIT": "1073741824"}, 1024 * MIB),
        ({"memory.max": "2147483648"}, {"PLATESTREAM_MEMORY_LIMIT": "1073741824"}, 1024 * MIB),
        ({}, {"PLATESTREAM_MEMORY_LIMIT": "0"}, None),
        ({}, {"PLATESTREAM_MEMORY_LIMIT": "2Gi"}, None),
    ],
)
def test_the_limit_of_the_container(
    tmp_path: Path, files: dict[str, str], env: dict[str, str], limit: int | None
) -> None:
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    assert memory_limit(tmp_path, env) == limit


def test_bodies_are_in_the_sum() -> None:
    given = settings(2)
    bound = memory_bound(given.kafka, given.stream, given.pictures)
    bodies = given.web.max_body_memory
    assert added_memory(given, stream=True, http=False) == bound.total
    assert added_memory(given, stream=True, http=True) == bound.total + bodies
    assert added_memory(given, stream=False, http=True) == bound.fetched + bound.decoded + bodies


def test_what_does_not_fit_is_said_with_its_numbers() -> None:
    given = settings(64)
    added = added_memory(given, stream=True, http=True) // MIB
    assert added > 4000, "as on a node of 64 CPUs without a limit"
    said = memory_warning(given, 2048 * MIB, stream=True, http=True)
    assert said is not None
    for words in (f"{added} MiB", "2048 MiB", "stream.decode_workers (64)", "web.max_body_memory"):
        assert words in said


def test_what_fits_or_is_not_known_is_not_said() -> None:
    assert memory_warning(settings(64), None, stream=True, http=True) is None
    for http in (False, True):
        assert memory_warning(settings(1), 2048 * MIB, stream=True, http=http) is None
