"""The CPU quota."""

from pathlib import Path

import pytest

from platestream.stream.settings import cpu_quota


@pytest.mark.parametrize(
    ("content", "expected"),
    [("50000 100000", 1), ("100000 100000", 1), ("max 100000", None), ("nonsense", None)],
)
def test_the_quota_of_the_container_counts(
    tmp_path: Path, content: str, expected: int | None
) -> None:
    file = tmp_path / "cpu.max"
    file.write_text(content)
    without = cpu_quota(tmp_path / "missing")
    assert without >= 1
    assert cpu_quota(file) == (without if expected is None else expected)
